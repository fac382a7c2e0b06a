"""A private document holds canary words, and nobody else hears them through any door."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Actor, Membership, Workspace
from accounts.tokens import start_login
from activity.events import as_event
from activity.models import Activity
from documents.actions import (
    create_document,
    edit_document,
    set_visibility,
    share_by_link,
    share_document,
)
from documents.models import Document
from documents.tools import read_document, search_documents, write_document
from missioncontrol.mcp.server import _text_of
from modules.tools import ToolContext, ToolError
from tests.api.client import Program
from tests.security.matrix import ROWS
from tests.security.pages import OPEN
from tests.security.test_matrix import _no_limits, things  # noqa: F401 - fixtures
from tests.security.test_pages import pages

CANARY = "zanzibar"


@pytest.fixture
def secret(bob: Membership) -> Document:
    """Written in the open by Bob, an ordinary member; then changed, closed, changed and shared."""
    actor = bob.actor
    document = create_document(actor=actor, title=f"On {CANARY}", content=f"{CANARY} one")
    edit_document(actor=actor, document=document, content=f"{CANARY} two", note=CANARY)
    document = set_visibility(actor=actor, document=document, visibility="private")
    document = edit_document(actor=actor, document=document, content=f"{CANARY} three")
    share_by_link(actor=actor, document=document, name=CANARY)
    return document


@pytest.fixture(params=["owner", "agent", "viewer"])
def other(
    request: pytest.FixtureRequest, alice: Membership, viewer: Membership, agents: Any
) -> Actor:
    """Somebody of the workspace who is not to read it, whatever their role."""
    found: dict[str, Actor] = {
        "owner": alice.actor,
        "agent": agents.technical.actor,
        "viewer": viewer.actor,
    }
    return found[request.param]


def filled(address: str, key: str) -> str:
    """An address with the document's id in every place that takes one."""
    address = re.sub(r"<int:\w+>", "1", address)
    return re.sub(r"<[^>]+>", lambda match: key if "uuid" in match[0] else str(uuid4()), address)


def answers_of_the_api(get: Callable[[str], Any], key: str) -> Iterator[tuple[str, bytes]]:
    for address, row in ROWS.items():
        if "GET" in row:
            path = filled(address, key)
            yield path, get(path).content
    for asked in ("documents", "activities", "notifications", "tasks", "assets", "conversations"):
        for query in ("", f"?search={CANARY}", "?page_size=200"):
            yield asked + query, get(asked + query).content


def test_no_address_of_the_api_tells_of_it(
    alice: Membership,
    secret: Document,
    things: dict[str, str],  # noqa: F811
) -> None:
    owner = Program(f"Bearer {start_login(user=alice.user).access}")
    author = Program(f"Bearer {start_login(user=secret.created_by.membership.user).access}")
    path = f"documents/{secret.pk}"
    assert CANARY.encode() in author.get(path).content, "its author reads it"

    told = [
        path
        for path, content in answers_of_the_api(owner.get, str(secret.pk))
        if CANARY.encode() in content.replace(f"search={CANARY}".encode(), b"")
    ]

    assert told == []
    assert owner.get(path).status == 404
    for method, below, body in (
        ("PATCH", "", {"content": "x"}),
        ("PUT", "", {"title": "x", "content": "x"}),
        ("DELETE", "", None),
        ("POST", "/restore", {"version": 1}),
        ("GET", "/pdf", None),
        ("GET", "/versions/1", None),
        ("GET", "/shares", None),
        ("POST", "/shares", {"kind": "link"}),
        ("DELETE", f"/shares/{secret.shares.get().pk}", None),
    ):
        assert owner(method, path + below, body).status == 404, f"{method} {below}"


def test_no_screen_tells_of_it(
    alice: Membership,
    secret: Document,
    things: dict[str, str],  # noqa: F811
) -> None:
    owner = Client(raise_request_exception=False)
    owner.force_login(alice.user, "django.contrib.auth.backends.ModelBackend")
    addresses = [filled(address, str(secret.pk)) for address in set(pages()) - OPEN]
    addresses += [f"documents/?q={CANARY}", "documents/?archived=1", f"activity/?q={CANARY}"]

    told = []
    for address in addresses:
        content = owner.get(f"/{address}").content
        # What was asked for comes back in the field and the address that asked for it.
        plain = re.sub(rb'value="zanzibar"|\bq=zanzibar', b"", content)
        if CANARY.encode() in plain:
            told.append(address)

    assert told == []


def test_the_admin_shows_that_it_is_there_and_no_more(alice: Membership, secret: Document) -> None:
    alice.user.is_staff = alice.user.is_superuser = True
    alice.user.save()
    admin = Client()
    admin.force_login(alice.user, "django.contrib.auth.backends.ModelBackend")
    version = secret.versions.first()
    assert version is not None
    for address in (
        "document/",
        f"document/?q={CANARY}",
        f"document/{secret.pk}/change/",
        "version/",
        f"version/{version.pk}/change/",
        "share/",
        f"share/{secret.shares.get().pk}/change/",
    ):
        answer = admin.get(f"/admin/documents/{address}")
        assert answer.status_code == 200
        plain = re.sub(r"(value=.|q=)zanzibar", "", answer.content.decode())
        assert CANARY not in plain


def test_no_tool_and_no_resource_gives_it(
    workspace: Workspace, other: Actor, secret: Document
) -> None:
    context = ToolContext(actor=other, workspace=workspace)

    assert search_documents(context, CANARY) == {"documents": []}
    with pytest.raises(ToolError):
        read_document(context, str(secret.pk))
    with pytest.raises(ToolError):
        write_document(context, "Mine", "now", document_id=str(secret.pk))
    assert _text_of(other, f"mc://documents/{secret.pk}") is None


def test_what_sockets_and_webhooks_hear_says_nothing_of_it(
    workspace: Workspace, secret: Document
) -> None:
    rows = Activity.objects.filter(workspace=workspace).select_related("actor", "task")
    heard = str([as_event(row) for row in rows])

    assert str(secret.pk) in heard
    assert CANARY not in heard


def test_lists_are_counted_for_each_caller_apart(
    alice: Membership, bob: Membership, secret: Document
) -> None:
    author = Program(f"Bearer {start_login(user=bob.user).access}")
    owner = Program(f"Bearer {start_login(user=alice.user).access}")

    assert author.get("documents").body["count"] == 1
    assert owner.get("documents").body["count"] == 0


def test_whoever_it_is_shared_with_finds_it_at_once_and_later_no_more(
    alice: Membership, bob: Membership, secret: Document
) -> None:
    owner = Program(f"Bearer {start_login(user=alice.user).access}")
    author = Program(f"Bearer {start_login(user=bob.user).access}")
    before = owner.get("documents").headers["ETag"]
    share_document(actor=bob.actor, document=secret, person=alice.actor)

    found = owner.get(f"documents?search={CANARY}", If_None_Match=before)
    assert [one["id"] for one in found.body["results"]] == [str(secret.pk)]

    share = author.get(f"documents/{secret.pk}/shares").body["results"][-1]
    assert author.delete(f"documents/{secret.pk}/shares/{share['id']}").status == 204
    assert owner.get("documents").body["count"] == 0
