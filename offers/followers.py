"""What the rooms above do when what people were told of dates may have changed, in the same transaction (C6).

The offer knows nobody who goes. Whoever writes what people must know of a date says so with `dates_changed`, be it a
form, staff's pages or a file; `settings.DATE_FOLLOWERS` names who is told, as it names whatever joins the rooms.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.module_loading import import_string


def dates_changed(*, dates: Q, by: Any, at: datetime, word: str = "") -> None:
    """Tell the followers that these dates may have changed; call it after writing, in the same transaction.

    `dates` is a condition on `Performance`; `by` changed them at `at`, and perhaps said a `word` about it to people.
    """
    for path in settings.DATE_FOLLOWERS:
        import_string(path)(dates=dates, by=by, at=at, word=word)
