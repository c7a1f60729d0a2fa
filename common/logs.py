"""Logs without secrets: addresses that open something by themselves are cut short."""

import logging
import re

SECRET_PATHS = re.compile(r"(/i/|/cle/|/acces/|/signature/)[^/\s\"']+")


class HideSecretPaths(logging.Filter):
    """`/i/<token>/`, links to choose a password (`/cle/`, `/acces/`) and to sign leave no token in a line."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = SECRET_PATHS.sub(r"\1…", record.getMessage())
        record.args = ()
        return True
