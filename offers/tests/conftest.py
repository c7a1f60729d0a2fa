import pytest

from offers import filters, spelling


@pytest.fixture(autouse=True)
def as_new():
    """What the catalogue remembers for a minute is forgotten: a test is shorter."""
    filters.forget_facets()
    spelling.forget_words()
