"""The accounts of the demonstration: one for each kind of user, all with the same password.

They exist only in a database marked as a demonstration, which production refuses to start on.
"""

from dataclasses import dataclass

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
ACCOUNTS = [LEAD, WORKER, OTHER, VENUE, STAFF]
VISITOR_LABEL = "visiteur : code d'une structure"


@dataclass(frozen=True)
class Entry:
    """A line of the list that people read before they sign in: `sign_in` is an e-mail, or the visitor code."""

    label: str
    place: str
    sign_in: str
    password: str


def entries() -> list[Entry]:
    """Every way into the demonstration that this database holds, its visitor code included."""
    users = User.objects.select_related("structure", "venue").in_bulk(
        [account.email for account in ACCOUNTS], field_name="email"
    )
    lines = []
    for account in ACCOUNTS:
        user = users[account.email]
        place = user.structure or user.venue or ""
        lines.append(Entry(account.label, str(place), account.email, PASSWORD))
    structure: Structure | None = users[WORKER.email].structure
    access = (
        VisitorAccess.objects.filter(structure=structure, revoked_at=None).order_by("-season_year").first()
    )
    if access:
        lines.append(Entry(VISITOR_LABEL, str(structure), access.spoken_code, ""))
    return lines
