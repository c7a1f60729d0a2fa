"""Clients over plain sockets: as little of their own work as can be, the same for portal and floor."""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"
TOKEN = "b" * 32  # what a form and a cookie must agree on (CSRF)


@dataclass(frozen=True)
class Request:
    """One request; `form` makes it a POST."""

    path: str
    session: str = ""
    form: dict[str, str] | None = None

    def encoded(self, port: int, *, count: bool = False) -> bytes:
        """The request as it goes over the wire."""
        lines = [
            f"{'GET' if self.form is None else 'POST'} {self.path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"Cookie: sessionid={self.session}; csrftoken={TOKEN}",
            "Connection: close",
        ]
        body = b""
        if self.form is not None:
            body = urlencode({"csrfmiddlewaretoken": TOKEN, **self.form}).encode()
            lines += [f"Content-Type: {FORM}", f"Content-Length: {len(body)}"]
        if count:
            lines.append("X-Bench-Count: 1")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def statements(self) -> int:
        """How many SQL statements it took, where that was asked for."""
        return int(self.headers["x-bench-statements"])

    @property
    def waited_ms(self) -> float:
        """Milliseconds until it had its seats, those of others who wanted the same ones included; if asked for."""
        return float(self.headers["x-bench-waited"]) * 1000


def ask(port: int, request: Request, *, count: bool = False) -> Answer:
    """Send one request and read the answer to its end. Raises OSError where nobody answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
        wire.sendall(request.encoded(port, count=count))
        pieces = []
        while piece := wire.recv(262_144):
            pieces.append(piece)
    head, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    first, *others = head.decode("latin-1").split("\r\n")
    if not first:
        raise OSError("empty answer")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in others)}
    return Answer(int(first.split()[1]), headers, body)


@dataclass
class Tally:
    """What clients met in one go: seconds of each journey, and what went wrong."""

    seconds: float = 0
    journeys: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Journeys a second."""
        return len(self.journeys) / self.seconds if self.seconds else 0

    def milliseconds(self, share: float) -> float:
        """How long the journey took than which `share` were faster (0.5: the median)."""
        return percentile(self.journeys, share) * 1000


def percentile(values: Sequence[float], share: float) -> float:
    """The value under which `share` of `values` lie; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0


Journey = Callable[[int], None]  # does journey number n; raises Failed where the answer isn't the right one


class Failed(Exception):
    """An answer that isn't the one expected."""


def expect(answer: Answer, status: int) -> Answer:
    """The answer, if it has this status. Raises Failed."""
    if answer.status != status:
        raise Failed(f"{answer.status} instead of {status}: {answer.body[:300]!r}")
    return answer


class Turns:
    """Numbers in order, shared by threads."""

    def __init__(self) -> None:
        self.next, self.lock = 0, threading.Lock()

    def take(self) -> int:
        with self.lock:
            self.next += 1
            return self.next - 1


def drive(journey: Journey, *, clients: int, seconds: float, turns: Turns) -> Tally:
    """Let `clients` clients do journeys one after the other for `seconds`."""
    tally, until = Tally(), time.perf_counter() + seconds

    def one_client() -> None:
        while (begun := time.perf_counter()) < until:
            try:
                journey(turns.take())
            except (Failed, OSError) as failure:
                tally.failures.append(str(failure))
            else:
                tally.journeys.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    threads = [threading.Thread(target=one_client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.seconds = time.perf_counter() - begun
    return tally


@dataclass
class Measured:
    """The rounds of one job on one server, with the processor time that each took."""

    rounds: list[tuple[Tally, float]] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return median(tally.rate for tally, _ in self.rounds)

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of processor time a journey, of web workers and database together."""
        return median(cpu * 1000 / max(1, len(tally.journeys)) for tally, cpu in self.rounds)

    def milliseconds(self, share: float) -> float:
        return percentile([one for tally, _ in self.rounds for one in tally.journeys], share) * 1000

    @property
    def failures(self) -> list[str]:
        return [failure for tally, _ in self.rounds for failure in tally.failures]
