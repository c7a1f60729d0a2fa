"""What is said to the person at the keyboard, and other programs run to their end."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STARTED = time.monotonic()
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Env = dict[str, str]
Command = Sequence[Any]  # words and paths


class Problem(Exception):
    """Something the person at the keyboard can mend; the message is the sentence that says how."""


class Stopped(Exception):
    """Ctrl-C, or a polite request to end."""


def say(sentence: str) -> None:
    """One line of progress, with the seconds since the start, on stderr (stdout is for results)."""
    print(f"{french(time.monotonic() - STARTED):>6} s  {sentence}", file=sys.stderr, flush=True)


def french(seconds: float) -> str:
    """12.34 → "12,3"."""
    return f"{seconds:.1f}".replace(".", ",")


def run(command: Command, env: Env | None = None) -> int:
    """Run `command` from the root of the project, its output shown; returns its exit code."""
    return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode


def capture(command: Command, env: Env | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run `command` and keep what it writes, errors included, as `.stdout`; `options` are Popen's."""
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    options = {"cwd": ROOT, "env": env} | both | options
    return subprocess.run(command, check=False, text=True, **options)


def run_quietly(command: Command, env: Env | None = None, **options: Any) -> str | None:
    """Run `command` and keep its output: None when it succeeded, else what it said."""
    try:
        done = capture(command, env, **options)
    except OSError as error:
        return str(error)
    return None if done.returncode == 0 else done.stdout.strip() or f"code de sortie {done.returncode}"


def last_lines(text: str) -> str:
    """The end of a long output, where a failure says its reason."""
    return "\n".join(text.splitlines()[-25:])


def keep_bytecode() -> None:
    """Where Python is told to keep no compiled code beside the sources, let it keep some under var/.

    Some fifty processes are started in `./portail test`: each would compile all libraries anew, for seconds.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
        os.environ.setdefault("PYTHONPYCACHEPREFIX", str(ROOT / "var" / "bytecode"))


def stop_on_signals() -> None:
    """From now on, a wish to end is an exception, so that every `with` closes what it opened."""

    def stop(*_: object) -> None:
        set_signals(signal.SIG_IGN)
        raise Stopped

    set_signals(stop)


def set_signals(handler: Callable | signal.Handlers) -> None:
    """What each way to ask for an end does from now on."""
    for number in ENDINGS:
        signal.signal(number, handler)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Finish this first: an impatient second Ctrl-C must not leave a process behind."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
