"""Staff's pages for agreements, and what they add to the pages of structures and venues (B2, B3, B4)."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Max, OuterRef, Subquery
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.timezone import template_localtime

from common.admin import Link, PortalAdmin, PortalInline
from common.downloads import pdf_response
from common.errors import DomainError
from common.forms import attempt
from conventions.documents.agreements import agreement_pdf
from conventions.forms.signing import OtherSignatoryForm, ScanForm
from conventions.models import Agreement
from conventions.services import agreements as services
from conventions.services import countersigning, renewal, signing
from conventions.services.proof import Proof, proofs
from conventions.services.words import put_together
from conventions.views.documents import served
from partners.admin.organisations import StructureAdmin, VenueAdmin
from partners.seasons import Season

State = Agreement.State
# Shown of an agreement that was sent, once it has happened.
HAPPENED = [
    *("opened_at", "partner_signed_at", "signatory_name", "signatory_capacity", "route", "signed_on"),
    *("president_name", "countersigned_by", "refused_at", "refusal_reason", "withdrawn_at"),
]
BY_HAND = ["signed_on", "signatory_name", "by_hand"]
ANOTHER_PAGE = "Une autre page signée vient d'être déposée : regardez-la, puis contresignez."
SEASON_YEARS = range(2000, 2100)


class AgreementState(admin.SimpleListFilter):
    title = "état"
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [("vigueur", "en vigueur aujourd'hui"), ("a-signer", "à signer"), ("passee", "passée")]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        match self.value():
            case "vigueur":
                return queryset.in_force(on=today)
            case "a-signer":
                return queryset.filter(signed_on=None)
            case "passee":
                return queryset.filter(ends_on__lt=today)
        return queryset


class AgreementStep(admin.SimpleListFilter):
    """Where it stands on its way to both signatures."""

    title = "signature"
    parameter_name = "signature"

    def lookups(self, request, model_admin):
        return [*State.choices, ("relance", "à relancer"), ("reprendre", "à reprendre")]

    def queryset(self, request, queryset):
        if self.value() == "relance":
            return queryset.filter(pk__in=Agreement.objects.to_remind(at=timezone.now()).values("pk"))
        if self.value() == "reprendre":
            ours = Agreement.objects.to_take_up(on=timezone.localdate())
            return queryset.filter(pk__in=ours.values("pk"))
        if self.value() in State.values:
            return queryset.filter(pk__in=Agreement.objects.in_state(State(self.value())).values("pk"))
        return queryset


class AgreementSeason(admin.SimpleListFilter):
    """Agreements that hold until the end of a season."""

    title = "saison"
    parameter_name = "saison"

    def lookups(self, request, model_admin):
        season = Season.of(timezone.localdate())
        return [(str(each.year), str(each)) for each in (season.next, season, season.previous)]

    def queryset(self, request, queryset):
        if self.value() and self.value().isdigit() and int(self.value()) in SEASON_YEARS:
            ours = renewal.agreements_for(Season(int(self.value())))
            return queryset.filter(pk__in=ours.values("pk"))
        return queryset


class ProvenList(ChangeList):
    """A page of agreements, each with what its evidence says: three queries for the page."""

    def get_results(self, request):
        super().get_results(request)
        self.result_list = list(self.result_list)
        found = proofs(self.result_list)
        for agreement in self.result_list:
            agreement.proof = found[agreement.pk]


class AgreementForm(forms.ModelForm):
    """A draft; or one signed on paper outside the portal, which staff say in so many words."""

    by_hand = forms.BooleanField(
        label="Signée sur papier, hors du portail",
        required=False,
        help_text="Seulement pour une convention que vous avez en main, signée des deux parties. Elle n'aura pas de "
        "preuve ici. Sinon laissez vide, enregistrez, puis envoyez-la à la signature.",
    )

    class Meta:
        model = Agreement
        fields = "__all__"  # noqa: DJ007  (the admin's fieldsets say which)

    def clean(self):
        cleaned = super().clean()
        signed = cleaned.get("signed_on")
        if signed and not cleaned.get("by_hand") and not self.instance.signed_on:
            self.add_error(
                "by_hand",
                "Une convention se signe par son lien. Si vous en saisissez une signée sur papier, cochez cette case ; "
                "sinon, effacez la date.",
            )
        return cleaned


@admin.register(Agreement)
class AgreementAdmin(PortalAdmin):
    form = AgreementForm
    list_display = ["partner", "starts_on", "ends_on", "state", "signed_on", "in_force", "proof"]
    list_filter = [AgreementSeason, AgreementStep, AgreementState]
    list_select_related = ["structure", "venue"]
    list_per_page = 30  # each row's documents are read again, to tell true from altered
    search_fields = ["structure__name", "venue__name", "signatory_name", "representative_name"]
    search_help_text = "Nom de la structure, du lieu ou de qui signe."
    autocomplete_fields = ["structure", "venue"]
    date_hierarchy = "ends_on"
    actions = ["send", "renew_links", "remind", "countersign", "withdraw"]
    change_form_template = "admin/conventions/agreement/change_form.html"
    change_list_template = "admin/conventions/agreement/change_list.html"

    # --- What is shown ----------------------------------------------------------------------------

    def get_fieldsets(self, request, obj=None):
        term = ("Pour qui, et jusqu'à quand", {"fields": [("structure", "venue"), ("starts_on", "ends_on")]})
        text = ("Texte", {"fields": ["text", "from_signature"]})
        if obj is None or obj.state == State.DRAFT:
            hand = {
                "fields": BY_HAND,
                "description": "À ne remplir que pour une convention déjà signée hors du portail.",
            }
            return [term, text, ("Déjà signée sur papier", hand)]
        if not obj.sent_at:
            return [term, ("Signature", {"fields": ["signed_on", "signatory_name", "route", "proof"]})]
        signature = [
            *("state", "proof", "representative_name", "representative_capacity", "representative_email"),
            *("sent_at", "last_mail"),
            *(name for name in HAPPENED if getattr(obj, name)),
            *(("returned_at", "other_name", "other_capacity", "other_email") if obj.returned_at else ()),
        ]
        return [term, text, ("Signature", {"fields": signature})]

    def get_readonly_fields(self, request, obj=None):
        always = ["state", "proof", "route", "last_mail"]
        if obj is None or obj.state == State.DRAFT:
            return always
        if obj.sent_at or obj.state != State.SIGNED:
            return [field.name for field in self.opts.fields] + always
        return always

    @admin.display(description="partenaire", ordering="structure__name")
    def partner(self, agreement):
        return agreement.partner

    @admin.display(description="en vigueur", boolean=True)
    def in_force(self, agreement):
        return agreement.in_force(on=timezone.localdate())

    @admin.display(description="dernier mail le")
    def last_mail(self, agreement):
        return localize(template_localtime(agreement.reminded_at))

    @admin.display(description="signature")
    def state(self, agreement):
        return agreement.send_failure if agreement.send_failure else agreement.state.label

    @admin.display(description="preuve")
    def proof(self, agreement):
        if not agreement.pk:
            return ""
        said = getattr(agreement, "proof", None) or proofs([agreement])[agreement.pk]
        match said:
            case Proof.ALTERED:
                return format_html('<strong class="altered">{}</strong>', "altérée")
            case Proof.TRUE:
                return "intacte"
        return "saisie par l'équipe, sans preuve" if agreement.signed_on else ""

    def get_changelist(self, request, **kwargs):
        return ProvenList

    def get_changeform_initial_data(self, request):
        # An agreement that enters during the year runs from its signature to the season's end.
        today = timezone.localdate()
        season = {"starts_on": today, "ends_on": Season.of(today).ends_on, "from_signature": True}
        return {**season, **super().get_changeform_initial_data(request)}

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        state = obj.state if obj else None
        may = self.has_change_permission(request, obj)
        waits = obj is not None and obj.awaits_signature
        context |= {
            "documents": list(obj.documents.defer("content")) if obj else [],
            "evidence": list(obj.evidence.order_by("position")) if obj else [],
            "preview": state == State.DRAFT and obj.text_id,
            "may_send": may and state == State.DRAFT and obj.text_id,
            "may_renew": may and waits,
            "may_countersign": may and state == State.PARTNER_SIGNED,
            "seen": _signature_of(obj),
            "may_withdraw": may and obj and obj.is_withdrawable,
            "may_scan": may and (waits or (state == State.PARTNER_SIGNED and obj.route == obj.Route.PAPER)),
            "may_change_signatory": may and (waits or state == State.RETURNED),
        }
        if obj and obj.sent_at:
            context |= {
                "show_save": False,
                "show_save_and_continue": False,
                "show_save_and_add_another": False,
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    # --- What is done -----------------------------------------------------------------------------

    def save_model(self, request, obj, form, change):
        services.keep_agreement(agreement=obj, by=request.user, at=timezone.now())

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        for verb in ("_renew", "_countersign", "_withdraw") if request.method == "POST" else ():
            if verb in request.POST:
                return self._act(request, object_id, verb)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _act(self, request, object_id, verb):
        agreement = self.get_object(request, object_id)
        if agreement is None or not self.has_change_permission(request, agreement):
            raise PermissionDenied
        stale = agreement.state == State.PARTNER_SIGNED and request.POST.get("seen") != _signature_of(
            agreement
        )
        if verb == "_countersign" and stale:
            self.message_user(request, ANOTHER_PAGE, messages.WARNING)
            return HttpResponseRedirect(request.path)
        acts = {"_renew": self.renew_links, "_countersign": self._countersign, "_withdraw": self.withdraw}
        acts[verb](request, [agreement])
        return HttpResponseRedirect(request.path)

    def response_change(self, request, obj):
        if "_send" not in request.POST:
            return super().response_change(request, obj)
        signing.send_for_signature(agreement=obj, by=request.user, at=timezone.now())
        self.message_user(
            request, f"La convention est partie à {obj.representative_email}.", messages.SUCCESS
        )
        return HttpResponseRedirect(request.path)

    def has_delete_permission(self, request, obj=None):
        kept = obj is not None and (obj.signed_on is not None or obj.sent_at is not None)
        return super().has_delete_permission(request, obj) and not kept

    def get_actions(self, request):
        # Deleting several at once would pass over the signed ones.
        return {
            name: action for name, action in super().get_actions(request).items() if name != "delete_selected"
        }

    @admin.action(description="Envoyer à la signature", permissions=["act"])
    def send(self, request, queryset):
        drafts = Agreement.objects.filter(pk__in=queryset.values("pk"))
        count = renewal.ask_to_send(agreements=drafts, by=request.user, at=timezone.now())
        self._told(request, count, "partent à la signature, une par une", "Aucun brouillon parmi elles")

    @admin.action(description="Relancer", permissions=["act"])
    def remind(self, request, queryset):
        sent = Agreement.objects.filter(pk__in=queryset.values("pk"))
        count = renewal.ask_to_remind(agreements=sent, by=request.user, at=timezone.now())
        self._told(request, count, "vont être relancées", "Aucune à relancer : un mail est parti récemment")

    @admin.action(description="Renvoyer le lien, maintenant", permissions=["act"])
    def renew_links(self, request, queryset):
        now = timezone.now()
        self.run(
            request,
            queryset,
            lambda row: signing.renew_link(agreement=row, by=request.user, at=now),
            done="Liens envoyés",
        )

    @admin.action(description="Contresigner", permissions=["act"])
    def countersign(self, request, queryset):
        self._countersign(request, queryset, seen=False)

    def _countersign(self, request, rows, *, seen: bool = True) -> None:
        """Countersign; a page signed on paper is looked at first, on its agreement's own page."""
        now = timezone.now()

        def act(row: Agreement) -> None:
            if row.state == State.PARTNER_SIGNED and row.route == Agreement.Route.PAPER and not seen:
                raise DomainError(
                    "Signée sur papier : ouvrez la convention, regardez la page signée, et contresignez-la là."
                )
            countersigning.countersign(agreement=row, by=request.user, at=now)

        self.run(request, rows, act, done="Conventions contresignées")

    @admin.action(description="Retirer (avant la signature)", permissions=["act"])
    def withdraw(self, request, queryset):
        now = timezone.now()
        self.run(
            request,
            queryset,
            lambda row: countersigning.withdraw(agreement=row, by=request.user, at=now),
            done="Conventions retirées",
        )

    def _told(self, request, count: int, done: str, nothing: str) -> None:
        if count:
            noun = "convention" if count == 1 else "conventions"
            self.message_user(request, f"{count} {noun} : {done}.", messages.SUCCESS)
        else:
            self.message_user(request, f"{nothing}.", messages.WARNING)

    # --- Pages of their own -----------------------------------------------------------------------

    def get_urls(self):
        def page(route, view, name):
            return path(route, self.admin_site.admin_view(view), name=f"conventions_agreement_{name}")

        return [
            page("campagne/", self.campaign_view, "campaign"),
            page("campagne/avancement/", self.progress_view, "progress"),
            page("<uuid:agreement_id>/apercu/", self.preview_view, "preview"),
            page("<uuid:agreement_id>/document/<slug:name>/", self.document_view, "document"),
            page("<uuid:agreement_id>/papier/", self.scan_view, "scan"),
            page("<uuid:agreement_id>/signataire/", self.signatory_view, "signatory"),
            *super().get_urls(),
        ]

    def _found(self, request, agreement_id) -> Agreement:
        if not self.has_view_permission(request):
            raise PermissionDenied
        agreement = self.get_object(request, str(agreement_id))
        if agreement is None:
            raise Http404("Cette convention n'existe pas.")
        return agreement

    def preview_view(self, request, agreement_id):
        """A draft as it would be sent, marked as a specimen."""
        agreement = self._found(request, agreement_id)
        if agreement.text is None:
            raise Http404("Cette convention n'a pas de texte.")
        words = put_together(agreement=agreement, text=agreement.text)
        return pdf_response(agreement_pdf(words=words, specimen=True), name="specimen")

    def document_view(self, request, agreement_id, name):
        return served(self._found(request, agreement_id), name)

    def scan_view(self, request, agreement_id):
        """Hand in the page signed by hand, for a partner who sent it by post or mail."""
        agreement = self._found(request, agreement_id)
        initial = {"name": agreement.representative_name, "capacity": agreement.representative_capacity}
        form = ScanForm(request.POST or None, request.FILES or None, initial=initial)

        def act(typed):
            content = typed.pop("scan").read()
            return countersigning.keep_scan(
                agreement=agreement, content=content, by=request.user, at=timezone.now(), **typed
            )

        return self._ask(
            request, agreement, form, act, title="Déposer la page signée", done="La page est gardée."
        )

    def signatory_view(self, request, agreement_id):
        """Somebody else signs: a fresh document goes to them."""
        agreement = self._found(request, agreement_id)
        initial = {
            "name": agreement.other_name,
            "capacity": agreement.other_capacity,
            "email": agreement.other_email,
        }
        form = OtherSignatoryForm(request.POST or None, initial=initial)

        def act(typed):
            return countersigning.change_signatory(
                agreement=agreement, by=request.user, at=timezone.now(), **typed
            )

        return self._ask(
            request,
            agreement,
            form,
            act,
            title="Changer de signataire",
            done="Un nouveau document est parti.",
        )

    def _ask(self, request, agreement, form, act, *, title, done):
        """A form on a page of its own; what comes back is the agreement to go on with."""
        if not self.has_change_permission(request, agreement):
            raise PermissionDenied
        if request.method == "POST" and form.is_valid():
            after = attempt(form, lambda: act(dict(form.cleaned_data)))
            if after:
                self.message_user(request, done, messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:conventions_agreement_change", args=[after.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "original": agreement,
            "form": form,
        }
        return TemplateResponse(request, "admin/conventions/agreement/ask.html", context)

    def _season(self, request) -> Season:
        typed = request.GET.get("saison", "")
        if typed.isdigit() and int(typed) in SEASON_YEARS:
            return Season(int(typed))
        return renewal.season_to_prepare(on=timezone.localdate())

    def campaign_view(self, request):
        """A season's agreements: who has none yet, all prepared, sent and reminded at once, and followed (B4)."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        season, now = self._season(request), timezone.now()
        if request.method == "POST":
            if not self.has_act_permission(request):
                raise PermissionDenied
            self._campaign_act(request, season, now)
            return HttpResponseRedirect(f"{request.path}?saison={season.year}")
        context = {
            **self.admin_site.each_context(request),
            "title": f"Conventions de la saison {season}",
            "opts": self.opts,
            "campaign": renewal.follow(season, at=now),
            "missing": renewal.some_without(season),
            "may": self.has_act_permission(request),
            "reminder_days": settings.SIGNATURE_REMINDER_DAYS,
        }
        return TemplateResponse(request, "admin/conventions/agreement/campaign.html", context)

    def _campaign_act(self, request, season, now):
        ours = renewal.agreements_for(season)
        try:
            match request.POST.get("act"):
                case "prepare":
                    count = renewal.prepare_renewals(season=season, by=request.user, at=now)
                    self._told(request, count, "préparées", "Rien à préparer")
                case "send":
                    count = renewal.ask_to_send(agreements=ours, by=request.user, at=now)
                    self._told(
                        request, count, "partent à la signature, une par une", "Aucun brouillon à envoyer"
                    )
                case "remind":
                    count = renewal.ask_to_remind(agreements=ours, by=request.user, at=now)
                    self._told(request, count, "vont être relancées", "Personne à relancer aujourd'hui")
        except DomainError as error:
            self.message_user(request, error.sentence, messages.WARNING)

    def progress_view(self, request):
        """What of the campaign is under way, for the page that asks every few seconds."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        campaign = renewal.follow(self._season(request), at=timezone.now())
        return TemplateResponse(request, "admin/conventions/agreement/progress.html", {"campaign": campaign})


