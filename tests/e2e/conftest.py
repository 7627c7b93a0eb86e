"""A real browser on the real stack: granian for the web and for the bulle, a celery worker of each, PostgreSQL, the broker, the store.

The browser is Debian's chromium, named by CHROMIUM or found on the path; without one these tests are skipped, and say so.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from accounts.models import User
from cases.models import Branche
from project.celery import app as celery
from project.embedded.home import ROOT, free_port
from tests import base
from tests import factories as f
from workflows import automates
from workflows.models import Execution

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
START_SECONDS = 240
expect.set_options(timeout=15_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.lent)
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="aucun navigateur : installez le paquet « chromium » ou donnez CHROMIUM"))


@dataclass(frozen=True)
class Adresses:
    web: str
    bulle: str


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="package")
def adresses(test_database: base.TestDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adresses]:
    """The four processes on the tests' database. Demonstration mode: no antivirus is plugged in, files are accepted and say so.

    They stop with the last module of this folder that follows another (in `make test`, once): left running, a worker would take
    the tasks of other tests.
    """
    logs = tmp_path_factory.mktemp("e2e")
    ports = {"web": free_port(set())}
    ports["bulle"] = free_port({ports["web"]})
    commun = {
        "VIGIE_DEMO": "1",
        "VIGIE_WEBHOOKS_PRIVES": "1",
        "PORT": str(ports["web"]),
        "BULLE_PORT": str(ports["bulle"]),
        "PROMETHEUS_MULTIPROC_DIR": str(logs),
        "PYTHONUNBUFFERED": "1",
    }
    commands = {
        name: [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws"),
            *("--workers", "1", "--blocking-threads", "4", "--log-level", "warning", "project.wsgi:application"),
        ]
        for name, port in ports.items()
    }
    for name, queue in (("taches", "default"), ("taches-bulle", "bulle")):
        commands[name] = [
            *(sys.executable, "-m", "celery", "-q", "-A", "project", "worker", "--queues", queue, "--concurrency", "1"),
            *("--without-gossip", "--without-mingle", "--loglevel", "WARNING", "--hostname", f"{name}@%h"),
        ]
    running: list[subprocess.Popen[bytes]] = []
    try:
        for name, command in commands.items():
            environment = base.environment("bulle" if name.endswith("bulle") else "web") | commun
            with (logs / f"{name}.log").open("wb") as log:
                running.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT))
        found = Adresses(*(f"http://localhost:{ports[name]}" for name in ("web", "bulle")))
        limit = time.monotonic() + START_SECONDS
        while not (all(_answers(address) for address in (found.web, found.bulle)) and len(celery.control.ping(timeout=0.5) or []) == 2):
            if time.monotonic() > limit or any(process.poll() is not None for process in running):
                told = "\n".join((logs / f"{name}.log").read_text(errors="replace")[-2000:] for name in commands)
                pytest.fail(f"the stack does not start:\n{told}")
            time.sleep(0.2)
        yield found
    finally:
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="session")
def navigateur() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        # Playwright's loop runs in this thread: Django must not take these synchronous tests for asynchronous code.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        yield browser
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
        browser.close()


@pytest.fixture
def m(vraie_base: None, bulle_dsn: str) -> f.Monde:
    """A small CDG, committed: the processes see it."""
    monde = f.monde()
    f.admit_through(bulle_dsn, *monde.people.values())
    return monde


class Visite:
    """Somebody in front of a browser. `page` is his only tab; whatever his console complains of fails the test."""

    def __init__(self, context: BrowserContext, address: str, largeur: int) -> None:
        self.context, self.address = context, address
        self.page: Page = context.new_page()
        self.page.set_viewport_size({"width": largeur, "height": 900})
        self.plaintes: list[str] = []
        self.page.on("pageerror", lambda error: self.plaintes.append(str(error)))
        self.page.on("console", lambda m: self.plaintes.append(m.text) if "Content Security Policy" in m.text else None)

    def sign_in(self, user: User) -> Visite:
        """By the form, to the page that follows it."""
        self.page.goto(f"{self.address}/compte/login/")
        self.page.locator("[name=login]").fill(user.email)
        self.page.locator("[name=password]").fill(f.PASSWORD)
        self.page.locator("[name=password]").press("Enter")
        self.page.wait_for_url(lambda url: "/compte/login/" not in url)
        return self

    def enter(self, user: User) -> Visite:
        """Signed in by the same two requests, with no page drawn: the tab is still blank."""
        porte = f"{self.address}/compte/login/"
        jeton = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.context.request.get(porte).text())
        assert jeton is not None, "no form to sign in by"
        champs = {"csrfmiddlewaretoken": jeton[1], "login": user.email, "password": f.PASSWORD}
        answer = self.context.request.post(porte, form=champs, max_redirects=0)
        assert answer.status == 302, f"{user.email} is not signed in: {answer.status}"
        return self

    def go(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page


@pytest.fixture(scope="package")
def contextes(navigateur: Browser, adresses: Adresses) -> Iterator[list[BrowserContext]]:
    """Contexts that nobody uses. Making one takes the browser a second, most of it for a window: they are kept, with a blank tab."""
    libres: list[BrowserContext] = []
    yield libres
    for context in libres:
        context.close()


def _forget(context: BrowserContext, adresses: Adresses) -> None:
    """Close a visitor's tabs and erase all that the browser keeps of him."""
    blank, *tabs = context.pages
    for tab in tabs:
        tab.close()
    context.clear_cookies()
    context.clear_permissions()
    devtools = context.new_cdp_session(blank)
    for address in (adresses.web, adresses.bulle):
        devtools.send("Storage.clearDataForOrigin", {"origin": address, "storageTypes": "all"})
    devtools.detach()


