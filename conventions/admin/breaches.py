"""Staff's pages for breach procedures: what falls due, the steps that are the association's, the letters (B5)."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from common.admin import Link, PortalAdmin, ReadOnlyAdmin
from common.forms import attempt
from common.templatetags.ui import day_plain
from conventions.forms.breaches import FORMS, PostedExplainForm, words_field
from conventions.models import Breach, BreachLetter
from conventions.models.breaches import STEPS, Side, Step
from conventions.services import breaches as services
from conventions.views.breaches import letter_response
from partners.admin.organisations import StructureAdmin, VenueAdmin

OF_PARTNER = ("agreement__structure__id__exact", "agreement__venue__id__exact")  # links from a partner's page


class WhatFollows(admin.SimpleListFilter):
    title = "suite"
    parameter_name = "suite"

    def lookups(self, request, model_admin):
        return [
            ("equipe", "à nous d'agir"),
            ("due", "résiliation due"),
            ("ouvertes", "en cours"),
            ("closes", "closes"),
        ]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        match self.value():
            case "equipe":
                return queryset.waiting_for_team(on=today)
            case "due":
                return queryset.to_terminate(on=today)
            case "ouvertes":
                return queryset.open()
            case "closes":
                return queryset.exclude(pk__in=Breach.objects.open())
        return queryset


BEFORE = (
    "Avez-vous essayé d'appeler ? En enregistrant, une lettre est écrite, le compte du partenaire est suspendu tout de "
    f"suite, et il a {settings.BREACH_EXPLAIN_DAYS} jours pour s'expliquer. À chaque étape, vous pouvez vous entendre "
    "et reprendre."
)


class NoticeForm(forms.ModelForm):
    """A breach laid to a partner: the agreement, and what happened."""

    grounds = words_field(
        "Ce qui s'est passé",
        "Écrivez ce qui s'est passé : le partenaire doit pouvoir y répondre.",
        "Des faits et des dates, comme dans une lettre : le partenaire les lit tels quels. Aucun nom de personne "
        "accompagnée.",
        rows=8,
    )

    class Meta:
        model = Breach
        fields = ["agreement", "grounds"]


# What a part of the page needs before it shows: no list of dashes for what hasn't happened.
OPENED_BY = {
    "Explications": ["explained_on"],
    "Lettre recommandée": ["letter_sent_on"],
    "Accord": ["offered_on", "reinstated_on"],
}


def _begun(breach: Breach, part: str) -> bool:
    return any(getattr(breach, name) for name in OPENED_BY[part])


@admin.register(Breach)
class BreachAdmin(PortalAdmin):
    form = NoticeForm
    list_display = ["partner", "noticed_on", "notifier", "state", "next_step", "next_on"]
    list_filter = [WhatFollows, "notifier", "state"]
    search_fields = ["agreement__structure__name", "agreement__venue__name", "tracking_number"]
    search_help_text = "Structure, lieu ou numéro de suivi."
    autocomplete_fields = ["agreement"]
    date_hierarchy = "noticed_on"
    change_form_template = "admin/conventions/breach/change_form.html"
    fieldsets = [
        (None, {"fields": ["agreement", "state", "next_step", "next_on", "letters"]}),
        ("Signalement", {"fields": ["notifier", "noticed_on", "grounds", "explain_by"]}),
        ("Explications", {"fields": ["explained_on", "late", "explanations"]}),
        (
            "Lettre recommandée",
            {
                "fields": [
                    "letter_sent_on",
                    "tracking_number",
                    "presented_on",
                    "terminates_on",
                    "terminated_at",
                ]
            },
        ),
        ("Accord", {"fields": ["offered_by", "offered_on", "offer", "reinstated_on", "understanding"]}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).with_parties()

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            return [(None, {"fields": ["agreement", "grounds"], "description": BEFORE})]
        return [part for part in self.fieldsets if part[0] not in OPENED_BY or _begun(obj, part[0])]

    def get_readonly_fields(self, request, obj=None):
        return [name for _, part in self.fieldsets for name in part["fields"]] if obj else []

    def has_delete_permission(self, request, obj=None):
        return False

    def lookup_allowed(self, lookup, value, request=None):
        return lookup in OF_PARTNER or super().lookup_allowed(lookup, value, request)

    @admin.display(description="partenaire", ordering="agreement__structure__name")
    def partner(self, breach):
        return breach.partner

    @admin.display(description="suite")
    def next_step(self, breach):
        return breach.next_step

    @admin.display(description="quand")
    def next_on(self, breach):
        return day_plain(breach.next_on)

    @admin.display(description="hors délai", boolean=True)
    def late(self, breach):
        return breach.is_late

    @admin.display(description="lettres")
    def letters(self, breach):
        rows = (
            (reverse("admin:conventions_breach_letter", args=[letter.pk]), letter)
            for letter in breach.letters.all()
        )
        return format_html("<ul>{}</ul>", format_html_join("", '<li><a href="{}">{} (PDF)</a></li>', rows))

    def save_model(self, request, obj, form, change):
        if not change:
            made = services.notice(
                agreement=obj.agreement, grounds=obj.grounds, by=request.user, at=timezone.now()
            )
            obj.__dict__.update(made.__dict__)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        breach = self.get_object(request, object_id)
        steps = self._steps(breach) if breach and self.has_act_permission(request) else []
        context = {
            "steps": steps,
            "show_save": False,
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
        }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    @staticmethod
    def _steps(breach: Breach) -> list[Step]:
        return breach.legal_steps(side=Side.ASSOCIATION, on=timezone.localdate())

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("lettre/<uuid:letter_id>/", view(self.letter_view), name="conventions_breach_letter"),
            path("<uuid:breach_id>/etape/<slug:step>/", view(self.step_view), name="conventions_breach_step"),
            *super().get_urls(),
        ]

    def letter_view(self, request, letter_id):
        """One letter, as the bytes that left."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return letter_response(get_object_or_404(BreachLetter, pk=letter_id))

    def step_view(self, request, breach_id, step):
        """One step of the procedure, asked for and then taken; only those that are possible now."""
        if not self.has_act_permission(request):
            raise PermissionDenied
        breach = self.get_object(request, str(breach_id))
        if breach is None or step not in STEPS:
            raise Http404("Cette étape n'existe pas.")
        back = reverse("admin:conventions_breach_change", args=[breach.pk])
        if sentence := breach.refusal(step, side=Side.ASSOCIATION, on=timezone.localdate()):
            self.message_user(request, sentence, messages.WARNING)
            return HttpResponseRedirect(back)
        posted = step == "explain" and breach.answerer is Side.PARTNER
        form = (PostedExplainForm if posted else FORMS[step])(
            request.POST if request.method == "POST" else None, initial={"seen": breach.offer_mark}
        )
        if form.is_valid() and attempt(form, form.act, breach=breach, by=request.user, at=timezone.now()):
            self.message_user(request, form.done, messages.SUCCESS)
            return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": STEPS[step].label,
            "opts": self.opts,
            "original": breach,
            "form": form,
        }
        return TemplateResponse(request, "admin/conventions/breach/step.html", context)


@admin.register(BreachLetter)
class BreachLetterAdmin(ReadOnlyAdmin):
    """Letters as they left; their words are read in the procedure itself."""

    list_display = ["__str__", "partner", "sender", "made_at"]
    list_filter = ["kind", "sender"]
    list_select_related = ["breach__agreement__structure", "breach__agreement__venue"]
    search_fields = ["breach__agreement__structure__name", "breach__agreement__venue__name"]
    search_help_text = "Structure ou lieu."
    fields = ["breach", "kind", "sender", "made_at", "sha256"]

    @admin.display(description="partenaire")
    def partner(self, letter):
        return letter.breach.partner


for pages, lookup in zip((StructureAdmin, VenueAdmin), OF_PARTNER, strict=True):
    pages.extend(links=[Link("Manquements", "conventions.breach", lookup)])
