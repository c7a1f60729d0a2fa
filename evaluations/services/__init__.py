"""What changes how it went. One module per subject."""

from evaluations.services.thanks import set_aside, show, thank, thank_venues

__all__ = ["set_aside", "show", "thank", "thank_venues"]
