"""Printed pages put together from strips that are drawn once (D2).

A party's papers differ by a name, a number and a square: the rest of the page is the same thirty times. So WeasyPrint
draws every strip once, on a page of its own, and here the printed pages are made of them: the strips' streams one
below the other, and for each page its own branch of the tree of tags, in reading order. Nothing is drawn here, and
nothing is known of WeasyPrint but the objects of its PDF.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

import pydyf

Reference = bytes  # b"12 0 R", as pydyf writes it
SAY_NOTHING = (
    "/NonStruct",
    "/Span",
    "/Div",
)  # tags that can be left out: their children mean the same without
SPAN = {"Type": "/StructElem", "S": "/Span"}


@dataclass(frozen=True)
class Strip:
    """A strip as drawn: its page (from 0), and the language of each of its texts and pictures in reading order."""

    page: int
    langs: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """A printed page: its language, and its strips from top to bottom, each with how far down it moves, in points."""

    lang: str
    strips: tuple[tuple[Strip, float], ...]


def stack(pdf: pydyf.PDF, sheets: list[Sheet]) -> None:
    """Make `sheets` the pages of `pdf`, whose pages so far are their strips.

    A page, or a text on it, in another language than what it stands in says so in its tags.
    """
    _Stack(pdf, sheets).build()


@dataclass(frozen=True, slots=True)
class _Tag:
    """An element of a strip's tree of tags: what it says of itself, and its children or marks in reading order."""

    says: dict
    kids: "list[_Tag | _Mark]"


@dataclass(frozen=True, slots=True)
class _Mark:
    """A text or picture of a strip, by its number among the strip's."""

    number: int
    lang: str


class _Stack:
    def __init__(self, pdf: pydyf.PDF, sheets: list[Sheet]) -> None:
        self._pdf, self._sheets = pdf, sheets
        self._home = pdf.catalog["Lang"].string
        self._drawn = [pdf.objects[number] for number in pdf.pages["Kids"][::3]]
        root = self._object(pdf.catalog["StructTreeRoot"])
        self._document, self._owners = self._object(root["K"][0]), self._object(root["ParentTree"])
        self._free: list[int] = []  # numbers of objects that nothing needs any more
        self._moves: dict[bytes, Reference] = {}
        self._firsts = self._number_marks_apart()
        self._trees = self._read_trees()

    def build(self) -> None:
        drawn, pages = self._drawn, self._pdf.pages
        pages["Kids"], pages["Count"] = pydyf.Array(), 0
        self._document["K"], self._owners["Nums"] = pydyf.Array(), pydyf.Array()
        for index, sheet in enumerate(self._sheets):
            page = pydyf.Dictionary(drawn[sheet.strips[0][0].page])
            page["Contents"], page["StructParents"] = pydyf.Array(), index
            self._pdf.add_page(page)
            marks: dict[int, Reference] = {}
            for strip, down in sheet.strips:
                page["Contents"] += [self._move(down), drawn[strip.page]["Contents"], self._operators(b"Q")]
                for tag in self._trees[strip.page]:
                    branch = _Branch(self, page.reference, sheet.lang, self._firsts[strip.page], marks)
                    element = branch.grow(tag, self._document.reference)
                    if sheet.lang != self._home:
                        element["Lang"] = pydyf.String(sheet.lang)
                    self._document["K"].append(element.reference)
            whose = [marks.get(mark, b"null") for mark in range(max(marks, default=-1) + 1)]
            self._owners["Nums"] += [index, pydyf.Array(whose)]
        for page in drawn:
            page.clear()

    def add(self, new: pydyf.Object) -> Reference:
        """Number an object, anew or in the place of one that is gone."""
        if self._free and not isinstance(new, pydyf.Stream):
            new.number = self._free.pop()
            self._pdf.objects[new.number] = new
        else:
            self._pdf.add_object(new)
        return new.reference

    def _move(self, down: float) -> Reference:
        return self._operators(f"q 1 0 0 1 0 {-down:.2f} cm".encode())

    def _operators(self, text: bytes) -> Reference:
        if text not in self._moves:
            self._moves[text] = self.add(pydyf.Stream([text]))
        return self._moves[text]

    def _number_marks_apart(self) -> dict[int, int]:
        """Number what is marked in a strip after what is marked in the strips above it, on any sheet.

        Every page began at 0 when it was drawn. Gives back each strip's first number, by its page.
        """
        firsts: dict[int, int] = {}
        first = 0
        for row in zip_longest(*(sheet.strips for sheet in self._sheets)):
            strips = {placed[0].page: placed[0] for placed in row if placed}
            firsts |= {page: first for page in strips if page not in firsts}
            first += max(len(strip.langs) for strip in strips.values())
        for page, first in firsts.items():
            for piece in self._object(self._drawn[page]["Contents"]).stream:
                if isinstance(piece, pydyf.Dictionary) and "MCID" in piece:
                    piece["MCID"] += first
        return firsts

    def _read_trees(self) -> dict[int, list[_Tag]]:
        """The tags of each strip, by its page; the objects that held them are free."""
        langs = {strip.page: iter(strip.langs) for sheet in self._sheets for strip, _ in sheet.strips}
        pages = {page.reference: index for index, page in enumerate(self._drawn)}
        trees: dict[int, list[_Tag]] = {index: [] for index in pages.values()}
        for reference in self._document["K"]:
            page = pages[self._object(reference)["Pg"]]
            trees[page].append(self._read(reference, langs[page]))
        return trees

    def _read(self, reference: Reference, langs: Iterator[str]) -> _Tag:
        element = self._object(reference)
        self._free.append(element.number)
        tag = _Tag({name: said for name, said in element.items() if name not in {"P", "Pg", "K"}}, [])
        for kid in element["K"]:
            if isinstance(kid, int):
                tag.kids.append(_Mark(kid, next(langs)))
                continue
            child = self._read(kid, langs)
            if child.says["S"] in {*SAY_NOTHING, element["S"]}:
                tag.kids.extend(child.kids)
            else:
                tag.kids.append(child)
        return tag

    def _object(self, reference: Reference) -> pydyf.Object:
        return self._pdf.objects[int(reference.split()[0])]


@dataclass(frozen=True, slots=True)
class _Branch:
    """Grows a strip's tags on one of the pages that hold it; notes in `marks` whose each mark is."""

    stack: _Stack
    page: Reference
    lang: str
    first: int
    marks: dict[int, Reference]

    def grow(self, tag: _Tag, parent: Reference) -> pydyf.Dictionary:
        element = self._element(tag.says, parent)
        for kid in tag.kids:
            if isinstance(kid, _Tag):
                element["K"].append(self.grow(kid, element.reference).reference)
            elif kid.lang == self.lang:
                self._mark(element, kid)
            else:
                span = self._element({**SPAN, "Lang": pydyf.String(kid.lang)}, element.reference)
                self._mark(span, kid)
                element["K"].append(span.reference)
        return element

    def _element(self, says: dict, parent: Reference) -> pydyf.Dictionary:
        element = pydyf.Dictionary({**says, "P": parent, "Pg": self.page, "K": pydyf.Array()})
        self.stack.add(element)
        return element

    def _mark(self, element: pydyf.Dictionary, mark: _Mark) -> None:
        number = self.first + mark.number
        element["K"].append(number)
        self.marks[number] = element.reference
