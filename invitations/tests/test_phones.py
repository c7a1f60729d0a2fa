"""What a phone at the door takes along, and what it says afterwards (D9)."""

import json
import re
from base64 import b64decode
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import reverse
from django.utils import timezone

from common.codes import new_code
from common.tests.test_sealing import opened
from invitations.models import Admission, Invitation
from invitations.services import phones
from invitations.tests.factories import a_booking
from invitations.views.phones import IMPORTED, NAMED
from offers.models import Performance
from offers.tests.factories import PerformanceFactory

pytestmark = pytest.mark.django_db
HALF_AN_HOUR = timedelta(minutes=30)  # whatever the hour of this test, it is still that date's evening
LISTS = "/accueil/telephone/listes.json"


@pytest.fixture
def tonight(cast):
    """A booking of three for a date that began a while ago at the desk's venue."""
    booking = a_booking(
        by=cast.worker, performance=PerformanceFactory(event__venue=cast.desk.venue), guests=2
    )
    Performance.objects.filter(pk=booking.performance_id).update(starts_at=timezone.now() - HALF_AN_HOUR)
    booking.performance.refresh_from_db()
    return booking


def taken(cast, have=(), at=None):
    return phones.lists(by=cast.desk, have=have, at=at or timezone.now())


def body(*claims, phone="AAA", clock=None):
    clock = clock or timezone.now()
    return json.dumps({"phone": phone, "clock": phones.milliseconds(clock), "claims": claims})


def claim(invitation, at=None, **more):
    at = phones.milliseconds(at or timezone.now())
    return {"key": str(uuid4()), "invitation": str(invitation.pk), "at": at, **more}


def send(cast, name, text, who="desk"):
    return cast.browser(who).post(reverse(f"invitations:{name}"), text, content_type="application/json")


def verdicts(answer):
    return [one["verdict"] for one in answer.json()["answers"]]


def test_list_is_unreadable_without_a_paper(cast, tonight):
    text = cast.browser("desk").get(LISTS).text
    for one in tonight.invitations.all():
        for secret in (one.given_name, one.family_name, one.number, one.token):
            assert secret not in text and json.dumps(secret)[1:-1] not in text
    assert tonight.structure.name not in text and str(tonight.pk) not in text


def test_one_paper_opens_its_party_and_nobody_else(cast, tonight):
    other = a_booking(by=cast.worker, performance=PerformanceFactory(event__venue=cast.desk.venue))
    Performance.objects.filter(pk=other.performance_id).update(starts_at=timezone.now())
    [mine] = [one for one in taken(cast) if one["id"] == str(tonight.performance_id)]
    guest = tonight.invitations.last()
    found = [box for _, box in mine["codes"].values() if readable(box, guest.token, mine["salt"])]
    assert len(found) == 1
    names = readable(found[0], guest.token, mine["salt"])
    assert names == {str(one.pk): one.full_name for one in tonight.invitations.all()}


def readable(box, token, salt):
    try:
        return json.loads(opened(box, token, b64decode(salt))[1])
    except InvalidTag:
        return None


@pytest.mark.parametrize(("days", "told"), [(-2, 0), (-1, 1), (0, 1), (1, 1), (2, 0)])
def test_lists_are_handed_out_from_the_day_before_to_the_day_after(cast, tonight, days, told):
    at = tonight.performance.starts_at + timedelta(days=days)
    assert len(taken(cast, at=at)) == told


def test_list_says_when_it_must_be_wiped(cast, tonight):
    [mine] = taken(cast)
    midnight = timezone.localtime(tonight.performance.starts_at).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    assert mine["wiped"] >= phones.milliseconds(midnight + timedelta(days=2) - timedelta(hours=1))
    assert mine["wiped"] <= phones.milliseconds(midnight + timedelta(days=2) + timedelta(hours=1))


def test_list_that_the_phone_has_comes_without_what_is_sealed(cast, tonight):
    [first] = taken(cast)
    [again] = taken(cast, have=[first["version"]])
    assert "codes" in first and "codes" not in again and again["states"] == {}
    a_booking(by=cast.worker, performance=tonight.performance, at=tonight.created_at - timedelta(days=1))
    [changed] = taken(cast, have=[first["version"]])
    assert len(changed["codes"]) == 4


def test_states_say_who_cannot_simply_enter(cast, tonight):
    first, second, third = tonight.invitations.all()
    send(cast, "phone_ask", body(claim(first), phone="K7M"))
    Invitation.objects.filter(pk=second.pk).update(status="cancelled", cancelled_at=timezone.now())
    [mine] = taken(cast)
    assert mine["states"][str(first.pk)][0] == "already" and mine["states"][str(first.pk)][2] == "K7M"
    assert mine["states"][str(second.pk)][0] == "cancelled" and str(third.pk) not in mine["states"]
    assert mine["people"][str(third.pk)]["party"] == [str(first.pk), str(third.pk)]