def _signature_of(agreement: Agreement | None) -> str:
    """Which signature of the partner the page shows: another page handed in makes another one."""
    signed_at = agreement.partner_signed_at if agreement else None
    return signed_at.isoformat() if signed_at else ""


class AgreementInline(PortalInline):
    """A partner's agreements. They are written and changed on their own page."""

    model = Agreement
    fields = readonly_fields = ["starts_on", "ends_on", "signed_on", "signatory_name"]
    extra = 0
    can_delete = False
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("structure", "venue")

    def has_add_permission(self, request, obj=None):
        return False


class StructuresByAgreement(admin.SimpleListFilter):
    title = "convention"
    parameter_name = "convention"

    def lookups(self, request, model_admin):
        return [("absente", "aucune en vigueur"), ("finit", "finit bientôt, sans suite signée")]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        match self.value():
            case "absente":
                return queryset.filter(pk__in=services.structures_without_agreement(on=today))
            case "finit":
                return queryset.filter(pk__in=services.structures_running_out(on=today))
        return queryset


@admin.display(description="convention jusqu'au", ordering="covered_until")
def covered_until(partner):
    return partner.covered_until


def _last_signed_day(partner: str) -> Subquery:
    """The end of the partner's last agreement that is signed, and not terminated."""
    signed = Agreement.objects.live().filter(signed_on__isnull=False, **{partner: OuterRef("pk")})
    return Subquery(signed.order_by().values(partner).annotate(last=Max("ends_on")).values("last"))


