"""What an account's access is worth, who is authorised, and the référent·e's word on it (A4, A5)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import Case, Count, Exists, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from common import audit
from common.dates import local_day
from common.errors import DomainError
from conventions.models import Access, AccessRenewal, Agreement, Grant, access_at, grant
from conventions.services.agreements import structures_under_agreement
from partners.models import AccessLink, Feed, Structure, User
from partners.seasons import Season
from partners.services import send_access_link, send_fresh_link


def grant_of(*, user: User, at: datetime) -> Grant:
    """What an account of a structure may do at `at`."""
    on, theirs = local_day(at), Agreement.objects.filter(structure=user.structure_id)
    running = theirs.in_force(on=on).only("ends_on", "terminated_on")
    covered_until = max((agreement.last_day for agreement in running), default=None)
    ended = covered_until is None and theirs.over(on=on).exists()
    return grant(chosen_at=user.password_chosen_at, covered_until=covered_until, ended=ended, at=at)


def find_feed(*, token: str, kind: Feed.Kind, at: datetime) -> Feed | None:
    """The feed behind a secret address (C9); none where it was closed, or its structure's agreement is over."""
    feed = Feed.objects.open().at(token).filter(kind=kind).select_related("structure").first()
    if feed is None:
        return None
    theirs, on = Agreement.objects.filter(structure=feed.structure_id), local_day(at)
    is_out = theirs.over(on=on).exists() and not theirs.in_force(on=on).exists()
    return None if is_out else feed


def ask_for_link(*, user: User, at: datetime) -> None:
    """Mail the link that opens this season's access to somebody who signed in with last season's password (A5).

    Raises DomainError where an agreement is what is missing, or nothing is; TooManyAttempts after a few.
    """
    now = grant_of(user=user, at=at)
    if now.ended:
        raise DomainError(
            "La convention de votre structure est finie : un nouveau mot de passe n'y changerait rien. Écrivez à "
            f"l'équipe ({settings.PORTAL_CONTACT_EMAIL})."
        )
    if now.state is Access.OPEN:
        raise DomainError("Votre accès est à jour : il n'y a rien à renouveler.")
    send_fresh_link(account=user, at=at)


# --- Who is authorised ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Member:
    """Somebody of a structure's team: the account, what the list says of it, and the kind of badge for it."""

    account: User
    kind: str
    says: str
    waits: bool  # for its person to choose a password: a link can be sent again


def team_of(*, structure: Structure, at: datetime) -> list[Member]:
    """The open accounts of a structure, the référent·e first. One query."""
    links = AccessLink.objects.usable(at=at).filter(user=OuterRef("pk")).order_by("-expires_at")
    accounts = (
        structure.users.filter(is_active=True)
        .annotate(access=access_at(at), link_until=Subquery(links.values("expires_at")[:1]))
        .order_by("role", "display_name")  # "lead" comes before "worker"
    )
    return [_member(account) for account in accounts]


def _member(account) -> Member:
    if account.access == Access.OPEN:
        seen = account.last_login is not None and account.last_login >= account.password_chosen_at
        return Member(account, "ok", "entre sur le portail" if seen else "a choisi son mot de passe", False)
    if account.link_until:
        return Member(account, "info", "lien envoyé", True)
    if account.password_chosen_at is None:
        return Member(account, "warn", "lien expiré", True)
    if account.access == Access.GRACE:
        return Member(account, "warn", "doit choisir un nouveau mot de passe", True)
    return Member(account, "off", "n'entre plus : mot de passe à renouveler", True)


def season_to_confirm(*, on: date) -> Season:
    """The season whose list is confirmed on `on`: the next one from the first reminder on, else this one."""
    coming = Season.of(on).next
    first_reminder = coming.starts_on - timedelta(days=max(settings.ACCESS_REMINDER_DAYS))
    return coming if on >= first_reminder else coming.previous


