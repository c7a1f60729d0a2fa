import pytest

from offers import filters


@pytest.fixture(autouse=True)
def fresh_cities():
    """The communes of the catalogue are remembered for a minute: longer than a test."""
    filters.forget_cities()
