"""The communes of the territory served (A12): cut out of the official list, kept as a small CSV, loaded from it.

Where their centres lie comes from a list of places (GeoNames), which knows names and not codes: docs/territory.md.
"""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import dist
from pathlib import Path
from statistics import median

from django.core.exceptions import ValidationError
from django.db import transaction

from common.errors import DomainError
from common.text import normalise
from partners.models import Commune
from partners.reference import DATA

SHIPPED = DATA / "communes.csv"
OFFICIAL = ["code", "name", "postcode", "department", "intercommunality"]
CENTRE = ["latitude", "longitude"]
COLUMNS = [*OFFICIAL, *CENTRE]
FAR = 0.3  # degrees; a place of the same name further than this from its intercommunality is another one
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


Point = tuple[float, float]  # latitude, longitude


def known_centres(path: Path) -> dict[str, Point]:
    """The centres that a CSV with COLUMNS holds, by code; none where it isn't there or is older than centres."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        return {
            row["code"]: (float(row["latitude"]), float(row["longitude"]))
            for row in csv.DictReader(lines)
            if row.get("latitude") and row.get("longitude")
        }


def find_centres(folder: Path, *, places: Path, communes: Sequence[Commune]) -> dict[str, Point]:
    """Where communes lie, by code, from a list of places with names; those that it doesn't know are left out.

    A commune goes by its name, or by that of the former commune where its town hall stands. Of places with one name
    the one near the intercommunality's other communes is taken; one that lies far from them is none.
    """
    named: dict[str, list[Point]] = defaultdict(list)
    try:
        for place in json.loads(places.read_text(encoding="utf-8")).values():
            if place["countrycode"] == "FR":
                at = (float(place["latitude"]), float(place["longitude"]))
                for name in {_key(place["name"]), *map(_key, place["alternatenames"])}:
                    named[name].append(at)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DomainError(UNREADABLE.format(places)) from error
    seats = {
        town["code"]: town["nom"]
        for town in _read(folder / "communes.json")
        if town.get("chefLieu") == town["code"]
    }
    named.pop("", None)  # some places have a name without a letter
    candidates = {
        commune.code: named.get(_key(commune.name)) or named.get(_key(seats.get(commune.code, "")), [])
        for commune in communes
    }
    middles = _middles(communes, candidates)
    found = {}
    for commune in communes:
        middle = middles.get(commune.intercommunality) or middles.get(commune.department)
        if middle is None:
            continue
        near = sorted((dist(at, middle), at) for at in candidates[commune.code])
        if near and near[0][0] <= FAR:
            found[commune.code] = near[0][1]
    return found


def _middles(communes: Sequence[Commune], candidates: Mapping[str, Sequence[Point]]) -> dict[str, Point]:
    """The middle of each intercommunality and department, from the communes that only one place can be."""
    sure: dict[str, list[Point]] = defaultdict(list)
    for commune in communes:
        if len(candidates[commune.code]) == 1:
            for group in (commune.intercommunality, commune.department):
                sure[group].extend(candidates[commune.code])
    return {
        group: (median(at[0] for at in points), median(at[1] for at in points))
        for group, points in sure.items()
        if group
    }


def _key(name: str) -> str:
    """A name as both lists can be compared: « Lyon 3e » and « Lyon 03 », apostrophes and dashes aside."""
    words = re.sub(r"\b0*(\d+)(?:er|e)?\b", r"\1", normalise(name))
    return " ".join(re.sub(r"\W", " ", words).split())


def _read(path: Path) -> list:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DomainError(UNREADABLE.format(path)) from error


def write(communes: Iterable[Commune], *, path: Path) -> None:
    """Keep communes as a CSV with COLUMNS; an unknown centre stays empty."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        rows = csv.writer(lines, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows([getattr(commune, column) for column in COLUMNS] for commune in communes)


@transaction.atomic
def load(path: Path) -> tuple[int, int]:
    """Make the database's communes those of a CSV with COLUMNS; returns how many (it holds, left out).

    Communes that left the list go, unless a partner still has its address there. A centre that the list doesn't know
    stays as staff noted it. Loading twice changes nothing. Raises DomainError with a sentence for a file that isn't
    such a CSV.
    """
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            listed = {row["code"]: _commune(row) for row in csv.DictReader(lines)}
        for commune in listed.values():
            commune.clean_fields()
    except (OSError, ValueError, KeyError, csv.Error, ValidationError) as error:
        raise DomainError(UNREADABLE.format(path)) from error
    if not listed:
        raise DomainError(UNREADABLE.format(path))
    for located, columns in ((True, COLUMNS[1:]), (False, OFFICIAL[1:])):
        Commune.objects.bulk_create(
            [commune for commune in listed.values() if commune.is_located == located],
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=columns,
        )
    unused = Commune.objects.filter(structure=None, venue=None)
    left = [commune for commune in unused if commune.code not in listed]
    for commune in left:
        commune.delete()
    return len(listed), len(left)


def _commune(row: Mapping[str, str]) -> Commune:
    centre = {column: float(row[column]) if row.get(column) else None for column in CENTRE}
    return Commune(**{column: row[column] for column in OFFICIAL}, **centre)
