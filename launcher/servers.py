"""The portal's own processes, and the demonstration that is opened with them."""

import contextlib
import datetime
import hashlib
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from launcher.children import Children
from launcher.console import ROOT, Command, Env, Problem, Stopped, say
from launcher.installation import PYTHON, requirements
from launcher.settings import manage, var_folder

CELERY = ("celery", "-A", "billetterie")


class Servers(Children):
    """Web server and worker: where they answer, and what they are told."""

    def __init__(self, env: Env, port: int) -> None:
        super().__init__(var_folder(env) / "logs")
        self.address = local_address(port)
        self.env = env
        self.port = port

    def stop_all(self) -> None:
        say("Arrêt du portail…")
        super().stop_all()
        say("Tout est arrêté.")

    def start_small(self) -> None:
        """The web server, and the worker with beat inside it: one machine, one process less."""
        self.start_web("--preload")
        self.start_python("worker", *CELERY, "worker", "--beat", "--concurrency", "1")

    def start_large(self) -> None:
        """As a larger installation starts them: web server, worker and beat, each by itself."""
        self.start_web()
        self.start_python("worker", *CELERY, "worker", "--concurrency", "2")
        self.start_python("beat", *CELERY, "beat", "--pidfile=")

    def start_web(self, *options: str) -> None:
        """gunicorn with two workers."""
        address = f"127.0.0.1:{self.port}"
        common = ["--workers", "2", "--no-control-socket", "--bind", address]
        self.start_python("web", "gunicorn", "billetterie.wsgi", *common, *options)

    def start_python(self, name: str, *module: str) -> None:
        """Start `python -m module` as the child `name`."""
        self.start(name, [PYTHON, "-m", *module], self.env)

    def wait_until_open(self) -> None:
        """Return once the home page answers. Raises Problem when it does not within a minute."""
        self.wait_until(self.answers)

    def answers(self) -> bool:
        """Does the home page come?"""
        try:
            with urllib.request.urlopen(self.address, timeout=10):
                return True
        except urllib.error.HTTPError as error:
            log = self.logs / "web.log"
            raise Problem(f"La page d’accueil répond {error.code}. Voir {log}") from error
        except OSError:
            return False

    def watch(self) -> None:
        """Stay until somebody asks to stop, the usual end. Raises Problem when a child dies."""
        with contextlib.suppress(Stopped):
            while True:
                self.check_alive()
                time.sleep(0.5)

    def show_last_words(self) -> None:
        """The end of every log, on stderr."""
        for child in self.children:
            print(f"--- {child.name} ---\n{child.last_words()}", file=sys.stderr)


def local_address(port: int) -> str:
    """Where the demonstration is read from this machine."""
    return f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def demonstration(
    env: Env, port: int, *, seed: int = 1, on: datetime.date | None = None, large: bool = False
) -> Iterator[Servers]:
    """A portal with its season, starting up at `.address`; everything is stopped on the way out.

    `large` starts the processes of a larger installation. `on` is the day that the season is invented around.
    """
    env = {"PORTAIL_BASE_URL": local_address(port)} | env
    var_folder(env).mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        static = pool.submit(collect_static, env)
        load_season(env, seed, on)
        static.result()
    say("Démarrage du portail…")
    with Servers(env, port) as servers:
        servers.start_large() if large else servers.start_small()
        yield servers


def check(servers: Servers) -> str:
    """Try a demonstration as a browser would; one JSON object on stdout. Returns what `failures` reads in it."""
    servers.wait_until_open()
    failed = failures([PYTHON, "manage.py", "demo_check", "--base-url", servers.address], servers.env)
    if failed:
        servers.show_last_words()
    servers.check_alive()
    return failed


def failures(command: Command, env: Env | None = None) -> str:
    """Run a command that writes a check's JSON, pass it on, and return the first step that didn't hold; "" for none."""
    done = subprocess.run(command, cwd=ROOT, env=env, check=False, text=True, stdout=subprocess.PIPE)
    print(done.stdout, end="", flush=True)
    if done.returncode == 0:
        return ""
    try:
        steps = json.loads(done.stdout)["steps"]
    except ValueError:
        return f"code de sortie {done.returncode}"
    return next(f"{step['name']} : {step['detail']}" for step in steps if not step["ok"])


def load_season(env: Env, seed: int, on: datetime.date | None) -> None:
    """Bring the database up to date and put the invented season in it, if it has none."""
    # Both in one process: each start of Django costs a second.
    prepare_tables = "from django.core.management import call_command as run; run('migrate', verbosity=0); "
    manage(env, "shell", "--verbosity", "0", "-c", prepare_tables + "run('createcachetable')")
    say("Base de données à jour.")
    day = ["--on", on.isoformat()] if on else []
    for line in manage(env, "demo_season", "--seed", str(seed), *day)[-1:]:
        say(line)


def collect_static(env: Env) -> None:
    """Gather the style sheets, scripts and fonts that the web server gives out, when one has changed."""
    files = sorted(path for path in (ROOT / "static").rglob("*") if path.is_file())
    digest = hashlib.sha256(requirements("runtime").read_bytes())
    for path in files:
        digest.update(f"{path.relative_to(ROOT)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    stamp = var_folder(env) / "static" / ".stamp"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    manage(env, "collectstatic", "--no-input", "--clear", "--verbosity", "0")
    stamp.write_text(digest.hexdigest())
    say("Fichiers statiques rassemblés.")
