"""What staff look at before anybody receives it: every mail that the portal sends and every paper that it draws.

Each comes from the function that makes the real one, about people and places that don't exist. Nothing is written to
the database; what a function asks of it finds nothing. A new mail without a row here fails the suite.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.text import slugify
from django.utils.timezone import localtime

from common import outbox
from common.bubbles import Spot, draw
from common.codes import new_code, new_token
from common.context_processors import portal
from common.dates import local_day
from common.models import OutboxMessage
from conventions.documents.agreements import agreement_pdf, original_pdf
from conventions.documents.breaches import letter_pdf
from conventions.documents.candidacies import refusal_letter
from conventions.documents.receipts import receipt_pdf
from conventions.emails import access, breaches, candidacies, receipts, signing
from conventions.models import (
    Agreement,
    AgreementText,
    Breach,
    BreachLetter,
    Candidacy,
    Donation,
    Membership,
    Receipt,
    SignatureCode,
    SignatureLink,
)
from conventions.models.breaches import Side
from conventions.services.receipts import facts_of
from conventions.services.words import put_together, term, typeset
from evaluations.documents import report_pdf, review_pdf, sheet_pdf
from evaluations.emails import attendance, criee, sheets
from evaluations.emails import thanks as to_venues
from evaluations.models import Opinion, Questionnaire, Sheet, SheetQuestion, SheetReminder, Tally
from evaluations.reports import Report, Review, Voice
from evaluations.spread import Spread
from invitations import emails as outings
from invitations.documents import door_list_pdf, invitations_pdf, own_data_pdf
from invitations.models import (
    Booking,
    ChangeNotice,
    DateChange,
    Draw,
    DrawRequest,
    GroupOuting,
    Invitation,
    Language,
    MaterialRequest,
    Participant,
    SeatsCall,
    VenueDocument,
    WaitlistEntry,
)
from offers import facts
from offers.models import Event, Performance
from partners import emails as accounts
from partners.accounts import AccountAdapter
from partners.documents import visitor_card
from partners.models import AccessLink, Commune, Question, Structure, User, Venue, VisitorAccess
from partners.seasons import Season

KEY = UUID("2a7c51e0-4b1d-4e8a-9f3c-0d6b8e5a1f72")
FINGERPRINT = "0123456789abcdef" * 4
TITLE = "Le Grand Bal des petites lumières"


class Examples:
    """Invented people, places and papers as they stand at `at`, none of them saved."""

    def __init__(self, at: datetime) -> None:
        self.at, self.on = at, local_day(at)
        self.season = Season.of(self.on)
        self._partners()
        self._outing()
        self._terms()

    def _partners(self) -> None:
        commune = Commune(code="69000", name="Villeneuve", postcode="69000")
        at_home = {
            "commune": commune,
            "postcode": "69000",
            "representative_capacity": "directrice",
        }
        self.structure = Structure(
            name="Maison des Tilleuls",
            address="3 rue des Tilleuls",
            email="tilleuls@portail.example",
            representative_name="Aline Exemple",
            representative_email="aline@portail.example",
            **at_home,
        )
        self.venue = Venue(
            name="Théâtre du Canal",
            slug="exemple",
            address="12 quai du Canal",
            email="canal@portail.example",
            phone="+33465712345",
            transit="Bus 27, arrêt Écluse.",
            on_foot="Longez le canal pendant deux minutes.",
            wheelchair=True,
            hearing_loop=True,
            representative_name="Odile Exemple",
            representative_email="odile@portail.example",
            **at_home,
        )
        self.worker = User(
            email="referente@portail.example",
            display_name="Camille Exemple",
            role=User.Role.LEAD,
            structure=self.structure,
        )
        self.desk = User(
            email="lieu@portail.example",
            display_name="Dominique Exemple",
            role=User.Role.VENUE,
            venue=self.venue,
        )
        self.candidacy = Candidacy(
            kind=Candidacy.Kind.STRUCTURE,
            name="Atelier du Moulin",
            address="8 chemin du Moulin",
            lead_name="Sacha Exemple",
            lead_email="moulin@portail.example",
            meeting_at=self.at + timedelta(days=5),
            meeting_place="à l’Atelier du Moulin, 8 chemin du Moulin",
            meeting_with="Lou, de l’équipe",
            closing_reason="Votre commune est hors du territoire que nous servons cette saison.",
            **at_home,
        )

    def _outing(self) -> None:
        self.event = Event(
            venue=self.venue, title=TITLE, kind=Event.Kind.CONCERT, duration_minutes=90, age_min=6
        )
        evening = localtime(self.at).replace(hour=20, minute=30, second=0, microsecond=0)
        self.performance = Performance(
            event=self.event, starts_at=evening + timedelta(days=9), capacity=12, seats_left=6
        )
        self.booking = self.booking_in(Language.FRENCH)
        waits = {
            "pk": KEY,
            "structure": self.structure,
            "joined_by": self.worker,
            "seats": 3,
            "joined_at": self.at,
        }
        self.entry = WaitlistEntry(
            performance=self.performance, answer_by=self.at + timedelta(hours=24), **waits
        )
        self.group = GroupOuting(
            pk=KEY,
            structure=self.structure,
            performance=self.performance,
            booked_by=self.worker,
            label="Atelier du mardi",
            seats=8,
            unnamed=3,
            names_by=self.performance.starts_at - timedelta(days=3),
        )
        self.booking_of_group = self.booking_in(Language.FRENCH)
        self.booking_of_group.group = self.group
        self.entry_of_group = WaitlistEntry(
            performance=self.performance, group=self.group, answer_by=self.entry.answer_by, **waits
        )
        self.request = DrawRequest(
            pk=KEY,
            draw=Draw(performance=self.performance),
            structure=self.structure,
            requested_by=self.worker,
            public_id="EXEMPLE",
            seats=3,
            reason="Il y avait 12 places et 40 personnes. Les groupes passés avant sortent pour la première fois.",
        )
        self.opinion = Opinion(
            pk=KEY,
            event=self.event,
            text="J’ai dansé deux heures sans voir le temps passer. Il manquait juste des chaises au fond.",
        )
        self.call = SeatsCall(performance=self.performance, people=7, sent_at=self.at, sent_on=self.on)

    def booking_in(self, language: str) -> Booking:
        """A booking for somebody who reads `language`."""
        participant = Participant(
            structure=self.structure, given_name="Nour", family_name="Zéphirine", language=language
        )
        return Booking(
            pk=KEY,
            structure=self.structure,
            performance=self.performance,
            participant=participant,
            booked_by=self.worker,
            created_at=self.at,
        )

    def invitations(self, booking: Booking, *names: str) -> list[Invitation]:
        """One paper for each of `names`, the participant's first."""
        return [
            Invitation(
                booking=booking,
                performance=booking.performance,
                kind=Invitation.Kind.GUEST if position else Invitation.Kind.PARTICIPANT,
                given_name=name,
                family_name="Zéphirine",
                number=new_code(),
                token=new_token(),
                position=position,
            )
            for position, name in enumerate(names)
        ]

    def _terms(self) -> None:
        self.agreement = Agreement(
            pk=KEY,
            structure=self.structure,
            starts_on=self.season.starts_on,
            ends_on=self.season.ends_on,
            representative_name=self.structure.representative_name,
            representative_capacity=self.structure.representative_capacity,
            representative_email=self.structure.representative_email,
            signatory_name=self.structure.representative_name,
            signatory_capacity=self.structure.representative_capacity,
            route=Agreement.Route.PORTAL,
            refusal_reason="Notre conseil d’administration se réunit le mois prochain et veut la lire d’abord.",
            other_name="Maud Exemple",
            other_capacity="présidente",
            other_email="maud@portail.example",
        )
        self.link = SignatureLink(
            agreement=self.agreement,
            sent_to=self.agreement.representative_email,
            created_at=self.at,
            expires_at=self.at + timedelta(days=settings.SIGNATURE_LINK_DAYS),
        )
        self.membership = Membership(
            structure=self.structure,
            season_year=self.season.year,
            amount_cents=3000,
            paid_on=self.on,
            means="transfer",
        )
        self.donation = Donation(venue=self.venue, amount_cents=5000, paid_on=self.on, means="transfer")

    def breach(self, notifier: Side) -> Breach:
        """One noticed by `notifier` and gone as far as a breach can go."""
        return Breach(
            pk=KEY,
            agreement=self.agreement,
            notifier=notifier,
            grounds="Trois groupes ne sont pas venus, sans prévenir, malgré deux appels.",
            noticed_on=self.on - timedelta(days=60),
            explain_by=self.on - timedelta(days=45),
            explained_on=self.on - timedelta(days=50),
            letter_sent_on=self.on - timedelta(days=40),
            tracking_number="1A 000 000 0000 0",
            presented_on=self.on - timedelta(days=38),
            terminates_on=self.on - timedelta(days=8),
            offer="Un appel avant chaque sortie.",
        )

    def receipt(self, **payment: Any) -> Receipt:
        """For the membership or the donation given."""
        return Receipt(year=self.on.year, number=7, issued_at=self.at, **payment)


