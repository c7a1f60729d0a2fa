from datetime import timedelta

import pytest

from common.errors import TooManyAttempts
from common.tests.factories import paris
from common.throttle import Throttle

pytestmark = pytest.mark.django_db
NOW = paris(2026, 11, 24, 10)
WINDOW = timedelta(minutes=10)


def a_throttle(key="compte 1"):
    return Throttle(scope="test", key=key, limit=3, within=WINDOW, sentence="Attendez un peu.")


def test_throttle_refuses_the_attempt_after_the_limit_until_the_window_is_over():
    for _ in range(3):
        a_throttle().take(at=NOW)
    with pytest.raises(TooManyAttempts, match="Attendez"):
        a_throttle().take(at=NOW + WINDOW - timedelta(seconds=1))
    a_throttle().take(at=NOW + WINDOW)


def test_throttle_forgets_what_succeeded():
    for _ in range(10):
        a_throttle().take(at=NOW)
        a_throttle().give_back()


def test_throttle_of_one_account_leaves_another_alone():
    for _ in range(3):
        a_throttle().take(at=NOW)
    a_throttle("compte 2").take(at=NOW)
