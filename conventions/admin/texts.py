"""Staff's pages for the words of agreements: articles in a table, a preview, a new version by copying (B1)."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone

from common.admin import PortalAdmin
from common.downloads import pdf_response
from common.errors import DomainError
from conventions.documents.agreements import agreement_pdf
from conventions.models import AgreementText, Article
from conventions.services import texts as services
from conventions.services.words import PLACES, check_places

PLACES_HELP = (
    "Une ligne vide sépare deux paragraphes ; un tiret commence une ligne de liste. Emplacements : "
    + ", ".join(f"{{{name}}} ({meaning})" for name, meaning in PLACES.items())
    + "."
)


class WordsForm(forms.ModelForm):
    """Words whose places are all known."""

    def clean(self):
        cleaned = super().clean()
        for name in ("title", "preamble", "annex", "heading", "body"):
            if name in self.fields and cleaned.get(name):
                try:
                    check_places(cleaned[name], field=name)
                except DomainError as error:
                    self.add_error(name, error.sentence)
        return cleaned


class ArticleInline(admin.StackedInline):
    model = Article
    form = WordsForm
    fields = [("number", "heading"), "body"]
    extra = 0

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request, obj) and not services.in_use(obj)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not services.in_use(obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not services.in_use(obj)


@admin.register(AgreementText)
class AgreementTextAdmin(PortalAdmin):
    form = WordsForm
    list_display = ["__str__", "title", "published_at"]
    list_filter = ["kind"]
    search_fields = ["title"]
    fieldsets = [
        (None, {"fields": [("kind", "version"), "title", "published_at"]}),
        (
            "Mots",
            {
                "fields": ["preamble", "annex"],
                "description": PLACES_HELP,
            },
        ),
    ]
    inlines = [ArticleInline]
    change_form_template = "admin/conventions/agreementtext/change_form.html"

    def get_readonly_fields(self, request, obj=None):
        """What an agreement uses doesn't change any more: a new version is made."""
        return (
            ["kind", "version", "title", "preamble", "annex", "published_at"] if services.in_use(obj) else []
        )

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not services.in_use(obj)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        used = services.in_use(obj)
        context |= {"used": used, "may_copy": obj is not None and self.has_add_permission(request)}
        if used:
            context |= {
                "show_save": False,
                "show_save_and_continue": False,
                "show_save_and_add_another": False,
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method == "POST" and "_copy" in request.POST:
            return self._copy(request, object_id)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _copy(self, request, object_id):
        text = self.get_object(request, object_id)
        if text is None or not self.has_add_permission(request):
            raise PermissionDenied
        fresh = services.new_version(text=text, by=request.user, at=timezone.now())
        self.message_user(
            request,
            f"Voici la version {fresh.version} : modifiez-la, puis écrivez depuis quand elle est publiée.",
            messages.SUCCESS,
        )
        return HttpResponseRedirect(reverse("admin:conventions_agreementtext_change", args=[fresh.pk]))

    def get_urls(self):
        view = self.admin_site.admin_view(self.preview_view)
        return [
            path("<uuid:text_id>/apercu/", view, name="conventions_agreementtext_preview"),
            *super().get_urls(),
        ]

    def preview_view(self, request, text_id):
        """The text as a specimen, for an invented partner."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        text = self.get_object(request, str(text_id))
        if text is None:
            raise Http404("Ce texte n'existe pas.")
        words = services.specimen(text=text, on=timezone.localdate())
        return pdf_response(agreement_pdf(words=words, specimen=True), name="specimen")


@admin.register(Article)
class ArticleAdmin(PortalAdmin):
    """Articles of all texts, to search in; they are written on the page of their text."""

    list_display = ["text", "number", "heading"]
    list_select_related = ["text"]
    list_filter = ["text"]
    search_fields = ["heading", "body"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        # The page of the text asks this one whether the team may take an article away.
        return super().has_delete_permission(request, obj) and (obj is None or not services.in_use(obj.text))
