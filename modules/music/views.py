"""What providers of music call."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from core.api import limits
from core.api.errors import plain_response
from modules.music import orders


@csrf_exempt
def called(request: HttpRequest, token: str) -> HttpResponse:
    """A provider says that there is something new; what it is, is asked of it."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    verdict = limits.of_address("hook", request.META.get("REMOTE_ADDR", ""))
    if not verdict.allowed:
        return plain_response(429, "rate_limited", "Too many requests.")
    if not orders.called(token):
        return plain_response(404, "not_found", "There is nothing at this address.")
    return HttpResponse(status=204)
