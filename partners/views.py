from datetime import timedelta
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.downloads import pdf_response
from common.forms import attempt
from common.languages import FRENCH, LANGUAGES
from common.logs import hide_secrets
from common.text import formatted
from partners import documents, services
from partners.audience import ACCOUNTS, BOOKERS, PUBLIC, VENUE, VISITOR, Audience, audience_for, open_to
from partners.forms import CODE_MAX, PasswordForm, QuestionForm, TermsForm, VisitorCodeForm
from partners.middleware import VISITOR_KEY
from partners.models import AccessLink, HelpPage, TermsOfUse, Venue
from partners.seasons import Season

LANGUAGE_KEPT = timedelta(days=365)
READERS = {
    **dict.fromkeys(BOOKERS, HelpPage.Readers.STRUCTURES),
    VENUE: HelpPage.Readers.VENUES,
    VISITOR: HelpPage.Readers.VISITORS,
}


@open_to(*ACCOUNTS)
def terms(request: HttpRequest) -> HttpResponse:
    """The conditions of use, to read again or to accept (A4)."""
    due = services.terms_to_accept(user=request.user, at=timezone.now())
    form = TermsForm(request.POST or None)
    if due and request.method == "POST" and form.is_valid():
        services.accept_terms(user=request.user, terms=due, at=timezone.now())
        messages.success(request, "Merci, c'est noté.")
        return redirect(_next(request))
    current = due or TermsOfUse.objects.current(at=timezone.now())
    return render(request, "partners/terms.html", {"terms": current, "due": due, "form": form})


def _next(request: HttpRequest) -> str:
    """The page of ours that somebody came from, else the home page."""
    target = request.POST.get("next") or request.GET.get("next", "")
    return target if url_has_allowed_host_and_scheme(target, {request.get_host()}) else reverse("home")


@require_safe
@open_to(PUBLIC, translated=True)
def help_index(request: HttpRequest) -> HttpResponse:
    """The pages of help, those for whoever reads first, and how to reach somebody (C12)."""
    pages = HelpPage.objects.first_for(READERS.get(audience_for(request), HelpPage.Readers.EVERYBODY))
    return render(request, "partners/help.html", {"pages": pages})


@require_safe
@open_to(PUBLIC)
def help_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One page that staff wrote."""
    page = get_object_or_404(HelpPage, slug=slug)
    return render(request, "partners/help_page.html", {"page": page, "html": formatted(page.body)})


@open_to(PUBLIC)
def ask(request: HttpRequest) -> HttpResponse:
    """A question to the team; the page it was asked from goes with it, without what its address carried (C12)."""
    account = request.user if request.user.is_authenticated else None
    form = QuestionForm(request.POST or None, account=account)
    came_from = request.POST.get("page") or urlsplit(request.headers.get("Referer", "")).path
    if request.method == "POST" and form.is_valid():
        form.instance.page = hide_secrets(came_from)[:200]
        address = get_adapter().get_client_ip(request)
        if form.by_machine or attempt(
            form, services.ask_team, question=form.instance, address=address, at=timezone.now()
        ):
            messages.success(
                request, "C'est envoyé. Nous répondons par mail, en général sous deux jours ouvrés."
            )
            return redirect("partners:help")
    return render(request, "partners/ask.html", {"form": form, "page": came_from})


@require_POST
@open_to(PUBLIC)
def choose_language(request: HttpRequest) -> HttpResponse:
    """Whoever has no account chooses the language of their pages; the browser remembers it for a year (A6)."""
    response = redirect(_next(request))
    if (code := request.POST.get("language")) in LANGUAGES:
        response.set_cookie(
            settings.LANGUAGE_COOKIE,
            code,
            max_age=LANGUAGE_KEPT,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


@open_to(PUBLIC, translated=True)
def visitor_enter(request: HttpRequest) -> HttpResponse:
    """A visitor types the code of the structure, or scanned the card that fills it in (A6)."""
    form = VisitorCodeForm(request.POST or None, initial={"code": request.GET.get("code", "")[:CODE_MAX]})
    if request.method == "POST" and form.is_valid():
        address = get_adapter().get_client_ip(request)
        access = attempt(
            form,
            services.enter_as_visitor,
            typed=form.cleaned_data["code"],
            address=address,
            at=timezone.now(),
        )
        if access:
            request.session.flush()
            request.session[VISITOR_KEY] = str(access.pk)
            return redirect("home")
    return render(request, "partners/visitor_enter.html", {"form": form})


@require_POST
@open_to(PUBLIC)
def visitor_leave(request: HttpRequest) -> HttpResponse:
    """End a visitor's session: the phone or PC may be somebody else's."""
    request.session.flush()
    return redirect("home")


@require_safe
@open_to(*BOOKERS)
def visitor_code(request: HttpRequest) -> HttpResponse:
    """The structure's code of this season, to hand out (A6)."""
    access = services.open_visitor_access(
        structure=request.user.structure, by=request.user, at=timezone.now()
    )
    context = {"access": access, "season": Season(access.season_year), "days": settings.VISITOR_OVERLAP_DAYS}
    return render(request, "partners/visitor_code.html", context)


