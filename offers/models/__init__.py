"""What is offered. One module per subject."""

from offers.models.drafts import EventChange, EventDraft, EventDraftQuerySet
from offers.models.events import Access, Event, EventQuerySet, Pictured
from offers.models.performances import NOT_OPEN, Performance, PerformanceQuerySet, Standing, door_days
from offers.models.pictures import Crop, Picture, PictureQuerySet
from offers.models.quotas import Quota, QuotaQuerySet
from offers.models.uploads import (
    ColumnMapping,
    ProgrammeImport,
    ProgrammeImportQuerySet,
    ProgrammeUpload,
    ProgrammeUploadQuerySet,
)

__all__ = [
    "NOT_OPEN",
    "Access",
    "Crop",
    "ColumnMapping",
    "Event",
    "EventChange",
    "EventDraft",
    "EventDraftQuerySet",
    "EventQuerySet",
    "Performance",
    "PerformanceQuerySet",
    "Picture",
    "PictureQuerySet",
    "Pictured",
    "ProgrammeImport",
    "ProgrammeImportQuerySet",
    "ProgrammeUpload",
    "ProgrammeUploadQuerySet",
    "Quota",
    "QuotaQuerySet",
    "Standing",
    "door_days",
]
