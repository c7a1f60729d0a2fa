"""Staff's pages of this room, one module per subject, in the order in which they are listed."""

from invitations.admin import (  # noqa: F401, I001
    bookings,
    people,
    door,
    groups,
    usage,
    draws,
    waiting,
    changes,
    news,
    material,
    offers,
    erasure,
)
