"""`python -m bench`: measure the portal beside its floor, and say which figures it reaches (docs/performance.md).

Measures on the PostgreSQL and the Redis of DATABASE_URL and REDIS_URL, which must be private and either empty or
filled by a former run; without them on SQLite, and says so. Everything else lies in a folder that is thrown away.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import jobs, servers
from bench.client import Answer, Failed, Journey, Measured, Request, Turns, ask, drive, expect, percentile
from bench.servers import Process, Unwell, Web

ROOT = Path(__file__).resolve().parent.parent
PROBED = ("pdf_page", "pdf_batch", "booking_pdf_mail", "import", "waitlist", "audit", "usage")
LIST = '<ul class="ticket-list">'
Env = dict[str, str]


@dataclass(frozen=True)
class Size:
    """How much is measured, and how long."""

    structures: int
    invitations: int
    rounds: int
    seconds: float  # of one round of one server
    drawings: int


FULL = Size(structures=400, invitations=20_000, rounds=5, seconds=1.5, drawings=6)
QUICK = Size(structures=100, invitations=16_600, rounds=2, seconds=0.6, drawings=2)


def say(sentence: str) -> None:
    """Progress, on stderr: stdout is for the result."""
    sys.stderr.write(f"{time.monotonic() - STARTED:6.1f} s  {sentence}\n")
    sys.stderr.flush()


STARTED = time.monotonic()


def manage(settings: str, *words: str, env: Env) -> str:
    """Run a Django command; its last line. Raises Unwell where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "django", *words, "--settings", settings],
        cwd=ROOT,
        env=env | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Unwell(f"« {' '.join(words)} » a échoué :\n{done.stderr[-2000:] or done.stdout[-2000:]}")
    return (done.stdout.strip().splitlines() or [""])[-1]


def portal(*words: str, env: Env) -> str:
    return manage("bench.portal_settings", *words, env=env)


def floor(*words: str, env: Env) -> str:
    return manage("bench.floor.settings", *words, env=env)


# --- One portal and what its clients know ------------------------------------------------------------------


