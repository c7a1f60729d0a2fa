"""The template tags that every page speaks with."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from django.conf import settings
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import render_to_string
from django.test import RequestFactory

from common.templatetags import ui
from common.templatetags.icons import DRAWINGS

NBSP = "\u00a0"
CURTAIN = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)


def rendered(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (CURTAIN, "mardi 24 novembre 2026"),
        (date(2026, 12, 1), "mardi 1er décembre 2026"),
        (date(2027, 8, 15), "dimanche 15 août 2027"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "vendredi 1er janvier 2027"),
    ],
)
def test_day_long_speaks_the_day_of_paris(moment, expected):
    assert ui.day_long(moment) == expected


def test_day_plain_leaves_the_weekday_out():
    assert ui.day_plain(CURTAIN) == "24 novembre 2026"
    assert ui.day_plain(date(2027, 5, 1)) == "1er mai 2027"


def test_day_short_leaves_the_year_out():
    assert ui.day_short(CURTAIN) == "mar. 24 nov."
    assert ui.day_short(date(2027, 5, 1)) == "sam. 1er mai"


def test_day_parts_fill_a_ticket_stub():
    stub = "{{ at|weekday_short }} {{ at|day_number }} {{ at|month_short }} {{ at|day_iso }}"

    assert rendered(stub, at=CURTAIN) == "mar. 24 nov. 2026-11-24"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 11, 24, 19, 30, tzinfo=UTC), "20 h 30"),
        (datetime(2026, 11, 24, 19, 0, tzinfo=UTC), "20 h"),
        (datetime(2026, 7, 14, 19, 5, tzinfo=UTC), "21 h 05"),
        (datetime(2026, 11, 24, 23, 0, tzinfo=UTC), "0 h"),
        (datetime(2026, 11, 24, 14, 15, tzinfo=timezone(timedelta(hours=-5))), "20 h 15"),
        (datetime(2026, 11, 24, 19, 0), "20 h"),
    ],
)
def test_hour_is_spoken_in_paris_whatever_its_zone(moment, expected):
    assert ui.hour(moment) == expected.replace(" ", NBSP)


def test_hour_stays_right_on_both_sides_of_the_clock_change():
    before, after = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    assert ui.hour(before) == ui.hour(after) == f"2{NBSP}h{NBSP}30"


@pytest.mark.parametrize(
    "name", ["day_long", "day_short", "weekday_short", "day_number", "month_short", "day_iso", "hour"]
)
def test_dates_without_a_value_say_nothing(name):
    assert rendered(f"{{{{ at|{name} }}}}", at=None) == ""


def test_icon_is_hidden_from_screen_readers():
    html = rendered('{% icon "wheelchair" "lg" %}')

    assert html.startswith('<svg class="icon icon-lg"')
    assert 'aria-hidden="true"' in html


@pytest.mark.parametrize(
    "source", ['{% icon "unicorn" %}', '{% icon "check" "huge" %}', '{% badge "purple" "x" %}']
)
def test_unknown_names_are_a_mistake_of_the_template(source):
    with pytest.raises(TemplateSyntaxError):
        rendered(source)


def test_icons_cover_what_pages_ask_for():
    asked = """calendar clock pin ticket people person check cross warning info search printer download wheelchair ear
    eye sign-language bus euro door plus edit trash back mail phone logout qr help home list bell""".split()

    assert set(asked) <= set(DRAWINGS)


def test_badge_escapes_its_text():
    html = rendered('{% badge "ok" text %}', text="<b>6 places</b>")

    assert 'class="badge badge-ok"' in html
    assert "&lt;b&gt;6 places&lt;/b&gt;" in html


@pytest.mark.parametrize("kind", [*sorted(ui.EVENT_KINDS), "something-new"])
def test_kind_art_always_finds_a_picture(kind):
    html = str(ui.kind_art(kind))
    name = re.search(r"kinds/([\w-]+?)(?:\.[0-9a-f]{12})?\.svg", html)[1]

    assert name == (kind if kind in ui.EVENT_KINDS else "other")
    assert (Path(settings.BASE_DIR) / "static/common/img/kinds" / f"{name}.svg").is_file()
    assert 'alt=""' in html


@pytest.mark.parametrize(
    ("path", "current"), [("/aide/", True), ("/aide/conditions/", True), ("/", False), ("/lieux/", False)]
)
def test_nav_link_marks_the_page_one_is_on(path, current):
    html = rendered('{% nav_link "partners:help" "help" "Aide" %}', request=RequestFactory().get(path))

    assert ('aria-current="page"' in html) is current


def test_home_is_current_on_itself_only():
    source = '{% nav_link "home" "home" "Accueil" %}'

    assert "aria-current" in rendered(source, request=RequestFactory().get("/"))
    assert "aria-current" not in rendered(source, request=RequestFactory().get("/aide/"))


def test_pagination_keeps_the_rest_of_the_search():
    request = RequestFactory().get("/programme/?mots=danse&page=2")
    html = render_to_string(
        "common/partials/pagination.html", {"page": Paginator(range(30), 10).page(2)}, request=request
    )

    assert "mots=danse&amp;page=1" in html
    assert "mots=danse&amp;page=3" in html
    assert "Page 2 sur 3" in html


def test_pagination_is_silent_on_a_single_page():
    html = render_to_string("common/partials/pagination.html", {"page": Paginator(range(3), 10).page(1)})

    assert "<nav" not in html


def test_style_and_scripts_stay_in_their_files():
    """The content policy refuses anything inline: such a page would be broken in silence."""
    inline = re.compile(r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", re.IGNORECASE)
    templates = Path(settings.BASE_DIR) / "templates"
    pages = [page for page in templates.rglob("*.html") if not {"emails", "pdf"} & set(page.parts)]

    assert [page.name for page in pages if inline.search(page.read_text())] == []
