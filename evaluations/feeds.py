"""What is new in la Criée, for news readers (E3)."""

from django.conf import settings
from django.contrib.syndication.views import Feed as Syndication
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape, linebreaks
from django.views.decorators.http import require_safe

from evaluations.forms.criee import WallForm
from evaluations.models import Opinion
from partners.audience import PUBLIC, open_to


class CrieeFeed(Syndication):
    """Published opinions, newest first, narrowed as the wall is.

    Readers take descriptions for HTML: words are escaped.
    """

    title = f"{settings.PORTAL_NAME} · la Criée"
    description = subtitle = "Ce que des personnes disent de leurs sorties."
    language = "fr"

    def get_object(self, request: HttpRequest):
        return WallForm(request.GET).narrow(Opinion.objects.on_wall())[: settings.CRIEE_FEED]

    def link(self, opinions) -> str:
        return settings.BASE_URL + reverse("evaluations:criee")

    def feed_url(self, opinions) -> str:
        return self.link(opinions)

    def items(self, opinions):
        return opinions

    def item_title(self, opinion: Opinion) -> str:
        about = opinion.event.title if opinion.event else opinion.get_kind_display() or "Culture et sport"
        return escape(f"{about} : {opinion.get_stance_display()}")

    def item_description(self, opinion: Opinion) -> str:
        spoken = opinion.spoken
        return f'<div lang="{spoken.code}" dir="{spoken.direction}">{linebreaks(opinion.text, autoescape=True)}</div>'

    def item_link(self, opinion: Opinion) -> str:
        return settings.BASE_URL + opinion.get_absolute_url()

    def item_pubdate(self, opinion: Opinion):
        return opinion.published_at

    def item_categories(self, opinion: Opinion) -> list[str]:
        return [opinion.get_kind_display()] if opinion.kind else []


class CrieeAtomFeed(CrieeFeed):
    feed_type = Atom1Feed


@require_safe
@open_to(PUBLIC)
def criee_rss(request: HttpRequest) -> HttpResponse:
    """La Criée as RSS."""
    return CrieeFeed()(request)


@require_safe
@open_to(PUBLIC)
def criee_atom(request: HttpRequest) -> HttpResponse:
    """La Criée as Atom."""
    return CrieeAtomFeed()(request)
