"""Staff's pages of this room, one module per subject, in the order in which they are listed."""

from evaluations.admin import attendance, controls, criee, figures, reports, thanks  # noqa: F401
