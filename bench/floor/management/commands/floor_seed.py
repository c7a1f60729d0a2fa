"""`floor_seed --dates N`: the floor's tables, rows and session; prints what its clients need, as JSON."""

import json
import uuid
from datetime import timedelta

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from bench.floor.models import Date, Show

DATES_EACH = 8
TEXT = "Deux heures de théâtre et de musique, à hauteur d'enfant et de grands-parents. " * 6


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--dates", type=int, required=True, help="dates to come")
        parser.add_argument("--page", required=True, help="file of the page that is kept in the cache")

    def handle(self, *args, **options):
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("CREATE SCHEMA IF NOT EXISTS floor")
        call_command("migrate", run_syncdb=True, verbosity=0)
        call_command("createcachetable")
        if not Date.objects.exists():
            self.invent(options["dates"])
        with open(options["page"], "rb") as page:
            cache.set("page", page.read(), None)
        dates = list(Date.objects.order_by("starts_at").values_list("pk", flat=True)[:1000])
        answer = {
            "session": self.session(),
            "show": str(Date.objects.get(pk=dates[0]).show_id),
            "dates": [str(pk) for pk in dates],
        }
        self.stdout.write(json.dumps(answer))

    def invent(self, count: int) -> None:
        now, shows, dates = timezone.now(), [], []
        for number in range(-(-count // DATES_EACH)):
            show = Show(
                title=f"La Dame aux trois parapluies {number}",
                kind="Spectacle",
                venue="Théâtre des Quatre Amarres",
                city="Villeurbanne",
                address="18 quai des Bateliers, 69100 Villeurbanne",
                contact="Accueil : 04 65 71 20 00",
                description=TEXT,
                age_min=10,
            )
            shows.append(show)
            dates += [
                Date(
                    pk=uuid.uuid4(),
                    show=show,
                    starts_at=now + timedelta(days=2 + day * 11, minutes=number),
                    capacity=1_000_000,
                    seats_left=1_000_000,
                )
                for day in range(DATES_EACH)
            ]
        Show.objects.bulk_create(shows, batch_size=500)
        Date.objects.bulk_create(dates, batch_size=500)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")

    def session(self) -> str:
        user, _ = User.objects.get_or_create(username="floor")
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        return session.session_key
