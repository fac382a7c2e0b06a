"""Whose address counts: the connection's, or what a declared proxy says."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from missioncontrol.proxies import CLAIMS, ClientAddress


def address_of(settings: Settings, proxies: int, **headers: str) -> str:
    """The address under which a request from 10.0.0.1 is taken."""
    settings.PROXY_COUNT = proxies
    seen: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    ClientAddress(view)(RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers=headers))
    address: str = seen[0].META["REMOTE_ADDR"]
    claims = {name: value for name, value in seen[0].META.items() if name in CLAIMS}
    assert not claims or claims["HTTP_X_FORWARDED_FOR"].split(", ")[0] == address
    return address


@pytest.mark.parametrize(
    ("proxies", "told", "expected"),
    [
        (0, "203.0.113.9", "10.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        # The client wrote the left one itself.
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (1, "2001:db8::7", "2001:db8::7"),
        # Fewer than there should be: it did not come through the proxies.
        (2, "203.0.113.9", "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "localhost", "10.0.0.1"),
        (1, "203.0.113.9; drop", "10.0.0.1"),
    ],
)
def test_the_address_is_as_many_from_the_right_as_there_are_proxies(
    settings: Settings, proxies: int, told: str, expected: str
) -> None:
    assert address_of(settings, proxies, **{"X-Forwarded-For": told}) == expected


@pytest.mark.parametrize("header", ["X-Real-IP", "Forwarded", "CF-Connecting-IP", "X-Client-IP"])
@pytest.mark.parametrize("proxies", [0, 1])
def test_no_other_header_is_believed(settings: Settings, proxies: int, header: str) -> None:
    assert address_of(settings, proxies, **{header: "203.0.113.9"}) == "10.0.0.1"
