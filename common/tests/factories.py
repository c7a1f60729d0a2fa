"""What every room's factories share."""

from datetime import datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def paris(*parts: int) -> datetime:
    """A moment on the clocks of Paris: `paris(2026, 11, 24, 20, 30)`."""
    return datetime(*parts, tzinfo=PARIS)
