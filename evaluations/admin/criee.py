"""The moderators' queue of la Criée: read, then publish or refuse with a reason (E3)."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator

from common.admin import PortalAdmin, ReadOnlyAdmin, filled
from common.errors import DomainError
from common.forms import attempt, typed
from common.templatetags.ui import day_plain
from evaluations.models import Charter, Opinion, OpinionReport, Reason
from evaluations.services import criee as services

EXCERPT = 90  # characters of an opinion in the list
HANDLED = (
    "Lisez en entier. On ne juge pas l'avis : on vérifie qu'il respecte la charte. Publier et refuser mènent au "
    "suivant."
)


class Queue(admin.SimpleListFilter):
    title = "suite"
    parameter_name = "suite"

    def lookups(self, request, model_admin):
        return [("lire", "à lire ou à relire"), ("nouveaux", "jamais lus"), ("signales", "signalés")]

    def queryset(self, request, queryset):
        match self.value():
            case "lire":
                return queryset.to_judge()
            case "nouveaux":
                return queryset.unread()
            case "signales":
                return queryset.reported()
        return queryset


class RefusalForm(forms.Form):
    """Why words aren't published, or are no longer."""

    reason = forms.ChoiceField(
        label="Raison",
        choices=[("", "Choisissez"), *Reason.choices],
        help_text="La personne qui a écrit la lit dans sa langue.",
        error_messages={"required": "Choisissez la raison."},
    )
    words = forms.CharField(
        label="Précisions",
        required=False,
        max_length=1000,
        help_text="En français simple. La personne les lit telles quelles, et peut écrire à nouveau.",
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
    )