@admin.action(description="Préparer la convention de la saison")
def prepare_agreement(model_admin, request, queryset):
    """A draft for each partner selected, prefilled from its record."""
    if not request.user.has_perm("conventions.add_agreement"):
        raise PermissionDenied
    now = timezone.now()
    season = renewal.season_to_prepare(on=timezone.localdate())
    model_admin.run(
        request,
        queryset,
        lambda partner: services.draft_agreement(partner=partner, season=season, by=request.user, at=now),
        done=f"Conventions préparées pour la saison {season}",
    )


StructureAdmin.extend(
    columns=[covered_until],
    annotations={"covered_until": _last_signed_day("structure")},
    filters=[StructuresByAgreement],
    inlines=[AgreementInline],
    actions=[prepare_agreement],
    links=[
        Link("Conventions", "conventions.agreement", "structure__id__exact"),
        Link("Ajouter une convention", "conventions.agreement", "structure", "add"),
    ],
)
VenueAdmin.extend(
    columns=[covered_until],
    annotations={"covered_until": _last_signed_day("venue")},
    inlines=[AgreementInline],
    actions=[prepare_agreement],
    links=[
        Link("Conventions", "conventions.agreement", "venue__id__exact"),
        Link("Ajouter une convention", "conventions.agreement", "venue", "add"),
    ],
)
