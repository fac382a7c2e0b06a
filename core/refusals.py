"""What a person sees when a verb refuses."""

import json
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from core.errors import refusal_of


class RefusalMiddleware:
    """Turns an MCError that a screen's view let through into words on that screen.

    A part of a page gets a toast and stays as it is. A whole page that was posted goes back
    to where it came from with the message; one that was only asked for shows it as a page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        refusal = refusal_of(error)
        if refusal is None or request.path.startswith("/api/"):
            return None
        if request.headers.get("HX-Request"):
            return toast(HttpResponse(status=refusal.status), refusal.message, category="error")
        back = request.META.get("HTTP_REFERER", "")
        if request.method == "POST" and url_has_allowed_host_and_scheme(
            back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        ):
            messages.error(request, refusal.message)
            return HttpResponseRedirect(back)
        name = {403: "403.html", 404: "404.html"}.get(refusal.status, "refused.html")
        return render(request, name, {"exception": refusal.message}, status=refusal.status)


def toast(
    response: HttpResponse, title: str, *, category: str = "success", description: str = ""
) -> HttpResponse:
    """Let the page that gets `response` say something in its corner."""
    said = {"category": category, "title": title}
    if description:
        said["description"] = description
    # ASCII, since a header is nothing else; keeps other triggers that are there already.
    earlier = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps({**earlier, "toast": said})
    return response
