"""Staff's pages of this room, one module per subject, in the order in which they are listed."""

from conventions.admin import candidacies, agreements, texts, signing, suspensions, membership  # noqa: F401, I001
