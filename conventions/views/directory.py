from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from conventions import directory as partners_of
from conventions.forms.directory import DirectoryForm, ListingForm
from partners import services
from partners.audience import ACCOUNTS, PUBLIC, Audience, open_to


@require_safe
@open_to(*ACCOUNTS)
def directory(request: HttpRequest) -> HttpResponse:
    """Who the partners are, and how to reach them (A7)."""
    return _answer(request, public=False)


@require_safe
@open_to(PUBLIC)
def public_directory(request: HttpRequest) -> HttpResponse:
    """Where the partners are, for everybody: names, postal addresses, web sites (A7)."""
    return _answer(request, public=True)


def _answer(request: HttpRequest, *, public: bool) -> HttpResponse:
    everybody = partners_of.listed(on=timezone.localdate(), public=public)
    form = DirectoryForm(request.GET, partners=everybody)
    found = partners_of.find(everybody, form.asked)
    page = Paginator(found, settings.LIST_PAGE).get_page(request.GET.get("page"))
    map_, unplaced = partners_of.map_of(found, form.asked, link=lambda **answer: _link(form.asked, answer))
    context = {
        "public": public,
        "form": form,
        "page": page,
        "partners": partners_of.in_full(page.object_list),
        "map": map_,
        "unplaced": unplaced,
        "wider": _link(form.asked, {"commune": "", "intercommunalite": ""}),
    }
    return render(request, "conventions/directory.html", context)


def _link(asked: dict[str, str], answer: dict[str, str]) -> str:
    """The directory's address with other answers."""
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in {**asked, **answer}.items() if value})
    return f"?{query.urlencode()}"


@require_POST
@open_to(Audience.LEAD)
def directory_listing(request: HttpRequest) -> HttpResponse:
    """The référent·e says what the public sees of the structure (A7)."""
    form = ListingForm(request.POST, instance=request.user.own_structure)
    if form.is_valid():
        services.choose_listing(
            structure=request.user.own_structure, **form.cleaned_data, by=request.user, at=timezone.now()
        )
        messages.success(request, "C'est noté : l'annuaire public suit votre choix.")
    return redirect("conventions:partnership")
