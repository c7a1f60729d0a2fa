"""The languages of visitors and of papers (A6, D2): a phrasebook each, and days and hours as its readers say them.

`phrases/<code>.toml` holds a language's sentences by key (`paper.named`), French being the source. What is being read
is `spoken()`; French unless `with speaking(phrases("ar")):` says otherwise. Templates say `{% say "paper.named" %}`.

A speaker corrects and confirms sentences in staff's pages (`review`): each one waits to be read until then, and
again once its French or its wording changed.

Figures are 0 to 9 in every language, Dari included: the box office reads the same number, day and hour as the
person who shows them. Hours are those of a clock of 24 hours, so that nobody takes eight for twenty.
"""

import hashlib
import string
import tomllib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, cached_property
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.functional import lazy
from django.utils.translation.trans_real import parse_accept_lang_header

from common import audit
from common.errors import DomainError
from common.models import Translation

PARIS = ZoneInfo("Europe/Paris")
FRENCH = "fr"
LIST_SEPARATOR = " | "  # between the months, or the days of the week, of one line of a phrasebook


@dataclass(frozen=True, slots=True)
class Language:
    """One language: `code` for `lang` (BCP 47), `direction` for `dir`, `name` as its readers write it.

    `french` is its name for staff, `font` the family that holds its letters, in pages and on papers.
    """

    code: str
    name: str
    french: str
    font: str = "Noto Sans"
    direction: str = "ltr"


# In the order in which the language switch shows them.
LANGUAGES = {
    language.code: language
    for language in (
        Language(FRENCH, "Français", "français"),
        Language("en", "English", "anglais"),
        Language("ar", "العربية", "arabe", "Noto Sans Arabic", "rtl"),
        Language("uk", "Українська", "ukrainien", "Noto Sans Cyrillic"),
        Language("fa-AF", "دری", "dari", "Noto Sans Arabic", "rtl"),
        Language("es", "Español", "espagnol"),
        Language("pt", "Português", "portugais"),
        Language("tr", "Türkçe", "turc"),
        Language("ti", "ትግርኛ", "tigrinya", "Noto Sans Ethiopic"),
    )
}


# What browsers call them, whole or without their country; Persian is read by who reads Dari, and the other way round.
SPOKEN_AS = {code.lower(): code for code in LANGUAGES} | {"fa": "fa-AF", "prs": "fa-AF"}
ACCEPTED_MAX = 200  # characters of a browser's wishes that are read


class Phrasebook(Mapping[str, str]):
    """The sentences of one language by key. A key that doesn't exist raises KeyError: it is a slip of ours."""

    def __init__(
        self, language: Language, texts: Mapping[str, str], confirmed: Mapping[str, str] | None = None
    ) -> None:
        self.language = language
        self._texts = texts
        self._confirmed = confirmed or {}

    def __getitem__(self, key: str) -> str:
        return self._texts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def is_french(self) -> bool:
        return self.language.code == FRENCH

    @cached_property
    def unread(self) -> frozenset[str]:
        """The keys whose sentences no speaker has confirmed as they stand; none in French."""
        if self.is_french:
            return frozenset()
        return frozenset(
            key for key, text in self.items() if self._confirmed.get(key) != fingerprint(key, text)
        )

    @property
    def to_review(self) -> bool:
        """Whether pages and papers in this language carry the mark « à relire » (D2)."""
        return bool(self.unread)

    def say(self, key: str, **values: object) -> str:
        """The sentence `key` with its {values}, as plain text."""
        return self[key].format(**values)

    # --- Days and hours: of a date as it is, of a moment as the clocks of Paris show it ------------------------

    def day_long(self, day: date) -> str:
        """“vendredi 24 novembre 2026”, “mardi 1er décembre 2026”."""
        return self._day("date.day_long", day, months="date.months", weekdays="date.weekdays")

    def day_plain(self, day: date) -> str:
        """“24 novembre 2026”, “1er décembre 2026”."""
        return self._day("date.day_plain", day, months="date.months", weekdays="date.weekdays")

    def day_short(self, day: date) -> str:
        """“ven. 24 nov.”"""
        return self._day("date.day_short", day, months="date.months_short", weekdays="date.weekdays_short")

    def weekday(self, day: date) -> str:
        """“vendredi”."""
        return self._listed("date.weekdays")[day.weekday()]

    def weekday_short(self, day: date) -> str:
        """“ven.”"""
        return self._listed("date.weekdays_short")[day.weekday()]

    def month(self, day: date) -> str:
        """“novembre”; in some languages the form that follows a day's number."""
        return self._listed("date.months")[day.month - 1]

    def month_short(self, day: date) -> str:
        """“nov.”"""
        return self._listed("date.months_short")[day.month - 1]

    def day_number(self, day: date) -> str:
        """“24”, “1er”."""
        return self["date.first_day"] if day.day == 1 else str(day.day)

    def hour(self, moment: datetime) -> str:
        """“20 h 30”, “20 h”, in Paris."""
        local = in_paris(moment)
        key = "date.hour" if local.minute else "date.hour_sharp"
        return self.say(key, hour=local.hour, minutes=f"{local.minute:02d}")

    def duration(self, minutes: int) -> str:
        """“1 h 30”, “45 min”."""
        hours, left = divmod(minutes, 60)
        if not hours:
            return self.say("date.minutes", minutes=left)
        key = "date.hours_minutes" if left else "date.hours"
        return self.say(key, hours=hours, minutes=f"{left:02d}")

    def _day(self, key: str, day: date, *, months: str, weekdays: str) -> str:
        return self.say(
            key,
            weekday=self._listed(weekdays)[day.weekday()],
            day=self.day_number(day),
            month=self._listed(months)[day.month - 1],
            year=day.year,
        )

    def _listed(self, key: str) -> list[str]:
        return self[key].split(LIST_SEPARATOR)


