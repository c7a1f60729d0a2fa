import logging

import pytest

from common.logs import HideSecretPaths


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/i/AbCdEfGhIjKlMnOpQrStUv/", "Forbidden: /i/…/"),
        ("/compte/mot-de-passe/cle/1a-xyz-123/", "Forbidden: /compte/mot-de-passe/cle/…/"),
        ("/acces/AbCdEfGhIjKlMnOpQrStUv/renvoyer/", "Forbidden: /acces/…/renvoyer/"),
        ("/criee/suivi/AbCdEfGhIjKlMnOpQrStUv/", "Forbidden: /criee/suivi/…/"),
        ("/visite/?code=7KQ2MB9XT", "Forbidden: /visite/?code=…"),
        ("/sorties/", "Forbidden: /sorties/"),
    ],
)
def test_line_keeps_no_token(path, said):
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Forbidden: %s", (path,), None)
    assert HideSecretPaths().filter(record)
    assert record.getMessage() == said
