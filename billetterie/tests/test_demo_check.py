"""The check from outside: it reads papers as a phone does, and says so when something doesn't hold."""

import json
import socket
from datetime import datetime
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command

from billetterie.demo import check
from invitations.documents import invitations_pdf
from invitations.models import Invitation
from invitations.tests.factories import a_booking

PARIS = ZoneInfo("Europe/Paris")


def test_check_waits_only_when_no_date_of_today_is_left():
    assert check.seconds_to_midnight(datetime(2026, 11, 22, 0, 0, 2, tzinfo=PARIS)) == 0
    assert check.seconds_to_midnight(datetime(2026, 11, 22, 23, 55, 59, tzinfo=PARIS)) == 0
    assert 60 < check.seconds_to_midnight(datetime(2026, 11, 22, 23, 58, 30, tzinfo=PARIS)) < 120


@pytest.mark.django_db
def test_papers_are_read_as_people_and_phones_read_them():
    booking = a_booking(guests=2)
    papers = list(
        Invitation.objects.filter(booking=booking).select_related("performance__event__venue__commune")
    )
    read = check.read_papers(invitations_pdf(papers))
    assert [(paper.spoken_number, paper.check_url) for paper in papers] == [
        (one.number, one.qr) for one in read
    ]


def test_mails_are_read_from_their_folder(settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    with mail.get_connection() as connection:
        for number in range(2):
            mail.EmailMessage(
                f"Sortie {number}", "Voilà : /sorties/", to=["a@demo.example"], connection=connection
            ).send()
    read = list(check.read_mails(tmp_path))
    assert [message["Subject"] for message in read] == ["Sortie 0", "Sortie 1"]
    assert "Voilà" in read[0].get_content()


@pytest.mark.django_db
@time_machine.travel(datetime(2026, 11, 22, 12, tzinfo=PARIS))
def test_check_fails_and_says_so_where_nobody_answers():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
    out, progress = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ending:
        call_command("demo_check", "--base-url", address, stdout=out, stderr=progress)
    summary = json.loads(out.getvalue())
    assert ending.value.code == 1
    assert summary["ok"] is False
    assert summary["steps"][0]["ok"] is False
    assert "Pas essayé" in summary["steps"][1]["detail"]
    assert summary["steps"][-1]["ok"] is True  # the audit of an empty database
    assert "NON" in progress.getvalue()
