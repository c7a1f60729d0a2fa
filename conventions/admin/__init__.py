"""Staff's pages of this room, one module per subject, in the order in which they are listed."""

from conventions.admin import (  # noqa: F401, I001
    candidacies,
    agreements,
    texts,
    signing,
    suspensions,
    access,
    breaches,
    membership,
)
