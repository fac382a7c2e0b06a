"""Every screen × who calls, from the addresses that there are."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver

from accounts.keys import create_api_key
from accounts.models import Membership, Workspace
from accounts.tokens import start_login
from activity.webhooks.actions import create_webhook
from documents.actions import share_by_link
from documents.models import Document
from tasks.inbound.actions import create_hook
from tests.security.matrix import GRANTS
from tests.security.pages import FIELDS, NEEDS, OPEN, OWN
from tests.security.test_matrix import person, things  # noqa: F401 - a fixture
from whitepapers.actions import Words, create_whitepaper

HTMX = {"HX-Request": "true"}
PLACE = re.compile(r"<(?:(\w+):)?(\w+)>")


def pages(patterns: Any = None, before: str = "") -> Iterator[str]:
    """Every address but those of the API and of the admin."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        address = before + str(one.pattern)
        if hasattr(one, "url_patterns"):
            yield from pages(one.url_patterns, address)
        elif not address.startswith(("api/v1/", "admin/")):
            yield address


def filled(address: str, known: dict[str, Any]) -> str:
    """An address with something in its places: what is there, else what is not."""
    there = known.get(re.split(r"<", address)[0], {})

    def fill(match: "re.Match[str]") -> str:
        return str(there.get(match[2], uuid4() if match[1] == "uuid" else "1"))

    return "/" + PLACE.sub(fill, address)


@pytest.fixture
def known(alice: Membership, things: dict[str, str]) -> dict[str, Any]:  # noqa: F811
    """What stands in the places of addresses, by what stands before them."""
    actor = alice.actor
    webhook, _ = create_webhook(
        actor=actor, name="Ears", url="http://example.org/in", events=["task.*"]
    )
    hook, _, _ = create_hook(actor=actor, name="Alarms", title="x", description="y")
    document = Document.objects.get(pk=things["documents"])
    share, _ = share_by_link(actor=actor, document=document)
    paper = create_whitepaper(actor=actor, words=Words(title="Lamps", content="Two."))
    return {
        "agents/": {"handle": "technical"},
        "runs/": {"pk": things["runs"], "index": 0},
        "approvals/": {"pk": things["approvals"]},
        "messages/": {"pk": things["messages"]},
        "documents/": {"pk": things["documents"], "number": 1, "share": share.pk},
        "documents/templates/": {"pk": things["document-templates"]},
        "models/": {"pk": things["models"]},
        "settings/members/": {"pk": things["workspaces/current/members"]},
        "settings/invitations/": {"pk": things["workspaces/current/invitations"]},
        "tasks/": {"number": 1},
        "settings/webhooks/": {"pk": webhook.pk},
        "settings/webhooks/incoming/": {"pk": hook.pk},
        "whitepapers/": {"slug": paper.slug, "number": 1},
    }


def test_the_rows_are_of_addresses_that_there_are() -> None:
    there = set(pages())
    assert set(NEEDS) | OWN <= there
    assert set(NEEDS.values()) <= set(GRANTS)


@pytest.mark.parametrize("who", ["anonymous", "a token of a person", "a key of a person"])
def test_a_stranger_is_sent_to_sign_in(alice: Membership, who: str) -> None:
    """Screens take a session alone: neither a token nor a key opens one."""
    client, headers = Client(raise_request_exception=False), {}
    if "token" in who:
        headers["Authorization"] = f"Bearer {start_login(user=alice.user).access}"
    elif "key" in who:
        scopes = ["read", "write", "run", "admin"]
        _, text = create_api_key(actor=alice.actor, name="k", scopes=scopes)
        headers["Authorization"] = f"Token {text}"
    wrong = []
    for address in set(pages()) - OPEN:
        for method in ("GET", "POST"):
            reply = client.generic(method, filled(address, {}), headers=headers)
            sent_away = reply.status_code == 302 and reply.headers["Location"].startswith("/login")
            if not sent_away and reply.status_code not in (401, 404, 405):
                wrong.append(f"{method} {address}: {reply.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", ["viewer", "member", "admin", "owner"])
def test_a_member_does_what_the_row_says_and_nothing_else(
    alice: Membership, workspace: Workspace, known: dict[str, Any], role: str
) -> None:
    client = Client(raise_request_exception=False)
    user = alice.user if role == "owner" else person(workspace, role).user
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    wrong = []
    for address, need in NEEDS.items():
        status, recorded = _post(client, workspace, filled(address, known))
        if role in GRANTS[need][0]:
            good = status not in (401, 403, 404, 405) and status < 500
        else:
            good = status == 403 and not recorded
        if not good:
            wrong.append(f"{address}: {status}, {recorded} recorded")
    assert not wrong, "\n".join(wrong)


def test_who_may_only_look_changes_nothing_anywhere(
    alice: Membership, workspace: Workspace, known: dict[str, Any]
) -> None:
    client = Client(raise_request_exception=False)
    viewer = person(workspace, "viewer").user
    client.force_login(viewer, "django.contrib.auth.backends.ModelBackend")
    wrong = []
    for address in set(pages()) - set(NEEDS) - OPEN - OWN:
        status, recorded = _post(client, workspace, filled(address, known))
        if recorded or status >= 500:
            wrong.append(f"{address}: {status}, {recorded} recorded")
    assert not wrong, "\n".join(wrong)


def test_what_belongs_to_another_workspace_is_not_found(
    charlie: Membership, known: dict[str, Any]
) -> None:
    """Charlie owns another workspace, and may do everything there."""
    client = Client(raise_request_exception=False)
    client.force_login(charlie.user, "django.contrib.auth.backends.ModelBackend")
    wrong = []
    for address in set(pages()) - OPEN:
        # The handles of the agents that every workspace begins with are Charlie's own too.
        if "<uuid:pk>" not in address or re.split(r"<", address)[0] not in known:
            continue
        for method in ("GET", "POST"):
            with transaction.atomic():
                fields = FIELDS if method == "POST" else {}
                ask = client.post if method == "POST" else client.get
                status = ask(filled(address, known), fields, headers=HTMX).status_code
                transaction.set_rollback(True)
            if status not in (404, 405):
                wrong.append(f"{method} {address}: {status}")
    assert not wrong, "\n".join(wrong)


def test_a_form_of_another_site_is_refused(alice: Membership) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice.user, "django.contrib.auth.backends.ModelBackend")
    before = Workspace.objects.get(pk=alice.workspace_id).last_event
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert browser.post("/halt/", {"reason": "x"}, headers=headers).status_code == 403
        assert browser.post("/goal/", {"goal": "x"}, headers=headers).status_code == 403
    assert Workspace.objects.get(pk=alice.workspace_id).last_event == before


def _post(client: Client, workspace: Workspace, address: str) -> tuple[int, int]:
    """Status, and how many entries the log got; then all of it is undone."""
    with transaction.atomic():
        before = Workspace.objects.get(pk=workspace.pk).last_event
        status = client.post(address, FIELDS, headers=HTMX).status_code
        after = Workspace.objects.get(pk=workspace.pk).last_event
        transaction.set_rollback(True)
    return status, after - before