@dataclass(frozen=True)
class Mail:
    """One mail: when it leaves, who reads it, the function that writes it and what about."""

    title: str
    reader: str
    function: Callable[..., Any]
    about: Callable[[Examples], dict[str, Any]]

    @property
    def slug(self) -> str:
        return slugify(self.title)

    def message(self, *, at: datetime) -> OutboxMessage:
        """As it would leave at `at`; of a mail to both parties the partner’s."""
        written = self.function(**self.about(Examples(at)))
        return written[-1] if isinstance(written, list) else written


@dataclass(frozen=True)
class Paper:
    """One PDF: its name, and what draws it."""

    title: str
    draw: Callable[[Examples], bytes]

    @property
    def slug(self) -> str:
        return slugify(self.title)

    def pdf(self, *, at: datetime) -> bytes:
        """As it would be drawn at `at`."""
        return self.draw(Examples(at))


WORKER, LEAD, VENUE = "la personne qui a réservé", "la ou le référent·e", "le lieu"
OWNER, CANDIDATE, SIGNER, TEAM = "la personne du compte", "la personne candidate", "qui signe", "l’équipe"
PARTNER = "le partenaire et qui signe pour lui"
Purpose = AccessLink.Purpose


def _access(purpose: str) -> Callable[[Examples], dict]:
    return lambda some: {
        "letter": accounts.access_letter(purpose=purpose, at=some.at),
        "link": AccessLink(user=some.worker, purpose=purpose),
        "token": new_token(),
    }


