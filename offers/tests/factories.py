from datetime import timedelta
from io import BytesIO

import factory
from django.utils import timezone
from PIL import Image

from offers.models import Event, EventDraft, Performance, Picture, Quota
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


class QuotaFactory(factory.django.DjangoModelFactory):
    """A quota of two seats in force since yesterday, for an event. Traits: of_date, of_period (of these months)."""

    class Meta:
        model = Quota

    class Params:
        of_date = factory.Trait(event=None, performance=factory.SubFactory(PerformanceFactory))
        of_period = factory.Trait(
            event=None,
            venue=factory.SubFactory(VenueFactory),
            starts_on=factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=200)),
            ends_on=factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=200)),
        )

    event = factory.SubFactory(EventFactory)
    seats = 2
    since = factory.LazyFunction(lambda: timezone.now() - timedelta(days=1))

    @factory.lazy_attribute
    def venue(self):
        return (self.event or self.performance.event).venue


def a_photo(size=(640, 480), format="JPEG", colour="teal", mode="RGB", **about) -> bytes:
    """A file as a venue hands it in."""
    file = BytesIO()
    Image.new(mode, size, colour).save(file, format, **about)
    return file.getvalue()


class EventDraftFactory(factory.django.DjangoModelFactory):
    """A draft with a title and nothing else."""

    class Meta:
        model = EventDraft

    venue = factory.SubFactory(VenueFactory)
    typed = factory.Sequence(lambda n: f"title=Le+Bal+{n}")
    saved_at = factory.LazyFunction(timezone.now)


class PictureFactory(factory.django.DjangoModelFactory):
    """A picture by a name of its own."""

    class Meta:
        model = Picture

    name = factory.Sequence(lambda n: f"{n:064x}")
    whole, page, card = b"RIFF whole", b"RIFF page", b"RIFF card"
    width, height, focus_x, focus_y = 1600, 1067, 50, 50
    created_at = factory.LazyFunction(timezone.now)
