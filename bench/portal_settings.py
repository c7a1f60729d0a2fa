"""The portal's settings, with a count of SQL statements around everything. For measuring only."""

from billetterie.settings import *  # noqa: F403
from billetterie.settings import INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [*INSTALLED_APPS, "bench"]  # its commands
MIDDLEWARE = ["bench.statements.StatementsMiddleware", *MIDDLEWARE]