@require_safe
@open_to(*BOOKERS)
def visitor_card(request: HttpRequest) -> HttpResponse:
    """The same code on an A6 card, to print and hand out; its back in the language asked for (A6)."""
    access = services.open_visitor_access(
        structure=request.user.structure, by=request.user, at=timezone.now()
    )
    asked = request.GET.get("langue", FRENCH)
    language = asked if asked in LANGUAGES else FRENCH
    return pdf_response(documents.visitor_card(access, language=language), name="carte-visiteur")


@require_POST
@open_to(Audience.LEAD)
def visitor_code_replace(request: HttpRequest) -> HttpResponse:
    """The référent·e revokes a code that went astray; the old one is out at once (A6)."""
    now = timezone.now()
    access = services.open_visitor_access(structure=request.user.structure, by=request.user, at=now)
    services.replace_visitor_access(access=access, by=request.user, at=now)
    messages.success(request, "L'ancien code ne marche plus. Voici le nouveau.")
    return redirect("partners:visitor_code")


@require_safe
@open_to(*ACCOUNTS, VISITOR)
def venues(request: HttpRequest) -> HttpResponse:
    """The *répertoire culturel*: venues, the way there, the companions' price (A8)."""
    words = request.GET.get("q", "")[:100]
    page = Paginator(Venue.objects.search(words), settings.LIST_PAGE).get_page(request.GET.get("page"))
    return render(request, "partners/venues.html", {"page": page, "words": words})


@require_safe
@open_to(*ACCOUNTS, VISITOR)
def venue(request: HttpRequest, slug: str) -> HttpResponse:
    """One venue: how to get there, how one is welcomed (A8)."""
    found = get_object_or_404(Venue.objects.select_related("commune"), slug=slug)
    return render(request, "partners/venue.html", {"venue": found})


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(PUBLIC)
def choose_password(request: HttpRequest, token: str) -> HttpResponse:
    """A mail's link: its person chooses a password, or lets one be proposed (A4, A5). Looking uses nothing up."""
    link, now = _link(token), timezone.now()
    proposed = request.POST.get("how") == "propose"
    form = PasswordForm(
        request.POST if request.method == "POST" and not proposed else None, account=link.user
    )
    context = {"link": link, "token": token, "form": form, "usable": link.is_usable(at=now)}
    if context["usable"] and (proposed or form.is_valid()):
        password = services.generate_password() if proposed else form.cleaned_data["password"]
        services.choose_password(link=link, password=password, at=now)
        request.known_to = link.user.email  # who reads the mail is no stranger guessing (F4)
        return render(request, "partners/password_kept.html", {"password": password if proposed else ""})
    return render(request, "partners/choose_password.html", context)


@require_POST
@open_to(PUBLIC)
def fresh_link(request: HttpRequest, token: str) -> HttpResponse:
    """A link that is spent asks for another one, which goes to the account's own address (A4)."""
    services.send_fresh_link(account=_link(token).user, at=timezone.now())
    return render(request, "partners/link_sent.html")


def _link(token: str) -> AccessLink:
    """The link whose token somebody brought, of an account that is open."""
    link = services.find_link(token)
    if link is None or not link.user.is_active:
        raise Http404
    return link
