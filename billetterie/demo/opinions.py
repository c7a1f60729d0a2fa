"""La Criée of the demonstration: invented opinions in several languages and states, answers, a report (E3)."""

import tomllib
from datetime import date, timedelta
from pathlib import Path

from billetterie.demo.chance import Chance
from billetterie.demo.partners import at_hour
from common.codes import new_token
from evaluations.models import Charter, Opinion, OpinionReport
from offers.models import Event
from partners.models import Structure, User

DATA = Path(__file__).parent / "data" / "opinions.toml"
State = Opinion.State


def load_opinions(*, chance: Chance, structure: Structure, on: date) -> None:
    """What people said until the day `on`: published, waiting, reported, refused."""
    charter = Charter.objects.current(at=at_hour(on, 0))
    staff = User.objects.filter(role=User.Role.STAFF, is_active=True).order_by("email").first()
    events = {event.title: event for event in Event.objects.offered().select_related("venue")}
    for told in tomllib.loads(DATA.read_text(encoding="utf-8"))["opinion"]:
        answers = told.pop("answers", [])
        event = events.get(told.pop("event", ""))
        opinion = _say(
            told, chance=chance, charter=charter, staff=staff, structure=structure, event=event, on=on
        )
        for answer in answers:
            answer["days"] = answer.get("days", max(told["days"] - 2, 0))
            _say(
                answer,
                chance=chance,
                charter=charter,
                staff=staff,
                structure=structure,
                event=event,
                on=on,
                to=opinion,
            )


def _say(told, *, chance, charter, staff, structure, event, on, to=None) -> Opinion:
    told = dict(told)
    at = at_hour(on - timedelta(days=told.pop("days")), 14)
    state = told.pop("state", State.PUBLISHED)
    confided, venue, reported = (
        told.pop("confided", False),
        told.pop("venue", False),
        told.pop("reported", ""),
    )
    judged = {"decided_at": at + timedelta(hours=3), "decided_by": staff} if state != State.WAITING else {}
    if state == State.PUBLISHED:
        judged["published_at"] = judged["decided_at"]
    opinion = Opinion.objects.create(
        id=chance.uuid(),
        answers_to=to,
        event=None if to else event,
        venue=event.venue if event and not to else None,
        structure=structure if confided else None,
        speaks_for=event.venue if venue else None,
        charter=charter,
        token_hash=Opinion.hash_of(new_token()),
        state=state,
        created_at=at,
        **judged,
        **told,
    )
    if reported:
        OpinionReport.objects.create(
            id=chance.uuid(),
            opinion=opinion,
            reason=reported,
            reporter=OpinionReport.reporter_of(opinion, "demonstration"),
            reported_at=at_hour(on, 1),
        )
    return opinion
