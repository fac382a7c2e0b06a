"""From which address a request came, decided once for everything that asks."""

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# Headers in which a client can claim to be somebody else.
CLAIMS = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_REAL_IP",
    "HTTP_X_CLIENT_IP",
    "HTTP_X_CLUSTER_CLIENT_IP",
    "HTTP_CF_CONNECTING_IP",
    "HTTP_TRUE_CLIENT_IP",
    "HTTP_FORWARDED_FOR",
    "HTTP_FORWARDED",
    "HTTP_VIA",
)


class ClientAddress:
    """Sets REMOTE_ADDR to the client's address, and drops what the client claims itself.

    Each of PROXY_COUNT proxies adds the address it was called from at the right end of
    X-Forwarded-For. So the client is that many from the right; what stands further left was
    written by the client itself. Login lock-out, throttles and logs then need no opinion of
    their own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        for header in CLAIMS:
            request.META.pop(header, None)
        if 0 < settings.PROXY_COUNT <= len(told):
            ours = [address.strip() for address in told[-settings.PROXY_COUNT :]]
            if _is_address(ours[0]):
                request.META["REMOTE_ADDR"] = ours[0]
                request.META["HTTP_X_FORWARDED_FOR"] = ", ".join(ours)
        return self.get_response(request)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
