"""Staff's way with candidacies: a board, a list, and for each a page with the buttons of its next steps (A1, A3)."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Count, F
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from common.admin import PortalAdmin
from common.downloads import pdf_response
from common.forms import attempt
from common.models import AuditEntry
from conventions.forms import candidacy_steps as typed
from conventions.models import Candidacy
from conventions.services import candidacies as services
from partners.models import User

State = Candidacy.State


@dataclass(frozen=True)
class Step:
    """A button of a candidacy's page: what it says, where it leads, what it asks, which service does it."""

    slug: str
    label: str
    form: type[typed.StepForm]
    verb: Callable
    to: Candidacy.State | None = None  # none: it stays in its state
    said: str = ""  # what will happen, before it does
    tone: str = ""  # "quiet" for what leaves the way
    only: Callable[[Candidacy], bool] = field(default=lambda candidacy: True)

    def open(self, candidacy: Candidacy) -> bool:
        """Whether the page shows it now; the service has the last word."""
        return (self.to is None or candidacy.may_become(self.to)) and self.only(candidacy)


STEPS = [
    Step(
        "rencontre", "Fixer une rencontre", typed.MeetingForm, services.plan_meeting, State.MEETING,
        "La personne référente reçoit un e-mail avec le jour, l'heure et le lieu.",
    ),
    Step(
        "faisable", "Dire faisable", typed.FeasibleForm, services.find_feasible, State.FEASIBLE,
        "La fiche du partenaire se fait toute seule. Rien n'est à retaper.",
    ),
    Step(
        "convention", "Préparer la convention", typed.AgreementForm, services.prepare_agreement, State.AGREEMENT,
        "Elle est remplie d'avance. Un partenaire qui en a une en vigueur garde la sienne.",
        only=lambda candidacy: candidacy.agreement_missing,
    ),
    Step(
        "envoyer", "Envoyer la convention à signer", typed.StepForm, services.send_agreement, None,
        "Son texte ne bouge plus. Qui signe pour le partenaire reçoit un lien.",
        only=lambda candidacy: candidacy.agreement_unsent,
    ),
    Step(
        "compte", "Ouvrir le compte", typed.StepForm, services.open_account, State.ACCOUNT,
        "La personne référente reçoit un lien pour choisir son mot de passe. Il sert une fois.",
        only=lambda candidacy: candidacy.signed(on=timezone.localdate()),
    ),
    Step("formation", "Noter la formation", typed.TrainingForm, services.record_training, State.TRAINED),
    Step(
        "active", "Rendre active", typed.StepForm, services.activate, State.ACTIVE,
        "La candidature est finie : le partenaire participe.",
    ),
    Step("reprendre", "Reprendre", typed.StepForm, services.take_up_again, State.RECEIVED),
    Step(
        "mettre-de-cote", "Garder pour plus tard", typed.AsideForm, services.set_aside, State.SET_ASIDE,
        "Faute de moyens pour l'instant. Un e-mail le dit, et la liste « À recontacter » s'en souvient.", "quiet",
    ),
    Step(
        "retirer", "Noter un retrait", typed.WithdrawalForm, services.withdraw, State.WITHDRAWN,
        "La structure ou le lieu renonce. Aucun e-mail ne part.", "quiet",
    ),
    Step(
        "refuser", "Refuser", typed.RefusalForm, services.refuse, State.REFUSED,
        "Un e-mail part, et la lettre est faite : vous la trouverez sur la page de la candidature.", "quiet",
    ),
]  # fmt: skip


class Late(admin.SimpleListFilter):
    title = "échéance"
    parameter_name = "retard"

    def lookups(self, request, model_admin):
        return [("1", "en retard")]

    def queryset(self, request, queryset):
        return queryset.late(on=timezone.localdate()) if self.value() == "1" else queryset


class ToDo(admin.SimpleListFilter):
    title = "à faire"
    parameter_name = "a-faire"

    def lookups(self, request, model_admin):
        return [("compte", "compte à ouvrir"), ("cours", "en cours, toutes")]

    def queryset(self, request, queryset):
        match self.value():
            case "compte":
                return queryset.account_due(on=timezone.localdate())
            case "cours":
                return queryset.live()
        return queryset


