"""What staff do with agreements, and whose are missing (B4)."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from common import audit
from common.dates import local_day
from common.errors import DomainError
from conventions.models import Agreement, AgreementText, EvidenceEntry
from conventions.services import evidence
from partners.models import Structure, User, Venue
from partners.seasons import Season
from partners.services import hold


@transaction.atomic
def draft_agreement(
    *,
    partner: Structure | Venue,
    season: Season,
    by: User,
    at: datetime,
    text: AgreementText | None = None,
    ends_on: date | None = None,
) -> Agreement:
    """A draft for `season`, prefilled from the partner's record, unsigned (B2).

    It runs from its signature where the season has begun, and to the season's end unless `ends_on` says a later
    day (several years). `text` defaults to the latest published text for the partner's kind. Raises DomainError
    where the season is over, or an agreement of that season is under way or signed already.
    """
    on = local_day(at)
    last_day = ends_on or season.ends_on
    if last_day < max(on, season.starts_on):
        raise DomainError(f"La saison {season} est finie : préparez la convention de la saison suivante.")
    hold(partner)  # two at once make one draft
    going_on = (
        Agreement.objects.of(partner)
        .live()
        .filter(ends_on__gte=last_day, starts_on__lte=max(on, season.starts_on))
    )
    if going_on.exists():
        raise DomainError(f"{partner} a déjà une convention, signée ou en cours, pour la saison {season}.")
    text = text or AgreementText.objects.current(kind=partner.column, at=at)
    agreement = Agreement.drafted(partner=partner, season=season, text=text, at=at, ends_on=ends_on)
    agreement.save(force_insert=True)
    audit.record(at=at, actor=by, verb="convention préparée", subject=agreement, saison=str(season))
    return agreement


@transaction.atomic
def keep_agreement(*, agreement: Agreement, by: User, at: datetime) -> Agreement:
    """Save a draft, or an agreement signed on paper outside the portal, which staff enter by hand.

    Raises DomainError where one that is signed would lose days, its partner or its signature: bookings rest on it;
    and for one that was sent to be signed, which only signatures and the team's acts move on.
    """
    was = Agreement.objects.filter(pk=agreement.pk).first()
    if was and (was.sent_at or was.withdrawn_at):
        raise DomainError(
            "Cette convention est partie à la signature ou retirée : elle ne se modifie plus à la main."
        )
    if was and was.signed_on:
        _refuse_to_take_back(agreement, was=was)
    if agreement.signed_on:
        agreement.route, agreement.from_signature = Agreement.Route.HAND, False
    agreement.save()
    if agreement.signed_on:
        evidence.append(agreement=agreement, kind=EvidenceEntry.Kind.ENTERED, facts={"by": str(by.pk)}, at=at)
    audit.record(
        at=at,
        actor=by,
        verb="convention modifiée" if was else "convention enregistrée",
        subject=agreement,
        du=agreement.starts_on.isoformat(),
        au=agreement.ends_on.isoformat(),
        signée=bool(agreement.signed_on),
    )
    return agreement


def _refuse_to_take_back(agreement: Agreement, *, was: Agreement) -> None:
    if (agreement.structure_id, agreement.venue_id) != (was.structure_id, was.venue_id):
        raise DomainError(
            "Cette convention est signée : elle ne change plus de partenaire. Faites-en une autre."
        )
    if agreement.starts_on > was.starts_on:
        raise DomainError(
            f"Cette convention est signée et vaut depuis le {was.starts_on:%d/%m/%Y} : des réservations peuvent en "
            "dépendre, elle ne peut que s'allonger.",
            field="starts_on",
        )
    if agreement.ends_on < was.ends_on:
        raise DomainError(
            f"Cette convention est signée et vaut jusqu'au {was.ends_on:%d/%m/%Y} : des réservations peuvent en "
            "dépendre, elle ne peut que s'allonger.",
            field="ends_on",
        )
    if agreement.signed_on is None or (was.signed_on and agreement.signed_on > was.signed_on):
        raise DomainError(
            f"Cette convention est signée depuis le {was.signed_on:%d/%m/%Y} : gardez cette date, ou une plus "
            "ancienne.",
            field="signed_on",
        )


def structures_under_agreement(*, on: date) -> QuerySet[Structure]:
    """Structures with an agreement in force on `on`."""
    theirs = Agreement.objects.filter(structure=OuterRef("pk"))
    return Structure.objects.filter(Exists(theirs.in_force(on=on)))


def structures_without_agreement(*, on: date) -> QuerySet[Structure]:
    """Structures that can't book on `on`, because no agreement of theirs is in force."""
    return Structure.objects.exclude(agreements__in=Agreement.objects.in_force(on=on))


def structures_running_out(*, on: date) -> QuerySet[Structure]:
    """Structures whose agreement ends within AGREEMENT_ENDING_DAYS of `on`, with none signed to follow it."""
    last_day = on + timedelta(days=settings.AGREEMENT_ENDING_DAYS)
    followed = Agreement.objects.signed(on=on).live().filter(ends_on__gt=last_day)
    return structures_under_agreement(on=on).exclude(agreements__in=followed)
