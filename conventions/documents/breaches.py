"""The letters of a breach procedure, from either party to the other (B5)."""

import re
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from common.pdf import render_pdf
from conventions.models import Agreement, Breach, BreachLetter
from conventions.models.breaches import Side
from partners.models import Structure

TEMPLATE = "conventions/pdf/breach_letter.html"
SUBJECTS = {
    BreachLetter.Kind.NOTICE: "dénonciation d’un manquement à la convention",
    BreachLetter.Kind.RECEIPT: "accusé de réception de vos explications",
    BreachLetter.Kind.TERMINATION: "résiliation de la convention",
    BreachLetter.Kind.REINSTATEMENT: "réintégration : notre partenariat reprend",
}
THE_ARTICLE = "Durée, manquement et fin de la convention"


@dataclass(frozen=True)
class Party:
    """Who writes, or is written to: a name, the lines of an address, and who signs or is addressed."""

    name: str
    lines: list[str]
    contact: list[str]
    person: str
    capacity: str


def letter_pdf(
    *, breach: Breach, kind: str, on: date, words: str = "", received_on: date | None = None
) -> bytes:
    """One letter, dated `on`. `words` are the explanations received (`received_on`), or what was agreed."""
    agreement = breach.agreement
    parties = {Side.ASSOCIATION: _association(), Side.PARTNER: _partner(agreement)}
    notifier = Side(breach.notifier)
    sender = Side.ASSOCIATION if kind == BreachLetter.Kind.REINSTATEMENT else notifier
    addressee = Side.PARTNER if kind == BreachLetter.Kind.REINSTATEMENT else notifier.other
    to_structure = isinstance(agreement.partner, Structure)
    subject = SUBJECTS[BreachLetter.Kind(kind)]
    context = {
        "kind": kind,
        "breach": breach,
        "agreement": agreement,
        "sender": parties[sender],
        "addressee": parties[addressee],
        "by_association": notifier is Side.ASSOCIATION,
        "structure": to_structure,
        "on": on,
        "town": _town(parties[sender]),
        "subject": subject,
        "article": _article(agreement),
        "words": words,
        "received_on": received_on,
        "late": received_on is not None and received_on > breach.explain_by,
        "days_to_explain": settings.BREACH_EXPLAIN_DAYS,
        "days_to_terminate": settings.BREACH_TERMINATE_DAYS,
        "letter_from": breach.letter_from,
        "keeps_invitations": settings.SUSPENSION_KEEPS_INVITATIONS,
        "portal_name": settings.PORTAL_NAME,
    }
    title = f"{subject.capitalize()} · {agreement.partner.name}"
    return render_pdf(template=TEMPLATE, context=context, title=title)


def _association() -> Party:
    street, _, town = settings.PORTAL_SEAT.rpartition(", ")
    return Party(
        settings.PORTAL_ASSOCIATION,
        [line for line in (street, town) if line],
        [line for line in (settings.PORTAL_CONTACT_PHONE, settings.PORTAL_CONTACT_EMAIL) if line],
        settings.PORTAL_PRESIDENT,
        settings.PORTAL_PRESIDENT_CAPACITY,
    )


def _partner(agreement: Agreement) -> Party:
    partner = agreement.partner
    town = f"{partner.postcode} {partner.commune.name}".strip() if partner.commune else partner.postcode
    phone = partner.phone.as_national if partner.phone else ""
    return Party(
        partner.name,
        [line for line in (partner.address, town) if line],
        [line for line in (phone, partner.email) if line],
        partner.representative_name or agreement.signatory_name,
        partner.representative_capacity or ("direction" if not partner.representative_name else ""),
    )


def _town(party: Party) -> str:
    """The town of the last line of an address, without its postcode."""
    return re.sub(r"^[0-9]+ *", "", party.lines[-1]) if party.lines else ""


def _article(agreement: Agreement) -> str:
    """How the letter names the article on breach: by its number and heading where the text's articles are known."""
    articles = agreement.text.articles.all() if agreement.text else []
    found = next((article for article in articles if "manquement" in article.heading.lower()), None)
    return f"l’article {found.number} (« {found.heading} »)" if found else f"l’article « {THE_ARTICLE} »"
