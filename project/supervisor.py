"""`make run`: parts, migrations, demonstration, then web, bulle, workers and beat under one roof until Ctrl-C."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from project import environment as env
from project.embedded.home import ROOT, Busy, Home, default_home, port_is_free
from project.embedded.keeper import launch, stop_keeper
from project.embedded.process import spawn, stop, wait_for

PYTHON = sys.executable
DEMO_ACCOUNTS = (
    ("gestionnaire@demo.example", "gestionnaire du CDG"),
    ("gestionnaire2@demo.example", "autre gestionnaire"),
    ("responsable@demo.example", "responsable"),
    ("payeur@demo.example", "payeur"),
    ("payeur2@demo.example", "autre payeur"),
    ("mairie@demo.example", "collectivité"),
    ("mairie2@demo.example", "autre collectivité"),
    ("assureur@demo.example", "assureur"),
    ("admin@demo.example", "administrateur technique"),
    ("medecin@demo.example", "médecin conseil (bulle)"),
    ("medecin2@demo.example", "son remplaçant (bulle)"),
    ("secretariat@demo.example", "gestionnaire de bulle (bulle)"),
    ("expert@demo.example", "médecin agréé (bulle)"),
    ("psychologue@demo.example", "psychologue (bulle)"),
)


def say(text: str, source: str = "vigie") -> None:
    """A line on the terminal; a terminal that has gone is no reason to fall."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(f"{source:>13} │ {text}\n")
        sys.stdout.flush()


class Failure(Exception):
    """The start can't go on; the message is for a person."""


