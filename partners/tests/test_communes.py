"""The commune that somebody writes by hand (A1, A12)."""

import pytest

from partners.models import Commune
from partners.tests.factories import CommuneFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def territory():
    Commune.objects.all().delete()
    for code, name, postcode in [
        ("69266", "Villeurbanne", "69100"),
        ("69123", "Lyon", "69001"),
        ("69290", "Saint-Priest", "69800"),
        ("69288", "Saint-Maurice-sur-Dargoire", "69440"),
        ("69281", "Chaussan", "69440"),
        ("01901", "L'Homonyme", "01100"),
        ("01902", "L'Homonyme", "01200"),
    ]:
        CommuneFactory(code=code, name=name, postcode=postcode, department=code[:2])


@pytest.mark.parametrize(
    ("name", "postcode", "code"),
    [
        ("Villeurbanne", "69100", "69266"),
        ("VILLEURBANNE ", "69100", "69266"),
        ("Villeurbane", "69100", "69266"),
        ("", "69100", "69266"),
        ("lyon", "69003", "69123"),
        ("St Priest", "69800", "69290"),
        ("chaussan", "69440", "69281"),
        ("l’homonyme", "01200", "01902"),
    ],
)
def test_commune_is_understood_as_people_write_it(territory, name, postcode, code):
    assert Commune.objects.meant_by(name=name, postcode=postcode).code == code


@pytest.mark.parametrize(
    ("name", "postcode"),
    [
        ("Lille", "59000"),
        ("Lyon", "59000"),
        ("L'Homonyme", "01300"),
        ("Ailleurs", "69440"),
        ("", ""),
        ("-", "4000"),
    ],
)
def test_commune_that_may_be_another_is_left_open(territory, name, postcode):
    assert Commune.objects.meant_by(name=name, postcode=postcode) is None


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("st p", ["Saint-Priest"]),
        ("694", ["Chaussan", "Saint-Maurice-sur-Dargoire"]),
        ("l h", ["L'Homonyme", "L'Homonyme"]),
        ("", []),
        (" - ", []),
        ("zzz", []),
    ],
)
def test_communes_are_found_by_their_beginning(territory, words, names):
    assert [commune.name for commune in Commune.objects.search(words, limit=5)] == names


def test_search_of_communes_stops_at_its_limit(territory):
    assert len(Commune.objects.search("6", limit=2)) == 2
