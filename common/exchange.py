"""Lists of the admin that staff take out as a table and bring back: the page, the preview, the word, the trace.

An import is read, checked row by row, shown, and done once staff have said so: all rows or none.
What the columns of a model are is its resource's matter (partners/exchange.py).
"""

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

import tablib
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field
from django.core.cache import cache
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from import_export.admin import ImportExportMixin
from import_export.fields import Field
from import_export.formats.base_formats import Format
from import_export.forms import ExportForm, ImportForm
from import_export.resources import ModelResource
from import_export.results import RowResult
from import_export.tmp_storages import CacheStorage
from import_export.widgets import ManyToManyWidget

from common.admin import PortalAdmin
from common.errors import DomainError
from common.spreadsheets import read_sheet, write_csv, write_xlsx
from common.text import normalise

logger = logging.getLogger(__name__)

MAX_ROWS = 2_000  # written within seconds, in one transaction that others wait for
MAX_SIZE = f"{settings.TABLE_MAX_BYTES // 1_000_000} Mo"
SHOWN = 200  # rows of a preview, or refusals, on one page
GONE = "L'aperçu n'est plus là, ou l'import a déjà été confirmé. Regardez la liste, puis renvoyez le fichier au besoin."
UNEXPECTED = "Cette ligne n'a pas pu être enregistrée. Vérifiez ses cases, ou saisissez la fiche à la main."


class Problem(NamedTuple):
    """What is wrong in a table: the row as people count them (its titles are row 1), the column, what to do."""

    row: int
    column: str
    sentence: str


class Change(NamedTuple):
    """A cell of the preview."""

    column: str
    before: str
    after: str


def heading_key(heading: str) -> str:
    """A heading without accents, capitals and punctuation: « E-mail » and « e mail » are the same column."""
    return " ".join("".join(char if char.isalnum() else " " for char in normalise(heading)).split())


class Trial(RowResult):
    """What an import did, or would do, to a row."""

    number: int = 0
    changes: Sequence[Change] = ()