class Portal:
    """A portal with a season, its web server, and the journeys of its clients."""

    def __init__(self, env: Env, size: Size, *, stack: ExitStack) -> None:
        self.env = env | {"PORTAIL_ENV": "demo"}
        var = Path(env["PORTAIL_VAR"])
        self.env["PORTAIL_BASE_URL"] = "http://127.0.0.1"
        portal("migrate", "--verbosity", "0", env=self.env)
        portal("createcachetable", env=self.env)
        wanted = ["--structures", str(size.structures), "--invitations", str(size.invitations)]
        portal("demo_season", *wanted, env=self.env)
        self.known = json.loads(portal("bench_seed", env=self.env))
        portal("collectstatic", "--no-input", "--verbosity", "0", env=self.env)
        self.web = Web(
            "billetterie.wsgi",
            env=self.env | {"DJANGO_SETTINGS_MODULE": "bench.portal_settings"},
            log=var / "web.log",
        )
        stack.callback(self.web.stop)
        self.web.wait()

    def ask(self, path: str, session: str, *, form=None, status: int = 200, count: bool = False) -> Answer:
        return expect(ask(self.web.port, Request(path, session, form), count=count), status)

    def page(self, path: str, session: str) -> Journey:
        request = Request(path, session)
        return lambda _: expect(ask(self.web.port, request), 200) and None

    def party(self, number: int) -> tuple[str, dict[str, str]]:
        """Who books with whom, in turn number `number`: no person twice for one date."""
        bookers = self.known["bookers"]
        booker = bookers[number % len(bookers)]
        people = booker["people"]
        return booker["session"], {
            "key": str(uuid.uuid4()),
            "participant": people[number // len(bookers) % len(people)],
            "guest-TOTAL_FORMS": "2",
            "guest-INITIAL_FORMS": "2",
            "guest-0-given_name": "Zohra",
            "guest-0-family_name": "Wakilzada",
            "guest-0-role": "guest",
            "guest-1-given_name": "Tarek",
            "guest-1-family_name": "Wakilzada",
            "guest-1-role": "guest",
            "confirmed": "on",
            "action": "book",
        }

    def book(self, number: int, *, hot: bool = False, count: bool = False) -> Answer:
        """Book a party of three for one of a thousand dates, or all for the same one."""
        dates = self.known["dates"]
        date = dates[0] if hot else dates[1 + number % (len(dates) - 1)]
        session, form = self.party(number)
        return self.ask(f"/reserver/{date['id']}/", session, form=form, status=302, count=count)

    def journey(self, number: int, *, count: bool = False) -> int:
        """From the event's page to the confirmation; returns the statements it took, if counted."""
        dates = self.known["dates"]
        date = dates[1 + number % (len(dates) - 1)]
        session, form = self.party(number)
        booking = f"/reserver/{date['id']}/"
        answers = [
            self.ask(f"/catalogue/{date['event']}/", session, count=count),
            self.ask(booking, session, count=count),
            self.ask(booking, session, form=form, status=302, count=count),
        ]
        answers.append(self.ask(answers[-1].headers["location"], session, count=count))
        return sum(answer.statements for answer in answers) if count else 0


class Floor:
    """The bare app beside the portal, on the same database, its pages as large as the portal's."""

    def __init__(self, env: Env, beside: Portal, *, stack: ExitStack) -> None:
        folder = Path(env["PORTAIL_VAR"]) / "floor"
        folder.mkdir()
        known = beside.known
        visitor = beside.ask("/catalogue/", known["visitor"]).body
        (folder / "page").write_bytes(visitor)
        (folder / "catalogue.html").write_text(catalogue_template(beside.ask("/catalogue/", known["worker"])))
        event = beside.ask(f"/catalogue/{known['event']}/", known["worker"])
        (folder / "event.html").write_text(event_template(event))
        dates = str(known["to_come"])
        told = floor("floor_seed", "--dates", dates, "--page", str(folder / "page"), env=env)
        self.known = json.loads(told)
        self.web = Web(
            "bench.floor.wsgi",
            env=env | {"DJANGO_SETTINGS_MODULE": "bench.floor.settings"},
            log=folder / "web.log",
        )
        stack.callback(self.web.stop)
        self.web.wait()

    def page(self, path: str) -> Journey:
        request = Request(path, self.known["session"])
        return lambda _: expect(ask(self.web.port, request), 200) and None

    def ask(self, path: str, *, form=None, status: int = 200) -> Answer:
        return expect(ask(self.web.port, Request(path, self.known["session"], form)), status)

    def book(self, number: int) -> Answer:
        date = self.known["dates"][number % len(self.known["dates"])]
        form = {"key": str(uuid.uuid4())} | {f"name{seat}": "Zohra Wakilzada" for seat in range(3)}
        return self.ask(f"/book/{date}/", form=form, status=302)

    def journey(self, number: int) -> None:
        show = f"/show/{self.known['show']}/"
        self.ask(show)
        self.ask(show)
        self.ask(self.book(number).headers["location"])


def filler(size: int) -> str:
    """Fixed text of `size` characters, as a template shows it without looking at it."""
    return "{% verbatim %}" + "x" * max(0, size) + "{% endverbatim %}"


def catalogue_template(page: Answer) -> str:
    """The portal's own page as fixed text around rows of variables; each row as long as the portal's."""
    text = page.body.decode()
    before, rest = text.split(LIST, 1)
    end = rest.index("</ul>", rest.rindex("</article>"))  # each card has lists of its own
    cards, after = rest[:end], rest[end:]
    row = (
        '<li><h3><a href="/show/{{ date.show_id }}/">{{ date.show.title }}</a></h3> {{ date.show.kind }} '
        '{{ date.show.venue }}, {{ date.show.city }} {{ date.starts_at|date:"l j F Y" }} '
        '{{ date.starts_at|time:"H:i" }} {{ date.seats_left }} {{ date.show.age_min }}'
    )
    size = len(cards) // max(1, cards.count("<article")) - 250
    return (
        "{{ user.username }} {{ count }} {% csrf_token %}"
        + "{% verbatim %}" + before + LIST + "{% endverbatim %}"
        + "{% for date in dates %}" + row + filler(size) + "</li>{% endfor %}"
        + "{% verbatim %}" + after + "{% endverbatim %}"
    )  # fmt: skip


def event_template(page: Answer) -> str:
    """Ten variables and the dates, and fixed text up to the size of the portal's page."""
    variables = " ".join(
        f"{{{{ event.{name} }}}}"
        for name in ("title", "kind", "venue", "city", "address", "contact", "age_min", "id")
    )
    row = (
        '<li>{{ date.starts_at|date:"l j F Y" }} {{ date.starts_at|time:"H:i" }} {{ date.seats_left }}'
        + filler(900)
    )
    return (
        "{{ user.username }} {% csrf_token %}" + variables
        + "{{ event.description|linebreaks }}{{ names }}"
        + "<ul>{% for date in dates %}" + row + "</li>{% endfor %}</ul>" + filler(len(page.body) - 9_000)
    )  # fmt: skip


# --- Measuring ---------------------------------------------------------------------------------------------


class Bench:
    """Portal and floor side by side."""

    def __init__(self, size: Size, portal_: Portal, floor_: Floor, only: Iterable[str]) -> None:
        self.size, self.portal, self.floor, self.only = size, portal_, floor_, set(only)
        backend = portal_.known["database"]["pid"]
        self.turns: dict[str, Turns] = {}
        self.postmaster = parent(backend) if backend else None

    def wants(self, *names: str) -> bool:
        """Whether one of these rows was asked for."""
        return not self.only or bool(self.only & set(names))

    def work(self, web: Web) -> float:
        """Processor seconds so far of a server's workers, and of every process of the database."""
        database = servers.children(self.postmaster) if self.postmaster else []
        return servers.cpu_seconds([*web.workers, *database])

    def round(self, web: Web, journey: Journey, *, clients: int, name: str):
        before = self.work(web)
        turns = self.turns.setdefault(name, Turns())
        tally = drive(journey, clients=clients, seconds=self.size.seconds, turns=turns)
        return tally, self.work(web) - before

    def side_by_side(
        self, jobs_: dict[str, tuple[Web, Journey]], *, clients: int = 4, warm: int = 6
    ) -> dict[str, Measured]:
        """Each job in turn, round after round, so that what else the machine does falls on all of them."""
        measured = {name: Measured() for name in jobs_}
        for name, (_, journey) in jobs_.items():
            for _ in range(warm):
                journey(self.turns.setdefault(name, Turns()).take())
        for _ in range(self.size.rounds):
            for name, (web, journey) in jobs_.items():
                measured[name].rounds.append(self.round(web, journey, clients=clients, name=name))
        return measured

    def compare(self, row: jobs.Row, ours: Measured, floors: Measured) -> None:
        """Fill a row: rates by the clock, the ratio by the work that a page takes."""
        row.value, row.floor = ours.rate, floors.rate
        row.ratio = floors.cpu_ms / ours.cpu_ms if ours.cpu_ms else None
        row.figures |= {
            "cpu_ms": ours.cpu_ms,
            "floor_cpu_ms": floors.cpu_ms,
            "of_floor_rate": ours.rate / floors.rate if floors.rate else 0,
            "p50_ms": ours.milliseconds(0.5),
            "p95_ms": ours.milliseconds(0.95),
            "floor_p95_ms": floors.milliseconds(0.95),
        }
        row.failures += ours.failures + floors.failures

    def pages(self, rows: dict[str, jobs.Row]) -> None:
        """The pages, each beside the floor's."""
        ours, theirs, known = self.portal, self.floor, self.portal.known
        show = f"/show/{theirs.known['show']}/"
        pairs = {
            "catalogue_visitor": ("/catalogue/", known["visitor"], "/cached/"),
            "catalogue_worker": ("/catalogue/", known["worker"], "/catalogue/"),
            "event": (f"/catalogue/{known['event']}/", known["worker"], show),
            "booking_form": (f"/reserver/{known['dates'][0]['id']}/", known["worker"], show),
        }
        for name, (path, session, beside) in pairs.items():
            if not self.wants(name):
                continue
            say(rows[name].job)
            both = self.side_by_side(
                {
                    name: (ours.web, ours.page(path, session)),
                    f"{name} floor": (theirs.web, theirs.page(beside)),
                }
            )
            self.compare(rows[name], both[name], both[f"{name} floor"])
            rows[name].statements = ours.ask(path, session, count=True).statements
            rows[name].figures |= {
                "bytes": len(ours.ask(path, session).body),
                "floor_bytes": len(theirs.ask(beside).body),
            }

    def bookings(self, rows: dict[str, jobs.Row]) -> None:
        """Booking for three: a thousand dates, one date, through the pages."""
        ours, theirs = self.portal, self.floor
        counted = 500_000  # turns that the clients don't reach: other dates, other people
        if self.wants("booking", "booking_hot", "booking_pdf_mail"):
            say(rows["booking"].job)
            found = self.side_by_side(
                {
                    "book": (ours.web, lambda n: ours.book(n) and None),
                    "hot": (ours.web, lambda n: ours.book(n, hot=True) and None),
                    "floor": (theirs.web, lambda n: theirs.book(n) and None),
                }
            )
            self.compare(rows["booking"], found["book"], found["floor"])
            self.compare(rows["booking_hot"], found["hot"], found["floor"])
            rows["booking"].statements = ours.book(counted, count=True).statements
            rows["booking_hot"].statements = rows["booking"].statements
            rows["booking_hot"].figures["of_a_thousand"] = found["hot"].rate / (found["book"].rate or 1)
        if self.wants("booking_wait"):
            say(rows["booking_wait"].job)
            hot, spread = self.waits(hot=True), self.waits(hot=False)
            rows["booking_wait"].value = percentile(hot, 0.95)
            rows["booking_wait"].figures |= {
                "p50_ms": percentile(hot, 0.5),
                "thousand_p50_ms": percentile(spread, 0.5),
                "thousand_p95_ms": percentile(spread, 0.95),
            }
        if self.wants("journey", "journey_alone"):
            say(rows["journey"].job)
            jobs_: dict[str, tuple[Web, Journey]] = {
                "journey": (ours.web, lambda n: ours.journey(n + 100_000) and None),
                "journey floor": (theirs.web, theirs.journey),
            }
            found = self.side_by_side(jobs_, clients=8)
            self.compare(rows["journey"], found["journey"], found["journey floor"])
            rows["journey"].statements = ours.journey(counted + 1, count=True)
            found = self.side_by_side(jobs_, clients=1)
            row = rows["journey_alone"]
            self.compare(row, found["journey"], found["journey floor"])
            row.value, row.floor = row.figures["p50_ms"], found["journey floor"].milliseconds(0.5)

    def waits(self, *, hot: bool) -> list[float]:
        """Milliseconds that bookings took to have their seats: by its statement, so only where it is counted."""
        found: list[float] = []
        turns = self.turns.setdefault("hot" if hot else "book", Turns())
        book = lambda n: found.append(self.portal.book(n, hot=hot, count=True).waited_ms)  # noqa: E731
        for _ in range(self.size.rounds):
            drive(book, clients=4, seconds=self.size.seconds, turns=turns)
        return found

    def button(self, rows: dict[str, jobs.Row]) -> None:
        """Pages that have no floor: the PDF, the two homes."""
        known = self.portal.known
        alone = {
            "pdf_button": (f"/sorties/{known['printable']['one']}/invitations.pdf", known["worker"]),
            "pdf_button_three": (f"/sorties/{known['printable']['three']}/invitations.pdf", known["worker"]),
            "home_worker": ("/", known["worker"]),
            "home_staff": ("/gestion/", known["staff"]),
        }
        for name, (path, session) in alone.items():
            if self.wants(name, "booking_pdf_mail" if name == "pdf_button_three" else name):
                found = self.side_by_side(
                    {name: (self.portal.web, self.portal.page(path, session))}, clients=1
                )
                rows[name].value = found[name].milliseconds(0.5)
                rows[name].figures |= {
                    "cpu_ms": found[name].cpu_ms,
                    "p95_ms": found[name].milliseconds(0.95),
                }
                rows[name].failures += found[name].failures
                rows[name].statements = self.portal.ask(path, session, count=True).statements

    def memory(self, rows: dict[str, jobs.Row], stack: ExitStack) -> None:
        """After all that work: one web worker, and everything that the portal runs."""
        if not self.wants("memory_web", "memory_all"):
            return
        env = self.portal.env | {"DJANGO_SETTINGS_MODULE": "billetterie.settings"}
        words = ("celery", "-A", "billetterie", "worker", "--beat", "--concurrency", "1")
        worker = Process(*words, env=env, log=Path(env["PORTAIL_VAR"]) / "worker.log")
        stack.callback(worker.stop)
        deadline = time.monotonic() + 30
        while "ready." not in worker.said() and time.monotonic() < deadline:
            time.sleep(0.2)
        web = self.portal.web
        each = [servers.pss_mib([pid]) for pid in web.workers]
        rows["memory_web"].value = max(each)
        rows["memory_web"].floor = max(servers.pss_mib([pid]) for pid in self.floor.web.workers)
        rows["memory_all"].value = servers.pss_mib([*servers.tree(web.pid), *servers.tree(worker.pid)])
        worker.stop()

    def probes(self, rows: dict[str, jobs.Row]) -> None:
        """What isn't a page."""
        if not self.wants(*PROBED):
            return
        say("PDF, import, audit")
        told = portal("bench_probe", "--times", str(self.size.drawings), env=self.portal.env)
        found = json.loads(told)
        papers = found["papers"]
        rows["pdf_page"].value = papers["one_ms"]
        rows["pdf_page"].figures["cpu_ms"] = papers["one_cpu_ms"]
        rows["pdf_batch"].value = papers["batch_ms"]
        rows["pdf_batch"].figures |= {"cpu_ms": papers["batch_cpu_ms"], "kilobytes": papers["batch_kb"]}
        if self.wants("booking_pdf_mail"):
            parts = {
                "booking": rows["booking"].figures["cpu_ms"],
                "pdf": rows["pdf_button_three"].figures["cpu_ms"],
                "mail": found["mail_cpu_ms"],
            }
            rows["booking_pdf_mail"].value = sum(parts.values())
            rows["booking_pdf_mail"].figures |= parts
        loaded = found["import"]
        rows["import"].value, rows["import"].floor = loaded["seconds"], loaded["floor"]
        rows["import"].ratio = loaded["floor"] / loaded["seconds"]
        rows["import"].statements = loaded["statements_per_1000"]
        rows["import"].figures["performances"] = loaded["performances"]
        served = found["waitlist"]
        rows["waitlist"].value, rows["waitlist"].statements = served["seconds"], served["statements_each"]
        rows["waitlist"].figures |= {"cpu_seconds": served["cpu_seconds"], "parties": served["parties"]}
        for name in ("audit", "usage"):
            rows[name].value, rows[name].statements = found[name]["seconds"], found[name]["statements"]
            rows[name].figures["found"] = found[name]["found"]
        if found["audit"]["found"]:
            rows["audit"].failures.append(f"{found['audit']['found']} invariants broken")


def on_sqlite(row: jobs.Row, size: Size, ours: Portal) -> None:
    """Eight clients booking on SQLite, where writers queue."""
    say(row.job)
    measured, turns = Measured(), Turns()
    turns.next = 300_000
    for _ in range(size.rounds):
        before = servers.cpu_seconds(ours.web.workers)
        tally = drive(lambda n: ours.book(n) and None, clients=8, seconds=size.seconds, turns=turns)
        measured.rounds.append((tally, servers.cpu_seconds(ours.web.workers) - before))
    row.value = measured.rate
    row.figures |= {
        "cpu_ms": measured.cpu_ms,
        "p50_ms": measured.milliseconds(0.5),
        "p99_ms": measured.milliseconds(0.99),
    }
    row.statements = ours.book(500_001, count=True).statements
    row.failures += measured.failures


def parent(pid: int) -> int | None:
    """The process that started `pid`, where this machine knows it: PostgreSQL's first one."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    return int(status.split("PPid:")[1].split()[0]) if "postgres" in status.split("\n")[0] else None


# --- The report --------------------------------------------------------------------------------------------


def machine() -> dict:
    """Where the figures come from."""
    model = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


def number(value: float | None) -> str:
    """A figure as people read it here."""
    if value is None:
        return "–"
    return f"{value:,.0f}".replace(",", " ") if abs(value) >= 100 else f"{value:.1f}".replace(".", ",")


def table(rows: Iterable[jobs.Row]) -> str:
    """The rows as a table in Markdown."""
    lines = [
        "| travail | portail | plancher | rapport | processeur (ms) | SQL | à atteindre | atteint |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        ratio = "–" if row.ratio is None else f"{row.ratio:.0%}"
        both = [row.figures.get("cpu_ms"), row.figures.get("floor_cpu_ms")]
        cpu = " / ".join(number(value) for value in both if value is not None) or "–"
        lines.append(
            f"| {row.job} | {number(row.value)} {row.unit} | {number(row.floor)} | {ratio} | {cpu} "
            f"| {number(row.statements)} | {row.target} | {'oui' if row.met else 'non'} |"
        )
    return "\n".join(lines)


# --- The whole ---------------------------------------------------------------------------------------------


def measure(size: Size, only: list[str]) -> dict:
    """Measure everything, or the rows named; returns the report."""
    rows = jobs.rows()
    with (
        tempfile.TemporaryDirectory(prefix="banc-", ignore_cleanup_errors=True) as folder,
        ExitStack() as stack,
    ):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAIL_")}
        kept |= {"PORTAIL_VAR": folder, "PORTAIL_ENV": "demo"}
        small = Path(folder) / "sqlite"
        small.mkdir()
        embedded = {name: value for name, value in kept.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        embedded["PORTAIL_VAR"] = str(small)
        if "DATABASE_URL" not in kept:
            say("Sans DATABASE_URL ni REDIS_URL : mesuré sur SQLite, la base embarquée.")
        say(f"Saison de {size.structures} structures et {size.invitations} invitations…")
        none = Size(0, 0, size.rounds, size.seconds, size.drawings)
        with ThreadPoolExecutor() as pool:
            spare = None
            if (not only or "booking_sqlite" in only) and "DATABASE_URL" in kept:
                spare = pool.submit(Portal, embedded, none, stack=stack)
            main = Portal(kept, size, stack=stack)
            beside = Floor(kept, main, stack=stack)
            other = spare.result() if spare else main
        bench = Bench(size, main, beside, only)
        bench.pages(rows)
        bench.bookings(rows)
        bench.button(rows)
        if bench.wants("booking_sqlite"):
            on_sqlite(rows["booking_sqlite"], size, other)
        bench.probes(rows)  # before a worker sends the mails that are to be measured
        bench.memory(rows, stack)
        known = main.known
        return {
            "machine": machine(),
            "database": known["database"]["name"],
            "cache": known["cache"],
            "invitations": known["invitations"],
            "structures": known["structures"],
            "performances_to_come": known["to_come"],
            "seconds": round(time.monotonic() - STARTED, 1),
            "rows": [row for row in rows.values() if not only or row.name in only],
        }


def main() -> int:
    """The command line; returns 0 once measured, whatever the figures are."""
    top = argparse.ArgumentParser(
        prog="./portail bench", description="Mesure le portail à côté de son plancher."
    )
    top.add_argument("--json", action="store_true", help="écrit du JSON")
    top.add_argument("--quick", action="store_true", help="en une minute, moins sûr")
    top.add_argument("--structures", type=int, help="structures de la saison mesurée")
    top.add_argument("--invitations", type=int, help="invitations de la saison mesurée")
    top.add_argument(
        "--only", nargs="+", default=[], choices=jobs.rows(), metavar="LIGNE", help="ces lignes seules"
    )
    asked = top.parse_args()
    size = QUICK if asked.quick else FULL
    size = Size(
        asked.structures or size.structures,
        asked.invitations or size.invitations,
        size.rounds,
        size.seconds,
        size.drawings,
    )
    try:
        report = measure(size, asked.only)
    except (Unwell, Failed, OSError) as problem:
        sys.stderr.write(f"\n{problem}\n")
        return 1
    rows = report["rows"]
    if asked.json:
        answer = report | {"rows": [row.as_json() for row in rows]}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write(table(rows) + "\n")
        for row in rows:
            for failure in row.failures[:1]:
                sys.stdout.write(f"{row.job} : {len(row.failures)} échecs, par exemple {failure}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