@admin.register(Opinion)
class OpinionAdmin(ReadOnlyAdmin):
    """Words are read whole on their own page, and only there published or refused, one by one."""

    list_display = ["excerpt", "what", "voice", "language", "state", "told", "twice", "created_at"]
    list_filter = [
        Queue,
        "state",
        "stance",
        "kind",
        "language",
        ("answers_to", filled("genre", yes="réponses", no="avis")),
        ("structure", filled("origine", yes="confiés à une structure", no="écrits sur le portail")),
    ]
    list_select_related = ["event", "structure", "speaks_for"]
    search_fields = ["event__title", "venue__name", "structure__name"]
    search_help_text = "Événement, lieu ou structure. Les mots sont chiffrés : ils ne se cherchent pas."
    date_hierarchy = "created_at"
    change_form_template = "admin/evaluations/opinion/change_form.html"

    def get_queryset(self, request):
        reports = OpinionReport.objects.filter(settled_at=None)
        return (
            super()
            .get_queryset(request)
            .select_related("event__venue", "structure", "speaks_for", "decided_by", "charter", "answers_to")
            .prefetch_related(Prefetch("reports", queryset=reports, to_attr="unsettled"))
        )

    def get_fieldsets(self, request, obj=None):
        twice = [*(["twice"] if obj.hints else []), *(["told"] if obj.unsettled else [])]
        about = ["question"] if obj.answers_to_id else ["what", "stance"]
        voice = ["voice", *(["structure"] if obj.structure_id else []), "language"]
        judged = ["decided_at", "decided_by", "published_at"] if obj.decided_at else []
        refused = ["refused"] if obj.refusal else []
        left = ["withdrawn_at"] if obj.withdrawn_at else []
        return [
            (None, {"fields": ["state", "words", *twice, *refused], "description": HANDLED}),
            ("De quoi, de qui", {"fields": [*about, *voice]}),
            ("Suivi", {"fields": ["created_at", "charter", *judged, *left]}),
        ]

    @admin.display(description="mots")
    def excerpt(self, opinion):
        return Truncator(opinion.text).chars(EXCERPT) or "(effacés)"

    @admin.display(description="mots")
    def words(self, opinion):
        return _quoted(opinion)

    @admin.display(description="à propos de")
    def what(self, opinion):
        return opinion.event or opinion.get_kind_display() or "culture et sport"

    @admin.display(description="qui parle")
    def voice(self, opinion):
        if opinion.speaks_for:
            return f"{opinion.speaks_for} (le lieu)"
        return "transmis par une structure" if opinion.structure_id else opinion.pseudonym or "sans nom"

    @admin.display(description="signalements")
    def told(self, opinion):
        rows = (
            (day_plain(row.reported_at), row.get_reason_display(), row.words) for row in opinion.unsettled
        )
        return format_html_join("", "<p>{} : {}. {}</p>", rows)

    @admin.display(description="à regarder de près")
    def twice(self, opinion):
        return " ".join(services.HINTS[hint] for hint in opinion.hints if hint in services.HINTS)

    @admin.display(description="répond à")
    def question(self, opinion):
        if opinion.answers_to is None:
            return ""
        page = reverse("admin:evaluations_opinion_change", args=[opinion.answers_to_id])
        return format_html('{}<a href="{}">Ouvrir l\'avis</a>', _quoted(opinion.answers_to), page)

    @admin.display(description="refusé parce que")
    def refused(self, opinion):
        return f"{opinion.get_refusal_display()}. {opinion.refusal_words}" if opinion.refusal else ""

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        may = self.has_act_permission(request)
        context |= {
            "may_publish": may and obj.text and (not obj.is_published or obj.unsettled),
            "may_refuse": may and not obj.is_withdrawn and obj.state != Opinion.State.REFUSED,
            "publish_label": "Laisser publié" if obj.is_published else "Publier",
            "refuse_label": "Retirer de la Criée" if obj.published_at else "Refuser",
            "left": Opinion.objects.to_judge().count(),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<uuid:pk>/publier/", view(self.publish_view), name="evaluations_opinion_publish"),
            path("<uuid:pk>/refuser/", view(self.refuse_view), name="evaluations_opinion_refuse"),
            *super().get_urls(),
        ]

    def publish_view(self, request, pk):
        """Publish what was read, by a POST; then the next one."""
        opinion = self._to_judge(request, pk)
        if request.method == "POST":
            try:
                services.publish(opinion=opinion, by=request.user, at=timezone.now())
                self.message_user(request, "C'est publié.", messages.SUCCESS)
            except DomainError as refusal:
                self.message_user(request, refusal.sentence, messages.WARNING)
            return self._next()
        return HttpResponseRedirect(reverse("admin:evaluations_opinion_change", args=[pk]))

    def refuse_view(self, request, pk):
        """Refuse, or withdraw what was published, with the reason that its author will read; then the next one."""
        opinion = self._to_judge(request, pk)
        form = RefusalForm(typed(request))
        if form.is_valid() and attempt(
            form, services.refuse, opinion=opinion, **form.cleaned_data, by=request.user, at=timezone.now()
        ):
            self.message_user(
                request, "C'est refusé. La personne lit pourquoi à son adresse secrète.", messages.SUCCESS
            )
            return self._next()
        context = {
            **self.admin_site.each_context(request),
            "title": "Retirer de la Criée" if opinion.published_at else "Refuser",
            "opts": self.opts,
            "original": opinion,
            "form": form,
            "words": _quoted(opinion),
        }
        return TemplateResponse(request, "admin/evaluations/opinion/refuse.html", context)

    def _to_judge(self, request, pk) -> Opinion:
        if not self.has_act_permission(request):
            raise PermissionDenied
        opinion = self.get_object(request, str(pk))
        if opinion is None:
            raise Http404("Cet avis n'existe pas.")
        return opinion

    def _next(self) -> HttpResponseRedirect:
        """To what has waited longest, else to the list."""
        waiting = Opinion.objects.to_judge().order_by("created_at").values_list("pk", flat=True).first()
        if waiting:
            return HttpResponseRedirect(reverse("admin:evaluations_opinion_change", args=[waiting]))
        return HttpResponseRedirect(reverse("admin:evaluations_opinion_changelist"))


def _quoted(opinion: Opinion):
    """The words as they stand in la Criée, in their own direction."""
    lines = format_html_join("", "{}<br>", ((line,) for line in opinion.text.split("\n")))
    spoken = opinion.spoken
    return format_html('<blockquote lang="{}" dir="{}">{}</blockquote>', spoken.code, spoken.direction, lines)


@admin.register(OpinionReport)
class OpinionReportAdmin(ReadOnlyAdmin):
    """Who reported isn't known: only that each network counts once."""

    list_display = ["__str__", "opinion", "reason", "reported_at", "settled_at"]
    list_filter = [("settled_at", filled("suite", yes="traités", no="à traiter")), "reason"]
    list_select_related = ["opinion"]
    fields = ["opinion", "reason", "words", "reported_at", "settled_at"]


@admin.register(Charter)
class CharterAdmin(PortalAdmin):
    """A version that somebody accepted doesn't change any more: a new one is written, for those who come."""

    list_display = ["version", "published_at"]

    def get_readonly_fields(self, request, obj=None):
        accepted = obj is not None and Opinion.objects.filter(charter=obj).exists()
        return ["version", "text", "published_at"] if accepted else []