class PortalResource(ModelResource):
    """Rows of a model as a table with French headings; `synonyms` says how else people name them.

    A column that isn't there leaves its field alone. `saved(obj, change=, fields=)` is called for each row that an
    import created or changed, inside its transaction.
    """

    synonyms: dict[str, str] = {}
    required = ""  # heading without which a table says nothing

    def __init__(self, *, saved=None, **kwargs):
        super().__init__(**kwargs)
        self.saved = saved
        self.left_out: list[str] = []
        self.before: dict[str, str] = {}  # cells of the row at hand as the database has them
        self.now: dict[str, str] = {}

    @classmethod
    def get_row_result_class(cls):
        return Trial

    @classmethod
    def columns(cls) -> dict[str, str]:
        """Every heading that is understood, as heading_key writes it → the column's own heading."""
        own = {heading_key(field.column_name): field.column_name for field in cls.fields.values()}
        return {**{heading_key(word): column for word, column in cls.synonyms.items()}, **own}

    @classmethod
    def known(cls, headings: Sequence[str]) -> int:
        """How many of these headings are columns."""
        columns = cls.columns()
        return sum(heading_key(heading) in columns for heading in headings)

    def import_data(self, dataset, dry_run=False, raise_errors=False, **kwargs):
        if not dry_run:
            return super().import_data(dataset, raise_errors=raise_errors, **kwargs)
        # A preview checks every row and writes none: it holds up nobody who books meanwhile.
        return self.import_data_inner(
            dataset, dry_run, raise_errors, using_transactions=False, collect_failed_rows=False, **kwargs
        )

    def save_instance(self, instance, is_create, row, **kwargs):
        if kwargs.get("dry_run"):
            self.after_save_instance(instance, row, **kwargs)
        else:
            super().save_instance(instance, is_create, row, **kwargs)

    def before_import(self, dataset, **kwargs):
        try:
            dataset.headers = self.understood(dataset.headers)
        except DomainError:
            dataset.wipe()
            raise

    def understood(self, given: Sequence[str]) -> list[str]:
        """The headings of a table as columns; those that aren't are kept aside, under a name that no column has.

        Raises DomainError where two are the same column, or where the required one isn't there.
        """
        columns, headings = self.columns(), []
        for heading in given:
            column = columns.get(heading_key(heading))
            if column is not None and column in headings:
                raise DomainError(f"Deux colonnes disent « {column} » : supprimez l'une des deux.")
            if column is None and heading:
                self.left_out.append(heading)
            headings.append(column or f"\x00{heading}")
        if self.required not in headings:
            asked = ", ".join(f"« {field.column_name} »" for field in self.get_import_fields())
            raise DomainError(
                f"Ce tableau n'a pas de colonne « {self.required} ». Sa première ligne doit nommer les colonnes, "
                f"parmi {asked}."
            )
        return headings

    def import_row(self, row, instance_loader, **kwargs):
        if not any(row.values()):
            blank = self.get_row_result_class()()
            blank.import_type = RowResult.IMPORT_TYPE_SKIP
            return blank
        result = super().import_row(row, instance_loader, **kwargs)
        result.number = kwargs["row_number"] + 1
        return result

    def after_init_instance(self, instance, new, row, **kwargs):
        self.before = (
            {} if new else {field.column_name: self.cell(field, instance) for field in self.given(row)}
        )

    def given(self, row) -> list[Field]:
        """The fields that this table has a column for."""
        return [
            field for field in self.get_import_fields() if field.column_name in row and not field.readonly
        ]

    @staticmethod
    def cell(field: Field, instance) -> str:
        value = field.export(instance)
        return "" if value is None else str(value)

    def import_field(self, field, instance, row, is_m2m=False, **kwargs):
        if row.get(field.column_name) or not getattr(field.widget, "kept_when_empty", False):
            super().import_field(field, instance, row, is_m2m, **kwargs)

    def import_instance(self, instance, row, **kwargs):
        errors: dict[str, Any] = {}
        try:
            super().import_instance(instance, row, **kwargs)
        except ValidationError as refusal:
            errors = refusal.error_dict
        self.now = {}
        for field in self.given(row):
            # Links to several rows are written after the row itself; what they will be is known from the table.
            if isinstance(field.widget, ManyToManyWidget):
                try:
                    self.now[field.column_name] = field.widget.joined(field.clean(row))
                except ValueError as refusal:
                    errors[field.attribute] = ValidationError(str(refusal))
            elif field.attribute not in errors:
                self.now[field.column_name] = self.cell(field, instance)
        if errors:
            raise ValidationError(errors)

    def skip_row(self, instance, original, row, import_validation_errors=None):
        return bool(self.before) and not import_validation_errors and self.now == self.before

    def after_import_row(self, row, row_result, **kwargs):
        if row_result.import_type == RowResult.IMPORT_TYPE_SKIP:
            return
        changed = [
            field
            for field in self.given(row)
            if self.before.get(field.column_name, "") != self.now[field.column_name]
        ]
        row_result.changes = [
            Change(field.column_name, self.before.get(field.column_name, ""), self.now[field.column_name])
            for field in changed
        ]
        if not kwargs.get("dry_run"):
            change = row_result.import_type == RowResult.IMPORT_TYPE_UPDATE
            self.saved(row_result.instance, change=change, fields=[field.attribute for field in changed])

    def problems(self, result) -> list[Problem]:
        """Everything that stops an import, in the order of the rows."""
        columns = {field.attribute: field.column_name for field in self.get_import_fields()}
        if result.base_errors:
            return [Problem(0, "", _sentence(error.error)) for error in result.base_errors]
        found = []
        for refused in result.invalid_rows:
            for attribute, sentences in refused.error_dict.items():
                column = (
                    "" if attribute == NON_FIELD_ERRORS else columns.get(attribute) or self.label(attribute)
                )
                found += [Problem(refused.number + 1, column, sentence) for sentence in sentences]
        for refused in result.error_rows:
            found += [Problem(refused.number + 1, "", _sentence(error.error)) for error in refused.errors]
        return sorted(found, key=lambda problem: problem.row)

    def label(self, name: str) -> str:
        return str(self._meta.model._meta.get_field(name).verbose_name)


