"""`bench_seed`: in a demonstration's database, sessions, dates and people for the clients; prints them as JSON."""

import json
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.models import Count, F
from django.utils import timezone

from billetterie.demo import accounts, mark
from conventions.models import Agreement
from invitations.models import Booking, Invitation, Participant
from offers.models import Event, Performance, Quota
from partners.middleware import VISITOR_KEY
from partners.models import User, VisitorAccess
from partners.seasons import Season

SEATS = 5_000  # added to each date that the clients book
PEOPLE = 24  # put on each list, as many as the demonstration's own structure has
FAMILIES = "Bagayokho Hovsepian Kovalyshyn Teixeirinha Zadranwal Larbaoui".split()


class Command(BaseCommand):
    help = "Prépare une base de démonstration pour le banc de mesure (./portail bench)."

    def add_arguments(self, parser):
        parser.add_argument("--dates", type=int, default=1000, help="séances que les clients réservent")
        parser.add_argument("--structures", type=int, default=60, help="structures qui réservent")

    def handle(self, *args, **options):
        if not mark.demonstration():
            raise CommandError("Cette base n'est pas une démonstration : le banc n'y touche pas.")
        now = timezone.now()
        own = User.objects.get(email=accounts.WORKER.email)
        dates = self.dates(options["dates"], at=now)
        answer = {
            "database": self.database(),
            "cache": "redis" if settings.REDIS_URL else "base de données",
            "invitations": Invitation.objects.count(),
            "structures": Agreement.objects.in_force(on=timezone.localdate()).exclude(structure=None).count(),
            "to_come": Performance.objects.bookable(at=now).count(),
            "visitor": self.visitor(own),
            "worker": self.session(own),
            "staff": self.session(User.objects.get(email=accounts.STAFF.email)),
            "event": str(self.event(at=now)),
            "dates": [{"id": str(date.pk), "event": str(date.event_id)} for date in dates],
            "bookers": [self.booker(user) for user in self.workers(options["structures"], at=now)],
            "printable": self.printable(own, at=now),
        }
        self.stdout.write(json.dumps(answer))

    def database(self) -> dict:
        """What it is, and the process that all others of a PostgreSQL on this machine come from."""
        with connection.cursor() as cursor:
            if connection.vendor != "postgresql":
                cursor.execute("SELECT sqlite_version()")
                return {"name": f"SQLite {cursor.fetchone()[0]}", "pid": None}
            cursor.execute("SELECT pg_backend_pid(), current_setting('server_version')")
            pid, version = cursor.fetchone()
            return {"name": f"PostgreSQL {version.split()[0]}", "pid": pid}

    def dates(self, count: int, *, at: datetime) -> list[Performance]:
        """Dates of this season with seats for everybody who will ask, and no quota; capacity and free seats grow."""
        end = Season.of(timezone.localdate()).next.starts_on
        ahead = Performance.objects.bookable(at=at + timedelta(days=2)).until_day(end - timedelta(days=1))
        ahead = ahead.filter(booking_deadline=None, parties_waiting=0)
        ahead = ahead.exclude(event__venue__in=Quota.objects.open().values("venue"))
        chosen = list(ahead.order_by("starts_at", "pk")[:count])
        Performance.objects.filter(pk__in=[date.pk for date in chosen]).update(
            capacity=F("capacity") + SEATS, seats_left=F("seats_left") + SEATS
        )
        return chosen

    def event(self, *, at: datetime):
        """An event with as many dates to come as most have."""
        ahead = Event.objects.published().with_figures(at=at).filter(dates__lte=8)
        return ahead.order_by("-dates", "pk").values_list("pk", flat=True).first()

    def workers(self, count: int, *, at: datetime) -> list[User]:
        """The référent·e of some structures that may book now, for any day of the season."""
        today = timezone.localdate()
        able = Agreement.objects.in_force(on=today).filter(ends_on=Season.of(today).ends_on)
        leads = User.objects.filter(role=User.Role.LEAD, structure__in=able.values("structure"))
        leads = leads.filter(is_active=True, structure__suspended_at=None)
        return list(leads.order_by("pk")[:count])

    def booker(self, user: User) -> dict:
        """A worker's session, this season's password chosen, and people of the list who have no outing yet."""
        user.password_chosen_at = timezone.now()
        user.save(update_fields=["password_chosen_at"])
        people = [
            Participant(structure_id=user.structure_id, given_name="Ondine", family_name=f"{family}-{number}")
            for number in range(PEOPLE // len(FAMILIES))
            for family in FAMILIES
        ]
        Participant.objects.bulk_create(people)
        return {"session": self.session(user), "people": [str(person.pk) for person in people]}

    def printable(self, user: User, *, at: datetime) -> dict[str, str]:
        """A booking of one person, and one of three."""
        mine = Booking.objects.visible_to(user).to_come(at=at).annotate(papers=Count("invitations"))
        sizes = {"one": 1, "three": 3}
        return {name: str(mine.filter(papers=size).earliest("pk").pk) for name, size in sizes.items()}

    def session(self, user: User) -> str:
        return self.kept(
            {
                SESSION_KEY: str(user.pk),
                BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                HASH_SESSION_KEY: user.get_session_auth_hash(),
            }
        )

    def visitor(self, user: User) -> str:
        access = VisitorAccess.objects.open(on=timezone.localdate()).get(structure=user.structure)
        return self.kept({VISITOR_KEY: str(access.pk)})

    def kept(self, content: dict) -> str:
        session = SessionStore()
        session.update(content)
        session.create()
        return session.session_key
