"""What became of the seats that venues give: counted in one place, and shown only where nobody is told by it (E4).

- `counting`: exact counts of a season; nothing outside this room's services reads them.
- `masking`: which of these numbers may be shown, all together.
- `telling`: both at once, as `Line`s that may be shown as they stand: pages, files, mails and reports say nothing else.
"""

from evaluations.figures.counting import SeasonCount, Seats, count_season, month_of
from evaluations.figures.telling import Belonging, Dimension, Line, tell

__all__ = ["Belonging", "Dimension", "Line", "SeasonCount", "Seats", "count_season", "month_of", "tell"]