def _reminder(days: int, **standing: bool) -> Callable[[Examples], dict]:
    def about(some: Examples) -> dict:
        season = some.season.next
        before = some.at + (season.starts_on - some.on) - timedelta(days=days)
        return {
            "letter": access.reminder_letter(season=season, at=before, **standing),
            "structure": some.structure,
            "lead": some.worker,
            "season": season,
            "step": days,
        }

    return about


def _forgotten(some: Examples) -> dict:
    page = reverse("account_reset_password_from_key", args=["exemple", "cle"])
    context = {"password_reset_url": settings.BASE_URL + page, **portal(None)}
    mail = AccountAdapter().render_mail("account/email/password_reset_key", some.worker.email, context)
    assert isinstance(mail, EmailMultiAlternatives)
    return {"mail": mail, "effect": "exemple", "at": some.at}


def _breach(notifier: Side) -> Callable[[Examples], dict]:
    return lambda some: {"breach": some.breach(notifier), "at": some.at}


def _agreement(some: Examples) -> dict:
    return {"agreement": some.agreement, "at": some.at}


def _candidacy(some: Examples) -> dict:
    return {"candidacy": some.candidacy, "at": some.at}


def _group(**more: int) -> Callable[[Examples], dict]:
    return lambda some: {"group": some.group, "at": some.at, **more}


