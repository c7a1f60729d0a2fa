"""Workbooks for tests: whole ones as a spreadsheet writes them, and their XML spoiled by hand."""

import io
import zipfile
from collections.abc import Callable

from openpyxl import Workbook


def a_workbook(*rows: list, fill: Callable[[Workbook], None] = lambda book: None) -> bytes:
    """An XLSX whose first sheet holds `rows`; `fill` may add what it likes."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    fill(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def spoiled(content: bytes, path: str, change: Callable[[str], str]) -> bytes:
    """The same archive with the text of one entry changed."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as known,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in known.namelist():
            text = known.read(name)
            made.writestr(name, change(text.decode()) if name == path else text)
    return stream.getvalue()
