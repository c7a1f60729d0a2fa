from datetime import timedelta

import pytest

from common.errors import DomainError, TooManyAttempts
from common.tests.factories import paris
from partners import services
from partners.models import TermsAcceptance, TermsOfUse, VisitorAccess
from partners.seasons import Season
from partners.tests.factories import StructureFactory, UserFactory, VisitorAccessFactory

pytestmark = pytest.mark.django_db
NOW = paris(2026, 11, 24, 10)


def test_visitor_code_is_found_however_it_is_typed():
    access = VisitorAccessFactory(season=Season(2026))
    typed = f" {access.spoken_code.lower()} "
    assert services.enter_as_visitor(typed=typed, address="192.0.2.1", at=NOW) == access


@pytest.mark.parametrize("typed", ["", "ABCDEFGH1", "é", "----"])
def test_visitor_code_that_is_wrong_is_refused_with_what_to_do(typed):
    with pytest.raises(DomainError, match="demandez-le"):
        services.enter_as_visitor(typed=typed, address="192.0.2.1", at=NOW)


def test_visitor_code_opens_until_thirty_days_into_the_next_season():
    access = VisitorAccessFactory(season=Season(2025))
    last = paris(2026, 10, 30, 23, 59)
    assert access in VisitorAccess.objects.open(on=last.date())
    assert access not in VisitorAccess.objects.open(on=(last + timedelta(days=1)).date())


def test_visitor_code_replaced_is_refused_at_once():
    access = VisitorAccessFactory(season=Season(2026))
    lead = UserFactory(lead=True, structure=access.structure)
    fresh = services.replace_visitor_access(access=access, by=lead, at=NOW)
    assert fresh.code != access.code
    with pytest.raises(DomainError):
        services.enter_as_visitor(typed=access.code, address="192.0.2.1", at=NOW)
    assert services.enter_as_visitor(typed=fresh.code, address="192.0.2.1", at=NOW) == fresh


def test_visitor_code_guessing_stops_before_any_look_up(settings, django_assert_num_queries):
    settings.VISITOR_ATTEMPTS = 3
    access = VisitorAccessFactory(season=Season(2026))
    for _ in range(3):
        with pytest.raises(DomainError):
            services.enter_as_visitor(typed="AAAAAAAAA", address="192.0.2.1", at=NOW)
    with (
        pytest.raises(TooManyAttempts),
        django_assert_num_queries(1),
    ):  # the counter in the cache, nothing else
        services.enter_as_visitor(typed=access.code, address="192.0.2.1", at=NOW)
    assert services.enter_as_visitor(typed=access.code, address="192.0.2.2", at=NOW) == access


def test_structure_keeps_one_code_a_season():
    structure, lead = StructureFactory(), UserFactory(lead=True)
    first = services.open_visitor_access(structure=structure, by=lead, at=NOW)
    assert services.open_visitor_access(structure=structure, by=lead, at=NOW) == first


def test_new_version_of_the_terms_asks_again():
    worker = UserFactory()
    assert services.terms_to_accept(user=worker, at=NOW) is None
    newer = TermsOfUse.objects.create(version="2", text="Plus clair.", published_at=NOW)
    assert services.terms_to_accept(user=worker, at=NOW - timedelta(seconds=1)) is None
    assert services.terms_to_accept(user=worker, at=NOW) == newer
    services.accept_terms(user=worker, terms=newer, at=NOW)
    services.accept_terms(user=worker, terms=newer, at=NOW + timedelta(days=1))
    assert services.terms_to_accept(user=worker, at=NOW) is None
    assert TermsAcceptance.objects.get(user=worker, terms=newer).accepted_at == NOW
