from datetime import timedelta

import pytest
from django.core.cache import cache

from common.errors import TooManyAttempts
from common.throttle import Throttle

pytestmark = pytest.mark.django_db


def a_throttle(key="compte 1"):
    return Throttle(scope="test", key=key, limit=3, within=timedelta(minutes=10), sentence="Attendez un peu.")


@pytest.fixture(autouse=True)
def fresh_cache():
    cache.clear()


def test_throttle_refuses_the_attempt_after_the_limit():
    for _ in range(3):
        a_throttle().check()
        a_throttle().failed()
    with pytest.raises(TooManyAttempts, match="Attendez"):
        a_throttle().check()


def test_throttle_of_one_account_leaves_another_alone():
    for _ in range(3):
        a_throttle().failed()
    a_throttle("compte 2").check()
