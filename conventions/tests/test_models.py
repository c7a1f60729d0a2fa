from datetime import date

import pytest
from django.core.exceptions import ValidationError

from conventions.models import Agreement
from conventions.tests.factories import AgreementFactory
from partners.tests.factories import StructureFactory, VenueFactory

pytestmark = pytest.mark.django_db
SEPTEMBER, OCTOBER = date(2026, 9, 15), date(2026, 10, 15)


def a_season(year, **fields):
    term = {"starts_on": date(year, 10, 1), "ends_on": date(year + 1, 9, 30), "signed_on": date(year, 9, 1)}
    return AgreementFactory(**{**term, **fields})


def obstacle(structure, *, day, on):
    return Agreement.objects.obstacle_to_book(structure=structure, day=day, on=on)


def test_structure_with_its_agreement_books_within_the_season():
    agreement = a_season(2025)
    assert obstacle(agreement.structure, day=date(2026, 9, 30), on=SEPTEMBER) == ""


def test_structure_without_agreement_is_told_whom_to_write_to(settings):
    sentence = obstacle(StructureFactory(), day=SEPTEMBER, on=SEPTEMBER)
    assert "pas en vigueur" in sentence and settings.PORTAL_CONTACT_EMAIL in sentence


@pytest.mark.parametrize(
    ("term", "signed_on"),
    [
        ((date(2025, 10, 1), date(2026, 9, 14)), date(2025, 9, 1)),  # ended yesterday
        ((date(2026, 9, 16), date(2026, 9, 30)), date(2026, 9, 1)),  # starts tomorrow
        ((date(2025, 10, 1), date(2026, 9, 30)), None),  # not signed
        ((date(2025, 10, 1), date(2026, 9, 30)), date(2026, 9, 16)),  # signed tomorrow
    ],
)
def test_agreement_not_in_force_today_refuses(term, signed_on):
    agreement = AgreementFactory(starts_on=term[0], ends_on=term[1], signed_on=signed_on)
    assert "pas en vigueur" in obstacle(agreement.structure, day=SEPTEMBER, on=SEPTEMBER)


def test_september_books_october_only_with_the_next_agreement_signed():
    structure = a_season(2025).structure
    assert "saison 2026-2027" in obstacle(structure, day=OCTOBER, on=SEPTEMBER)
    a_season(2026, structure=structure, signed_on=None)
    assert "saison 2026-2027" in obstacle(structure, day=OCTOBER, on=SEPTEMBER)
    Agreement.objects.filter(signed_on=None).update(signed_on=SEPTEMBER)
    assert obstacle(structure, day=OCTOBER, on=SEPTEMBER) == ""


def test_terminated_agreement_holds_until_the_day_before():
    agreement = a_season(2025, terminated_on=SEPTEMBER)
    structure, eve = agreement.structure, date(2026, 9, 14)
    assert obstacle(structure, day=eve, on=eve) == ""
    assert "saison 2025-2026" in obstacle(structure, day=SEPTEMBER, on=eve)
    assert "pas en vigueur" in obstacle(structure, day=SEPTEMBER, on=SEPTEMBER)
    assert Agreement.objects.in_force(on=eve).get() == agreement
    assert not Agreement.objects.in_force(on=SEPTEMBER).exists()
    assert agreement.state == Agreement.State.TERMINATED
    assert Agreement.objects.in_state(Agreement.State.TERMINATED).get() == agreement


@pytest.mark.parametrize(
    ("fields", "stage"),
    [
        ({}, "in_force"),
        ({"signed_on": None}, "draft"),
        ({"starts_on": date(2026, 9, 16)}, "coming"),
        ({"ends_on": date(2026, 9, 14)}, "over"),
        ({"terminated_on": SEPTEMBER}, "terminated"),
    ],
)
def test_row_says_of_itself_what_the_query_says_of_many(fields, stage):
    agreement = a_season(2025, **fields)
    assert agreement.stage(on=SEPTEMBER) == stage
    assert agreement.in_force(on=SEPTEMBER) is (stage == "in_force")
    assert Agreement.objects.in_force(on=SEPTEMBER).exists() is (stage == "in_force")


def test_agreement_of_another_structure_opens_nothing():
    a_season(2025)
    assert obstacle(StructureFactory(), day=SEPTEMBER, on=SEPTEMBER)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"ends_on": date(2020, 1, 1)}, "finit avant de commencer"),
        ({"venue": True}, "un seul des deux"),
    ],
)
def test_impossible_agreement_is_refused_with_a_sentence(fields, sentence):
    if "venue" in fields:
        fields = {"venue": VenueFactory()}
    with pytest.raises(ValidationError, match=sentence):
        AgreementFactory.build(structure=StructureFactory(), **fields).full_clean()
