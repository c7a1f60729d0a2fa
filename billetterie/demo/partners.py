"""The invented structures and venues, with their accounts, agreements and visitor codes."""

import base64
import csv
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.utils import timezone
from django.utils.text import slugify

from billetterie.demo import names
from billetterie.demo.accounts import ACCOUNTS, INVENTED, NEW_STAFF, PASSWORD, STAFF, Account
from billetterie.demo.chance import Chance
from common.crypto import keyed_hash
from common.dates import start_of
from conventions.models import AccessRenewal, Agreement
from partners.models import (
    Commune,
    Sector,
    Structure,
    TermsAcceptance,
    TermsOfUse,
    User,
    Venue,
    VisitorAccess,
)
from partners.seasons import Season

DATA = Path(__file__).parent / "data"
BEFORE, AFTER = timedelta(days=30), timedelta(days=90)  # what the season shows around its day
LATE_SHARE = 0.15  # of the people authorised, who didn't renew their password this season
BOOKED_BEFORE = timedelta(days=45)  # the earliest that anybody booked, before that

# Belgian towns are in no French list; the codes are those of their national register.
BELGIAN_COMMUNES = [
    ("62063", "Liège", "4000"),
    ("92094", "Namur", "5000"),
    ("52011", "Charleroi", "6000"),
]


@dataclass
class House:
    """A structure or a venue of the season, with who works there and on which terms."""

    partner: Structure | Venue
    team: list[User] = field(default_factory=list)
    agreements: list[Agreement] = field(default_factory=list)
    suspended_on: date | None = None

    def may_book(self, *, on: date, day: date) -> bool:
        """Whether it isn't suspended, and its agreements allow booking on `on` for `day`, as the portal would say."""
        if self.suspended_on and on >= self.suspended_on:
            return False
        signed = [term for term in self.agreements if term.signed_on and term.signed_on <= on]
        return all(any(term.starts_on <= when <= term.ends_on for term in signed) for when in (on, day))