def _sentence(error: Exception) -> str:
    if isinstance(error, DomainError):
        return error.sentence
    logger.error("a row of a table could not be imported", exc_info=error)
    return UNEXPECTED


def _claim(form) -> bool:
    """Whether the file of this preview is still kept, and nobody has confirmed it before."""
    name = form.cleaned_data["import_file_name"][:100]
    kept = cache.get(f"{CacheStorage.CACHE_PREFIX}{name}") is not None
    return kept and cache.add(f"exchange-{name}", 1, CacheStorage.CACHE_LIFETIME)


class Workbook(Format):
    """A file to import, told by its content; and what the list is taken out as, XLSX."""

    resource: type[PortalResource]
    title = "XLSX ou CSV"

    def __init__(self, encoding=None):
        pass

    def get_title(self):
        return self.title

    def can_import(self):
        return True

    def can_export(self):
        return True

    def create_dataset(self, in_stream):
        sheet = read_sheet(in_stream, known=self.resource.known, max_rows=MAX_ROWS)
        dataset = tablib.Dataset(headers=list(sheet.headings))
        dataset.extend(tuple(row) for row in sheet.rows)
        return dataset


class Xlsx(Workbook):
    title = "XLSX, pour Excel et LibreOffice"

    def get_extension(self):
        return "xlsx"

    def get_content_type(self):
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def export_data(self, dataset, **kwargs):
        return write_xlsx(dataset.headers, dataset, title=dataset.title)


class Csv(Workbook):
    title = "CSV, pour les autres logiciels"

    def get_extension(self):
        return "csv"

    def get_content_type(self):
        return "text/csv; charset=utf-8"

    def export_data(self, dataset, **kwargs):
        return write_csv(dataset.headers, dataset)


class FileForm(ImportForm):
    """The file to import, and no question about its form."""

    def __init__(self, formats, resources, **kwargs):
        super().__init__(formats, resources, **kwargs)
        self.fields["format"].widget = forms.HiddenInput()
        self.fields["import_file"].label = "Tableau à importer"
        self.fields["import_file"].help_text = f"XLSX ou CSV, {MAX_SIZE} et {MAX_ROWS} lignes au plus."
        self.fields["import_file"].widget.attrs = {"accept": ".xlsx,.csv,.tsv,.txt"}

    @property
    def media(self):
        return forms.Media()

    def clean_import_file(self):
        file = self.cleaned_data["import_file"]
        if file.size > settings.TABLE_MAX_BYTES:
            raise forms.ValidationError(f"Ce fichier dépasse {MAX_SIZE}. Coupez-le en deux.")
        return file


class FormForm(ExportForm):
    """Which form the list is taken out in."""

    def __init__(self, formats, resources, **kwargs):
        super().__init__(formats, resources, **kwargs)
        self.fields["format"].label = "Format"
        self.fields["format"].choices = self.fields["format"].choices[1:]
        self.fields["format"].widget = forms.RadioSelect(choices=self.fields["format"].choices)
        self.initial.setdefault("format", "0")


