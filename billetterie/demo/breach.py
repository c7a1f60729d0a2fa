"""A structure of the season whose account is suspended, with a breach procedure under way (A13, B5)."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.conf import settings

from billetterie.demo.chance import Chance
from billetterie.demo.partners import House, at_hour
from common import audit
from common.crypto import fingerprint
from conventions.documents.breaches import letter_pdf
from conventions.models import Breach, BreachLetter
from conventions.models.breaches import Side
from partners.models import Suspension

SINCE_DAYS = 6
GROUNDS = (
    "Trois invitations de la soirée d'ouverture ont été proposées à la vente sur un site d'annonces. Nous avons "
    "appelé deux fois, sans réponse à ce jour."
)


def load_breach(*, chance: Chance, houses: Sequence[House], on: date) -> None:
    """Notice a breach to one of the structures that the demonstration's accounts don't need; it books no more."""
    noticed_on = on - timedelta(days=SINCE_DAYS)
    able = [house for house in houses[2:] if house.may_book(on=noticed_on, day=noticed_on)]
    if not able:
        return
    house, at = able[0], at_hour(noticed_on, 9, 30)
    structure = house.partner
    agreement = next(term for term in house.agreements if term.starts_on <= noticed_on <= term.ends_on)
    house.suspended_on = noticed_on
    structure.suspended_at = at
    structure.suspension_reason = (
        f"Un manquement a été signalé par l'association le {noticed_on:%d/%m/%Y}. La lettre est sur « Notre "
        "partenariat »."
    )
    structure.save(update_fields=["suspended_at", "suspension_reason"])
    suspension = Suspension.objects.create(
        id=chance.uuid(), structure=structure, since=at, reason=structure.suspension_reason
    )
    breach = Breach(
        id=chance.uuid(),
        agreement=agreement,
        notifier=Side.ASSOCIATION,
        grounds=GROUNDS,
        noticed_on=noticed_on,
        explain_by=noticed_on + timedelta(days=settings.BREACH_EXPLAIN_DAYS),
        suspension=suspension,
        created_at=at,
    )
    breach.save()
    content = letter_pdf(breach=breach, kind=BreachLetter.Kind.NOTICE, on=noticed_on)
    BreachLetter.objects.create(
        id=chance.uuid(),
        breach=breach,
        kind=BreachLetter.Kind.NOTICE,
        sender=Side.ASSOCIATION,
        content=content,
        sha256=fingerprint(content),
        made_at=at,
    )
    line = audit.entry(at=at, actor="équipe", verb="manquement signalé", subject=breach)
    line.pk = chance.uuid()
    line.save(force_insert=True)