@dataclass
class Child:
    name: str
    command: list[str]
    process_kind: str
    grace: float = 15
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = field(default=0.0)

    def start(self, home: Home) -> None:
        metrics = home.path / "run" / f"metrics-{self.name}"
        shutil.rmtree(metrics, ignore_errors=True)
        metrics.mkdir(parents=True)
        environment = {
            **os.environ,
            "VIGIE_PROCESS": self.process_kind,
            "DJANGO_SETTINGS_MODULE": "project.settings",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        }
        self.process = spawn(self.command, env=environment, cwd=ROOT, output=subprocess.PIPE)
        self.started = time.monotonic()
        threading.Thread(target=self._forward, args=(self.process,), daemon=True).start()

    def _forward(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is not None:
            for line in process.stdout:
                say(line.decode(errors="replace").rstrip(), self.name)

    def watch(self, home: Home) -> None:
        """Start again what died, later each time; a minute of good health forgets the past."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start(home)
            return
        code = self.process.poll()
        if code is None:
            if self.failures and now - self.started > 60:
                self.failures = 0
            return
        stop(self.process, grace=0)  # what is left of its group
        self.process = None
        delay = min(30.0, 0.5 * 2**self.failures)
        self.failures += 1
        self.due = now + delay
        say(f"{self.name} s'est arrêté (code {code}) ; nouveau départ dans {delay:g} s.")


def children(settings: Any) -> list[Child]:
    host = env.text("VIGIE_BIND", "127.0.0.1")

    def server(name: str, port: int, workers: int) -> Child:
        command = [
            *(PYTHON, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--no-ws"),
            *("--workers", str(workers), "--blocking-threads", "4", "--respawn-failed-workers", "--log-level", "warning"),
            *("--workers-kill-timeout", "10", "project.wsgi:application"),
        ]
        return Child(name, command, name)

    def worker(name: str, queue: str, kind: str, concurrency: int) -> Child:
        command = [
            *(
                PYTHON,
                "-W",
                "ignore:You're running the worker",
                "-m",
                "celery",
                "-q",
                "-A",
                "project",
                "worker",
                "--queues",
                queue,
                "--hostname",
                f"{queue}@%h",
            ),
            *("--concurrency", str(concurrency), "--without-gossip", "--without-mingle", "--loglevel", "WARNING"),
        ]
        return Child(name, command, kind, grace=20)

    beat = [PYTHON, "-m", "celery", "-q", "-A", "project", "beat", "--loglevel", "WARNING", "--pidfile", ""]
    return [
        server("web", settings.PORT, env.integer("VIGIE_WEB_WORKERS", 2, 1, 64)),
        server("bulle", settings.BULLE_PORT, 1),
        worker("taches", "default", "web", env.integer("VIGIE_TASK_WORKERS", 2, 1, 64)),
        worker("taches-bulle", "bulle", "bulle", 1),
        Child("horloge", beat, "web"),
    ]


class Supervisor:
    def __init__(self, home: Home) -> None:
        self.home = home
        self.children: list[Child] = []
        self.stopping = threading.Event()
        self.step: subprocess.Popen[bytes] | None = None

    def ask_to_stop(self, *_: object) -> None:
        self.stopping.set()
        if self.step is not None:
            with contextlib.suppress(ProcessLookupError):
                self.step.terminate()

    # -- before ----------------------------------------------------------------------------------------------------

    def _managed(self, *arguments: str, process: str, quiet: bool = True) -> str:
        environment = {**os.environ, "VIGIE_PROCESS": process, "DJANGO_SETTINGS_MODULE": "project.settings", "PYTHONPATH": str(ROOT)}
        self.step = spawn([PYTHON, "manage.py", *arguments], env=environment, cwd=ROOT, output=subprocess.PIPE)
        output, _ = self.step.communicate()
        code, self.step = self.step.returncode, None
        text = output.decode(errors="replace").strip()
        if self.stopping.is_set():
            raise KeyboardInterrupt
        if code:
            # A refused setting is one line; anything else keeps its whole story.
            refused = [line for line in text.splitlines() if line.startswith("Réglage refusé")]
            raise Failure(refused[0] if refused else f"« manage.py {arguments[0]} » a échoué :\n{text}")
        if text and not quiet:
            for line in text.splitlines():
                say(line, arguments[0][:13])
        return text

    def _check_servers(self) -> None:
        """Real servers named by variables must answer before anything starts."""
        import psycopg
        import redis

        for name in ("DATABASE_URL", "DATABASE_BULLE_URL", "DATABASE_OWNER_URL"):
            if not env.text(name):
                if env.text("DATABASE_URL"):
                    raise Failure(f"Réglage refusé : {name} est obligatoire avec DATABASE_URL.")
                continue
            if not env.text("DATABASE_URL"):
                raise Failure(f"Réglage refusé : DATABASE_URL est obligatoire avec {name}.")
            found = env.database(name, "")
            try:
                psycopg.connect(
                    host=found["HOST"],
                    port=found["PORT"],
                    user=found["USER"],
                    password=found["PASSWORD"],
                    dbname=found["NAME"],
                    connect_timeout=5,
                ).close()
            except psycopg.Error as error:
                reason = str(error).strip().splitlines()[0]
                raise Failure(f"Réglage refusé : {name} : la base ne répond pas ({reason}).") from None
        if env.text("BROKER_URL"):
            try:
                with redis.Redis.from_url(env.text("BROKER_URL"), socket_connect_timeout=5, socket_timeout=5) as client:
                    client.ping()
            except (redis.RedisError, ValueError) as error:
                raise Failure(f"Réglage refusé : BROKER_URL : le courtier ne répond pas ({error}).") from None

    def prepare(self, settings: Any) -> None:
        self._check_bulle_settings()
        self._migrate(settings)
        self._collect_statics(settings)
        if settings.DEMO:
            self._load_demonstration(settings)

    def _check_bulle_settings(self) -> None:
        """The bulle reads settings that the web must not: it judges its own."""
        environment = {**os.environ, "VIGIE_PROCESS": "bulle", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [PYTHON, "-c", "import project.settings"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Failure(done.stderr.strip())

    def _migrate(self, settings: Any) -> None:
        """Skipped when neither the migrations nor what the database says of them has changed since last time."""
        before = self._migrations(settings)
        if before is not None and before == self.home.read("migrated").get("seen"):
            return
        say("Migrations…")
        self._managed("migrate", "--no-input", "-v", "0", process="owner")
        self.home.write("migrated", {"seen": self._migrations(settings)})

    @staticmethod
    def _migrations(settings: Any) -> str | None:
        import psycopg

        found = settings.database_settings("owner")
        total = hashlib.sha256()
        for path in [*sorted(ROOT.glob("*/migrations/**/*.*")), ROOT / "requirements" / "base.txt"]:
            if path.suffix in {".py", ".sql", ".txt"}:
                total.update(str(path).encode() + path.read_bytes())
        try:
            with psycopg.connect(
                host=found["HOST"],
                port=found["PORT"],
                user=found["USER"],
                password=found["PASSWORD"],
                dbname=found["NAME"],
                options=found["OPTIONS"]["options"],
            ) as connection:
                row = connection.execute(
                    "SELECT (SELECT oid FROM pg_database WHERE datname = current_database()), count(*), max(id), max(applied)"
                    " FROM django_migrations"
                ).fetchone()
        except psycopg.Error:
            return None
        return f"{total.hexdigest()} {row}"

    def _collect_statics(self, settings: Any) -> None:
        total = hashlib.sha256()
        folders = [ROOT / room / "static" for room in settings.ROOMS]
        files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
        for path in [ROOT / "package-lock.json", ROOT / "requirements" / "base.txt", Path(settings.__file__), *files]:
            total.update(str(path).encode() + (path.read_bytes() if path.exists() else b""))
        wanted = total.hexdigest()
        if self.home.read("statics").get("digest") == wanted and Path(settings.STATIC_ROOT).is_dir():
            return
        self._managed("collectstatic", "--no-input", "--clear", "-v", "0", process="web")
        self.home.write("statics", {"digest": wanted})

    def _load_demonstration(self, settings: Any) -> None:
        base = hashlib.sha256(str(settings.DATABASES["default"]["NAME"] + settings.DATABASES["default"]["HOST"]).encode())
        mark = base.hexdigest()[:16]
        self._load_once(mark, "web", "Chargement du portefeuille de démonstration…")
        self._load_once(f"{mark}-bulle", "bulle", "Ouverture de la bulle…")

    def _load_once(self, mark: str, process: str, saying: str) -> None:
        if self.home.read("demonstration").get(mark):
            return
        say(saying)
        begin = time.monotonic()
        self._managed("charger_demonstration", process=process)
        self.home.write("demonstration", {**self.home.read("demonstration"), mark: True})
        say(f"Chargé en {time.monotonic() - begin:.0f} s.")

    # -- during ----------------------------------------------------------------------------------------------------

    def run(self) -> int:
        begin = time.monotonic()
        os.environ["VIGIE_PROCESS"] = "web"
        import project.settings as settings  # refuses a wrong value with one line

        for name, port in (("PORT", settings.PORT), ("BULLE_PORT", settings.BULLE_PORT)):
            if not port_is_free(port):
                raise Failure(f"Réglage refusé : {name} : le port {port} est déjà pris.")
        if settings.PORT == settings.BULLE_PORT:
            raise Failure("Réglage refusé : BULLE_PORT doit différer de PORT.")
        if settings.PRODUCTION:
            raise Failure("« make run » sert aux démonstrations ; en production, voir docs/exploitation.md.")
        self._check_servers()
        say("Démarrage des services…")
        with self.home.lock("users", shared=True, wait=10):
            keeper = launch(self.home, while_used=True)
            try:
                settings = self._settings_with_parts()
                self.prepare(settings)
                self.children = children(settings)
                for child in self.children[:2]:
                    child.start(self.home)
                self._wait_until_served(settings)
                self._greet(settings, time.monotonic() - begin)
                while not self.stopping.wait(0.25):
                    for child in self.children:
                        child.watch(self.home)
            except KeyboardInterrupt:
                pass
            finally:
                say("Arrêt…")
                self._stop_children()
        if keeper is not None and not self.home.is_locked("users"):
            stop_keeper(self.home)
            with contextlib.suppress(subprocess.TimeoutExpired):
                keeper.wait(30)
        say("Tout est arrêté.")
        return 0

    @staticmethod
    def _settings_with_parts() -> Any:
        """Read the settings anew, every part of them, now that the parts have addresses and secrets."""
        for name in [name for name in sys.modules if name == "project.settings" or name.startswith("project.settings.")]:
            del sys.modules[name]
        return importlib.import_module("project.settings")

    def _wait_until_served(self, settings: Any) -> None:
        def alive(port: int) -> bool:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
                    return bool(answer.status == 200)
            except OSError:
                return False

        for name, port in (("web", settings.PORT), ("bulle", settings.BULLE_PORT)):
            if not wait_for(lambda port=port: self.stopping.is_set() or alive(port), seconds=120):  # type: ignore[misc]
                raise Failure(f"Le processus {name} ne répond pas sur le port {port} : voir les lignes ci-dessus.")

    def _greet(self, settings: Any, seconds: float) -> None:
        if self.stopping.is_set():
            return
        lines = ["", f"Vigie est prêt en {seconds:.1f} s : {settings.PUBLIC_URL}", f"Bulle de confidentialité : {settings.BULLE_URL}"]
        if settings.DEMO:
            lines += ["", f"Comptes de démonstration, mot de passe : {settings.DEMO_PASSWORD}"]
            lines += [f"  {email:<30} {role}" for email, role in DEMO_ACCOUNTS]
        lines += ["", "Ctrl-C arrête tout.", ""]
        for line in lines:
            say(line)

    def _stop_children(self) -> None:
        running = [child for child in self.children if child.process is not None]
        for child in running:
            # The master alone is asked: it lets its own children finish.
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        limit = time.monotonic() + max((child.grace for child in running), default=0)
        for child in running:
            if child.process is not None:
                stop(child.process, grace=max(0.1, limit - time.monotonic()), whole_group=False)


def main() -> int:
    env.load(ROOT)
    home = Home(default_home())
    try:
        home.create()
    except OSError as error:
        print(f"Réglage refusé : VIGIE_HOME : {error}", file=sys.stderr)
        return 1
    supervisor = Supervisor(home)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, supervisor.ask_to_stop)
    try:
        with home.lock("run"):
            return supervisor.run()
    except Busy:
        print(f"Vigie tourne déjà dans {home.path} : un seul démarrage à la fois.", file=sys.stderr)
    except (Failure, RuntimeError) as failure:
        print(str(failure), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
