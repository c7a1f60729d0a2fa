"""How much a first visit to the catalogue brings over the wire, pictures aside: telephones wait for it."""

import gzip
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse
from django.utils import timezone

from offers.tests.factories import EventFactory, PerformanceFactory
from partners.tests.factories import CommuneFactory, VenueFactory

pytestmark = pytest.mark.django_db
FIRST_VISIT_MAX = 100_000  # bytes
COMMUNES = 100  # that the filter offers, as in a season of 5 000 dates
LATIN = (
    "noto-sans-latin-400",
    "noto-sans-latin-700",
    "bricolage-grotesque-latin-700",
)  # all that French asks for


def over_the_wire(path: str) -> int:
    content = Path(finders.find(path)).read_bytes()
    return len(content) if path.endswith(".woff2") else len(gzip.compress(content))


def fonts() -> set[str]:
    folder = Path(finders.find("vendor/fonts"))
    files = {f"vendor/fonts/{file.relative_to(folder)}" for file in folder.rglob("*.woff2")}
    return {file for file in files if Path(file).name.startswith(tuple(f"{name}-normal" for name in LATIN))}


@pytest.mark.parametrize("who", ["worker", "visitor"])
def test_first_visit_to_the_catalogue_is_light(cast, settings, who):
    soon = timezone.now() + timedelta(days=3)
    for number in range(COMMUNES):
        venue = VenueFactory(commune=CommuneFactory(name=f"Commune-{number}-sur-Rhône"))
        event = EventFactory(venue=venue, title=f"La nuit des {number} étoiles, version longue")
        PerformanceFactory(event=event, starts_at=soon + timedelta(hours=number))
    page = cast.browser(who).get(reverse("offers:catalogue"), headers={"accept-encoding": "gzip"})
    assert page["Content-Encoding"] == "gzip" and "Accept-Encoding" in page["Vary"]
    text = gzip.decompress(page.content).decode()
    assert text.count("<article") == settings.CATALOGUE_PAGE
    linked = set(re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js|woff2))"', text)) | fonts()
    assert len(linked) > 8
    assert len(page.content) + sum(over_the_wire(path) for path in linked) <= FIRST_VISIT_MAX