def in_paris(moment: datetime) -> datetime:
    """The same moment on the clocks of Paris. A datetime without zone is read as UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(PARIS)


def phrases(code: str) -> Phrasebook:
    """The phrasebook of a language of `LANGUAGES` as it stands today; KeyError for another one.

    One query, for what staff corrected and speakers confirmed; none for French.
    """
    row = None if code == FRENCH else Translation.objects.filter(language=code).first()
    return phrasebook(row or Translation(language=code))


def phrasebook(row: Translation) -> Phrasebook:
    """The phrasebook of the language that `row` is about."""
    written = as_written(row.language)
    corrected = {key: text for key, text in row.corrections.items() if key in written}
    return Phrasebook(LANGUAGES[row.language], {**written, **corrected}, row.confirmed)


@cache
def as_written(code: str) -> dict[str, str]:
    """The sentences of the language's file by key, before any correction."""
    with (settings.BASE_DIR / "phrases" / f"{code}.toml").open("rb") as file:
        groups = tomllib.load(file)
    return {f"{group}.{key}": text for group, texts in groups.items() for key, text in texts.items()}


def fingerprint(key: str, text: str) -> str:
    """Changes with the French sentence `key` and with `text`, its wording in another language."""
    return hashlib.sha256(f"{as_written(FRENCH)[key]}\0{text}".encode()).hexdigest()[:16]


def values_of(sentence: str) -> list[str]:
    """The names of the {values} of a sentence, sorted. Raises ValueError for a lone brace, or for more than a name."""
    parts = [part for part in string.Formatter().parse(sentence) if part[1] is not None]
    if any(spec or conversion for _, _, spec, conversion in parts):
        raise ValueError(sentence)
    return sorted(name for _, name, _, _ in parts if name is not None)


@transaction.atomic
def review(
    *, language: str, wordings: Mapping[str, str], read: Collection[str], speaker: str, by, at: datetime
) -> Translation:
    """Keep the sentences of `wordings` as corrected, and those of `read` as confirmed by `speaker` (D2).

    Sentences left out of `read` wait for a reading. Raises DomainError with the field `text:<key>` for a sentence
    without words or whose {values} aren't those of the French one, and `speaker` where nobody is named.
    """
    written, french = as_written(language), as_written(FRENCH)
    for key, text in wordings.items():
        _check(key, text, french[key])
    if read and not speaker:
        raise DomainError("Écrivez qui a relu : une fonction suffit.", field="speaker")
    row, _ = Translation.objects.select_for_update(no_key=True).get_or_create(language=language)
    before = {**written, **row.corrections}
    row.corrections = {key: text for key, text in wordings.items() if text != written[key]}
    after = {**written, **row.corrections}
    row.confirmed = {key: fingerprint(key, after[key]) for key in read}
    if read:
        row.speaker, row.read_at = speaker, at
    row.save()
    changed = sum(before.get(key) != text for key, text in after.items())
    audit.record(
        at=at, actor=by, verb="traduction relue", subject=row, corrigées=changed, confirmées=len(read)
    )
    return row


def _check(key: str, text: str, french: str) -> None:
    wanted = values_of(french)
    try:
        right = text.strip() and values_of(text) == wanted
    except ValueError:
        right = False
    if not right:
        kept = ", ".join(f"{{{name}}}" for name in wanted)
        raise DomainError(
            f"Gardez {kept} tel quel dans la phrase." if kept else "Écrivez une phrase, sans accolades.",
            field=f"text:{key}",
        )


_spoken: ContextVar[Phrasebook] = ContextVar("spoken")


def spoken() -> Phrasebook:
    """The phrasebook of what is being written: French, unless `speaking` says otherwise."""
    return _spoken.get(None) or phrases(FRENCH)


@contextmanager
def speaking(book: Phrasebook) -> Iterator[Phrasebook]:
    """Within it, dates, `say` and `{% say %}` speak the language of `book`."""
    token = _spoken.set(book)
    try:
        yield book
    finally:
        _spoken.reset(token)


def speak(book: Phrasebook) -> None:
    """From here to the end of the `speaking` around it, another language is spoken."""
    _spoken.set(book)


def say(key: str, **values: object) -> str:
    """The sentence `key` in the language spoken, as plain text."""
    return spoken().say(key, **values)


say_lazy = lazy(say, str)  # for labels, which are written before anybody reads them


def preferred(accepted: str) -> str:
    """The language for somebody whose browser asks for `accepted` (Accept-Language): the first one that we speak."""
    for asked, _ in parse_accept_lang_header(accepted[:ACCEPTED_MAX]):
        spoken_as = SPOKEN_AS.get(asked) or SPOKEN_AS.get(asked.split("-")[0])
        if spoken_as:
            return spoken_as
    return FRENCH
