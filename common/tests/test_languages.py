"""Phrasebooks: whole, with the same values everywhere, and days as readers of each language say them."""

import string
from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template

from common.errors import DomainError
from common.languages import (
    FRENCH,
    LANGUAGES,
    LIST_SEPARATOR,
    as_written,
    phrases,
    review,
    say,
    speaking,
    spoken,
    values_of,
)
from common.models import AuditEntry, Translation

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)

OTHERS = [code for code in LANGUAGES if code != FRENCH]
LISTS = {"date.weekdays": 7, "date.weekdays_short": 7, "date.months": 12, "date.months_short": 12}
# Letters by which a language shows that a sentence is in it and not left in another one.
LETTERS = {"ar": "\u0600-\u06ff", "fa-AF": "\u0600-\u06ff", "uk": "\u0400-\u04ff", "ti": "\u1200-\u139f"}


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


# --- Read by somebody who speaks the language (D2) ------------------------------------------------


def read_whole(code: str = "tr", **changes: str) -> Translation:
    wordings = {**as_written(code), **changes}
    return review(
        language=code, wordings=wordings, read=list(wordings), speaker="interprète", by="portail", at=AT
    )


def test_every_language_waits_to_be_read_and_french_does_not():
    assert set(Translation.objects.values_list("language", flat=True)) == set(OTHERS)
    assert all(phrases(code).unread == set(phrases(FRENCH)) for code in OTHERS)
    assert not phrases(FRENCH).to_review


def test_language_that_a_speaker_read_is_marked_no_more():
    read_whole()

    assert not phrases("tr").to_review
    assert phrases("uk").to_review
    assert AuditEntry.objects.get().details == {"corrigées": 0, "confirmées": len(as_written("tr"))}


def test_sentence_that_was_corrected_is_said_as_corrected_and_counts_as_read():
    read_whole(**{"kind.match": "Karşılaşma"})

    assert phrases("tr")["kind.match"] == "Karşılaşma"
    assert not phrases("tr").to_review
    assert AuditEntry.objects.get().details["corrigées"] == 1


def test_sentence_whose_wording_changes_waits_to_be_read_again(monkeypatch):
    read_whole()
    monkeypatch.setitem(as_written("tr"), "kind.match", "Karşılaşma")

    assert phrases("tr").unread == {"kind.match"}


def test_sentence_whose_french_changes_waits_to_be_read_again(monkeypatch):
    read_whole()
    monkeypatch.setitem(as_written(FRENCH), "kind.match", "Rencontre sportive")

    assert phrases("tr").unread == {"kind.match"}


def test_correction_of_a_sentence_that_is_no_more_is_forgotten():
    Translation.objects.filter(language="tr").update(corrections={"kind.opera": "Opera"})

    assert "kind.opera" not in phrases("tr")


@pytest.mark.parametrize(
    ("key", "wording", "sentence"),
    [
        ("paper.ends", "Bitiş", "Gardez {hour} tel quel dans la phrase."),
        ("paper.ends", "Bitiş {saat}", "Gardez {hour} tel quel dans la phrase."),
        ("paper.ends", "Bitiş {hour.year}", "Gardez {hour} tel quel dans la phrase."),
        ("paper.ends", "Bitiş {hour:>99}", "Gardez {hour} tel quel dans la phrase."),
        ("paper.ends", "Bitiş {hour", "Gardez {hour} tel quel dans la phrase."),
        ("paper.place", "{}", "Écrivez une phrase, sans accolades."),
        ("paper.place", "  ", "Écrivez une phrase, sans accolades."),
    ],
)
def test_sentence_that_would_lose_its_values_is_refused(key, wording, sentence):
    with pytest.raises(DomainError) as refused:
        read_whole(**{key: wording})

    assert (refused.value.sentence, refused.value.field) == (sentence, f"text:{key}")
    assert phrases("tr").to_review


def test_reading_says_who_read():
    with pytest.raises(DomainError) as refused:
        review(language="tr", wordings={}, read=["kind.match"], speaker="", by="portail", at=AT)

    assert refused.value.field == "speaker"
