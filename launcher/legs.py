"""The legs of `./portail test`: each says whether it passed, and each can be run alone."""

import shutil
import sys
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from launcher.children import free_port
from launcher.console import ROOT, Env, Problem, french, run, say
from launcher.installation import BASE_PYTHON, PYTHON, VENV, apt_install
from launcher.servers import check, demonstration, failures
from launcher.services import private_services
from launcher.settings import environment, production_environment, temporary_var

# What `./portail mutants` spoils, and the tests that must notice. Races aren't among them: docs/mutation.md.
TESTS = "invitations/tests"
HISTORIES = "tests/test_histories.py"
LINE = [f"{TESTS}/test_groups.py", f"{TESTS}/test_waitlist.py"]
SPOILED = {
    "invitations/fairness.py": [f"{TESTS}/test_fairness.py"],
    "invitations/services/booking.py": [
        f"{TESTS}/test_booking.py",
        f"{TESTS}/test_groups.py",
        f"{TESTS}/test_quotas.py",
        f"{TESTS}/test_waitlist.py",
    ],
    "invitations/services/draws.py": [f"{TESTS}/test_draws.py"],
    "invitations/services/promotion.py": [*LINE, HISTORIES],
    "invitations/services/quotas.py": [f"{TESTS}/test_quotas.py"],
    "invitations/services/sharing.py": [f"{TESTS}/test_draws.py"],
    "invitations/services/waitlist.py": [*LINE, HISTORIES],
}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


# pytest-django puts tests that commit last, for they leave an empty database behind; "load" keeps that order.
PARALLEL = ("-n", "2", "--dist", "load")


@dataclass
class Run:
    """One `./portail test`: what pytest is given besides, and how the legs ended so far."""

    pytest_arguments: list[str]
    results: dict[str, str] = field(default_factory=dict)
    counts: str = ""  # of the leg that runs: pytest's, or the step of a check that didn't hold

    def perform(self, name: str) -> bool:
        """Run one leg; whether it passed."""
        say(f"Étape « {name} »…")
        begun, own = time.monotonic(), replace(self, counts="")
        try:
            passed = LEGS[name](own) == 0
        except Problem as problem:  # the other legs are worth running all the same
            print(f"\n{problem}\n", file=sys.stderr)
            passed = False
        took = f"{french(time.monotonic() - begun)} s"
        counts = f" ({own.counts})" if own.counts else ""
        self.results[name] = f"{'réussie' if passed else 'ÉCHOUÉE'} en {took}{counts}"
        self.counts = own.counts
        return passed

    def summary(self) -> str:
        """A line for each leg that has run, in their order."""
        return "\n".join(f"{name} : {self.results[name]}" for name in LEGS if name in self.results)


def lint(_: Run) -> int:
    """Style of Python and of templates."""
    templates = sorted(path for path in ROOT.glob("**/templates") if VENV not in path.parents)
    commands = [
        [PYTHON, "-m", "ruff", "check"],
        [PYTHON, "-m", "ruff", "format", "--check"],
        [PYTHON, "-m", "djlint", "--lint", "--quiet", *templates],
    ]
    return int(any([run(command) for command in commands]))


def types(_: Run) -> int:
    """Types, with what django-stubs knows of the models."""
    with temporary_var() as var:
        return run([PYTHON, "-m", "mypy"], environment("test", var))


def imports(_: Run) -> int:
    """Imports between the apps go one way, downwards."""
    return run([PYTHON, VENV / "bin" / "lint-imports", "--no-logo"])