@pytest.fixture
def visite(navigateur: Browser, adresses: Adresses, contextes: list[BrowserContext]) -> Iterator[Callable[..., Visite]]:
    """`visite(user)`: signed in at the right address, on a blank page; `bulle=True` for the bulle's, `largeur` in pixels."""
    visites: list[Visite] = []

    def begin(user: User | None = None, *, bulle: bool = False, largeur: int = 1280) -> Visite:
        if contextes:
            context = contextes.pop()
        else:
            context = navigateur.new_context(viewport={"width": 1280, "height": 900}, locale="fr-FR", timezone_id="Europe/Paris")
            context.new_page()
        visites.append(Visite(context, adresses.bulle if bulle else adresses.web, largeur))
        return visites[-1] if user is None else visites[-1].enter(user)

    yield begin
    plaintes = [plainte for une in visites for plainte in une.plaintes]
    for une in visites:
        _forget(une.context, adresses)
        contextes.append(une.context)
    assert not plaintes


AXE_RUN = """() => {
    const graves = ['serious', 'critical'];
    if (!window.axeSans) {  // a rule has its own impact or that of its checks: those that can't tell anything serious are not run
        window.axeSans = {};
        for (const rule of axe._audit.rules) {
            const checks = [...rule.any, ...rule.all, ...rule.none].map(check => axe._audit.checks[check.id || check]);
            const impacts = rule.impact ? [rule.impact] : checks.map(check => check.impact);
            if (!impacts.some(impact => graves.includes(impact))) window.axeSans[rule.id] = {enabled: false};
        }
    }
    return axe.run(document, {resultTypes: ['violations'], rules: window.axeSans}).then(r => r.violations
        .filter(v => graves.includes(v.impact))
        .map(v => v.id + ' : ' + v.nodes.map(n => n.target.join(' ')).slice(0, 3).join(' | ')));
}"""


def a11y(page: Page) -> list[str]:
    """Serious and critical violations that axe-core finds on the page, each with its rule and its first element."""
    if not AXE.exists():
        pytest.fail("node_modules/axe-core manque : lancez « make setup-dev »")
    page.wait_for_load_state()  # its styles too: a click waits for the new page, not for all of it
    if not page.evaluate("() => typeof window.axe === 'object'"):
        # Past the page's CSP, which forbids any other way in; by the protocol itself, four times quicker than `page.evaluate`.
        devtools = page.context.new_cdp_session(page)
        devtools.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
        devtools.detach()
    found = page.evaluate(AXE_RUN)
    return [f"{page.url} {line}" for line in found]


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return int(page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def confided(branche: Branche) -> None:
    """Wait until the bulle's worker has confided the mission of an expertise: the step that this process has no right to run."""
    limit = time.monotonic() + 90
    while Execution.objects.filter(etape__process=branche.processus_id, terminee_le=None).exists():
        assert time.monotonic() < limit, "the bulle's worker does not confide the mission"
        automates.balayer()
        time.sleep(0.2)


def overflow_at(page: Page, largeur: int) -> int:
    """The same in a window `largeur` pixels wide, which is then given its own width back. A busy browser resizes after it has said so."""
    avant = page.viewport_size
    page.set_viewport_size({"width": largeur, "height": 640})
    page.wait_for_function("largeur => document.documentElement.clientWidth === largeur", arg=largeur)
    trop = overflow(page)
    if avant is not None:
        page.set_viewport_size(avant)
    return trop


PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
"""One blank page: the smallest file that is accepted as a PDF."""
