"""What the public sees of a structure (A7)."""

from datetime import datetime

from django.db import transaction

from common import audit
from partners.models import Structure, User


@transaction.atomic
def choose_listing(
    *, structure: Structure, in_public_directory: bool, public_phone: bool, by: User, at: datetime
) -> None:
    """Show a structure to the public or not, and its telephone (A7). Off the list, the telephone isn't shown either."""
    choice = {
        "in_public_directory": in_public_directory,
        "public_phone": in_public_directory and public_phone,
    }
    Structure.objects.filter(pk=structure.pk).update(**choice)
    audit.record(at=at, actor=by, verb="annuaire public choisi", subject=structure, **choice)
