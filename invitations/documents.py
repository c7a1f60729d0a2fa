"""The papers that people take along (D2), and the door's list (D9)."""

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings

from common.dates import local_day
from common.languages import FRENCH, Phrasebook, phrases
from common.pdf import Sheet, Strip, qr_picture, render_pdf, render_sheets
from invitations.models import Invitation
from offers.models import Access, Performance

DRESS = "invitations/pdf/invitation.css"
DOOR_SENTENCE = "«\u00a0Bonjour, j’ai une invitation.\u00a0»"  # in French whatever the page's language
NO_BREAK_SPACE = "\u00a0"


def invitations_pdf(invitations: list[Invitation]) -> bytes:
    """For each invitation one A4 page in French and, where its person reads another language, a second one in that.

    In the order given, of one date or of several. No structure is named (F1). They arrive `for_paper`, and only live
    ones: a cancelled invitation has no paper (ValueError).
    """
    if not invitations or not all(invitation.is_live for invitation in invitations):
        raise ValueError("papers are printed for live invitations only")
    outings: dict[tuple, _Outing] = {}
    sheets = []
    for invitation in invitations:
        qr = qr_picture(invitation.check_url)
        for language in dict.fromkeys([FRENCH, _language_of(invitation)]):
            key = (invitation.performance_id, language)
            if key not in outings:
                outings[key] = _Outing(invitation.performance, phrases(language))
            sheets.append(outings[key].sheet(invitation, qr))
    titles = dict.fromkeys(invitation.performance.event.title for invitation in invitations)
    title = f"Invitation : {next(iter(titles))}" if len(titles) == 1 else "Invitations"
    return render_sheets(sheets=sheets, dress=DRESS, title=title)


def _language_of(invitation: Invitation) -> str:
    """The language of the whole party's second pages: the participant's, French where they were erased."""
    participant = invitation.booking.participant
    return participant.language if participant else FRENCH


class _Outing:
    """One date in one language. What its papers share is one strip, which is drawn once however many people go."""

    def __init__(self, performance: Performance, book: Phrasebook) -> None:
        self.performance, self.book = performance, book
        self.above = Strip("invitations/pdf/event.html", self._above(), about_nobody=True)
        self.below = Strip("invitations/pdf/coming.html", self._below(), about_nobody=True)
        self.feet: dict[tuple[bool, bool], Strip] = {}

    def sheet(self, invitation: Invitation, qr: str) -> Sheet:
        """One person's page."""
        holder = {
            "name": invitation.full_name,
            "role": self.book[f"role.{invitation.kind}"],
            "number": invitation.spoken_number,
            "qr": qr,
        }
        ends = (invitation.ends_others, invitation.ends_with_participant)
        if ends not in self.feet:
            self.feet[ends] = Strip("invitations/pdf/absent.html", self._foot(*ends), about_nobody=True)
        strips = (self.above, Strip("invitations/pdf/holder.html", holder), self.below, self.feet[ends])
        return Sheet((self.performance.pk, self.book.language.code), self.book, strips)

    def _above(self) -> dict:
        performance, day = self.performance, local_day(self.performance.starts_at)
        return {
            "performance": performance,
            "event": performance.event,
            "kind": self.book[f"kind.{performance.event.kind}"],
            "month": self.book.month(day),
            "year": day.year,
            "portal_name": settings.PORTAL_NAME,
        }

    def _below(self) -> dict:
        event = self.performance.event
        phone = event.venue.phone
        return {
            "event": event,
            "venue_phone": _held_together(phone.as_national) if phone else "",
            "wheelchair": Access.WHEELCHAIR in event.accesses,
            "hearing_loop": Access.HEARING_LOOP in event.accesses,
            "arrive_at": self.performance.starts_at - timedelta(minutes=settings.ARRIVE_MINUTES_BEFORE),
            "minutes_before": settings.ARRIVE_MINUTES_BEFORE,
            "sentence": DOOR_SENTENCE,
        }

    def _foot(self, ends_others: bool, ends_with_participant: bool) -> dict:
        return {
            "may_cancel": settings.CANCEL_FROM_PAPER,
            "ends_others": ends_others,
            "ends_with_participant": ends_with_participant,
            "association": settings.PORTAL_ASSOCIATION,
            "association_phone": _held_together(settings.PORTAL_CONTACT_PHONE),
            "association_email": settings.PORTAL_CONTACT_EMAIL,
        }


def _held_together(phone: str) -> str:
    """A number that no line breaks and no reading direction turns around: to both, a no-break space is part of it."""
    return phone.replace(" ", NO_BREAK_SPACE)


def door_list_pdf(
    *, performance: Performance, parties: list[list[Invitation]], entered: int, at: datetime
) -> bytes:
    """The door's list on paper, as it stands at `at`: parties together, a box to tick beside each person (D9)."""
    context = {
        "performance": performance,
        "parties": parties,
        "expected": sum(len(party) for party in parties),
        "entered": entered,
        "at": at,
    }
    day = local_day(performance.starts_at)
    title = f"Liste d'accueil : {performance.event.title}, {day:%d/%m/%Y}"
    return render_pdf(template="invitations/pdf/door_list.html", context=context, title=title)


def own_data_pdf(*, record: dict[str, Any], at: datetime) -> bytes:
    """What is held of one person, for that person (F3); `record` is what `own_data.record_of` gives."""
    person = record["personne"]

    def lines(name: str) -> list[dict[str, Any]]:
        moments = (("starts_at", "seance"), ("booked_at", "reserve_le"))
        return [
            {**line, **{key: datetime.fromisoformat(line[said]) for key, said in moments}}
            for line in record[name]
        ]

    context = {
        "record": record,
        "at": at,
        "contact": settings.PORTAL_CONTACT_EMAIL,
        "added": "ajoutee_le" in person and date.fromisoformat(person["ajoutee_le"]),
        "leaves": "ajoutee_le" in person and date.fromisoformat(person["effacee_le_sans_nouvelle_sortie"]),
        "parts": [("Vos sorties", lines("sorties")), ("Vos demandes", lines("demandes"))],
        "kept_days": settings.NAMES_KEPT_DAYS,
        "kept_months": settings.PERSON_KEPT_MONTHS,
    }
    return render_pdf(template="invitations/pdf/own_data.html", context=context, title="Vos données")
