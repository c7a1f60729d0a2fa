"""The secret link of an agreement: read it, sign it, refuse it, fetch the original; no account needed (B2).

Opening these pages changes nothing and sends nothing: mail scanners open links too. Only what is posted counts.
"""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from common.forms import attempt
from common.text import masked_email
from conventions.forms.signing import CodeForm, OtherSignatoryForm, RefuseForm, SignForm
from conventions.models import Agreement, AgreementDocument, SignatureLink
from conventions.services import signing
from conventions.views.documents import served
from partners.audience import PUBLIC, open_to


def _link(token: str) -> SignatureLink:
    links = SignatureLink.objects.matching(token)
    return get_object_or_404(links.select_related("agreement__structure", "agreement__venue"))


def _address(request: HttpRequest) -> str:
    return get_adapter().get_client_ip(request)


def _show(request: HttpRequest, link: SignatureLink, token: str, **context) -> HttpResponse:
    """The page for where the agreement stands, or for a link that has expired."""
    agreement = link.agreement
    context = {"agreement": agreement, "partner": agreement.partner, "token": token, "link": link, **context}
    context["email"] = masked_email(agreement.representative_email)
    if not link.is_open(at=timezone.now()):
        return render(request, "conventions/signing/expired.html", context, status=410)
    if not agreement.awaits_signature:
        return render(request, "conventions/signing/ended.html", context)
    context["words"] = agreement.documents.get(kind=AgreementDocument.Kind.FROZEN).words
    context.setdefault("form", SignForm(agreement=agreement))
    return render(request, "conventions/signing/read.html", context)


@never_cache
@open_to(PUBLIC)
def signature(request: HttpRequest, token: str) -> HttpResponse:
    """Read the agreement; say who signs, and get a code by mail."""
    link = _link(token)
    form = SignForm(request.POST or None, agreement=link.agreement)
    if request.method == "POST" and form.is_valid():
        who = {name: form.cleaned_data[name] for name in ("name", "capacity")}
        if attempt(form, signing.send_code, link=link, address=_address(request), at=timezone.now(), **who):
            return redirect("conventions:signature_code", token)
    link.agreement.refresh_from_db()
    return _show(request, link, token, form=form)


@never_cache
@open_to(PUBLIC)
def signature_code(request: HttpRequest, token: str) -> HttpResponse:
    """Type the code: that is the signature."""
    link = _link(token)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data["code"]
        if attempt(form, signing.sign, link=link, typed=typed, address=_address(request), at=timezone.now()):
            return redirect("conventions:signature", token)
    link.agreement.refresh_from_db()
    if link.agreement.state != Agreement.State.OPENED or not link.is_open(at=timezone.now()):
        return _show(request, link, token)
    context = {
        "form": form,
        "token": token,
        "agreement": link.agreement,
        "partner": link.agreement.partner,
        "email": masked_email(link.agreement.representative_email),
    }
    return render(request, "conventions/signing/code.html", context)


@never_cache
@open_to(PUBLIC)
def signature_refuse(request: HttpRequest, token: str) -> HttpResponse:
    """Say why one doesn't sign."""
    link, form = _link(token), RefuseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = {**form.cleaned_data, "address": _address(request), "at": timezone.now()}
        if attempt(form, signing.refuse, link=link, **answer):
            return redirect("conventions:signature", token)
    return _ask(request, link, token, form, "conventions/signing/refuse.html")


@never_cache
@open_to(PUBLIC)
def signature_other(request: HttpRequest, token: str) -> HttpResponse:
    """« Je ne suis pas cette personne »: name who signs."""
    link, form = _link(token), OtherSignatoryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = {**form.cleaned_data, "address": _address(request), "at": timezone.now()}
        if attempt(form, signing.give_back, link=link, **answer):
            return redirect("conventions:signature", token)
    return _ask(request, link, token, form, "conventions/signing/other.html")


def _ask(request: HttpRequest, link: SignatureLink, token: str, form, template: str) -> HttpResponse:
    link.agreement.refresh_from_db()
    if not link.agreement.awaits_signature or not link.is_open(at=timezone.now()):
        return _show(request, link, token)
    context = {"form": form, "token": token, "agreement": link.agreement, "partner": link.agreement.partner}
    return render(request, template, context)


@require_POST
@open_to(PUBLIC)
def signature_renew(request: HttpRequest, token: str) -> HttpResponse:
    """From an expired link: a fresh one, by mail to the representative alone."""
    link = _link(token)
    signing.renew_link(agreement=link.agreement, by=signing.SIGNER, at=timezone.now())
    email = masked_email(link.agreement.representative_email)
    messages.success(request, f"Un nouveau lien est parti à l'adresse {email}.")
    return redirect("conventions:signature", token)


@never_cache
@require_safe
@open_to(PUBLIC)
def signature_document(request: HttpRequest, token: str, name: str) -> HttpResponse:
    """The PDF to sign, and once both signed, the original."""
    link = _link(token)
    if not link.is_open(at=timezone.now()) or link.agreement.withdrawn_at or name == "papier":
        raise Http404
    return served(link.agreement, name)
