"""What is new in the programme, for news readers (C9)."""

from django.conf import settings
from django.contrib.syndication.views import Feed as Syndication
from django.db.models import Min, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.feedgenerator import Rss201rev2Feed
from django.views.decorators.http import require_safe

from common.templatetags.ui import day_long, hour
from conventions.services.access import find_feed
from offers.models import Event
from partners.audience import PUBLIC, open_to
from partners.models import Feed

ITEMS_MAX = 50


class ProgrammeFeed(Syndication):
    """The events that can be booked, latest published first, at a structure's secret address."""

    feed_type = Rss201rev2Feed
    title = f"{settings.PORTAL_NAME} · le programme"
    description = "Les sorties qui viennent d'être proposées."
    link = f"{settings.BASE_URL}/catalogue/"
    language = "fr"

    def get_object(self, request: HttpRequest, token: str) -> Feed:
        feed = find_feed(token=token, kind=Feed.Kind.PROGRAMME, at=timezone.now())
        if feed is None:
            raise Http404
        return feed

    def feed_url(self, feed: Feed) -> str:
        return self.link  # the secret address doesn't stand in what it answers

    def items(self, feed: Feed):
        now = timezone.now()
        dates = Q(performances__starts_at__gt=now, performances__cancelled_at=None)
        coming = Event.objects.offered().annotate(next_at=Min("performances__starts_at", filter=dates))
        return (
            coming.exclude(next_at=None)
            .select_related("venue__commune")
            .order_by("-created_at", "pk")[:ITEMS_MAX]
        )

    def item_title(self, event: Event) -> str:
        return event.title

    def item_description(self, event) -> str:
        when = f"{day_long(event.next_at)}, {hour(event.next_at)}"
        return f"{event.get_kind_display()} · {event.where}, {event.city}. Prochaine date : {when}."

    def item_link(self, event: Event) -> str:
        return settings.BASE_URL + event.get_absolute_url()

    def item_pubdate(self, event: Event):
        return event.created_at

    def item_categories(self, event: Event) -> list[str]:
        return [event.get_kind_display()]


@require_safe
@open_to(PUBLIC)
def programme_feed(request: HttpRequest, token: str) -> HttpResponse:
    """What is new in the programme, as RSS."""
    return ProgrammeFeed()(request, token=token)
