"""The guides and the pages that explain the project: what they show exists, what they name is written on the pages."""

import re
import tomllib
from pathlib import Path

import django
import pytest
from django.conf import settings
from django.utils.html import strip_tags

ROOT = Path(settings.BASE_DIR)
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
IMAGES = ROOT / "docs" / "images"
LABEL = re.compile(r"\*\*«\s(.+?)\s»\*\*", re.DOTALL)  # how a guide writes the words of a page
ROOMS = ["common", "partners", "conventions", "offers", "invitations", "evaluations", "billetterie"]
ADMIN = Path(django.__file__).parent / "contrib" / "admin" / "locale" / "fr" / "LC_MESSAGES" / "django.po"


def flat(text: str) -> str:
    """One line, plain apostrophes and spaces, without capitals: as a reader compares two labels."""
    return re.sub(r"\s+", " ", text.replace("’", "'").replace("\\u00a0", " ")).strip().casefold()


def without_tags(template: str) -> str:
    """What a template says, a variable shown as an ellipsis; then as it is written, for what its tags say."""
    said = re.sub(r"{%.*?%}|{#.*?#}", "\n", template, flags=re.DOTALL)
    return strip_tags(re.sub(r"{{.*?}}", "…", said)).replace("&nbsp;", " ") + template


@pytest.fixture(scope="module")
def said_on_pages() -> str:
    """All that the portal's pages, forms and staff's pages say."""
    templates = [without_tags(path.read_text()) for path in (ROOT / "templates").rglob("*.html")]
    code = [
        re.sub(r"{[^{}\n]*}", "…", path.read_text())
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "tests" not in path.parts and "demo" not in path.parts
    ]
    sentences = (ROOT / "phrases" / "fr.toml").read_text()
    return flat("\n".join([*templates, *code, sentences, ADMIN.read_text()]))


def images_of(page: Path) -> list[Path]:
    return [
        (page.parent / link).resolve() for link in re.findall(r"!\[[^]]*]\(([^)\s]+)\)", page.read_text())
    ]


def pictures_made() -> set[str]:
    book = tomllib.loads((ROOT / "docs" / "screenshots.toml").read_text())
    steps = [step for story in book["story"] for step in story["steps"]]
    names = {step.get("picture", step.get("paper", "_")) for step in steps}
    return {
        name for name in names | {sheet["picture"] for sheet in book["sheet"]} if not name.startswith("_")
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_docs_point_to_images_and_pages_that_exist(page):
    links = re.findall(r"]\((?!https?:|mailto:|#)([^)\s#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_guides_name_only_what_the_pages_say(guide, said_on_pages):
    labels = [flat(label) for label in LABEL.findall(guide.read_text())]
    assert labels, f"{guide.name} ne nomme rien de l'écran"
    assert [label for label in labels if label not in said_on_pages] == []


def test_guides_say_what_each_image_shows():
    bare = [page.name for page in GUIDES if "![](" in page.read_text()]
    assert bare == []


def test_every_picture_of_the_guides_is_made_by_the_command_and_shown():
    shown = {str(image.relative_to(IMAGES).with_suffix("")) for page in PAGES for image in images_of(page)}
    kept = {str(path.relative_to(IMAGES).with_suffix("")) for path in (IMAGES / "guides").glob("*.png")}
    made = pictures_made()
    assert kept == {name for name in made if name.startswith("guides/")}
    assert made <= shown


def test_pictures_stay_light():
    heavy = [path.name for path in (IMAGES / "guides").glob("*.png") if path.stat().st_size > 120_000]
    assert heavy == []
    assert (IMAGES / "portal.png").stat().st_size <= 400_000
