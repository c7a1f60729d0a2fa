"""Staff's pages for people of structures' lists: no name, but for somebody who asks the association itself (F1, F3)."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from common.admin import ReadOnlyAdmin
from common.errors import DomainError
from common.forms import attach
from invitations.forms.own_data import FUTURE
from invitations.models import Participant
from invitations.models.own_data import Place
from invitations.services import own_data
from invitations.services.people import REASON_MAX, REASON_MIN
from invitations.views.own_data import handed_over
from partners.models import Structure

ACTIONS = [
    ("look", "Seulement chercher"),
    ("pdf", "Remettre ses données : document (PDF)"),
    ("json", "Remettre ses données : fichier (JSON)"),
    ("erase", "Effacer son nom, tout de suite"),
]


class RequestForm(forms.Form):
    """Somebody asks the association for their own data: of which structure, who, why, and what for."""

    structure = forms.CharField(
        label="Structure", max_length=200, help_text="Son nom, ou le début : celle que la personne vous dit."
    )
    words = forms.CharField(
        label="Nom de la personne",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(
        label="Qui demande, et comment ?",
        min_length=REASON_MIN,
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text="Gardé dans le journal, avec votre compte : n'y écrivez aucun nom.",
        error_messages={
            "min_length": f"Écrivez votre raison en une phrase, {REASON_MIN} caractères au moins."
        },
    )
    # Asked once somebody is found.
    found = forms.ChoiceField(label="Personne trouvée", required=False, widget=forms.HiddenInput)
    action = forms.ChoiceField(label="Que faire", choices=ACTIONS, initial="look", widget=forms.HiddenInput)
    future = forms.ChoiceField(
        label="Ses sorties à venir",
        choices=[("", "— il n'y en a pas —"), *FUTURE],
        required=False,
        widget=forms.HiddenInput,
    )
    domain_fields = {"places": "found"}

    def clean_structure(self) -> Structure:
        named = Structure.objects.filter(name__icontains=self.cleaned_data["structure"].strip())
        exact = named.filter(name__iexact=self.cleaned_data["structure"].strip())
        fitting = list((exact or named)[:2])
        if len(fitting) != 1:
            raise forms.ValidationError(
                "Plusieurs structures ont ce nom : écrivez-le en entier."
                if fitting
                else "Aucune structure de ce nom : vérifiez l'orthographe."
            )
        return fitting[0]

    def offer(self, people: list[Participant], places: list[Place]) -> None:
        """The people found, to choose one of them; those who come along are chosen name by name."""
        along = {place.name: place for place in places}
        self.rows = {f"liste {person.pk}": [person] for person in people}
        self.rows |= {
            f"avec {along[name].key}": [one for one in places if one.name == name] for name in along
        }
        labels = [(key, f"{self._name(rows[0])} ({self._where(rows)})") for key, rows in self.rows.items()]
        self.fields["found"].choices = [("", "— choisir —"), *labels]
        for name in ("found", "action", "future") if labels else ():
            self.fields[name].widget = forms.Select(choices=self.fields[name].choices)

    @staticmethod
    def _name(row: Participant | Place) -> str:
        return row.full_name if isinstance(row, Participant) else row.name

    @staticmethod
    def _where(rows: list) -> str:
        if isinstance(rows[0], Participant):
            return "sur la liste"
        return f"avec d'autres personnes, {len(rows)} fois"


@admin.register(Participant)
class ParticipantAdmin(ReadOnlyAdmin):
    """That somebody is on a structure's list, and nothing that says who."""

    list_display = ["__str__", "structure", "language", "created_at"]
    list_filter = ["language"]
    list_select_related = ["structure"]
    search_fields = ["structure__name"]
    search_help_text = "Nom de la structure : les personnes ne se cherchent pas ici."
    exclude = ["given_name", "family_name"]
    change_list_template = "admin/invitations/participant/change_list.html"

    def get_urls(self):
        view = self.admin_site.admin_view(self.request_view)
        return [path("demande/", view, name="invitations_participant_request"), *super().get_urls()]

    def request_view(self, request):
        """Somebody asks the association for their own data: found, handed over or erased, against a reason (F3)."""
        if not request.user.has_perm("invitations.change_booking"):
            raise PermissionDenied
        form = RequestForm(request.POST or None)
        if request.method == "POST" and (answer := self.answer(request, form)):
            return answer
        context = {
            **self.admin_site.each_context(request),
            "title": "Une personne demande ses données",
            "opts": self.opts,
            "form": form,
            "searched": hasattr(form, "rows"),
        }
        return TemplateResponse(request, "admin/invitations/participant/request.html", context)

    def answer(self, request, form: RequestForm):
        """What follows from a form that was sent: a file, the list once all is done, or None to show the form again."""
        form.fields["found"].choices = [(request.POST.get("found", ""), "")]  # known once the search is done
        if not form.is_valid():
            return None
        said, now = form.cleaned_data, timezone.now()
        about = {"by": request.user, "at": now, "reason": said["reason"]}
        try:
            form.offer(*own_data.search_for_team(structure=said["structure"], words=said["words"], **about))
            rows = form.rows.get(said["found"])
            if said["action"] == "look":
                return None
            if not rows:
                form.add_error("found", "Choisissez la personne trouvée.")
                return None
            return self.act(request, said, rows, about)
        except DomainError as refusal:
            attach(form, refusal)
        return None

    def act(self, request, said: dict, rows: list, about: dict):
        listed = isinstance(rows[0], Participant)
        if said["action"] == "erase":
            keep = said["future"] == "keep" if said["future"] else None
            if listed:
                own_data.erase_person(participant=rows[0], keep=keep, **about)
            else:
                own_data.erase_places(places=rows, keep=keep, **about)
            self.message_user(request, "Le nom est effacé.", messages.SUCCESS)
            return redirect("admin:invitations_participant_changelist")
        if listed:
            record, subject = own_data.record_of(rows[0], at=about["at"]), rows[0]
        else:
            record, subject = own_data.record_of_places(rows, at=about["at"]), rows[0].row
        return handed_over(record, subject=subject, how=said["action"], **about)
