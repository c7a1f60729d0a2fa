"""A draft as the event that it would be: what is right in it, and what is still missing (C1). Saves nothing."""

from datetime import datetime
from typing import Any

from offers.forms.sheets import EventSheet
from offers.models import EventDraft, Performance


def preview_of(draft: EventDraft, *, at: datetime) -> dict[str, Any]:
    """What the event's page shows of a draft at `at`: `event`, its `dates` to come, and `missing` sentences."""
    sheet = EventSheet.sent(draft.data)
    sheet.is_valid()
    event = sheet.event.instance
    event.id, event.venue = draft.pk, draft.venue
    event.title = event.title or "Sans titre"
    event.picture_id, event.picture_alt = draft.picture_id, draft.picture_alt
    event.prepare_search()
    dates = [line.performance(event) for line in sheet.dates.lines.filled() if line.is_valid()]
    for performance in dates:
        performance.seats_left = performance.capacity
    ahead = sorted((one for one in dates if one.starts_at > at), key=_start)
    return {"event": event, "dates": ahead, "missing": _missing(sheet)}


def _start(performance: Performance) -> datetime:
    return performance.starts_at


def _missing(sheet: EventSheet) -> list[str]:
    """The sentences of what can't be published yet, each once."""
    forms = [sheet.event, *sheet.dates.lines]
    sentences = [error for form in forms for errors in form.errors.values() for error in errors]
    return list(dict.fromkeys([*sentences, *sheet.dates.lines.non_form_errors()]))
