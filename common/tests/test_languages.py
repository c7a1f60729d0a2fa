"""Phrasebooks: whole, with the same values everywhere, and days as readers of each language say them."""

import string
from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template

from common.languages import FRENCH, LANGUAGES, LIST_SEPARATOR, phrases, say, speaking, spoken

OTHERS = [code for code in LANGUAGES if code != FRENCH]
LISTS = {"date.weekdays": 7, "date.weekdays_short": 7, "date.months": 12, "date.months_short": 12}
# Letters by which a language shows that a sentence is in it and not left in another one.
LETTERS = {"ar": "\u0600-\u06ff", "fa-AF": "\u0600-\u06ff", "uk": "\u0400-\u04ff", "ti": "\u1200-\u139f"}


def values_of(sentence: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(sentence) if name)


def rendered(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


@pytest.mark.parametrize("code", OTHERS)
def test_phrasebook_holds_every_sentence_with_its_values_in_the_order_of_the_french_one(code):
    french, other = phrases(FRENCH), phrases(code)

    assert list(other) == list(french)
    assert {key: values_of(text) for key, text in other.items()} == {
        key: values_of(text) for key, text in french.items()
    }
    assert all(text.strip() == text and text for text in other.values())


@pytest.mark.parametrize("code", LANGUAGES)
def test_phrasebook_lists_every_day_and_month(code):
    for key, count in LISTS.items():
        assert len(phrases(code)[key].split(LIST_SEPARATOR)) == count, key


@pytest.mark.parametrize("code", LETTERS)
def test_sentence_in_another_script_is_written_in_it(code):
    first, last = LETTERS[code].split("-")

    for key, text in phrases(code).items():
        bare = "".join(literal for literal, *_ in string.Formatter().parse(text))
        letters = [letter for letter in bare if letter.isalpha()]
        assert all(first <= letter <= last for letter in letters), f"{key} : {text}"


@pytest.mark.parametrize("code", LANGUAGES)
def test_figures_are_those_that_the_box_office_reads(code):
    with speaking(phrases(code)) as book:
        written = book.day_long(date(2026, 11, 24)) + book.hour(datetime(2026, 11, 24, 19, 30, tzinfo=UTC))

    assert sorted(letter for letter in written if letter.isdigit()) == sorted("2420262030")


@pytest.mark.parametrize(
    ("code", "day", "hour"),
    [
        ("fr", "mardi 1er décembre 2026", "20\u00a0h\u00a030"),
        ("en", "Tuesday 1 December 2026", "20:30"),
        ("ar", "الثلاثاء 1 ديسمبر 2026", "20:30"),
        ("uk", "вівторок, 1 грудня 2026 року", "20:30"),
        ("fa-AF", "سه‌شنبه 1 دسمبر 2026", "20:30"),
        ("es", "martes 1 de diciembre de 2026", "20:30"),
        ("pt", "terça-feira, 1 de dezembro de 2026", "20:30"),
        ("tr", "1 Aralık 2026 Salı", "20:30"),
        ("ti", "ሰሉስ 1 ታሕሳስ 2026", "20:30"),
    ],
)
def test_day_and_hour_are_said_as_readers_say_them(code, day, hour):
    book = phrases(code)

    assert book.day_long(date(2026, 12, 1)) == day
    assert book.hour(datetime(2026, 12, 1, 19, 30, tzinfo=UTC)) == hour


def test_what_is_spoken_is_french_again_afterwards():
    with speaking(phrases("en")):
        assert say("kind.visit") == "Guided tour"
        with speaking(phrases("es")):
            assert say("kind.visit") == "Visita guiada"
        assert say("kind.visit") == "Guided tour"
    assert say("kind.visit") == "Visite guidée"
    assert spoken().is_french


def test_template_says_a_part_in_another_language():
    source = (
        '{% say "kind.match" %} {% speaking "tr" %}{% say "kind.match" %} {{ at|day_short }}{% endspeaking %}'
    )

    assert rendered(source, at=date(2026, 11, 24)) == "Match Maç 24 Kas Sal"


def test_values_of_a_sentence_are_escaped():
    assert rendered('{% say "paper.that_day" contact=who %}', who="<b>Ana</b>").endswith(
        "&lt;b&gt;Ana&lt;/b&gt;"
    )


def test_value_in_a_sentence_read_from_the_right_keeps_its_own_direction():
    with speaking(phrases("ar")):
        said = rendered('{% say "paper.cancel_call" phone="04 65 71 00 00" %}')

    assert "<bdi>04 65 71 00 00</bdi>" in said


def test_words_that_stay_french_say_so_where_the_page_is_in_another_language():
    assert rendered("{{ title|french }}", title="Fable <d’hiver>") == "Fable &lt;d’hiver&gt;"
    with speaking(phrases("uk")):
        assert rendered("{{ title|french }}", title="Fable") == '<bdi lang="fr">Fable</bdi>'
        assert rendered("{{ title|french }}", title="") == ""