def _changes(
    *,
    cancelled: bool = False,
    hours: int = 0,
    place: str = "",
    group: bool = False,
    waits: bool = False,
    twice: bool = False,
) -> Callable[[Examples], dict]:
    """A date that the venue cancels, or moves by so many hours, or to another place, for one party or two that go, or
    wait."""

    def about(some: Examples) -> dict:
        performance = some.booking.performance
        change = DateChange(pk=KEY, performance=performance, at=some.at, cancelled=cancelled)
        after = facts.written(performance)
        was = json.loads(after) | ({"place": place, "address": "2 place du Marché"} if place else {})
        was["begins"] = (performance.starts_at - timedelta(hours=hours)).isoformat()
        party: dict = {"entry": some.entry} if waits else {"booking": some.booking}
        party = {"group": some.group} if group else party
        notices = [
            ChangeNotice(
                change=change,
                structure=some.booking.structure,
                booker=some.worker,
                seats=3,
                before=json.dumps(was),
                after=after,
                **party,
            )
            for _ in range(2 if twice else 1)
        ]
        for notice in notices:
            notice.news = notice.differences
        return {"reader": some.worker.email, "notices": notices, "at": some.at}

    return about


def _entry(some: Examples) -> dict:
    return {"entry": some.entry, "at": some.at}


def _asked(some: Examples, *, word: str = "") -> MaterialRequest:
    wish = "Des photos de la salle, et un résumé en français facile."
    return MaterialRequest(
        pk=KEY,
        event=some.booking.performance.event,
        structure=some.booking.structure,
        asked_by=some.worker,
        wish=wish,
        word=word,
    )


