"""The communes of the territory: cut out of the official list, loaded, loaded again (A12)."""

import csv
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from partners import territory
from partners.models import Commune
from partners.tests.factories import StructureFactory

pytestmark = pytest.mark.django_db


def town(code, name, department="69", kind="commune-actuelle", postcodes=("69001",), **more):
    return {
        "code": code,
        "nom": name,
        "type": kind,
        "departement": department,
        "codesPostaux": list(postcodes),
        **more,
    }


@pytest.fixture
def official(tmp_path):
    """A folder shaped like the official list."""
    towns = [
        town("69123", "Lyon", postcodes=["69001", "69007"]),
        town(
            "69387",
            "Lyon 7e Arrondissement",
            kind="arrondissement-municipal",
            postcodes=["69007"],
            commune="69123",
        ),
        town("01004", "Ambérieu-en-Bugey", department="01", postcodes=["01500"]),
        town("01015", "Arbignieu", department="01", kind="commune-deleguee"),
        town("38185", "Grenoble", department="38", postcodes=["38000"]),
    ]
    groups = [{"nom": "Métropole de Lyon", "membres": [{"code": "69123"}]}]
    (tmp_path / "communes.json").write_text(json.dumps(towns))
    (tmp_path / "epci.json").write_text(json.dumps(groups))
    return tmp_path


def run(*args):
    said = StringIO()
    call_command(*map(str, args), stdout=said)
    return said.getvalue()


def test_migration_loads_the_shipped_territory():
    lyon = Commune.objects.get(code="69387")
    assert (lyon.name, lyon.postcode, lyon.intercommunality) == ("Lyon 7e", "69007", "Métropole de Lyon")
    assert set(Commune.objects.values_list("department", flat=True)) == {"69", "01"}
    assert 45.7 < lyon.latitude < 45.8 and 4.8 < lyon.longitude < 4.9


def test_refresh_keeps_communes_and_arrondissements_of_the_departments(official, tmp_path):
    target = tmp_path / "communes.csv"
    assert "3 communes" in run("refresh_territory", official, "--output", target)
    assert target.read_text().splitlines() == [
        "code,name,postcode,department,intercommunality,latitude,longitude",
        "01004,Ambérieu-en-Bugey,01500,01,,,",
        "69123,Lyon,69001,69,Métropole de Lyon,,",
        "69387,Lyon 7e,69007,69,Métropole de Lyon,,",
    ]


def test_refresh_twice_writes_the_same_file(official, tmp_path):
    target = tmp_path / "communes.csv"
    run("refresh_territory", official, "--output", target)
    first = target.read_bytes()
    run("refresh_territory", official, "--output", target)
    assert target.read_bytes() == first


def test_refresh_takes_other_departments(official, tmp_path):
    target = tmp_path / "communes.csv"
    run("refresh_territory", official, "--departments", "38", "--output", target)
    assert target.read_text().splitlines()[1:] == ["38185,Grenoble,38000,38,,,"]


def place(name, latitude, longitude, *, country="FR", also=()):
    return {
        "name": name,
        "latitude": latitude,
        "longitude": longitude,
        "countrycode": country,
        "alternatenames": list(also),
    }


@pytest.fixture
def places(tmp_path):
    """A list of places, with homonyms, a name without letters and what isn't in France."""
    towns = [
        place("Lyon", 45.75, 4.85, also=["", "里昂", "Lione"]),
        place("Lyon", 41.8, -90.2, country="US"),
        place("Lyon 07", 45.74, 4.84),
        place("Ambérieu en Bugey", 45.96, 5.36),
        place("Saint-Just", 44.3, 4.6),
        place("Saint-Just", 45.9, 5.1),
        place("Bellegarde", 43.75, 4.5),
    ]
    path = tmp_path / "cities500.json"
    path.write_text(json.dumps({str(number): town for number, town in enumerate(towns)}))
    return path


def test_refresh_finds_centres_by_name(official, places, tmp_path):
    target = tmp_path / "communes.csv"
    assert "3 avec leur centre" in run("refresh_territory", official, "--places", places, "--output", target)
    with target.open(newline="") as lines:
        rows = {row["code"]: (row["latitude"], row["longitude"]) for row in csv.DictReader(lines)}
    assert rows == {"01004": ("45.96", "5.36"), "69123": ("45.75", "4.85"), "69387": ("45.74", "4.84")}


def test_refresh_without_places_keeps_the_centres_known(official, places, tmp_path):
    target = tmp_path / "communes.csv"
    run("refresh_territory", official, "--places", places, "--output", target)
    first = target.read_bytes()
    run("refresh_territory", official, "--output", target)
    assert target.read_bytes() == first


