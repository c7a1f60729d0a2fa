"""Files that a page hands over."""

from collections.abc import Iterable, Sequence

from django.http import HttpResponse

from common.spreadsheets import Cell, write_csv, write_xlsx

TABLES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def pdf_response(content: bytes, *, name: str) -> HttpResponse:
    """A PDF to read or print; `name` is what it is called once kept, without its ending."""
    return HttpResponse(
        bytes(content),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}.pdf"'},
    )


def table_response(
    headings: Sequence[str], rows: Iterable[Sequence[Cell]], *, name: str, ending: str
) -> HttpResponse:
    """A table to keep, as one of TABLES; no cell of it acts when it is opened (common/spreadsheets.py)."""
    content = write_csv(headings, rows) if ending == "csv" else write_xlsx(headings, rows, title=name)
    return HttpResponse(
        content,
        content_type=TABLES[ending],
        headers={"Content-Disposition": f'attachment; filename="{name}.{ending}"'},
    )
