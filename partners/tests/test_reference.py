"""Kinds of structure: ours, beside the official list (A2)."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from partners.reference import TYPES, structure_types

OFFICIAL = (
    "value,label,description\nCCAS,Centres communaux (CCAS),\nES,Épicerie solidaire,\nML,Mission locale,\n"
)


@pytest.fixture
def ours(tmp_path):
    """Our list: a type in our words, a new one without any, one that left the official list, two of our own."""
    path = tmp_path / "types.csv"
    path.write_text(
        "code,label,country,official\nCCAS,CCAS de chez nous,FR,\nES,,FR,\nOLD,Ancien,FR,Ancien type\n"
        "CPAS,CPAS,BE,\nAUTRE,Autre structure,,\n"
    )
    return path


def run(tmp_path, ours, content=OFFICIAL):
    official, said = tmp_path / "official.csv", StringIO()
    official.write_text(content)
    call_command("refresh_structure_types", str(official), "--output", str(ours), stdout=said)
    return said.getvalue()


def test_refresh_notes_the_official_label_and_keeps_our_words(tmp_path, ours):
    said = run(tmp_path, ours)
    assert ours.read_text().splitlines() == [
        "code,label,country,official",
        "CCAS,CCAS de chez nous,FR,Centres communaux (CCAS)",
        "ES,Épicerie solidaire,FR,Épicerie solidaire",
        "OLD,Ancien,FR,",
        "CPAS,CPAS,BE,",
        "AUTRE,Autre structure,,",
    ]
    assert "2 types de la liste officielle" in said
    assert "gardés ici : OLD" in said
    assert "ne propose pas : ML" in said


def test_refresh_twice_writes_the_same_file(tmp_path, ours):
    run(tmp_path, ours)
    first = ours.read_bytes()
    run(tmp_path, ours)
    assert ours.read_bytes() == first


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "value,label\n"])
def test_refresh_refuses_another_file_and_changes_nothing(tmp_path, ours, content):
    before = ours.read_bytes()
    with pytest.raises(CommandError, match="docs/territory.md") as refused:
        run(tmp_path, ours, content)
    assert refused.value.returncode == 2
    assert ours.read_bytes() == before


def test_type_of_our_own_needs_words(tmp_path, ours):
    ours.write_text("code,label,country,official\nNEUF,,FR,\n")
    with pytest.raises(CommandError, match="NEUF"):
        run(tmp_path, ours)


def test_shipped_types_are_french_and_belgian():
    types = dict(structure_types())
    assert types["CPAS"].endswith("(Belgique)") and "CCAS" in types and "ES" in types
    assert TYPES.read_text(encoding="utf-8").startswith("code,label,country,official")