def test_homonym_far_from_its_neighbours_is_another_place(places, tmp_path):
    towns = [
        town("01004", "Ambérieu-en-Bugey", department="01"),
        town("01369", "Saint-Just", department="01"),
        town("01033", "Bellegarde", department="01"),
    ]
    group = {"nom": "CC de la Plaine", "membres": [{"code": "01004"}, {"code": "01369"}]}
    (tmp_path / "communes.json").write_text(json.dumps(towns))
    (tmp_path / "epci.json").write_text(json.dumps([group]))
    communes = territory.cut_out(tmp_path, departments=["01"])
    found = territory.find_centres(tmp_path, places=places, communes=communes)
    assert found == {"01004": (45.96, 5.36), "01369": (45.9, 5.1)}


def test_merged_commune_lies_where_its_town_hall_is(places, tmp_path):
    towns = [
        town("01004", "Ambérieu-en-Bugey", department="01"),
        town("01015", "Vallons-Neufs", department="01"),
        town("01015", "Saint-Just", department="01", kind="commune-deleguee", chefLieu="01015"),
        town("01016", "Ailleurs", department="01", kind="commune-deleguee", chefLieu="01015"),
    ]
    (tmp_path / "communes.json").write_text(json.dumps(towns))
    (tmp_path / "epci.json").write_text("[]")
    communes = territory.cut_out(tmp_path, departments=["01"])
    found = territory.find_centres(tmp_path, places=places, communes=communes)
    assert found["01015"] == (45.9, 5.1)


@pytest.mark.parametrize("content", [None, "{", "[1]", '{"1": {"name": "Lyon"}}'])
def test_refresh_refuses_a_list_of_places_that_is_not_one(official, tmp_path, content):
    path = tmp_path / "places.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CommandError, match="docs/territory.md"):
        run("refresh_territory", official, "--places", path, "--output", tmp_path / "x.csv")
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize("content", [None, "{", '{"a": 1}', "[1]", '[{"code": "69123"}]'])
def test_refresh_refuses_a_folder_that_is_not_the_list(official, tmp_path, content):
    (official / "communes.json").unlink()
    if content is not None:
        (official / "communes.json").write_text(content)
    with pytest.raises(CommandError, match="docs/territory.md") as refused:
        run("refresh_territory", official, "--output", tmp_path / "x.csv")
    assert refused.value.returncode == 2
    assert not (tmp_path / "x.csv").exists()


def test_refresh_writes_nothing_for_an_unknown_department(official, tmp_path):
    with pytest.raises(CommandError, match="99"):
        run("refresh_territory", official, "--departments", "99", "--output", tmp_path / "x.csv")
    assert not (tmp_path / "x.csv").exists()


def test_load_twice_changes_nothing():
    before = list(Commune.objects.values())
    run("load_territory")
    assert "0 retirées" in run("load_territory")
    assert list(Commune.objects.values()) == before


def test_load_another_territory_keeps_only_communes_in_use(official, tmp_path):
    StructureFactory(commune=Commune.objects.get(code="69266"))
    target = tmp_path / "communes.csv"
    run("refresh_territory", official, "--departments", "38", "--output", target)
    run("load_territory", target)
    assert set(Commune.objects.values_list("name", flat=True)) == {"Grenoble", "Villeurbanne"}


def test_load_corrects_a_renamed_commune(tmp_path):
    (tmp_path / "communes.csv").write_text(
        "code,name,postcode,department,intercommunality\n69266,Villeurbanne-Neuve,69100,69,\n"
    )
    run("load_territory", tmp_path / "communes.csv")
    assert Commune.objects.get(code="69266").name == "Villeurbanne-Neuve"


def test_load_keeps_a_centre_that_staff_noted_where_the_list_knows_none(tmp_path):
    Commune.objects.filter(code="69266").update(latitude=45.1, longitude=4.1)
    (tmp_path / "communes.csv").write_text(
        "code,name,postcode,department,intercommunality,latitude,longitude\n"
        "69266,Villeurbanne,69100,69,,,\n69123,Lyon,69001,69,,45.75,4.85\n"
    )
    run("load_territory", tmp_path / "communes.csv")
    assert Commune.objects.get(code="69266").latitude == 45.1
    assert Commune.objects.get(code="69123").longitude == 4.85


@pytest.mark.parametrize(
    "content",
    [
        "",
        "code,name,postcode,department,intercommunality,latitude,longitude\n69266,V,69100,69,,nord,4\n",
        "a,b\n1,2\n",
        "code,name,postcode,department,intercommunality\n6926600,V,69100,69,\n",
        "code\x00\n1",
    ],
)
def test_load_refuses_another_file_and_changes_nothing(tmp_path, content):
    (tmp_path / "communes.csv").write_text(content)
    with pytest.raises(CommandError, match="docs/territory.md"):
        run("load_territory", tmp_path / "communes.csv")
    assert Commune.objects.count() > 600