def at_hour(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of `day` on the clocks of Paris."""
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def read_structures() -> list[dict[str, str]]:
    """The invented structures, as their file describes them."""
    with (DATA / "structures.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def read_venues() -> list[dict]:
    """The invented venues, as their file describes them."""
    with (DATA / "venues.toml").open("rb") as texts:
        return tomllib.load(texts)["venue"]


def load_houses(*, chance: Chance, on: date) -> tuple[list[House], list[House]]:
    """Write the structures and the venues around the day `on`; returns both, the demonstration's own first."""
    Commune.objects.bulk_create(
        [
            Commune(code=code, name=name, postcode=postcode, department="BE")
            for code, name, postcode in BELGIAN_COMMUNES
        ],
        ignore_conflicts=True,
    )
    communes = Commune.objects.in_bulk()
    structures = _structures(chance, communes, on=on)
    venues = _venues(chance, communes, on=on)
    _write_accounts(chance, structures, venues, on=on)
    Agreement.objects.bulk_create(
        [agreement for house in (*structures, *venues) for agreement in house.agreements]
    )
    VisitorAccess.objects.bulk_create(
        [invent_visitor_access(chance, house, on=on) for house in structures if house.may_book(on=on, day=on)]
    )
    AccessRenewal.objects.bulk_create(invent_renewals(chance, structures, on=on))
    return structures, venues


def _structures(chance: Chance, communes: dict[str, Commune], *, on: date) -> list[House]:
    rows = read_structures()
    sectors = {sector.name: sector for sector in Sector.objects.all()}
    houses = []
    for number, row in enumerate(rows):
        commune = communes[row["commune"]]
        slug = slugify(row["name"])
        structure = Structure(
            id=chance.uuid(),
            name=row["name"],
            type=row["type"],
            legal_status=row["legal_status"],
            commune=commune,
            postcode=row["postcode"],
            address=row["address"],
            people_accompanied=int(row["people"]),
            email=f"contact@{slug}.example",
            phone="" if commune.department == "BE" else f"+334657110{number:02}",
            website=f"https://{slug}.example/" if chance.yes(0.7) else "",
            representative_name=full_name(chance),
            representative_capacity=chance.choice(["Directrice", "Directeur", "Présidente", "Président"]),
            created_at=at_hour(on - timedelta(days=chance.randint(100, 900)), 10),
        )
        house = House(structure)
        house.agreements = _agreements(chance, structure, row["agreement"], on=on, ours=number < 2)
        houses.append(house)
    Structure.objects.bulk_create([house.partner for house in houses])
    through = Structure.sectors.through
    through.objects.bulk_create(
        [
            through(structure=house.partner, sector=sectors[name])
            for house, row in zip(houses, rows, strict=True)
            for name in row["sectors"].split(";")
            if name in sectors
        ]
    )
    return houses


def _venues(chance: Chance, communes: dict[str, Commune], *, on: date) -> list[House]:
    rows = read_venues()
    houses = []
    for number, row in enumerate(rows):
        slug = row["slug"]
        venue = Venue(
            **{**row, "commune": communes[row["commune"]]},
            id=chance.uuid(),
            email=f"accueil@{slug}.example",
            phone=f"+334657120{number:02}",
            website=f"https://{slug}.example/",
            created_at=at_hour(on - timedelta(days=chance.randint(100, 900)), 10),
        )
        house = House(venue)
        house.agreements = _agreements(chance, venue, "signed", on=on, ours=number == 0)
        houses.append(house)
    Venue.objects.bulk_create([house.partner for house in houses])
    return houses


def _agreements(
    chance: Chance, partner: Structure | Venue, state: str, *, on: date, ours: bool
) -> list[Agreement]:
    """A partner's agreements: "signed" (some entered during the year), "expired", "unsigned" or "next" season's."""
    season = Season.of(on)
    if state == "expired":
        return [invent_agreement(chance, partner, season.previous)]
    if state == "unsigned":
        return [invent_agreement(chance, partner, season, signed=False)]
    if state == "next":
        return [invent_agreement(chance, partner, season.next, signed_on=on - timedelta(days=3))]
    if not ours and chance.yes(0.1):
        entered = max(on - timedelta(days=chance.randint(15, 60)), season.starts_on)
        return [invent_agreement(chance, partner, season, starts_on=entered, signed_on=entered)]
    agreements = [invent_agreement(chance, partner, season)]
    if on - BEFORE - BOOKED_BEFORE not in season:
        agreements.append(invent_agreement(chance, partner, season.previous))
    if on + AFTER not in season and (ours or chance.yes(0.6)):
        # The next season's is signed in September; before that it is only drafted.
        in_time = season.ends_on - on < timedelta(days=45)
        signed_on = on - timedelta(days=chance.randint(1, 10))
        agreements.append(invent_agreement(chance, partner, season.next, signed=in_time, signed_on=signed_on))
    return agreements


def invent_agreement(
    chance: Chance,
    partner: Structure | Venue,
    season: Season,
    *,
    signed: bool = True,
    starts_on: date | None = None,
    signed_on: date | None = None,
) -> Agreement:
    """A partner's agreement for a season, unsaved; signed the summer before unless told otherwise."""
    usual = season.starts_on - timedelta(days=chance.randint(5, 25))
    agreement = Agreement(
        id=chance.uuid(),
        starts_on=starts_on or season.starts_on,
        ends_on=season.ends_on,
        signed_on=(signed_on or usual) if signed else None,
        drafted_at=at_hour((signed_on or usual) - timedelta(days=10), 10),
    )
    if isinstance(partner, Structure):
        agreement.structure = partner
        agreement.signatory_name = partner.representative_name if signed else ""
    else:
        agreement.venue = partner
        agreement.signatory_name = full_name(chance) if signed else ""
    return agreement


def _write_accounts(
    chance: Chance, structures: Sequence[House], venues: Sequence[House], *, on: date
) -> None:
    """Write the accounts and the conditions of use that most of them accepted."""
    password = make_password(PASSWORD)
    staff = []
    for account in ACCOUNTS:
        # She came after the others: drawn apart, she leaves the season of a seed as it was.
        draws = Chance(account.email) if account is NEW_STAFF else chance
        user = _account(draws, account, password, structures, venues, on=on)
        house = next((h for h in (*structures, *venues) if h.partner in (user.structure, user.venue)), None)
        (house.team if house else staff).append(user)
    for house in structures:
        fill_team(chance, house, on=on)
    for house in venues:
        if not house.team:
            house.team.append(invent_user(chance, house, User.Role.VENUE, on=on))
    for house in structures[2:]:
        for user in house.team:
            if chance.yes(LATE_SHARE):
                user.password_chosen_at = start_of(Season.of(on).previous.starts_on)
    users = staff + [user for house in (*structures, *venues) for user in house.team]
    User.objects.bulk_create(users)
    accept_terms(chance, users, on=on)
    Authenticator.objects.bulk_create(
        [row for user in staff if user.email == STAFF.email for row in invent_second_factor(user, on=on)]
    )


def invent_second_factor(user: User, *, on: date) -> list[Authenticator]:
    """An application that nobody's phone has, and its recovery codes, unsaved: `./portail code` shows what it shows."""
    chance, seal, kinds = Chance(user.email), get_adapter().encrypt, Authenticator.Type
    secret = base64.b32encode(chance.randbytes(20)).decode()
    data = {
        kinds.TOTP: {"secret": seal(secret), INVENTED: True},
        kinds.RECOVERY_CODES: {"seed": seal(chance.randbytes(40).hex()), "used_mask": 0},
    }
    added = at_hour(on - timedelta(days=90), 10)
    return [Authenticator(user=user, type=kind, data=row, created_at=added) for kind, row in data.items()]


def accept_terms(chance: Chance, users: Sequence[User], *, on: date) -> None:
    """Write that those of `users` who book accepted the conditions of use."""
    terms = TermsOfUse.objects.current(at=at_hour(on, 0))
    if terms:
        accepted_at = max(terms.published_at, at_hour(on - BEFORE - BOOKED_BEFORE, 9))
        TermsAcceptance.objects.bulk_create(
            [
                TermsAcceptance(id=chance.uuid(), user=user, terms=terms, accepted_at=accepted_at)
                for user in users
                if user.books
            ]
        )


def _account(
    chance: Chance,
    account: Account,
    password: str,
    structures: Sequence[House],
    venues: Sequence[House],
    *,
    on: date,
) -> User:
    team = account.role == User.Role.STAFF
    return User(
        id=chance.uuid(),
        email=account.email,
        display_name=account.display_name,
        role=account.role,
        structure=None if account.structure is None else structures[account.structure].partner,
        venue=None if account.venue is None else venues[account.venue].partner,
        password=password,
        password_chosen_at=start_of(Season.of(on).starts_on),
        is_staff=team,
        is_superuser=team,
        created_at=at_hour(on - timedelta(days=90), 10),
    )


def fill_team(chance: Chance, house: House, *, on: date) -> None:
    """Give a structure its référent·e where it has none yet, and up to two colleagues."""
    if not any(user.role == User.Role.LEAD for user in house.team):
        house.team.insert(0, invent_user(chance, house, User.Role.LEAD, on=on))
    for _ in range(chance.randint(0, 2)):
        house.team.append(invent_user(chance, house, User.Role.WORKER, on=on))


def invent_user(chance: Chance, house: House, role: str, *, on: date) -> User:
    """An account, unsaved, that nobody signs in with: its password is unusable."""
    partner = house.partner
    domain = partner.email.split("@")[1]
    taken = {user.email for user in house.team}
    while True:
        name = full_name(chance)
        email = f"{slugify(name).replace('-', '.', 1)}@{domain}"
        if email not in taken:
            break
    return User(
        id=chance.uuid(),
        email=email,
        display_name=name,
        role=role,
        structure=partner if isinstance(partner, Structure) else None,
        venue=partner if isinstance(partner, Venue) else None,
        password=UNUSABLE_PASSWORD_PREFIX + chance.token(),
        password_chosen_at=start_of(Season.of(on).starts_on),
        created_at=at_hour(on - timedelta(days=90), 10),
    )


def full_name(chance: Chance) -> str:
    """The name of somebody who works for a partner."""
    return f"{chance.choice(names.STAFF_GIVEN)} {chance.choice(names.STAFF_FAMILY)}"


def invent_visitor_access(chance: Chance, house: House, *, on: date) -> VisitorAccess:
    """A structure's code of this season, unsaved."""
    code = chance.code()
    return VisitorAccess(
        id=chance.uuid(),
        structure=house.partner,
        season_year=Season.of(on).year,
        code=code,
        code_hash=keyed_hash(code),
        created_at=at_hour(on - timedelta(days=chance.randint(2, 40)), 11),
    )


def invent_renewals(chance: Chance, houses: Sequence[House], *, on: date) -> list[AccessRenewal]:
    """That access was renewed at the season's start where an agreement holds, unsaved; most lists are confirmed.

    Not that of the first structure: there is something to confirm in the demonstration.
    """
    season, renewals = Season.of(on), []
    for number, house in enumerate(houses):
        if house.may_book(on=on, day=on):
            renewal = AccessRenewal(
                id=chance.uuid(),
                structure=house.partner,
                season_year=season.year,
                opened_at=start_of(season.starts_on),
            )
            lead = next((user for user in house.team if user.role == User.Role.LEAD), None)
            if number and lead and chance.yes(0.7):
                renewal.confirmed_at, renewal.confirmed_by = start_of(season.starts_on), lead
            renewals.append(renewal)
    return renewals
