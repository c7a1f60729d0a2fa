"""The words of an agreement: what stands for its partner and its term, put in the places that a text leaves (B1).

Texts are never Django templates: a place is a name between braces, out of PLACES, and nothing else is understood.
"""

import re

from django.conf import settings

from common.errors import DomainError
from common.templatetags.ui import day_plain
from conventions.models import Agreement, AgreementText
from partners.seasons import Season

PLACES = {
    "association": "nom de l'association",
    "siege": "adresse du siège de l'association",
    "presidence": "nom de la personne qui préside l'association",
    "contact": "e-mail et téléphone de l'équipe",
    "partenaire": "nom de la structure ou du lieu",
    "adresse": "son adresse",
    "representant": "nom de la personne qui signe pour elle",
    "qualite": "sa qualité",
    "saison": "saison, comme 2026-2027",
    "debut": "premier jour de la convention",
    "fin": "dernier jour de la convention",
    "duree": "phrase qui dit la durée",
}
PLACE = re.compile(r"\{([^{}]*)\}")


def check_places(words: str, *, field: str) -> None:
    """Raise DomainError where `words` has a place that no agreement can fill, or a brace left alone."""
    for name in PLACE.findall(words):
        if name not in PLACES:
            known = ", ".join(f"{{{place}}}" for place in PLACES)
            raise DomainError(
                f"« {{{name}}} » n'est pas un emplacement connu : choisissez parmi {known}.", field=field
            )
    if set("{}") & set(PLACE.sub("", words)):
        raise DomainError(
            "Une accolade est restée seule : un emplacement s'écrit comme {partenaire}, sans rien d'autre.",
            field=field,
        )


def typeset(words: str) -> str:
    """French typography: curly apostrophes, and no line that begins with « : ; ! ? »."""
    words = words.replace("'", "’")
    words = re.sub(r" +([:;!?»])", "\u00a0\\1", words)
    return re.sub(r"« +", "«\u00a0", words)


def blocks(words: str) -> list[list]:
    """Paragraphs and lists, in order: ["p", "…"] or ["ul", ["…", "…"]]."""
    found: list[list] = []
    for part in re.split(r"\n\s*\n", words.strip()):
        for line in filter(None, (line.strip() for line in part.splitlines())):
            if line.startswith("- "):
                if not found or found[-1][0] != "ul":
                    found.append(["ul", []])
                found[-1][1].append(line[2:])
            else:
                found.append(["p", line])
    return found


def term(agreement: Agreement) -> str:
    """The sentence that says from when to when it holds."""
    starts, ends = day_plain(agreement.starts_on), day_plain(agreement.ends_on)
    if agreement.from_signature:
        return (
            "La convention prend effet le jour où la seconde des deux parties la signe, et court jusqu'au "
            f"{ends} inclus."
        )
    season = Season.of(agreement.starts_on)
    if agreement.ends_on == season.ends_on:
        return f"La convention vaut pour la saison {season}, du {starts} au {ends} inclus."
    return f"La convention est conclue pour plusieurs saisons, du {starts} au {ends} inclus."


def seasons(agreement: Agreement) -> str:
    """« 2026-2027 », or « 2026-2029 » for several seasons."""
    return f"{Season.of(agreement.starts_on).year}-{Season.of(agreement.ends_on).year + 1}"


def reference(agreement: Agreement) -> str:
    """The number by which people speak of an agreement."""
    digits = agreement.pk.hex[:8].upper()
    return f"{digits[:4]}-{digits[4:]}"


def values(agreement: Agreement) -> dict[str, str]:
    """What stands in each place for this agreement, from the partner's record as it is now."""
    partner = agreement.partner
    contact = [settings.PORTAL_CONTACT_EMAIL, settings.PORTAL_CONTACT_PHONE]
    return {
        "association": settings.PORTAL_ASSOCIATION,
        "siege": settings.PORTAL_SEAT,
        "presidence": settings.PORTAL_PRESIDENT,
        "contact": ", ".join(filter(None, contact)),
        "partenaire": partner.name,
        "adresse": partner.place,
        "representant": partner.representative_name,
        "qualite": partner.representative_capacity,
        "saison": seasons(agreement),
        "debut": "jour de la signature" if agreement.from_signature else day_plain(agreement.starts_on),
        "fin": day_plain(agreement.ends_on),
        "duree": term(agreement),
    }


def put_together(*, agreement: Agreement, text: AgreementText) -> dict:
    """Everything that the agreement's page and paper say, as JSON: what sending freezes.

    Values are put in after the text was cut into blocks and never read as a text: a partner's name full of braces
    or dashes stays a name.
    """
    stands = values(agreement)

    def fill(words: str) -> str:
        return typeset(PLACE.sub(lambda found: stands.get(found[1], found[0]), words))

    def filled(words: str) -> list[list]:
        return [
            [tag, [fill(item) for item in content] if tag == "ul" else fill(content)]
            for tag, content in blocks(words)
        ]

    return {
        "title": typeset(text.title),
        "version": str(text.version),
        "reference": reference(agreement),
        "seasons": seasons(agreement),
        "association": {
            "name": settings.PORTAL_ASSOCIATION,
            "seat": settings.PORTAL_SEAT,
            "representative": settings.PORTAL_PRESIDENT,
            "capacity": settings.PORTAL_PRESIDENT_CAPACITY,
        },
        "partner": {
            "name": agreement.partner.name,
            "seat": agreement.partner.place,
            "representative": stands["representant"],
            "capacity": stands["qualite"],
        },
        "preamble": filled(text.preamble),
        "articles": [
            {"number": article.number, "heading": typeset(article.heading), "blocks": filled(article.body)}
            for article in text.articles.order_by("number")
        ],
        "annex": filled(text.annex),
        "term": typeset(stands["duree"]),
    }
