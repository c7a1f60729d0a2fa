"""How it went. One module per subject."""

from evaluations.models.criee import Charter, Opinion, OpinionReport, Reason
from evaluations.models.thanks import Thanks, ThanksQuerySet

__all__ = ["Charter", "Opinion", "OpinionReport", "Reason", "Thanks", "ThanksQuerySet"]