def deploy(_: Run) -> int:
    """Production's settings hold nothing that Django warns about, and no migration is missing."""
    with temporary_var() as var:
        env = production_environment(var)
        commands = [
            [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
        ]
        return int(any([run(command, env) for command in commands]))


def demo_check(asked: Run) -> int:
    """`./portail demo --check`, as a person would type it."""
    asked.counts = failures([BASE_PYTHON, ROOT / "portail", "demo", "--check"])
    return int(bool(asked.counts))


def stack_check(asked: Run) -> int:
    """The same, with the processes of a larger installation, on PostgreSQL and Redis."""
    with private_services() as services, temporary_var() as var:
        env = environment("demo", var) | services
        with demonstration(env, free_port(), large=True) as servers:
            asked.counts = check(servers)
    return int(bool(asked.counts))


def suite_sqlite(asked: Run) -> int:
    """The whole suite on the embedded database."""
    return run_pytest(asked, *PARALLEL, "-m", "not browser")


def suite_postgres(asked: Run) -> int:
    """The same suite on PostgreSQL, with Redis as broker and cache."""
    with private_services() as services:
        return run_pytest(asked, *PARALLEL, "-m", "not browser", env=services)


def browser(asked: Run) -> int:
    """The journeys of each kind of user, in Chromium."""
    ensure_chromium()
    return run_pytest(asked, *PARALLEL, "-m", "browser")


def run_pytest(asked: Run, *options: str, env: Env | None = None) -> int:
    """Run pytest on a folder of its own. What the person asked for comes last, and so prevails."""
    with temporary_var() as var:
        counts = var / "counts"
        told = {"PORTAIL_COUNTS": str(counts), "PORTAIL_LEGS": asked.summary()}
        everything = environment("test", var) | (env or {}) | told
        code = run([PYTHON, "-m", "pytest", *options, *asked.pytest_arguments], everything)
        asked.counts = counts.read_text() if counts.exists() else ""
    return code


def ensure_chromium() -> None:
    """Make sure of a Chromium. Raises Problem with what to install."""
    if any(map(shutil.which, CHROMIUM)):
        return
    refused = apt_install("chromium")
    if refused:
        raise Problem(
            "Il manque Chromium, qui sert à essayer les pages. Installez-le, puis relancez :\n"
            f"  Debian, Ubuntu : sudo apt install chromium\n({refused})"
        )


LEGS: dict[str, Callable[[Run], int]] = {
    "lint": lint,
    "types": types,
    "imports": imports,
    "deploy": deploy,
    "demo-check": demo_check,
    "stack-check": stack_check,
    # pytest's come last, so that its closing lines close the whole; above them stands how the others ended.
    "suite-sqlite": suite_sqlite,
    "suite-postgres": suite_postgres,
    "browser": browser,
}
READING, SERVING = ("lint", "types", "imports", "deploy"), ("demo-check", "stack-check")
PYTEST = ("suite-sqlite", "suite-postgres", "browser")
FAST = "suite-sqlite"
FAST_ARGUMENTS = ["-m", "not browser and not slow"]


def run_legs(names: list[str], pytest_arguments: list[str]) -> int:
    """Run these legs, pytest's after the others; returns 0 only if all of them passed."""
    asked = Run(pytest_arguments)

    def perform(name: str) -> bool:
        passed = asked.perform(name)
        if name != names[-1]:
            say(f"Étape « {name} » {asked.results[name]}.")
        return passed

    def perform_all(kind: Collection[str]) -> list[bool]:
        return [perform(name) for name in names if name in kind]

    # pytest takes every core. Before it, what reads the code stands beside what starts servers: each takes one core.
    with ThreadPoolExecutor(1) as beside:
        read = beside.submit(perform_all, READING)
        passed = perform_all(SERVING) + read.result()
    passed += perform_all(PYTEST)
    closed_by_pytest = names[-1] in PYTEST and asked.counts  # its closing lines stay the last ones
    if not all(passed) and not closed_by_pytest:
        say(f"Étapes :\n{asked.summary()}")
    return 0 if all(passed) else 1


def run_drills(pytest_arguments: list[str]) -> int:
    """The slow drills with their full counts, on the embedded database, then on PostgreSQL and Redis."""
    asked = Run(["-m", "drill", *pytest_arguments])
    full = {"PORTAIL_DRILLS": "full"}
    with private_services() as services:
        codes = [run_pytest(asked, env=full), run_pytest(asked, env=full | services)]
    return int(any(codes))


def run_mutants(files: list[str], *, one_in: int) -> int:
    """Spoil these files, one small change after the other; returns 0 where tests notice enough of each."""
    codes = []
    for file in files or SPOILED:
        tests = SPOILED.get(file.partition(":")[0], [TESTS])
        command = [PYTHON, "-m", "pytest", "-s", "-q", "-p", "tests.mutants", "--mutants", file]
        with temporary_var() as var:
            codes.append(run([*command, f"--one-in={one_in}", *tests], environment("test", var)))
    return int(any(codes))
