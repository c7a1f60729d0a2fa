"""From a first contact to an active partner (A1, A3): each step takes up what the one before it wrote.

A step reads the candidacy again under a lock, so that of two people who press at once one is told that it has moved.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import cast

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError, Q, QuerySet
from django.utils.text import slugify

from common import audit, outbox
from common.dates import local_day, months_before
from common.errors import DomainError
from common.models import OutboxMessage
from common.throttle import Throttle, network_of
from conventions.documents.candidacies import refusal_letter
from conventions.emails import candidacies as emails
from conventions.models import Candidacy
from conventions.models.candidacies import name_key
from conventions.services import agreements, countersigning, signing
from partners import services as partners
from partners.models import Organisation, Sector, Structure, User, Venue
from partners.seasons import Season

State = Candidacy.State
SHARED = [field.name for field in Organisation._meta.fields]
OF_STRUCTURE = ["type", "legal_status", "people_accompanied"]
OF_VENUE = ["description", "transit", "wheelchair", "hearing_loop", "access_notes"]
SLUG_MAX = 80
TOO_MANY = (
    "Nous recevons beaucoup de demandes en ce moment. Gardez cette page ouverte et envoyez à nouveau dans une heure, "
    "ou écrivez-nous : "
)
WAITING_REASON = (
    "Le dispositif ne peut pas encore accueillir les organismes de ce type : les moyens nous manquent pour bien "
    "accompagner leurs équipes."
)


# --- Coming in ------------------------------------------------------------------------------------


def receive(*, candidacy: Candidacy, sectors: Iterable[Sector] = (), address: str, at: datetime) -> Candidacy:
    """Keep a candidacy that somebody sent by the form, and thank them by mail; sent twice, it is kept once.

    A type that the scheme can't serve yet goes on the list to call back, with the reason (A3). Raises
    TooManyAttempts where too many came lately from the network `address`, or from anywhere.
    """
    known = Candidacy.objects.filter(key=candidacy.key).first()
    if known:
        return known
    for scope, key, limit in (
        ("candidacy", network_of(address), settings.CANDIDACY_ATTEMPTS),
        ("candidacies", "all", settings.CANDIDACY_ATTEMPTS_ALL),
    ):
        Throttle(
            scope=scope,
            key=key,
            limit=limit,
            within=timedelta(minutes=settings.CANDIDACY_ATTEMPTS_MINUTES),
            sentence=TOO_MANY + settings.PORTAL_CONTACT_EMAIL,
        ).take(at=at)
    return _keep(candidacy, sectors=sectors, at=at)


@transaction.atomic
def _keep(candidacy: Candidacy, *, sectors: Iterable[Sector], at: datetime) -> Candidacy:
    candidacy.state = State.SET_ASIDE if candidacy.waits else State.RECEIVED
    candidacy.state_since, candidacy.created_at = local_day(at), at
    if candidacy.waits:
        candidacy.closing_reason = WAITING_REASON
    else:
        _propose(candidacy, "Proposer une rencontre", at=at)
    columns = [field.name for field in Candidacy._meta.concrete_fields if field.name not in {"id", "key"}]
    kept, first = Candidacy.objects.get_or_create(
        key=candidacy.key, defaults={name: getattr(candidacy, name) for name in columns}
    )
    if first:
        kept.sectors.set(sectors)
        write = emails.waiting if candidacy.waits else emails.received
        outbox.post(write(candidacy=kept, at=at))
        audit.record(
            at=at,
            actor=audit.SYSTEM,
            verb="candidature reçue",
            subject=kept,
            genre=kept.kind,
            état=kept.state,
        )
    return kept


@dataclass(frozen=True)
class Alike:
    """Who may be the same organisation: by name and postcode (`same`), or by an e-mail address (`others`)."""

    same: list[Structure | Venue]
    others: list[Structure | Venue]
    candidacies: list[Candidacy]

    def __bool__(self) -> bool:
        return bool(self.same or self.others or self.candidacies)


def alike(candidacy: Candidacy) -> Alike:
    """Partners and other candidacies that may be the same organisation. Staff alone see it; four queries."""
    model = Structure if candidacy.is_structure else Venue
    its_own = [candidacy.partner.pk] if candidacy.partner else []
    same, others = _same_and_mailed(
        model.objects.exclude(pk__in=its_own).select_related("commune"),
        candidacy,
        ["email", "representative_email", "users__email"],
    )
    again, mailed = _same_and_mailed(
        Candidacy.objects.light().filter(erased_on=None).exclude(pk=candidacy.pk),
        candidacy,
        ["email", "representative_email", "lead_email"],
    )
    return Alike(same=same, others=others, candidacies=[*again, *mailed])


def _same_and_mailed(rows: QuerySet, candidacy: Candidacy, columns: list[str]) -> tuple[list, list]:
    same = [
        row for row in rows.filter(postcode=candidacy.postcode) if name_key(row.name) == candidacy.name_key
    ]
    mails = {candidacy.email, candidacy.representative_email, candidacy.lead_email} - {""}
    by_mail = reduce(or_, (Q(**{f"{name}__iexact": mail}) for name in columns for mail in mails), Q(pk=None))
    return same, list(rows.filter(by_mail).exclude(pk__in=[row.pk for row in same]).distinct())


@transaction.atomic
def amend(*, candidacy: Candidacy, fields: Sequence[str], by: User, at: datetime) -> Candidacy:
    """Save what staff put right or noted; `fields` names it. The state is not among them."""
    columns = [name for name in fields if name != "sectors"]
    if columns:
        candidacy.save(update_fields=columns)
    audit.record(at=at, actor=by, verb="candidature complétée", subject=candidacy, champs=list(fields))
    return candidacy


# --- The way --------------------------------------------------------------------------------------


@transaction.atomic
def plan_meeting(
    *, candidacy: Candidacy, meeting_at: datetime, place: str, people: str, by: User, at: datetime
) -> Candidacy:
    """Note when and where we meet, and who; the candidate hears of it by mail, unless it is over already."""
    candidacy = _take(candidacy, State.MEETING, at=at)
    candidacy.meeting_at, candidacy.meeting_place, candidacy.meeting_with = meeting_at, place, people
    candidacy.next_step, candidacy.next_on = "Se rencontrer", local_day(meeting_at)
    if meeting_at > at:
        outbox.post(emails.meeting(candidacy=candidacy, at=at))
    return _leave(candidacy, "rencontre prévue", by=by, at=at, le=meeting_at.isoformat())


@transaction.atomic
def find_feasible(
    *,
    candidacy: Candidacy,
    reason: str,
    low_income: bool = False,
    individual: bool = False,
    partner: Structure | Venue | None = None,
    by: User,
    at: datetime,
) -> Candidacy:
    """Agree to work together: record eligibility with its reason (A3), and make the partner's record from what was
    typed, or fill in that of `partner` where it is empty.

    Raises DomainError where a structure would join without a reason, or `partner` is of another kind.
    """
    candidacy = _take(candidacy, State.FEASIBLE, at=at)
    if candidacy.is_structure and not reason.strip():
        raise DomainError(
            "Écrivez en une phrase pourquoi cette structure entre dans le dispositif.", field="reason"
        )
    candidacy.eligible, candidacy.eligibility_reason = True, reason
    if candidacy.is_structure:
        candidacy.low_income, candidacy.individual = low_income, individual
    made = partner is None
    kept = _make_partner(candidacy) if partner is None else _complete(partner, candidacy)
    setattr(candidacy, candidacy.kind, kept)
    candidacy.made_partner = made
    audit.record(at=at, actor=by, verb="fiche créée" if made else "fiche complétée", subject=kept)
    _propose(candidacy, "Préparer la convention", at=at)
    return _leave(candidacy, "candidature faisable", by=by, at=at, fiche="nouvelle" if made else "existante")


@transaction.atomic
def prepare_agreement(*, candidacy: Candidacy, season: Season, by: User, at: datetime) -> Candidacy:
    """Draft the agreement of `season`, prefilled; a partner that has one, in force or under way, keeps that one.

    Raises DomainError where one is under way: it takes a refused, withdrawn or deleted one to prepare it anew.
    """
    candidacy = _read_again(candidacy)
    if not candidacy.agreement_missing:
        raise DomainError("La convention de cette candidature est déjà préparée : suivez celle-là.")
    candidacy.move_to(State.AGREEMENT, at=at)
    running = candidacy.current_agreement
    candidacy.agreement = running or agreements.draft_agreement(
        partner=_partner(candidacy), season=season, by=by, at=at
    )
    _propose(candidacy, "Ouvrir le compte" if running else "Envoyer la convention à signer", at=at)
    return _leave(candidacy, "convention de la candidature préparée", by=by, at=at, saison=str(season))


def send_agreement(*, candidacy: Candidacy, by: User, at: datetime) -> Candidacy:
    """Send the drafted agreement to be signed. Raises DomainError where there is no draft (any more)."""
    agreement = candidacy.current_agreement
    if agreement is None or not candidacy.agreement_unsent:
        raise DomainError("Il n'y a pas de convention à envoyer : elle est à préparer, ou déjà partie.")
    signing.send_for_signature(agreement=agreement, by=by, at=at)  # draws it before it locks anything
    with transaction.atomic():
        candidacy = _read_again(candidacy)
        _propose(candidacy, "Faire signer la convention", at=at, days=settings.CANDIDACY_SIGNING_DAYS)
        return _leave(candidacy, "convention envoyée", by=by, at=at)


@transaction.atomic
def open_account(*, candidacy: Candidacy, by: User, at: datetime) -> Candidacy:
    """Open the account of the référent·e, or of the venue, and mail the link that lets them in (A4).

    Raises DomainError before the agreement is signed, and where the address has an account elsewhere or the
    structure another référent·e.
    """
    candidacy = _take(candidacy, State.ACCOUNT, at=at)
    candidacy.agreement = candidacy.current_agreement
    if not candidacy.signed(on=local_day(at)):
        raise DomainError("La convention n'est pas encore signée : le compte s'ouvre après la signature.")
    account = _own_account(candidacy)
    if account is None:
        account = partners.open_account(account=_new_account(candidacy), by=by, at=at)
    partners.send_password_link(account=account, by=by, at=at)
    candidacy.account = account
    _propose(candidacy, "Former par téléphone", at=at)
    return _leave(candidacy, "compte de la candidature ouvert", by=by, at=at)


@transaction.atomic
def record_training(
    *, candidacy: Candidacy, trained_on: date, trainer: User, minutes: int, by: User, at: datetime
) -> Candidacy:
    """Note the call in which the portal was shown: its day, who held it, how long.

    Raises DomainError for a day to come.
    """
    candidacy = _take(candidacy, State.TRAINED, at=at)
    if trained_on > local_day(at):
        raise DomainError("Cette formation est encore à venir : notez-la une fois faite.", field="trained_on")
    candidacy.trained_on, candidacy.trainer, candidacy.training_minutes = trained_on, trainer, minutes
    _propose(candidacy, "Vérifier que tout marche, puis rendre active", at=at)
    return _leave(candidacy, "formation faite", by=by, at=at, le=trained_on.isoformat(), minutes=minutes)


@transaction.atomic
def activate(*, candidacy: Candidacy, by: User, at: datetime) -> Candidacy:
    """End the way: the partner takes part."""
    candidacy = _take(candidacy, State.ACTIVE, at=at)
    return _leave(_nothing_next(candidacy), "partenaire actif", by=by, at=at)


# --- Beside the way -------------------------------------------------------------------------------


def refuse(*, candidacy: Candidacy, reason: str, ineligible: bool, by: User, at: datetime) -> Candidacy:
    """Refuse with a reason, by mail and by a letter whose bytes are kept (A1, A3).

    `ineligible` says that the reason is one of eligibility. Raises DomainError without a reason.
    """
    if not reason.strip():
        raise DomainError("Écrivez le motif : il est dans la lettre.", field="reason")
    # Drawn before the lock is taken: nobody waits for a drawing.
    letter = refusal_letter(candidacy=candidacy, reason=reason, on=local_day(at))
    with transaction.atomic():
        candidacy = _close(candidacy, State.REFUSED, reason=reason, by=by, at=at)
        candidacy.letter = letter
        candidacy.eligible = False if ineligible else candidacy.eligible
        if ineligible:
            candidacy.eligibility_reason = reason[:500]
        outbox.post(emails.refused(candidacy=candidacy, at=at))
        return _leave(candidacy, "candidature refusée", by=by, at=at, éligible=candidacy.eligible)


@transaction.atomic
def set_aside(
    *, candidacy: Candidacy, reason: str, call_on: date | None, by: User, at: datetime
) -> Candidacy:
    """Keep it for later, for want of means (A3); the candidate hears the reason by mail."""
    if not reason.strip():
        raise DomainError("Écrivez le motif : il est dans le mail.", field="reason")
    candidacy = _take(candidacy, State.SET_ASIDE, at=at)
    candidacy.closing_reason = reason
    candidacy.next_step, candidacy.next_on = "Recontacter", call_on
    outbox.post(emails.waiting(candidacy=candidacy, at=at))
    return _leave(candidacy, "candidature mise de côté", by=by, at=at)


@transaction.atomic
def take_up_again(*, candidacy: Candidacy, by: User, at: datetime) -> Candidacy:
    """Come back to one that was set aside."""
    candidacy = _take(candidacy, State.RECEIVED, at=at)
    candidacy.closing_reason = ""
    _propose(candidacy, "Proposer une rencontre", at=at)
    return _leave(candidacy, "candidature reprise", by=by, at=at)


@transaction.atomic
def withdraw(*, candidacy: Candidacy, reason: str, by: User, at: datetime) -> Candidacy:
    """Note that the candidate gives up; the reason may stay empty."""
    return _leave(
        _close(candidacy, State.WITHDRAWN, reason=reason, by=by, at=at), "candidature retirée", by=by, at=at
    )


@transaction.atomic
def forget_old(*, at: datetime) -> int:
    """Erase what was typed in candidacies closed more than CANDIDACY_KEPT_MONTHS ago; returns how many.

    Kind, type, commune, days and state stay: they are counted. Mails about them go, and the record of a partner that
    never was, where nothing hangs on it.
    """
    on = local_day(at)
    forgotten = 0
    for candidacy in Candidacy.objects.to_forget(before=months_before(on, settings.CANDIDACY_KEPT_MONTHS)):
        _erase(candidacy, on=on)
        audit.record(at=at, actor=audit.SYSTEM, verb="candidature effacée", subject=candidacy)
        forgotten += 1
    return forgotten


# --- How ------------------------------------------------------------------------------------------


def _read_again(candidacy: Candidacy) -> Candidacy:
    return Candidacy.objects.select_for_update(no_key=True).get(pk=candidacy.pk)


def _take(candidacy: Candidacy, state: Candidacy.State, *, at: datetime) -> Candidacy:
    """The candidacy as it stands now, locked, one step further and not yet saved."""
    candidacy = _read_again(candidacy)
    candidacy.move_to(state, at=at)
    return candidacy


def _leave(candidacy: Candidacy, verb: str, *, by: User, at: datetime, **details) -> Candidacy:
    """Save a step; whoever takes one follows the candidacy from then on, where nobody did."""
    if candidacy.follower is None:
        candidacy.follower = by
    candidacy.save()
    audit.record(at=at, actor=by, verb=verb, subject=candidacy, état=candidacy.state, **details)
    return candidacy


def _propose(candidacy: Candidacy, step: str, *, at: datetime, days: int | None = None) -> None:
    """What to do next, and until when: staff may write something else."""
    candidacy.next_step = step
    candidacy.next_on = local_day(at) + timedelta(days=days or settings.CANDIDACY_STEP_DAYS)


def _nothing_next(candidacy: Candidacy) -> Candidacy:
    candidacy.next_step, candidacy.next_on = "", None
    return candidacy


def _close(candidacy: Candidacy, state: Candidacy.State, *, reason: str, by: User, at: datetime) -> Candidacy:
    """End the way before its end: an agreement not yet signed is taken back; a signed one is ended otherwise (B5)."""
    candidacy = _take(candidacy, state, at=at)
    if candidacy.signed(on=local_day(at)):
        raise DomainError(
            "La convention est signée : ce n'est plus une candidature. Passez par la convention pour y mettre fin."
        )
    agreement = candidacy.current_agreement
    if agreement:
        countersigning.withdraw(agreement=agreement, by=by, at=at)
    candidacy.closing_reason = reason
    return _nothing_next(candidacy)


def _partner(candidacy: Candidacy) -> Structure | Venue:
    return cast(Structure | Venue, candidacy.partner)  # a constraint sees to it from « feasible » on


def _make_partner(candidacy: Candidacy) -> Structure | Venue:
    known = {name: getattr(candidacy, name) for name in SHARED if name != "id"}
    if candidacy.is_structure:
        structure = Structure(**known, **{name: getattr(candidacy, name) for name in OF_STRUCTURE})
        structure.save(force_insert=True)
        structure.sectors.set(candidacy.sectors.all())
        return structure
    venue = Venue(
        **known,
        kind=candidacy.domain,
        slug=_free_slug(candidacy),
        **{name: getattr(candidacy, name) for name in OF_VENUE},
    )
    venue.save(force_insert=True)
    return venue


def _free_slug(candidacy: Candidacy) -> str:
    slug = slugify(candidacy.name)[:SLUG_MAX]
    if slug and not Venue.objects.filter(slug=slug).exists():
        return slug
    return f"{slug[: SLUG_MAX - 9] or 'lieu'}-{candidacy.pk.hex[:8]}"


def _complete(partner: Structure | Venue, candidacy: Candidacy) -> Structure | Venue:
    """Fill in what the record of `partner` lacks; what stands there stays."""
    if partner.column != candidacy.kind:
        raise DomainError("Cette fiche n'est pas de la même sorte que la candidature.", field="partner")
    kept = partners.hold(partner)
    more = OF_STRUCTURE if candidacy.is_structure else OF_VENUE
    filled = [name for name in [*SHARED, *more] if not getattr(kept, name) and getattr(candidacy, name)]
    for name in filled:
        setattr(kept, name, getattr(candidacy, name))
    if filled:
        kept.save(update_fields=filled)
    return kept


def _own_account(candidacy: Candidacy) -> User | None:
    """The account that the person has here already, if any. Raises DomainError where it is somewhere else."""
    account = User.objects.filter(email__iexact=candidacy.lead_email).first()
    if account is None:
        return None
    if account.partner != candidacy.partner:
        raise DomainError(
            f"L'adresse {candidacy.lead_email} a déjà un compte ailleurs : demandez-en une autre à la personne, "
            "et corrigez la candidature."
        )
    return account


def _new_account(candidacy: Candidacy) -> User:
    role = User.Role.LEAD if candidacy.is_structure else User.Role.VENUE
    lead = User.objects.leads().filter(structure=candidacy.structure).first()
    if candidacy.is_structure and lead:
        raise DomainError(
            f"Cette structure a déjà un·e référent·e, {lead} ({lead.email}) : mettez son adresse dans la candidature, "
            "ou fermez d'abord son compte."
        )
    return User(
        display_name=candidacy.lead_name,
        email=candidacy.lead_email.lower(),
        role=role,
        structure=candidacy.structure,
        venue=candidacy.venue,
    )


def _erase(candidacy: Candidacy, *, on: date) -> None:
    for field in Candidacy._meta.concrete_fields:
        if field.name in ERASED:
            setattr(candidacy, field.name, None if field.null else field.get_default())
    partner, candidacy.structure, candidacy.venue = candidacy.partner, None, None
    candidacy.erased_on = on
    candidacy.save()
    candidacy.sectors.clear()
    OutboxMessage.objects.filter(effect__startswith=emails.effects(candidacy)).delete()
    if partner and candidacy.made_partner and not partner.users.exists():
        with suppress(ProtectedError):  # an agreement, a donation… hang on it: they have their own term
            partner.delete()


ERASED = {
    *(set(SHARED) - {"id", "commune", "postcode"}),
    *(
        "town",
        "legal_status",
        "people_accompanied",
        "accompaniment",
        "description",
        "seats_offered",
        "transit",
    ),
    *(
        "access_notes",
        "lead_name",
        "lead_email",
        "lead_phone",
        "notes",
        "eligibility_reason",
        "meeting_place",
    ),
    *("meeting_with", "closing_reason", "letter", "next_step", "next_on"),
}
