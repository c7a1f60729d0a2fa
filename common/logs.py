"""Logs without secrets: addresses that open something by themselves are cut short."""

import logging
import re

SECRET_PATHS = re.compile(r"(/i/|/cle/|/acces/|/signature/|/appel/|/flux/|/suivi/|/visite/\?code=)[^/\s\"']+")


def hide_secrets(text: str) -> str:
    """`text` with the secret parts of addresses cut short."""
    return SECRET_PATHS.sub(r"\1…", text)


class HideSecretPaths(logging.Filter):
    """No token or code in a line: of papers (`/i/`), of links to choose a password (`/cle/`, `/acces/`), to sign or to
    add seats (`/appel/`), of feeds (`/flux/`), to follow one's opinion (`/suivi/`), of visitors' cards.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = hide_secrets(record.getMessage())
        record.args = ()
        return True