MAILS = [
    Mail(
        "Réservation faite",
        WORKER,
        outings.booking_made,
        lambda some: {"booking": some.booking, "seats": 3, "at": some.at},
    ),
    Mail(
        "Réservation faite, une seule place",
        WORKER,
        outings.booking_made,
        lambda some: {"booking": some.booking, "seats": 1, "at": some.at},
    ),
    Mail(
        "Places obtenues au tirage",
        WORKER,
        outings.booking_made,
        lambda some: {"booking": some.booking, "seats": 3, "drawn": True, "at": some.at},
    ),
    Mail(
        "Pas de places au tirage",
        WORKER,
        outings.draw_without_seats,
        lambda some: {"request": some.request, "at": some.at},
    ),
    Mail(
        "Réservation annulée",
        WORKER,
        outings.booking_cancelled,
        lambda some: {"booking": some.booking, "at": some.at},
    ),
    Mail(
        "Réservation annulée, une personne d’un groupe",
        WORKER,
        outings.booking_cancelled,
        lambda some: {"booking": some.booking_of_group, "at": some.at},
    ),
    Mail(
        "Une invitation annulée",
        WORKER,
        outings.invitation_cancelled,
        lambda some: {"invitation": some.invitations(some.booking, "Nour")[0], "at": some.at},
    ),
    Mail(
        "Date annulée par le lieu",
        WORKER,
        outings.dates_changed,
        _changes(cancelled=True),
    ),
    Mail("Date déplacée : à dire aux personnes", WORKER, outings.dates_changed, _changes(hours=49)),
    Mail(
        "Autre lieu et autre heure, plusieurs personnes",
        WORKER,
        outings.dates_changed,
        _changes(hours=1, place="Salle des fêtes", twice=True),
    ),
    Mail("Changement encore à dire, la veille", WORKER, outings.still_to_tell, _changes(hours=1)),
    Mail(
        "Document d’un lieu",
        WORKER,
        outings.document_sent,
        lambda some: {
            "document": VenueDocument(
                pk=KEY, event=some.booking.performance.event, title="Dossier pour préparer la sortie"
            ),
            "reader": some.worker.email,
            "at": some.at,
        },
    ),
    Mail(
        "Document demandé à un lieu",
        VENUE,
        outings.material_asked,
        lambda some: {"request": _asked(some), "reader": some.desk, "at": some.at},
    ),
    Mail(
        "Pas de document : la réponse d’un lieu",
        WORKER,
        outings.material_declined,
        lambda some: {"request": _asked(some, word="Nous n’avons pas de dossier."), "at": some.at},
    ),
    Mail("Liste d’attente : places proposées", WORKER, outings.seats_offered, _entry),
    Mail(
        "Liste d’attente : places pour un groupe à compléter",
        WORKER,
        outings.seats_offered_to,
        lambda some: {"entries": [some.entry_of_group], "at": some.at},
    ),
    Mail("Liste d’attente : délai passé", WORKER, outings.offer_expired, _entry),
    Mail("Liste d’attente : aucune place", WORKER, outings.line_closed, _entry),
    Mail(
        "Liste d’attente : date annulée",
        WORKER,
        outings.dates_changed,
        _changes(cancelled=True, waits=True),
    ),
    Mail("Groupe réservé", WORKER, outings.group_booked, _group(rest=2)),
    Mail("Groupe : noms à donner", WORKER, outings.group_names_due, _group()),
    Mail("Groupe : délai passé pour les noms", WORKER, outings.group_names_ended, _group(given_back=3)),
    Mail(
        "Groupe : date annulée par le lieu",
        WORKER,
        outings.dates_changed,
        _changes(cancelled=True, group=True),
    ),
    Mail("Groupe annulé", WORKER, outings.group_cancelled, _group()),
    Mail(
        "Des personnes attendent",
        VENUE,
        outings.people_wait,
        lambda some: {
            "call": some.call,
            "reader": some.desk,
            "url": settings.BASE_URL + reverse("invitations:seats_call", args=["exemple"]),
            "at": some.at,
        },
    ),
    Mail(
        "Merci pour la saison",
        VENUE,
        to_venues.season_thanks,
        lambda some: {
            "venue": some.venue,
            "season": some.season,
            "figures": Tally(given=240, booked=212, used=187),
            "reader": some.desk,
            "at": some.at,
        },
    ),
    Mail("Premier accès", OWNER, accounts.access_link, _access(Purpose.FIRST)),
    Mail("Nouvelle saison, nouveau mot de passe", OWNER, accounts.access_link, _access(Purpose.RENEWAL)),
    Mail("Nouveau lien envoyé par l’équipe", OWNER, accounts.access_link, _access(Purpose.HELP)),
    Mail("Mot de passe oublié", OWNER, outbox.from_mail, _forgotten),
    Mail(
        "Devenir référent·e",
        LEAD,
        accounts.became_lead,
        lambda some: {"account": some.worker, "at": some.at},
    ),
    Mail(
        "Double vérification changée",
        OWNER,
        accounts.second_factor_changed,
        lambda some: {"account": some.worker, "change": "application ajoutée", "at": some.at},
    ),
    Mail(
        "Double vérification retirée",
        OWNER,
        accounts.second_factor_taken_off,
        lambda some: {"account": some.worker, "at": some.at},
    ),
    Mail(
        "Codes faux",
        OWNER,
        accounts.codes_guessed,
        lambda some: {"account": some.worker, "at": some.at},
    ),
    Mail(
        "Saison à préparer",
        LEAD,
        access.access_reminder,
        _reminder(30, signed=False, under_way=False, confirmed=False),
    ),
    Mail(
        "Saison commencée, tout est prêt",
        LEAD,
        access.access_reminder,
        _reminder(-3, signed=True, under_way=False, confirmed=True),
    ),
    Mail("Candidature reçue", CANDIDATE, candidacies.received, _candidacy),
    Mail("Candidature en attente", CANDIDATE, candidacies.waiting, _candidacy),
    Mail("Rencontre fixée", CANDIDATE, candidacies.meeting, _candidacy),
    Mail("Candidature refusée", CANDIDATE, candidacies.refused, _candidacy),
    Mail(
        "Convention à signer",
        SIGNER,
        signing.link_sent,
        lambda some: {"link": some.link, "token": new_token(), "reminder": False, "at": some.at},
    ),
    Mail(
        "Convention à signer, rappel",
        SIGNER,
        signing.link_sent,
        lambda some: {"link": some.link, "token": new_token(), "reminder": True, "at": some.at},
    ),
    Mail(
        "Code pour signer",
        SIGNER,
        signing.code_sent,
        lambda some: {"code": SignatureCode(agreement=some.agreement), "digits": "204860", "at": some.at},
    ),
    Mail(
        "Convention signée par les deux",
        SIGNER,
        signing.completed,
        lambda some: {"link": some.link, "token": new_token(), "sha256": FINGERPRINT, "at": some.at},
    ),
    Mail("Convention retirée", SIGNER, signing.withdrawn, _agreement),
    Mail("Convention à contresigner", TEAM, signing.to_countersign, _agreement),
    Mail("Convention refusée", TEAM, signing.refused, _agreement),
    Mail("Autre signataire", TEAM, signing.returned, _agreement),
    Mail(
        "Convention signée par les deux, pour l’équipe",
        TEAM,
        signing.completed_for_team,
        lambda some: {"agreement": some.agreement, "sha256": FINGERPRINT, "at": some.at},
    ),
    Mail(
        "Reçu d’adhésion",
        PARTNER,
        receipts.receipt_issued,
        lambda some: {"receipt": some.receipt(membership=some.membership), "at": some.at},
    ),
    Mail(
        "Reçu de don",
        PARTNER,
        receipts.receipt_issued,
        lambda some: {"receipt": some.receipt(donation=some.donation), "at": some.at},
    ),
    Mail("Manquement signalé", PARTNER, breaches.noticed, _breach(Side.ASSOCIATION)),
    Mail("Manquement signalé par un partenaire", TEAM, breaches.noticed, _breach(Side.PARTNER)),
    Mail("Manquement : explications d’un partenaire", TEAM, breaches.explained, _breach(Side.ASSOCIATION)),
    Mail("Manquement : nos explications", PARTNER, breaches.explained, _breach(Side.PARTNER)),
    Mail("Manquement : lettre recommandée", PARTNER, breaches.letter_sent, _breach(Side.ASSOCIATION)),
    Mail("Manquement : lettre présentée", PARTNER, breaches.presented, _breach(Side.ASSOCIATION)),
    Mail(
        "Manquement : proposition de reprendre",
        PARTNER,
        breaches.offered,
        lambda some: {"breach": _offering(some), "at": some.at},
    ),
    Mail("Manquement : partenariat repris", PARTNER, breaches.reinstated, _breach(Side.ASSOCIATION)),
    Mail("Manquement : convention résiliée", PARTNER, breaches.terminated, _breach(Side.ASSOCIATION)),
    Mail(
        "La Criée : un avis sur un événement",
        VENUE,
        criee.opinion_published,
        lambda some: {"opinion": some.opinion, "reader": some.desk, "at": some.at},
    ),
    Mail(
        "Qui est venu la semaine dernière ?",
        LEAD,
        attendance.who_came,
        lambda some: {
            "structure": some.structure,
            "reader": some.worker.email,
            "monday": local_day(some.at),
            "outings": 3,
            "at": some.at,
        },
    ),
    Mail(
        "Fiche d’évaluation attendue",
        LEAD,
        sheets.sheet_awaited,
        lambda some: {
            "reminder": SheetReminder(
                questionnaire=Questionnaire(title=TITLE, season_year=some.season.year),
                structure=some.structure,
                sent_at=some.at,
            ),
            "reader": some.worker.email,
            "at": some.at,
        },
    ),
    Mail(
        "La Criée : des avis à lire",
        TEAM,
        criee.queue_digest,
        lambda some: {"waiting": 3, "reported": 1, "days": 2, "at": some.at},
    ),
    Mail(
        "Question posée",
        TEAM,
        accounts.question_asked,
        lambda some: {
            "question": Question(account=some.worker, page="/catalogue/", asked_at=some.at),
            "at": some.at,
        },
    ),
]


