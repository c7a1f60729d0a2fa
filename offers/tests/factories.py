from datetime import timedelta

import factory
from django.utils import timezone

from offers.models import Event, Performance
from partners.tests.factories import VenueFactory


class EventFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Event

    venue = factory.SubFactory(VenueFactory)
    title = factory.Sequence(lambda n: f"La Nuit des lanternes {n}")
    kind = Event.Kind.SHOW
    description = "Un conte lumineux, sans paroles, pour petits et grands."

    @factory.lazy_attribute
    def city(self):
        return self.venue.commune.name if self.venue.commune else ""

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        event = model_class(*args, **kwargs)
        event.prepare_search()
        event.save()
        return event


class PerformanceFactory(factory.django.DjangoModelFactory):
    """A date in three days with ten seats. Traits: past, cancelled, full."""

    class Meta:
        model = Performance

    class Params:
        past = factory.Trait(starts_at=factory.LazyFunction(lambda: timezone.now() - timedelta(days=3)))
        cancelled = factory.Trait(cancelled_at=factory.LazyFunction(timezone.now))
        full = factory.Trait(seats_left=0)

    event = factory.SubFactory(EventFactory)
    starts_at = factory.LazyFunction(
        lambda: (timezone.now() + timedelta(days=3)).replace(second=0, microsecond=0)
    )
    capacity = 10
    seats_left = factory.SelfAttribute("capacity")
