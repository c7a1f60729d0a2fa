from datetime import timedelta

import factory
from django.utils import timezone

from conventions.models import Agreement
from partners.seasons import Season
from partners.tests.factories import StructureFactory


class AgreementFactory(factory.django.DjangoModelFactory):
    """A signed agreement of a structure, in force today and for all of this season and the next.

    Traits: this_season (ends with it), unsigned.
    """

    class Meta:
        model = Agreement

    class Params:
        this_season = factory.Trait(
            ends_on=factory.LazyFunction(lambda: Season.of(timezone.localdate()).ends_on)
        )
        unsigned = factory.Trait(signed_on=None)

    structure = factory.SubFactory(StructureFactory)
    starts_on = factory.LazyFunction(lambda: Season.of(timezone.localdate()).starts_on)
    ends_on = factory.LazyFunction(lambda: Season.of(timezone.localdate()).next.ends_on)
    signed_on = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=1))
