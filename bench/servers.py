"""gunicorn for portal and floor, started and stopped by process id, and what processes use."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2


class Unwell(Exception):
    """A process that didn't start, or ended; says why."""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A process in a group of its own, its output in a file."""

    def __init__(self, *words: str, env: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self) -> None:
        """End it, politely first."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()

    def said(self) -> str:
        """What it wrote."""
        return self.log.read_text(errors="replace")


class Web(Process):
    """gunicorn with two sync workers, as the launcher starts it."""

    def __init__(self, application: str, *, env: dict[str, str], log: Path) -> None:
        self.port = free_port()
        options = ["--preload", "--workers", str(WORKERS), "--no-control-socket"]
        super().__init__(
            "gunicorn", application, *options, "--bind", f"127.0.0.1:{self.port}", env=env, log=log
        )

    def wait(self) -> None:
        """Return once it listens and its workers stand. Raises Unwell."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
                if len(children(self.pid)) >= WORKERS:
                    return
            time.sleep(0.1)
        raise Unwell(f"gunicorn did not start:\n{self.said()[-2000:]}")

    @property
    def workers(self) -> list[int]:
        return children(self.pid)


def children(pid: int) -> list[int]:
    """The processes that `pid` started."""
    found = []
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (thread / "children").read_text().split()]
    return found


def tree(pid: int) -> list[int]:
    """`pid` and everything under it."""
    return [pid, *(below for child in children(pid) for below in tree(child))]


def cpu_seconds(pids: Iterable[int]) -> float:
    """Processor time that these processes have used so far; those that ended count for nothing."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            total += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    return total / 1e9


def pss_mib(pids: Iterable[int]) -> float:
    """Memory of these processes, shared pages parted among those that share them, in MiB."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024
