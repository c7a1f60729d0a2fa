import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from partners.models import User
from partners.tests.factories import StructureFactory, UserFactory, VenueFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "fields",
    [
        {"role": "worker", "structure": None},
        {"role": "venue"},
        {"role": "staff"},
        {"role": "worker", "is_staff": True},
    ],
)
def test_account_that_belongs_nowhere_or_twice_is_impossible(fields):
    with pytest.raises(IntegrityError):
        UserFactory(**fields)


def test_structure_has_one_lead_and_says_so():
    structure = StructureFactory()
    UserFactory(lead=True, structure=structure)
    second = UserFactory.build(lead=True, structure=structure)
    with pytest.raises(ValidationError, match="déjà un·e référent·e"):
        second.full_clean()
    UserFactory(lead=True, structure=structure, is_active=False)  # somebody who left doesn't count


def test_venue_account_never_enters_the_admin():
    with pytest.raises(IntegrityError):
        UserFactory(venue_desk=True, venue=VenueFactory(), is_staff=True)


def test_account_is_found_whatever_the_case_of_its_address():
    user = User.objects.create_user("Camille@Structure.Example", role="staff", display_name="Camille")
    assert User.objects.get_by_natural_key("CAMILLE@structure.example") == user
