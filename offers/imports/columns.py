"""How venues name the columns of a programme, in French and in English (C2)."""

import re
from collections.abc import Sequence

from common.text import normalise

# Of several columns that fit, the one named first here is read: "date_start" before a "date" in prose.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "uid": ("identifiant", "id", "uid", "reference", "ref", "numero"),
    "title": ("titre", "title", "nom", "name", "intitule", "libelle", "evenement", "event", "spectacle", "summary"),
    "starts": (
        "date et heure de debut", "date heure debut", "date de debut", "date debut", "date start", "start date",
        "startdate", "starts at", "date et heure", "date heure", "datetime", "dtstart", "debut", "start", "begin",
        "premiere date",
    ),
    "day": ("date", "jour", "day", "dates"),
    "time": ("heure de debut", "heure debut", "start time", "heure", "horaire", "horaires", "time"),
    "ends": (
        "date et heure de fin", "date heure fin", "date de fin", "date fin", "date end", "end date", "enddate",
        "ends at", "dtend", "fin", "end", "derniere date",
    ),
    "end_time": ("heure de fin", "heure fin", "end time"),
    "kind": ("type", "genre", "categorie", "kind", "category", "discipline", "type d evenement"),
    "description": ("description", "descriptif", "presentation", "resume", "texte", "details"),
    "age": ("age minimum", "age minimal", "age min", "a partir de", "age", "ages", "public"),
    "duration": ("duree", "duree en minutes", "duration"),
    "languages": ("langue", "langues", "language", "languages"),
    "accessibility": ("accessibilite", "accessibility", "accessible"),
    "wheelchair": ("pmr", "acces pmr", "accessible pmr", "fauteuil", "fauteuil roulant", "wheelchair"),
    "hearing_loop": ("boucle magnetique", "boucle auditive", "hearing loop"),
    "sign_language": ("lsf", "langue des signes", "sign language"),
    "audio_description": ("audiodescription", "audio description"),
    "url": ("url", "lien", "link", "lien de billetterie", "billetterie", "page", "site web", "site", "site internet"),
    "conditions": ("conditions", "tarif", "tarifs", "prix", "price", "conditions tarifaires"),
    "contact": ("contact", "email", "e mail", "mail", "courriel", "telephone", "phone"),
    "place": ("lieu", "nom du lieu", "place", "salle", "venue", "location"),
    "address": ("adresse", "address", "rue"),
    "postcode": ("code postal", "cp", "postcode", "postal code", "zip"),
    "city": ("ville", "commune", "city"),
    "status": ("statut", "status", "etat"),
    "seats": (
        "places offertes", "places donnees", "places solidaires", "nombre de places offertes", "seats given",
    ),
    "hall": ("places", "nombre de places", "jauge", "capacite", "seats", "capacity"),
}  # fmt: skip
# What each is called on the page where somebody chooses; a table gives any other column for nothing.
LABELS = {
    "title": "Titre",
    "day": "Date",
    "time": "Heure",
    "starts": "Début (date et heure)",
    "ends": "Fin (date, avec ou sans heure)",
    "end_time": "Heure de fin",
    "uid": "Identifiant",
    "kind": "Type",
    "description": "Présentation",
    "age": "Âge minimum",
    "duration": "Durée",
    "languages": "Langues",
    "accessibility": "Accessibilité (texte)",
    "wheelchair": "Accessible en fauteuil (oui/non)",
    "hearing_loop": "Boucle magnétique (oui/non)",
    "sign_language": "Langue des signes (oui/non)",
    "audio_description": "Audiodescription (oui/non)",
    "url": "Adresse web",
    "conditions": "Tarif",
    "contact": "Contact",
    "place": "Salle ou site",
    "address": "Adresse",
    "postcode": "Code postal",
    "city": "Commune",
    "status": "Statut (annulé, reporté)",
    "seats": "Places offertes",
}
NEEDED = {"de titre": ("title",), "de date": ("starts", "day")}  # what no programme can do without
LONGEST = 200  # characters of a heading; a text longer than that names no column
NAME_OF = re.compile(
    r"(?:titre|nom|intitule) (?:du |de la |de l |d |des )"
    r"(?:evenement|spectacle|festival|film|concert|exposition|activite|manifestation|atelier|visite|sortie|seance|match)s?"
)


def simplified(heading: str) -> str:
    """A heading without accents, capitals, punctuation, brackets: "Date_début (jj/mm)" → "date debut".

    One longer than LONGEST is "": it is no name, and tables read under the wrong separator are full of them.
    """
    if len(heading) > LONGEST:
        return ""
    bare = normalise(re.sub(r"\([^()]*\)", " ", heading))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare).split())


def recognised(headings: Sequence[str]) -> dict[str, int]:
    """What each known column is about → its index. No column is read twice."""
    names = ["titre" if NAME_OF.fullmatch(name) else name for name in map(simplified, headings)]
    return {
        about: names.index(known)
        for about, synonyms in SYNONYMS.items()
        if (known := next((synonym for synonym in synonyms if synonym in names), None))
    }
