"""The communes of the territory served (A12): cut out of the official list, kept as a small CSV, loaded from it."""

import csv
import json
from collections.abc import Collection, Iterable
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction

from common.errors import DomainError
from partners.models import Commune
from partners.reference import DATA

SHIPPED = DATA / "communes.csv"
COLUMNS = ["code", "name", "postcode", "department", "intercommunality"]
KINDS = {"commune-actuelle", "arrondissement-municipal"}  # people say « Lyon 7e », and the post does too
UNREADABLE = (
    "« {} » manque ou n'est pas ce qui est attendu : docs/territory.md dit d'où viennent les fichiers."
)


def cut_out(folder: Path, *, departments: Collection[str]) -> list[Commune]:
    """The communes of `departments`, not saved, in order of code, from the official list's files in `folder`.

    Municipal arrondissements stand beside their commune. Of several postcodes the first is kept. Raises
    DomainError with a sentence where a file is missing or isn't that list.
    """
    towns, groups = _read(folder / "communes.json"), _read(folder / "epci.json")
    try:
        group_of = {member["code"]: group["nom"] for group in groups for member in group["membres"]}
        communes = [
            Commune(
                code=town["code"],
                name=town["nom"].removesuffix(" Arrondissement"),
                postcode=town["codesPostaux"][0],
                department=town["departement"],
                intercommunality=group_of.get(town.get("commune", town["code"]), ""),
            )
            for town in towns
            if town["type"] in KINDS and town.get("departement") in departments and town.get("codesPostaux")
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise DomainError(UNREADABLE.format(folder)) from error
    return sorted(communes, key=lambda commune: commune.code)


def _read(path: Path) -> list:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DomainError(UNREADABLE.format(path)) from error


def write(communes: Iterable[Commune], *, path: Path) -> None:
    """Keep communes as a CSV with COLUMNS."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        rows = csv.writer(lines, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows([getattr(commune, column) for column in COLUMNS] for commune in communes)


@transaction.atomic
def load(path: Path) -> tuple[int, int]:
    """Make the database's communes those of a CSV with COLUMNS; returns how many (it holds, left out).

    Communes that left the list go, unless a partner still has its address there. Loading twice changes nothing.
    Raises DomainError with a sentence for a file that isn't such a CSV.
    """
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            listed = {
                row["code"]: Commune(**{column: row[column] for column in COLUMNS})
                for row in csv.DictReader(lines)
            }
        for commune in listed.values():
            commune.clean_fields()
    except (OSError, ValueError, KeyError, csv.Error, ValidationError) as error:
        raise DomainError(UNREADABLE.format(path)) from error
    if not listed:
        raise DomainError(UNREADABLE.format(path))
    Commune.objects.bulk_create(
        listed.values(), update_conflicts=True, unique_fields=["code"], update_fields=COLUMNS[1:]
    )
    unused = Commune.objects.filter(structure=None, venue=None)
    left = [commune for commune in unused if commune.code not in listed]
    for commune in left:
        commune.delete()
    return len(listed), len(left)
