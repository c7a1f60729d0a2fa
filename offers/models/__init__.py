"""What is offered. One module per subject."""

from offers.models.events import Access, Event, EventQuerySet
from offers.models.performances import NOT_OPEN, Performance, PerformanceQuerySet, Standing, door_days
from offers.models.quotas import Quota, QuotaQuerySet
from offers.models.uploads import ProgrammeUpload, ProgrammeUploadQuerySet

__all__ = [
    "NOT_OPEN",
    "Access",
    "Event",
    "EventQuerySet",
    "Performance",
    "PerformanceQuerySet",
    "ProgrammeUpload",
    "ProgrammeUploadQuerySet",
    "Quota",
    "QuotaQuerySet",
    "Standing",
    "door_days",
]
