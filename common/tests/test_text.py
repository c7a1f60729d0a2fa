import pytest

from common.text import normalise


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("Où ÊTES-vous ?", "ou etes-vous ?"),
        ("Œuvre  au\tnoir", "oeuvre au noir"),
        ("ÉLÉONORE", "eleonore"),
        ("Straße", "strasse"),
        ("", ""),
    ],
)
def test_normalise_forgets_accents_case_and_spaces(written, searched):
    assert normalise(written) == searched