class BoardFilter(forms.Form):
    """What the board shows."""

    kind = forms.ChoiceField(
        label="Candidats", required=False, choices=[("", "tous"), *Candidacy.Kind.choices]
    )
    mine = forms.BooleanField(label="suivies par moi", required=False)
    late = forms.BooleanField(label="en retard", required=False)

    def narrow(self, rows, *, by: User):
        """The rows that the filters leave; an unknown kind leaves all."""
        chosen = self.cleaned_data if self.is_valid() else {}
        if chosen.get("kind"):
            rows = rows.filter(kind=chosen["kind"])
        if chosen.get("mine"):
            rows = rows.filter(follower=by)
        return rows.late(on=timezone.localdate()) if chosen.get("late") else rows


@admin.register(Candidacy)
class CandidacyAdmin(PortalAdmin):
    """Candidacies come in by the public form alone, which checks what it asks; they are put right here."""

    list_display = ["name", "what", "where", "state", "next_step", "due", "follower", "created_at"]
    list_filter = ["state", ToDo, Late, "kind", ("follower", admin.RelatedOnlyFieldListFilter), "eligible"]
    search_fields = ["name", "postcode", "commune__name", "town", "email", "lead_name", "lead_email"]
    search_help_text = "Nom, commune, code postal, personne référente ou e-mail."
    date_hierarchy = "created_at"
    ordering = [F("next_on").asc(nulls_last=True), "created_at"]
    autocomplete_fields = ["commune"]
    formfield_overrides = {
        **PortalAdmin.formfield_overrides,
        models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple},
    }
    FOLLOWED = ("Suivi", {"fields": [("next_step", "next_on"), "follower", "notes"]})
    COMMON = [
        ("La joindre", ["address", ("postcode", "commune"), "phone", "email", "website"]),
        ("Qui signe", ["representative_name", "representative_capacity", "representative_email"]),
    ]
    OF_KIND = {
        Candidacy.Kind.STRUCTURE: [
            "name", "type", "legal_status", "sectors", "people_accompanied", "low_income", "individual",
            "accompaniment",
        ],
        Candidacy.Kind.VENUE: [
            "name", "domain", "description", "seats_offered", "transit", ("wheelchair", "hearing_loop"), "access_notes",
        ],
    }  # fmt: skip
    LEADS = ["lead_name", "lead_email", "lead_phone"]
    change_form_template = "admin/conventions/candidacy/change_form.html"
    change_list_template = "admin/conventions/candidacy/change_list.html"

    def get_urls(self):
        def staff(view):
            return self.admin_site.admin_view(view)

        return [
            path("tableau/", staff(self.board), name="conventions_candidacy_board"),
            path("<uuid:pk>/etape/<slug:slug>/", staff(self.step), name="conventions_candidacy_step"),
            path("<uuid:pk>/lettre/", staff(self.letter), name="conventions_candidacy_letter"),
            *super().get_urls(),
        ]

    def get_queryset(self, request):
        return (
            super().get_queryset(request).defer("letter").select_related("commune", "follower", "agreement")
        )

    def get_fieldsets(self, request, obj=None):
        parts = [
            (obj.get_kind_display(), self.OF_KIND[obj.kind]),
            *self.COMMON,
            ("Personne référente", self.LEADS),
        ]
        return [
            self.FOLLOWED,
            *((title, {"fields": fields, "classes": ["collapse"]}) for title, fields in parts),
        ]

    def get_readonly_fields(self, request, obj=None):
        """Once the partner's record is made, that one is put right; once the account is open, the account."""
        flat = [
            name for fields in (*self.OF_KIND.values(), *(part for _, part in self.COMMON)) for name in fields
        ]
        made = [name for part in flat for name in (part if isinstance(part, tuple) else [part])]
        return [
            *(made if obj and obj.partner else []),
            *(self.LEADS if obj and obj.account_id else []),
        ]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        for name in form.base_fields.keys() & {"follower"}:  # accounts have their own page
            form.base_fields[name].widget = form.base_fields[name].widget.widget
        return form

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not (obj and obj.erased_on)

    @admin.display(description="type", ordering="type")
    def what(self, candidacy):
        return candidacy.what

    @admin.display(description="commune", ordering="commune__name")
    def where(self, candidacy):
        return candidacy.where

    @admin.display(description="pour le", ordering="next_on")
    def due(self, candidacy):
        late = candidacy.days_late(on=timezone.localdate())
        day = f"{candidacy.next_on:%d/%m/%Y}" if candidacy.next_on else ""
        return f"{day} – en retard de {late} jour{'s' if late > 1 else ''}" if late else day

    def save_model(self, request, obj, form, change):
        services.amend(candidacy=obj, fields=form.changed_data, by=request.user, at=timezone.now())

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        may = self.has_change_permission(request, obj)
        context |= {
            "steps": [step for step in STEPS if may and step.open(obj)],
            "alike": None if obj.erased_on else services.alike(obj),
            "history": history(obj),
            "agreement": obj.current_agreement,
            "late": obj.days_late(on=timezone.localdate()),
            "way": way(obj),
            "has_letter": Candidacy.objects.filter(pk=obj.pk, letter__isnull=False).exists(),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    # --- Pages of its own ---------------------------------------------------------------------------

    def board(self, request):
        """One column per state of the way, the most pressing first; beside them, how many stand elsewhere."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        filters = BoardFilter(request.GET)
        rows = filters.narrow(Candidacy.objects.light(), by=request.user)
        today, shown = timezone.localdate(), settings.CANDIDACY_BOARD_CARDS
        signed = set(rows.account_due(on=today).values_list("pk", flat=True))
        cards = defaultdict(list)
        for candidacy in rows.live().order_by(F("next_on").asc(nulls_last=True), "created_at"):
            cards[candidacy.state].append((candidacy, candidacy.days_late(on=today), candidacy.pk in signed))
        elsewhere = [state for state in State if state not in Candidacy.LIVE]
        counted = dict(
            rows.filter(state__in=elsewhere).order_by().values_list("state").annotate(number=Count("pk"))
        )
        context = {
            **self.admin_site.each_context(request),
            "title": "Candidatures : le tableau",
            "opts": self.opts,
            "filters": filters,
            "columns": [(state, cards[state][:shown], len(cards[state])) for state in Candidacy.LIVE],
            "elsewhere": [(state, counted.get(state, 0)) for state in elsewhere],
            "shown": shown,
        }
        return TemplateResponse(request, "admin/conventions/candidacy/board.html", context)

    def step(self, request, pk, slug):
        """One step: what will happen, what it needs; then back to the candidacy."""
        candidacy = self.get_object(request, str(pk))
        step = next((step for step in STEPS if step.slug == slug), None)
        if candidacy is None or step is None:
            raise Http404
        if not self.has_change_permission(request, candidacy):
            raise PermissionDenied
        back = reverse("admin:conventions_candidacy_change", args=[pk])
        if not step.open(candidacy):
            self.message_user(
                request,
                f"« {step.label} » n'est pas possible maintenant : la candidature est à l'état "
                f"« {candidacy.get_state_display()} ».",
                messages.WARNING,
            )
            return redirect(back)
        form = step.form(
            request.POST if request.method == "POST" else None, candidacy=candidacy, by=request.user
        )
        if form.is_valid():
            at = timezone.now()
            if attempt(form, step.verb, candidacy=candidacy, by=request.user, at=at, **form.arguments()):
                self.message_user(request, f"{step.label} : c'est fait.", messages.SUCCESS)
                return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": step.label,
            "opts": self.opts,
            "original": candidacy,
            "step": step,
            "form": form,
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/conventions/candidacy/step.html", context)

    def letter(self, request, pk):
        """The letter of refusal, as it was made."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        kept = Candidacy.objects.filter(pk=pk, letter__isnull=False).values_list("letter", flat=True).first()
        if kept is None:
            raise Http404
        return pdf_response(kept, name="lettre")


def way(candidacy: Candidacy) -> list[tuple[str, str]]:
    """The states of the way in order, each "done", "now" or "" – nothing for one that left the way."""
    states = [*Candidacy.LIVE, State.ACTIVE]
    if candidacy.state not in states:
        return []
    here = states.index(State(candidacy.state))
    return [
        (str(state.label), "done" if index < here else "now" if index == here else "")
        for index, state in enumerate(states)
    ]


def history(candidacy: Candidacy) -> list[tuple[AuditEntry, str]]:
    """What happened to it, latest first, each with who did it; two queries."""
    entries = list(AuditEntry.objects.filter(subject=f"{candidacy._meta.label_lower} {candidacy.pk}"))
    keys = {entry.actor.removeprefix("compte ") for entry in entries if entry.actor.startswith("compte ")}
    names = {f"compte {user.pk}": str(user) for user in User.objects.filter(pk__in=keys)}
    return [(entry, names.get(entry.actor, entry.actor)) for entry in entries]