class ExchangeAdmin(ImportExportMixin, PortalAdmin):
    """A list that staff export (who may see it) and import (who may add and change its rows)."""

    import_form_class = FileForm
    export_form_class = FormForm
    tmp_storage_class = (
        CacheStorage  # the web process that shows the preview may not be the one that hears the word
    )
    skip_admin_log = True  # written row by row with the audit entry, as the form does
    formats = [Xlsx, Csv]

    def get_import_formats(self):
        return [type("Table", (Workbook,), {"resource": self.resource_classes[0]})]

    def has_import_permission(self, request):
        return self.has_add_permission(request) and self.has_change_permission(request)

    def has_export_permission(self, request):
        return self.has_view_permission(request)

    def get_import_resource_kwargs(self, request, **kwargs):
        def saved(obj, *, change, fields):
            self.saved(request, obj, change=change, fields=fields)
            if change:
                self.log_change(
                    request, obj, [{"changed": {"fields": [self._label(name) for name in fields]}}]
                )
            else:
                self.log_addition(request, obj, [{"added": {}}])

        return {"saved": saved}

    def get_export_resource_kwargs(self, request, **kwargs):
        return {}

    def _label(self, name: str) -> str:
        return str(label_for_field(name, self.model))

    def add_data_read_fail_error_to_form(self, form, e):
        if not isinstance(e, DomainError):
            logger.error("a table could not be read", exc_info=e)
        form.add_error("import_file", e.sentence if isinstance(e, DomainError) else UNEXPECTED)

    def choose_import_resource_class(self, form, request):
        # The resource that worked is kept: it knows the columns it left out.
        def made(**kwargs):
            request.exchange = self.resource_classes[0](**kwargs)
            return request.exchange

        return made

    def import_action(self, request, **kwargs):
        return self._told(request, super().import_action(request, **kwargs))

    def _told(self, request, response):
        """The page of an import, with the preview or what stops it in words of the portal."""
        context = response.context_data
        context["title"] = f"Importer des {self.opts.verbose_name_plural}"
        context["columns"] = [field.column_name for field in self.resource_classes[0]().get_import_fields()]
        result, resource = context.get("result"), getattr(request, "exchange", None)
        if result is None or resource is None:
            return response
        problems = resource.problems(result)
        rows = [row for row in result.rows if getattr(row, "changes", None)]
        context.update(
            problems=problems[:SHOWN],
            problems_hidden=max(len(problems) - SHOWN, 0),
            left_out=resource.left_out,
            rows=rows[:SHOWN],
            rows_hidden=max(len(rows) - SHOWN, 0),
            new=result.totals[RowResult.IMPORT_TYPE_NEW],
            changed=result.totals[RowResult.IMPORT_TYPE_UPDATE],
            unchanged=sum(
                row.import_type == RowResult.IMPORT_TYPE_SKIP and row.number > 0 for row in result.rows
            ),
        )
        return response

    def process_import(self, request, **kwargs):
        if request.method == "POST" and self.has_import_permission(request):
            form = self.create_confirm_form(request)
            # Only the first word counts: two would create each row twice.
            if not (form.is_valid() and form.cleaned_data["format"] == "0" and _claim(form)):
                messages.warning(request, GONE)
                return HttpResponseRedirect(self._page("import"))
        return super().process_import(request, **kwargs)

    def process_dataset(self, dataset, form, request, **kwargs):
        return super().process_dataset(dataset, form, request, rollback_on_validation_errors=True, **kwargs)

    def process_result(self, result, request):
        if not result.has_errors() and not result.has_validation_errors():
            return super().process_result(result, request)
        messages.error(request, "Rien n'a été importé : des fiches ont changé depuis l'aperçu.")
        form = self.import_form_class(self.get_import_formats(), self.resource_classes)
        context = {**self.admin_site.each_context(request), "form": form, "opts": self.opts, "result": result}
        return self._told(request, TemplateResponse(request, [self.import_template_name], context))

    def add_success_message(self, result, request):
        totals = result.totals
        messages.success(
            request,
            f"Import terminé. Fiches créées : {totals[RowResult.IMPORT_TYPE_NEW]}, "
            f"modifiées : {totals[RowResult.IMPORT_TYPE_UPDATE]}.",
        )

    def _page(self, name: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}")

    def export_action(self, request):
        try:
            if any("\x00" in value for value in request.GET.values()):
                raise IncorrectLookupParameters
            return super().export_action(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(self._page("export"))

    def init_request_context_data(self, request, form):
        context = super().init_request_context_data(request, form)
        return {
            **context,
            "title": f"Exporter des {self.opts.verbose_name_plural}",
            "columns": [field.column_name for field in self.resource_classes[0]().get_export_fields()],
            "filtered": bool(request.GET),
        }

    def get_data_for_export(self, request, queryset, **kwargs):
        dataset = super().get_data_for_export(request, queryset, **kwargs)
        dataset.title = str(self.opts.verbose_name_plural)
        return dataset

    def get_export_filename(self, request, queryset, file_format):
        return f"{self.opts.verbose_name_plural}.{file_format.get_extension()}"
