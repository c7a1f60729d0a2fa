"""`bench_probe`: what isn't a page (papers, mail, import, audit), measured in one process; prints JSON."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median
from uuid import uuid4

from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from bench.statements import counting
from billetterie.demo import accounts, mark
from common.codes import new_code, new_token
from common.delivery import deliver_due
from invitations import invariants
from invitations.documents import invitations_pdf
from invitations.models import Booking, Invitation, Participant, WaitlistEntry
from invitations.services import demand
from invitations.services.usage_review import review_structures, review_weeks
from offers.imports import load_programme, parse_programme
from offers.models import Event, Performance, Quota
from partners.models import User, Venue

IMPORTED = 5_000  # dates in the programme
BATCH = 30  # papers drawn at once
MAILS = 100
WAITING = 1_000  # parties in one line


def timed(act: Callable) -> tuple[float, float, object]:
    """Seconds by the clock, seconds of this process's work, and what came out."""
    begun, work = time.perf_counter(), time.process_time()
    result = act()
    return time.perf_counter() - begun, time.process_time() - work, result


class Command(BaseCommand):
    help = "Mesure ce qui n'est pas une page (./portail bench)."

    def add_arguments(self, parser):
        parser.add_argument("--times", type=int, default=5, help="fois que chaque papier est dessiné")

    def handle(self, *args, **options):
        if not mark.demonstration():
            return
        answer = {
            "papers": self.papers(options["times"]),
            "mail_cpu_ms": self.mail(),
            "import": self.programme(),
            "waitlist": self.waitlist(),
            "audit": self.night(lambda: len(invariants.audit().violations)),
            "usage": self.night(self.usage),
        }
        self.stdout.write(json.dumps(answer))

    def papers(self, times: int) -> dict:
        """Milliseconds a page once warm: one page at a time, then a batch; and the batch's kilobytes."""
        one, batch = self.party(1), self.party(BATCH)
        invitations_pdf(one)
        single = [timed(lambda: invitations_pdf(one)) for _ in range(3 * times)]
        many = [timed(lambda: invitations_pdf(batch)) for _ in range(max(1, times // 2))]
        return {
            "one_ms": median(wall for wall, _, _ in single) * 1000,
            "one_cpu_ms": median(work for _, work, _ in single) * 1000,
            "batch_ms": median(wall for wall, _, _ in many) * 1000 / BATCH,
            "batch_cpu_ms": median(work for _, work, _ in many) * 1000 / BATCH,
            "batch_kb": len(many[0][2]) / 1000,
        }

    def party(self, size: int) -> list[Invitation]:
        """Papers of one date, never saved."""
        booking = Booking.objects.live().with_outing().order_by("pk").first()
        return [
            Invitation(
                booking=booking,
                performance=booking.performance,
                kind=Invitation.Kind.GUEST,
                given_name="Églantine",
                family_name=f"Corbeyrand-{number}",
                number=new_code(),
                token=new_token(),
                position=number,
            )
            for number in range(size)
        ]

    def mail(self) -> float:
        """Milliseconds of work for each mail that leaves."""
        _, work, left = timed(lambda: deliver_due(at=timezone.now(), limit=MAILS))
        return work * 1000 / left if left else 0

    def programme(self) -> dict:
        """Reading and loading a venue's file, against writing the same number of rows; both are taken back."""
        now, venue = timezone.now(), Venue.objects.select_related("commune").order_by("pk").first()
        lines = ["identifiant;titre;date de début;description;durée;type"]
        lines += [
            f"{number};La Dame aux trois parapluies {number};{now + timedelta(days=1 + number % 90):%Y-%m-%d} 20:30;"
            f"Une comédie tendre sur les portes qu'on n'ose pas pousser.;85;spectacle"
            for number in range(IMPORTED)
        ]
        content = "\n".join(lines).encode()
        with transaction.atomic(), counting() as count:
            seconds, _, outcome = timed(
                lambda: load_programme(venue=venue, parsed=parse_programme(content), at=now)
            )
            transaction.set_rollback(True)
        with transaction.atomic():
            floor, _, _ = timed(lambda: self.rows(venue))
            transaction.set_rollback(True)
        return {
            "seconds": seconds,
            "floor": floor,
            "performances": outcome.performances,
            "statements_per_1000": count.statements * 1000 / IMPORTED,
        }

    def rows(self, venue: Venue) -> None:
        events = [Event(venue=venue, title=f"La Dame {number}") for number in range(IMPORTED)]
        Event.objects.bulk_create(events, batch_size=1000)
        starts_at = timezone.now() + timedelta(days=3)
        Performance.objects.bulk_create(
            [Performance(event=event, starts_at=starts_at) for event in events], batch_size=1000
        )

    def waitlist(self) -> dict:
        """Seats given at once to a thousand parties that wait for one date; taken back afterwards."""
        now, worker = timezone.now(), User.objects.get(email=accounts.WORKER.email)
        ahead = Performance.objects.bookable(at=now + timedelta(days=2)).filter(parties_waiting=0)
        date = ahead.exclude(event__venue__in=Quota.objects.open().values("venue")).order_by("pk").first()
        with transaction.atomic():
            people = [
                Participant(structure=worker.structure, family_name=f"Ondine-{n}") for n in range(WAITING)
            ]
            Participant.objects.bulk_create(people, batch_size=500)
            WaitlistEntry.objects.bulk_create(
                (
                    WaitlistEntry(
                        structure=worker.structure,
                        performance=date,
                        participant=person,
                        person_ref=person.person_ref,
                        joined_by=worker,
                        key=uuid4(),
                        seats=1,
                        line=line,
                        joined_at=now,
                    )
                    for line, person in enumerate(people, start=1)
                ),
                batch_size=500,
            )
            Performance.objects.filter(pk=date.pk).update(
                capacity=F("capacity") - F("seats_left"), seats_left=0, parties_waiting=WAITING
            )
            date.refresh_from_db()
            with counting() as count:
                seconds, work, _ = timed(
                    lambda: demand.change_seats(
                        performance=date, capacity=date.capacity + WAITING, by="essai", at=now
                    )
                )
            offered = WaitlistEntry.objects.offered().filter(performance=date).count()
            transaction.set_rollback(True)
        return {
            "seconds": seconds,
            "cpu_seconds": work,
            "parties": offered,
            "statements_each": count.statements / offered,
        }

    def usage(self) -> int:
        with transaction.atomic():
            now = timezone.now() + timedelta(days=1)  # tonight's may be made already
            found = review_weeks(at=now) + review_structures(at=now)
            transaction.set_rollback(True)
        return found

    def night(self, act: Callable[[], int]) -> dict:
        """A job of the night: seconds, statements, and what it found."""
        with counting() as count:
            seconds, _, found = timed(act)
        return {"seconds": seconds, "statements": count.statements, "found": found}
