"""The communes of the territory: cut out of the official list, loaded, loaded again (A12)."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

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


def test_refresh_keeps_communes_and_arrondissements_of_the_departments(official, tmp_path):
    target = tmp_path / "communes.csv"
    assert "3 communes" in run("refresh_territory", official, "--output", target)
    assert target.read_text().splitlines() == [
        "code,name,postcode,department,intercommunality",
        "01004,Ambérieu-en-Bugey,01500,01,",
        "69123,Lyon,69001,69,Métropole de Lyon",
        "69387,Lyon 7e,69007,69,Métropole de Lyon",
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
    assert target.read_text().splitlines()[1:] == ["38185,Grenoble,38000,38,"]


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


@pytest.mark.parametrize(
    "content",
    [
        "",
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