def test_asking_lets_in_once(cast, tonight):
    asked = claim(tonight.invitations.first())
    assert verdicts(send(cast, "phone_ask", body(asked))) == ["admitted"]
    assert verdicts(send(cast, "phone_ask", body(asked))) == ["admitted"]  # its answer was lost on the way
    other = claim(tonight.invitations.first())
    assert verdicts(send(cast, "phone_ask", body(other, phone="BBB"))) == ["already"]
    stolen = {**claim(tonight.invitations.last()), "key": asked["key"]}
    assert verdicts(send(cast, "phone_ask", body(stolen))) == ["unknown"]
    assert Admission.objects.get().phone == "AAA"


def test_list_counts_what_the_desk_must_look_at(cast, tonight):
    for phone in ("AAA", "BBB"):
        send(cast, "phone_merge", body(claim(tonight.invitations.first()), phone=phone))
    [mine] = taken(cast)
    assert mine["doubts"] == 1
    assert "À vérifier : 1" in cast.browser("desk").get(mine["page"]).text


def test_another_venues_phone_is_told_nothing(cast, tonight):
    for name in ("phone_ask", "phone_merge"):
        answer = send(cast, name, body(claim(tonight.invitations.first())), who="other_desk")
        assert answer.json() == {"answers": [{"verdict": "unknown"}]}
    assert not Admission.objects.exists()


def test_clock_that_is_wrong_is_put_right(cast, tonight):
    """A phone an hour ahead let somebody in ten minutes ago."""
    wrong = timezone.now() + timedelta(hours=1)
    done = claim(tonight.invitations.first(), at=wrong - timedelta(minutes=10))
    assert verdicts(send(cast, "phone_merge", body(done, clock=wrong))) == ["admitted"]
    ago = timezone.now() - Admission.objects.get().at
    assert timedelta(minutes=10) <= ago < timedelta(minutes=11)


def test_nothing_lies_in_the_future(cast, tonight):
    done = claim(tonight.invitations.first(), at=timezone.now() + timedelta(days=400))
    send(cast, "phone_merge", body(done))
    assert Admission.objects.get().at <= timezone.now()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"phone": "AAA", "clock": 1, "claims": [1]}',
        '{"phone": "AAA", "clock": 1, "claims": [{"key": "x", "invitation": "y", "at": 1}]}',
        '{"phone": "AAA", "clock": 1e300, "claims": []}',
        '{"phone": "AAA", "clock": "hier", "claims": []}',
        '{"phone": "", "clock": 1, "claims": []}',
        '{"phone": "AAAAA", "clock": 1, "claims": []}',
        '{"phone": 7, "clock": 1, "claims": []}',
        "[" * 100_000,
    ],
)
def test_what_no_phone_sends_is_refused(cast, text):
    for name in ("phone_ask", "phone_merge"):
        assert send(cast, name, text).status_code == 400


def test_too_many_admissions_at_once_are_refused(cast, tonight, settings):
    settings.DOOR_BATCH_MAX = 1
    twice = body(claim(tonight.invitations.first()), claim(tonight.invitations.last()))
    assert {send(cast, name, twice).status_code for name in ("phone_ask", "phone_merge")} == {409}
    assert not Admission.objects.exists()


def test_code_of_another_date_says_which_and_never_who(cast, tonight):
    Performance.objects.update(starts_at=timezone.now() + timedelta(days=5))
    one = tonight.invitations.first()
    for code in (one.spoken_number, one.token):
        answer = send(cast, "phone_look_up", json.dumps({"code": code}))
        assert answer.json()["verdict"] == "wrong_date" and one.family_name not in answer.text
    for who, code in (("desk", new_code()), ("other_desk", one.number), ("other_desk", one.token)):
        answer = send(cast, "phone_look_up", json.dumps({"code": code}), who=who)
        assert answer.json() == {"verdict": "unknown"}
    for text in ("", "[]", '{"code": 7}', json.dumps({"code": "A" * 31}), '{"code": "a\\u0000"}'):
        assert send(cast, "phone_look_up", text).status_code == 400


def test_guessing_codes_on_a_phone_stops(cast, settings):
    settings.DOOR_ATTEMPTS = 1
    answers = [send(cast, "phone_look_up", json.dumps({"code": new_code()})) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]


def test_page_that_stays_is_whole_and_about_nobody(cast):
    """Every file that the page or its modules name is there, and kept; the page is the same for everybody."""
    kept = {*NAMED, *IMPORTED}
    assert all(finders.find(name) for name in kept)
    for name in (name for name in kept if name.endswith(".js")):
        for found in re.findall(
            r"""(?:from|import\()\s*["'](\.[^"']+)""", Path(finders.find(name)).read_text()
        ):
            assert str((Path("/") / name).parent.joinpath(found).resolve()).lstrip("/") in kept, found
    page = cast.browser("nobody").get(reverse("invitations:phone")).text
    assert page == cast.browser("desk").get(reverse("invitations:phone")).text
    named = set(re.findall(r'(?:src|href)="/static/([^"]+)"', page))
    assert named <= kept
    worker = cast.browser("nobody").get(reverse("invitations:phone_worker"))
    assert worker["Content-Type"].startswith("text/javascript")
    assert all(f'"{settings.STATIC_URL}{name}"' in worker.text for name in kept)
    assert "worker-src 'self'" in worker["Content-Security-Policy"]
