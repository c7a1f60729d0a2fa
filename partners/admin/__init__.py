"""Staff's pages of this room, one module per subject, in the order in which they are listed."""

from partners.admin import (  # noqa: F401, I001
    organisations,
    accounts,
    visitors,
    feeds,
    suspensions,
    terms,
    lists,
    help,
    groups,
)
