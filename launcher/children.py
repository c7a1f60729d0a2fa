"""Processes that are started together and stopped together, by pid and never by name."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self, cast

from launcher.console import ROOT, Command, Env, Problem, last_lines, undisturbed

SECONDS_TO_START = 60
SECONDS_TO_STOP = 10


@dataclass
class Child:
    """A running process, in a process group of its own: the keyboard's Ctrl-C does not reach it."""

    name: str
    process: subprocess.Popen
    log: Path
    ending: signal.Signals

    def last_words(self) -> str:
        """The end of what it wrote."""
        return last_lines(self.log.read_text(errors="replace"))


class Children:
    """Start some; when the `with` is left, whatever happened, all of them are stopped."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.logs.mkdir(parents=True, exist_ok=True)
        self.children: list[Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with undisturbed():
            self.stop_all()

    def start(
        self,
        name: str,
        command: Command,
        env: Env | None = None,
        *,
        said: str = "",
        ending: signal.Signals = signal.SIGTERM,
        **options: Any,
    ) -> None:
        """Start `command` as a child called `name`, its output in logs/name.log; `said` is its standard input.

        `ending` is the signal that asks it to end; `options` are Popen's.
        """
        log = self.logs / f"{name}.log"
        with log.open("wb") as output:
            everything: dict[str, Any] = {"cwd": ROOT, "env": env, "start_new_session": True, **options}
            process: subprocess.Popen[bytes] = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, **everything
            )
        self.children.append(Child(name, process, log, ending))
        with contextlib.suppress(BrokenPipeError), cast(IO[bytes], process.stdin) as stdin:
            stdin.write(said.encode())  # broken: check_alive says why

    def check_alive(self) -> None:
        """Raise Problem with its last words when a child has died."""
        for child in self.children:
            if child.process.poll() is not None:
                raise Problem(f"Le processus « {child.name} » s’est arrêté :\n{child.last_words()}")

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Return once `ready` says so. Raises Problem when a child dies, or a minute has gone."""
        deadline = time.monotonic() + SECONDS_TO_START
        while not ready():
            self.check_alive()
            if time.monotonic() > deadline:
                words = "\n".join(f"--- {child.name} ---\n{child.last_words()}" for child in self.children)
                raise Problem(f"Toujours rien après {SECONDS_TO_START} s :\n{words}")
            time.sleep(0.05)

    def stop_all(self) -> None:
        """Ask each to end, all at once; after ten seconds, end what is left."""
        for child in self.children:
            child.process.send_signal(child.ending)  # the leader alone: it lets its own children finish
        deadline = time.monotonic() + SECONDS_TO_STOP
        for child in self.children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, deadline - time.monotonic()))
            with contextlib.suppress(ProcessLookupError):  # the usual case: nobody is left in the group
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()


def free_port(wanted: int = 0) -> int:
    """`wanted` if nobody listens there (0: any port). Raises Problem otherwise."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as error:
            raise Problem(
                f"Le port {wanted} est déjà pris. Essayez par exemple : ./portail demo --port {wanted + 1}"
            ) from error
        return probe.getsockname()[1]
