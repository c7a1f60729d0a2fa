"""The accounts of the demonstration: one for each kind of user, all with the same password.

They exist only in a database marked as a demonstration, which production refuses to start on.
"""

import time
from dataclasses import dataclass

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from common.errors import DomainError
from partners.models import Structure, User, VisitorAccess

PASSWORD = "demo-entree-libre"


@dataclass(frozen=True)
class Account:
    """Who signs in: a role, and where in the season's lists of structures and venues it belongs."""

    label: str
    email: str
    display_name: str
    role: str
    structure: int | None = None
    venue: int | None = None


LEAD = Account(
    "référente d'une structure", "referente@demo.example", "Églantine Corbeyrand", User.Role.LEAD, 0
)
WORKER = Account(
    "personne habilitée, même structure", "travailleuse@demo.example", "Ondine Rivelaine", User.Role.WORKER, 0
)
OTHER = Account(
    "personne habilitée, autre structure", "autre@demo.example", "Sidonie Malapierre", User.Role.WORKER, 1
)
VENUE = Account("lieu", "lieu@demo.example", "Honorine Fontclaire", User.Role.VENUE, venue=0)
STAFF = Account("équipe de l'association", "equipe@demo.example", "Prosper Valgrenier", User.Role.STAFF)
NEW_STAFF = Account(
    "équipe, premier jour d'une collègue", "nouvelle@demo.example", "Clémence Aubrac", User.Role.STAFF
)
ACCOUNTS = [LEAD, WORKER, OTHER, VENUE, STAFF, NEW_STAFF]
SECOND_STEP = "./portail code"  # what prints the code that staff type after the password
INVENTED = "demonstration"  # in the row of an application that only `./portail code` has
PERIOD = 30  # seconds for which an application shows a code
VISITOR_LABEL = "visiteur : code d'une structure"


@dataclass(frozen=True)
class Entry:
    """A line of the list that people read before they sign in: `sign_in` is an e-mail, or the visitor code.

    `second_step` says what comes after the password, where something does.
    """

    label: str
    place: str
    sign_in: str
    password: str
    second_step: str = ""


def entries() -> list[Entry]:
    """Every way into the demonstration that this database holds, its visitor code included."""
    users = User.objects.select_related("structure", "venue").in_bulk(
        [account.email for account in ACCOUNTS], field_name="email"
    )
    lines = []
    for account in ACCOUNTS:
        user = users[account.email]
        place = user.structure or user.venue or ""
        second = SECOND_STEP if account is STAFF else ""
        lines.append(Entry(account.label, str(place), account.email, PASSWORD, second))
    structure: Structure | None = users[WORKER.email].structure
    access = (
        VisitorAccess.objects.filter(structure=structure, revoked_at=None).order_by("-season_year").first()
    )
    if access:
        lines.append(Entry(VISITOR_LABEL, str(structure), access.spoken_code, ""))
    return lines


@dataclass(frozen=True)
class Code:
    """What the application of the staff account shows, and for how many seconds yet."""

    digits: str
    seconds: int


def staff_code() -> Code:
    """The present code of the demonstration's staff account. Raises DomainError where its application was taken off."""
    application = Authenticator.objects.filter(
        user__email=STAFF.email, type=Authenticator.Type.TOTP, data__has_key=INVENTED
    ).first()
    if application is None:
        raise DomainError(
            f"Le compte {STAFF.email} n'a plus l'application de la démonstration : elle a été retirée ou remplacée. "
            "Si vous en avez mis une autre, le code est sur votre téléphone."
        )
    counter, gone = divmod(int(time.time()), PERIOD)
    secret = get_adapter().decrypt(application.data["secret"])
    return Code(format_hotp_value(hotp_value(secret, counter)), PERIOD - gone)
