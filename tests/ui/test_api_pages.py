"""The documentation of the API in a real browser, served from here under our policy."""

import re

import pytest
from django.test import Client
from playwright.sync_api import expect

from tests.ui.conftest import Look
from tests.ui.stage import PHONE, WIDE


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_swagger_shows_the_operations_and_lets_one_try(look: Look, size: tuple[int, int]) -> None:
    screen = look(size=size)
    page = screen.open("/api/v1/docs/")
    # Operations are drawn as one comes near them.
    first = page.locator(".opblock").first
    expect(first).to_be_visible(timeout=60_000)
    expect(page.locator(".opblock").nth(2)).to_be_attached()
    # Opening the first one, the page works through the whole description.
    first.locator(".opblock-summary-control").click(timeout=60_000)
    first.get_by_role("button", name="Try it out").click(timeout=60_000)
    first.get_by_role("button", name="Execute").click()
    expect(first.locator(".live-responses-table")).to_contain_text("not_authenticated")
    screen.forgive("401")


def test_redoc_shows_the_operations(look: Look) -> None:
    page = look(size=WIDE).open("/api/v1/redoc/")
    expect(page.get_by_text("/api/v1/auth/login").first).to_be_attached(timeout=60_000)
    expect(page.get_by_role("heading", name=re.compile("^Mission Control"))).to_be_visible()


@pytest.mark.django_db
def test_what_is_relaxed_for_these_pages_lets_nothing_come_from_elsewhere(client: Client) -> None:
    for place in ("docs", "redoc"):
        answer = client.get(f"/api/v1/{place}/")
        policy = answer.headers["Content-Security-Policy"]
        sources = set(re.findall(r"https?://[^\s;]+", policy))
        assert sources <= {"http://testserver"}, policy
        assert "'unsafe-eval'" not in policy
        assert "default-src 'self'" in policy or "default-src 'none'" in policy
        assert not re.findall(rb"""(?:src|href)=["']https?://""", answer.content)
