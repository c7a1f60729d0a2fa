"""Staff's pages of this room, one module per subject, in the order in which they are listed."""

from evaluations.admin import attendance, controls, criee, figures, reports, sheets, thanks  # noqa: F401