def _offering(some: Examples) -> Breach:
    breach = some.breach(Side.ASSOCIATION)
    breach.offered_by = Side.ASSOCIATION
    return breach


def _words(some: Examples) -> dict:
    text = AgreementText(
        kind=AgreementText.Kind.STRUCTURE,
        title="Convention de partenariat",
        preamble="Entre {association} et {partenaire}.\n\nCe texte n'est qu'un exemple : les vrais textes, et leur "
        "aperçu, sont dans « Textes de convention ».",
    )
    article = {
        "number": 1,
        "heading": "Objet",
        "blocks": [
            ["p", "Le partenaire accompagne la personne jusqu’à la sortie, et prévient en cas d’empêchement."]
        ],
    }
    words = put_together(agreement=some.agreement, text=text)
    return {**words, "articles": [article]}


def _original(some: Examples) -> bytes:
    association = (settings.PORTAL_PRESIDENT, settings.PORTAL_PRESIDENT_CAPACITY)
    partner = (some.agreement.signatory_name, some.agreement.signatory_capacity)
    sides = [(some.structure.name, *partner), (settings.PORTAL_ASSOCIATION, *association)]
    signatures = {
        "parties": [
            {
                "party": party,
                "name": name,
                "capacity": capacity,
                "at": some.at,
                "how": "Signée sur le portail.",
            }
            for party, name, capacity in sides
        ],
        "term": typeset(term(some.agreement)),
        "facts": ["Ceci est un exemple : rien n’a été signé."],
        "frozen_sha256": FINGERPRINT,
    }
    return original_pdf(words=_words(some), signatures=signatures)


