"""Headers on every answer, and refusals of the domain that no view caught."""

from django.core.exceptions import SuspiciousOperation
from django.shortcuts import render

from common.errors import DomainError, TooManyAttempts


class ReadableMiddleware:
    """Refuses addresses and cookies with a NUL, which no browser sends and PostgreSQL can't look up."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if any("\x00" in text for text in (request.path, *request.COOKIES.values())):
            raise SuspiciousOperation("NUL in the address or a cookie")
        return self.get_response(request)


class HeadersMiddleware:
    """Headers that Django has no setting for, on every page, document and error."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(), microphone=()")
        if not request.path.startswith("/static/"):
            # A shared PC: nothing personal may be read from the browser's cache after signing out.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class DomainErrorMiddleware:
    """A rule that says no outside a form becomes a page with its sentence: 429 for attempts, else 409."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, TooManyAttempts):
            return render(request, "429.html", {"sentence": exception.sentence}, status=429)
        if isinstance(exception, DomainError):
            return render(request, "409.html", {"sentence": exception.sentence}, status=409)
        return None
