"""Who is kept from opening a socket: pages of other sites, and secrets in addresses."""

from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.test import Client, override_settings

from accounts.keys import create_api_key
from accounts.models import Membership
from accounts.tokens import start_login
from activity import consumers
from missioncontrol.asgi import application
from tests.activity.line import IN_MEMORY, PATIENCE, Line

pytestmark = pytest.mark.django_db(transaction=True)


@database_sync_to_async
def cookie_of(member: Membership) -> bytes:
    browser = Client()
    browser.force_login(member.user, "django.contrib.auth.backends.ModelBackend")
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={browser.cookies[name].value}".encode()


@database_sync_to_async
def secrets_of(member: Membership) -> list[str]:
    _, key = create_api_key(actor=member.actor, name="k", scopes=["read"])
    return [key, start_login(user=member.user).access]


@pytest.mark.parametrize(
    ("origin", "opens"),
    [
        (b"http://localhost", True),
        (b"https://evil.example", False),
        (b"http://localhost.evil.example", False),
        (b"null", False),
    ],
)
async def test_a_page_of_another_site_opens_none_with_this_sites_session(
    alice: Membership, origin: bytes, opens: bool
) -> None:
    headers = [(b"cookie", await cookie_of(alice)), (b"origin", origin), (b"host", b"localhost")]
    with override_settings(CHANNEL_LAYERS=IN_MEMORY, ALLOWED_HOSTS=["localhost"]):
        assert get_channel_layer() is not None
        line = Line(application, "/api/v1/ws/activities", headers)
        assert await line.connect() is opens
        if opens:
            assert (await line.receive_json())["type"] == "hello"
            await line.disconnect()


async def test_a_cookie_without_an_origin_opens_none(alice: Membership) -> None:
    headers = [(b"cookie", await cookie_of(alice)), (b"host", b"localhost")]
    await refused("/api/v1/ws/activities", headers)


async def test_a_key_or_a_token_in_the_address_opens_none(alice: Membership) -> None:
    for secret in await secrets_of(alice):
        for name in ("ticket", "token", "key", "access_token"):
            await refused(f"/api/v1/ws/activities?{name}={secret}", [])


async def refused(address: str, headers: Any) -> None:
    with override_settings(CHANNEL_LAYERS=IN_MEMORY):
        line = Line(application, address, headers)
        assert await line.connect()
        assert (await line.receive_output(PATIENCE))["code"] == consumers.STRANGER
