"""What staff do with the words of agreements (B1)."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from common import audit
from conventions.models import Agreement, AgreementText, Article
from conventions.services.words import put_together
from partners.models import Structure, User, Venue
from partners.seasons import Season


def in_use(text: AgreementText | None) -> bool:
    """Whether an agreement uses this text, which then doesn't change any more."""
    return text is not None and text.pk is not None and Agreement.objects.filter(text=text).exists()


@transaction.atomic
def new_version(*, text: AgreementText, by: User, at: datetime) -> AgreementText:
    """An unpublished copy of `text`, under the next number, to be changed."""
    last = AgreementText.objects.filter(kind=text.kind).aggregate(last=Max("version"))["last"]
    fresh = AgreementText(
        kind=text.kind, version=last + 1, title=text.title, preamble=text.preamble, annex=text.annex
    )
    fresh.save(force_insert=True)
    Article.objects.bulk_create(
        Article(text=fresh, number=article.number, heading=article.heading, body=article.body)
        for article in text.articles.all()
    )
    audit.record(at=at, actor=by, verb="texte de convention copié", subject=fresh)
    return fresh


def specimen(*, text: AgreementText, on: date) -> dict:
    """The words of `text` for an invented partner, in the season of `on`."""
    season = Season.of(on)
    who = {
        "name": "Nom du partenaire",
        "address": "1 place de la Mairie",
        "postcode": "69000",
        "representative_name": "Prénom Nom",
        "representative_capacity": "directrice",
    }
    venue = text.kind == AgreementText.Kind.VENUE
    partner = {"venue": Venue(**who)} if venue else {"structure": Structure(**who)}
    last = season.next.next.ends_on if text.kind == AgreementText.Kind.FRAMEWORK else season.ends_on
    return put_together(agreement=Agreement(starts_on=season.starts_on, ends_on=last, **partner), text=text)