Letter = BreachLetter.Kind


def _letter(kind: str, **said: Any) -> Callable[[Examples], bytes]:
    def draw(some: Examples) -> bytes:
        received_on = some.on - timedelta(days=50) if kind == Letter.RECEIPT else None
        return letter_pdf(
            breach=some.breach(Side.ASSOCIATION), kind=kind, on=some.on, received_on=received_on, **said
        )

    return draw


def _invitation(language: str) -> Callable[[Examples], bytes]:
    return lambda some: invitations_pdf(some.invitations(some.booking_in(language), "Nour"))


def _card(**more: str) -> Callable[[Examples], bytes]:
    def draw(some: Examples) -> bytes:
        code = VisitorAccess(structure=some.structure, season_year=some.season.year, code=new_code())
        return visitor_card(code, **more)

    return draw


def _sheet(some: Examples) -> bytes:
    kinds = SheetQuestion.Kind
    told = {
        SheetQuestion(label="Réserver est simple.", kind=kinds.SCALE): "4",
        SheetQuestion(label="Places réservées", kind=kinds.NUMBER): 128,
        SheetQuestion(label="Ce que ces sorties ont changé", kind=kinds.TEXT): "Des voisins se parlent.",
        SheetQuestion(label="Une suggestion ?", kind=kinds.TEXT): "",
    }
    sheet = Sheet(
        questionnaire=Questionnaire(title="Bilan de la saison", season_year=some.season.year),
        structure=some.structure,
        typed=json.dumps({str(question.pk): answer for question, answer in told.items()}),
        sent_at=some.at,
    )
    return sheet_pdf(sheet=sheet, questions=list(told))


def _door_list(some: Examples) -> bytes:
    parties = [some.invitations(some.booking, "Nour", "Paloma"), some.invitations(some.booking, "Anatole")]
    return door_list_pdf(performance=some.performance, parties=parties, entered=0, at=some.at)


def _own_data(some: Examples) -> bytes:
    outing = {
        "seance": some.performance.starts_at.isoformat(),
        "titre": some.event.title,
        "lieu": some.venue.name,
        "en_tant_que": "Actionneur·se",
        "etat": "valable",
        "reserve_le": some.at.isoformat(),
        "reserve_par": "Travailleur·se",
        "numero": new_code(),
    }
    person = {
        "prenom": "Nour",
        "nom": "Zéphirine",
        "langue": "français",
        "structure": some.structure.name,
        "ajoutee_le": some.on.isoformat(),
        "effacee_le_sans_nouvelle_sortie": (some.on + timedelta(days=365)).isoformat(),
        "repere_des_chiffres": str(KEY),
    }
    cover = {"portail": settings.PORTAL_NAME, "association": settings.PORTAL_ASSOCIATION}
    return own_data_pdf(record={**cover, "personne": person, "sorties": [outing], "demandes": []}, at=some.at)


WORDS = [
    Voice(
        "On a ri du début à la fin, et mon fils a parlé tout le retour.", "fr", "ltr", TITLE, "Mamie du 3e"
    ),
    Voice("Le dernier bus part avant la fin : on est sortis au rappel.", "fr", "ltr", "", ""),
]


