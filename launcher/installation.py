"""What must be on this machine: .venv with its pins, and a few of Debian's packages."""

import ctypes
import ctypes.util
import fcntl
import hashlib
import os
import platform
import shutil
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from launcher.console import ROOT, Problem, run_quietly, say

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
TOOLS = ROOT / "var" / "tools"
# The interpreter behind an activated .venv: the environment may have to be made again from outside.
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)
APT = threading.Lock()  # apt-get refuses to run twice at once


def prepare(level: str) -> None:
    """Make .venv hold the pins of `level` ("runtime" or "dev") and make sure of Pango.

    Returns at once when a former run did it with the same pins and the same Python. The stamp that says so is
    written last: an interrupted run starts again. Raises Problem with the way out.
    """
    TOOLS.mkdir(parents=True, exist_ok=True)
    with open(TOOLS / "lock", "w") as lock, ThreadPoolExecutor() as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two commands started together install once
        pango = pool.submit(ensure_pango)
        try:
            ensure_packages(level)
        finally:
            pango.result()


def requirements(level: str) -> Path:
    """The pins of a level."""
    return ROOT / {"runtime": "requirements.txt", "dev": "requirements-dev.txt"}[level]


def fingerprint(level: str) -> str:
    """What the environment depends on: the pins, the Python, the machine."""
    return hashlib.sha256(
        requirements(level).read_bytes() + repr((sys.version_info[:2], platform.machine())).encode()
    ).hexdigest()


def ensure_packages(level: str) -> None:
    """Install the pins of `level` in .venv unless its stamp says that they are there."""
    stamps = {name: VENV / f"portail-{name}" for name in ("runtime", "dev")}
    interrupted = VENV / "portail-installing"
    site_packages = VENV / "lib" / "python{}.{}".format(*sys.version_info) / "site-packages"
    sound = PYTHON.exists() and site_packages.is_dir() and not interrupted.exists()
    if sound and stamps[level].exists() and stamps[level].read_text() == fingerprint(level):
        return
    if not sound and VENV.exists():
        say("L’environnement .venv est incomplet ou vient d’un autre Python : il est refait.")
        shutil.rmtree(VENV)

    say("Installation des bibliothèques…")
    by_uv = install_with_uv(level, interrupted)
    by_pip = by_uv and install_with_pip(level, interrupted)
    if by_uv and by_pip:
        raise Problem(
            "Les bibliothèques n’ont pas pu être installées. Vérifiez la connexion à Internet, "
            f"puis relancez.\n\nAvec uv : {by_uv}\n\nAvec pip : {by_pip}"
        )
    # The development pins contain the others (`./portail pins` sees to it).
    for name in ("runtime", "dev") if level == "dev" else ("runtime",):
        stamps[name].write_text(fingerprint(name))
    interrupted.unlink()
    say("Bibliothèques installées.")


def install_with_uv(level: str, interrupted: Path) -> str | None:
    """Install with uv, which takes seconds. None when it worked, else why not."""
    uv = find_uv()
    if uv is None:
        return "introuvable, et impossible à installer."
    if not PYTHON.exists():  # uv refuses to make an environment where there is one
        refused = run_quietly([uv, "venv", "--quiet", "--python", BASE_PYTHON, VENV])
        if refused:
            return refused
    interrupted.touch()
    return run_quietly([uv, "pip", "install", "--quiet", "--python", PYTHON, "-r", requirements(level)])


def install_with_pip(level: str, interrupted: Path) -> str | None:
    """The way back, for a machine where uv can't be had. None when it worked, else why not."""
    if run_quietly([PYTHON, "-m", "pip", "--version"]):
        make_venv_with_pip()
    interrupted.touch()
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"]
    return run_quietly([*pip, "-r", requirements(level)])


def make_venv_with_pip() -> None:
    """Make .venv with pip inside. Raises Problem when this Python has no means to."""
    by_venv = [BASE_PYTHON, "-m", "venv", VENV]
    by_virtualenv = [BASE_PYTHON, "-m", "virtualenv", "--quiet", VENV]
    if run_quietly(by_venv) is None or run_quietly(by_virtualenv) is None:
        return
    # Debian keeps the part of venv that brings pip in a package of its own.
    refused = apt_install("python3-venv") or run_quietly(by_venv)
    if refused:
        raise Problem(
            "Ce Python n’a pas de quoi installer les bibliothèques. Installez le paquet python3-venv "
            f"(Debian, Ubuntu : sudo apt install python3-venv) ou uv, puis relancez.\n({refused})"
        )


def find_uv() -> str | None:
    """uv from PATH, else our own copy, fetched with pip into var/tools. None when neither can be had."""
    own = TOOLS / "bin" / "uv"
    for candidate in (shutil.which("uv"), own):
        if candidate and run_quietly([candidate, "--version"]) is None:
            return str(candidate)
    # --target writes beside the system's Python, not into it: an "externally managed" one allows it.
    fetch = [BASE_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]
    refused = run_quietly([*fetch, "--target", TOOLS, "uv"])
    return str(own) if refused is None and own.exists() else None


def install_wheel(pin: str, target: Path) -> str | None:
    """Put a wheel, without what it depends on, in the folder `target`. None when it worked, else why not."""
    alone = ["--quiet", "--no-deps", "--only-binary", ":all:", "--target", target, pin]
    uv = find_uv()
    if uv:
        return run_quietly([uv, "pip", "install", "--python", BASE_PYTHON, *alone])
    return run_quietly([BASE_PYTHON, "-m", "pip", "install", "--disable-pip-version-check", *alone])


def has_library(name: str, soname: str) -> bool:
    """Can this shared library be loaded?"""
    if ctypes.util.find_library(name):
        return True
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def ensure_pango() -> None:
    """Make sure of Pango, which draws the PDF files; Debian's package when root, else say what to install."""
    pango = has_library("pangoft2-1.0", "libpangoft2-1.0.so.0")
    subset = has_library("harfbuzz-subset", "libharfbuzz-subset.so.0")  # smaller PDF, made faster; not needed
    if pango and subset:
        return
    refused = apt_install("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
    if refused and not pango:
        raise Problem(
            "Il manque Pango, qui sert à dessiner les PDF. Installez-le, puis relancez :\n"
            "  Debian, Ubuntu : sudo apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0\n"
            "  Fedora : sudo dnf install pango        macOS : brew install pango\n"
            f"({refused})"
        )


def apt_install(*packages: str) -> str | None:
    """Install Debian packages when root. None when it worked, else why not."""
    if os.geteuid() != 0:
        return "Sans être root, rien n’est installé sur le système."
    if not shutil.which("apt-get"):
        return "Ce système n’a pas apt-get."
    say(f"Installation de {', '.join(packages)}…")
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    with APT:
        if run_quietly(install, env) is None:
            return None
        run_quietly(["apt-get", "update", "--quiet"], env)
        return run_quietly(install, env)