def confirmation(*, structure: Structure, on: date) -> AccessRenewal | None:
    """The renewal in which the list was confirmed for the season that matters on `on`, if it was."""
    season = season_to_confirm(on=on)
    return structure.renewals.confirmed().of_season(season).select_related("confirmed_by").first()


@transaction.atomic
def confirm_team(*, structure: Structure, by: User, at: datetime) -> AccessRenewal:
    """The référent·e confirms who is authorised for the season (A5). Confirming twice changes nothing."""
    season = season_to_confirm(on=local_day(at))
    renewal, _ = AccessRenewal.objects.get_or_create(structure=structure, season_year=season.year)
    fresh = AccessRenewal.objects.filter(pk=renewal.pk, confirmed_at=None)
    if fresh.update(confirmed_at=at, confirmed_by=by):
        audit.record(
            at=at, actor=by, verb="personnes habilitées confirmées", subject=structure, saison=str(season)
        )
    renewal.refresh_from_db()
    return renewal


@transaction.atomic
def resend_links(*, structure: Structure, by: User, at: datetime) -> int:
    """Mail a link to each person of a structure who hasn't renewed yet; how many (A5).

    Raises DomainError where nobody is late, or no agreement is in force: a password would open nothing.
    """
    if not structures_under_agreement(on=local_day(at)).filter(pk=structure.pk).exists():
        raise DomainError(f"{structure} n'a pas de convention en vigueur : un mot de passe n'ouvrirait rien.")
    late = [member.account for member in team_of(structure=structure, at=at) if member.waits]
    if not late:
        raise DomainError(f"{structure} : chaque personne a déjà son mot de passe de la saison.")
    for account in late:
        purpose = AccessLink.Purpose.RENEWAL if account.password_chosen_at else AccessLink.Purpose.FIRST
        send_access_link(account=account, purpose=purpose, by=by, at=at)
    return len(late)


# --- What staff look at -----------------------------------------------------------------------------------


class Standing(models.TextChoices):
    """How far a structure is with renewing its team's access."""

    RENEWED = "renewed", "à jour"
    PARTLY = "partly", "en partie"
    GRACE = "grace", "en délai"
    OUT = "out", "fermé"
    EMPTY = "empty", "sans compte"


def with_standing(structures: QuerySet[Structure], *, at: datetime) -> QuerySet[Structure]:
    """Each structure with `people`, `renewed`, `in_grace` (accounts), `standing`, `opened_at` and `confirmed_at`.

    Renewal and confirmation are those of the season that matters today: see `season_to_confirm`.
    """
    on = local_day(at)
    people = User.objects.filter(structure=OuterRef("pk"), is_active=True).annotate(access=access_at(at))
    this = AccessRenewal.objects.filter(structure=OuterRef("pk")).of_season(Season.of(on))
    next_ = AccessRenewal.objects.filter(structure=OuterRef("pk")).of_season(season_to_confirm(on=on))
    return structures.annotate(
        people=_count(people),
        renewed=_count(people.filter(access=Access.OPEN)),
        in_grace=_count(people.filter(access=Access.GRACE)),
        opened_at=Subquery(this.values("opened_at")[:1]),
        confirmed_at=Subquery(next_.values("confirmed_at")[:1]),
        standing=Case(
            When(people=0, then=Value(Standing.EMPTY.value)),
            When(renewed=F("people"), then=Value(Standing.RENEWED.value)),
            When(in_grace__gt=0, then=Value(Standing.GRACE.value)),
            When(renewed__gt=0, then=Value(Standing.PARTLY.value)),
            default=Value(Standing.OUT.value),
            output_field=models.CharField(),
        ),
    )


def _count(people: QuerySet[User]) -> Coalesce:
    counted = people.order_by().values("structure").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


def structures_to_renew(*, at: datetime) -> QuerySet[Structure]:
    """Structures under an agreement in force of which somebody authorised hasn't renewed yet."""
    late = User.objects.filter(is_active=True, structure=OuterRef("pk")).annotate(access=access_at(at))
    return structures_under_agreement(on=local_day(at)).filter(Exists(late.exclude(access=Access.OPEN)))