def _counted(label: str, given: int | None, booked: int | None, used: int | None, **more: Any) -> Tally:
    return Tally(label=label, given=given, booked=booked, used=used, **more)


def _months(some: Examples) -> list[Tally]:
    return [
        _counted(
            "",
            60 + 20 * number,
            40 + 15 * number,
            30 + 12 * number,
            month=some.on.replace(day=1, month=month),
        )
        for number, month in enumerate((1, 2, 3))
    ]


def _report(some: Examples) -> bytes:
    towns = [Spot("Villeneuve", 45.75, 4.85, 48, ""), Spot("Bourg-Neuf", 45.9, 4.95, 9, "")]
    people, shares = Spread.of([1, 2, 2, 3, 5] * 12), Spread.of([8, 10, 12] * 10)
    return report_pdf(
        Report(
            season=some.season,
            on=some.on,
            counted_at=some.at,
            whole=_counted("", 240, 165, 126, people=84),
            months=_months(some),
            kinds=[_counted("Spectacle", 150, 110, 84), _counted("Match", 90, 55, 42)],
            communes=[_counted("Villeneuve", None, 120, 93), _counted("Bourg-Neuf", None, 45, None)],
            communes_more=0,
            priorities=[_counted("En quartier prioritaire", None, 70, 51, people=38)],
            sectors=[_counted("Insertion", None, 90, 70), _counted("Santé", None, 75, 56)],
            structures=12,
            venues=7,
            events=31,
            dates=57,
            map=draw([*towns, Spot("Hauterive", 45.7, 5.1, 0, "")]),
            bare=["Hauterive"],
            bare_more=0,
            people=people,
            shares=shares,
            voices=WORDS,
        )
    )


def _review(of: str) -> Callable[[Examples], bytes]:
    def draw_one(some: Examples) -> bytes:
        whole = _counted("", 240, 165, 126, absent=14, unknown=25, lost=89, people=84)
        return review_pdf(
            Review(
                partner=getattr(some, of),
                season=some.season,
                on=some.on,
                counted_at=some.at,
                whole=whole,
                months=_months(some),
                voices=WORDS if of == "venue" else [],
            )
        )

    return draw_one


PAPERS = [
    *(Paper(f"Invitation, {language.label}", _invitation(language)) for language in Language),
    Paper(
        "Invitations d’un groupe",
        lambda some: invitations_pdf(some.invitations(some.booking, "Nour", "Paloma", "Anatole")),
    ),
    Paper("Liste d’accueil", _door_list),
    Paper("Ce que le portail garde d’une personne", _own_data),
    Paper("Carte visiteur", _card()),
    Paper("Carte visiteur, arabe au dos", _card(language=Language.ARABIC)),
    Paper("Rapport d’activité d’une saison", _report),
    Paper("Bilan d’un lieu", _review("venue")),
    Paper("Bilan d’une structure", _review("structure")),
    Paper("Convention à signer", lambda some: agreement_pdf(words=_words(some), specimen=True)),
    Paper("Convention signée", _original),
    Paper(
        "Lettre : candidature refusée",
        lambda some: refusal_letter(
            candidacy=some.candidacy, reason=some.candidacy.closing_reason, on=some.on
        ),
    ),
    Paper("Lettre : manquement dénoncé", _letter(Letter.NOTICE)),
    Paper(
        "Lettre : explications reçues",
        _letter(
            Letter.RECEIPT, words="Deux collègues étaient absentes : nous avons désigné une remplaçante."
        ),
    ),
    Paper("Lettre : convention résiliée", _letter(Letter.TERMINATION)),
    Paper(
        "Lettre : partenariat repris", _letter(Letter.REINSTATEMENT, words="Un appel avant chaque sortie.")
    ),
    Paper(
        "Reçu d’adhésion",
        lambda some: receipt_pdf(facts=facts_of(some.receipt(membership=some.membership))),
    ),
    Paper("Fiche d’évaluation", _sheet),
    Paper("Reçu de don", lambda some: receipt_pdf(facts=facts_of(some.receipt(donation=some.donation)))),
]
