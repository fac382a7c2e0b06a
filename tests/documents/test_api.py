"""Documents and their shares for programs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership
from documents.actions import create_document
from documents.models import Document, Share
from tests.api.client import Program

pytestmark = pytest.mark.django_db


def write(program: Program, **fields: object) -> str:
    made = program.post("documents", {"title": "Tides", "content": "low", **fields})
    assert made.status == 201, made.body
    key: str = made.body["id"]
    return key


def test_a_link_is_made_told_once_and_withdrawn(as_alice: Program) -> None:
    shares = f"documents/{write(as_alice, visibility='private')}/shares"

    expires = (timezone.now() + timedelta(days=365)).isoformat()
    made = as_alice.post(shares, {"kind": "link", "name": "Master", "expires_at": expires})

    assert (made.status, made.body["kind"], made.body["person"]) == (201, "link", None)
    assert made.body["url"].endswith(f"/shared/{made.body['token']}/")
    assert Client().get(made.body["url"]).status_code == 200
    (listed,) = as_alice.get(shares).body["results"]
    assert "token" not in listed
    assert listed["opened_at"] is not None
    assert as_alice.delete(f"{shares}/{listed['id']}").status == 204
    assert Client().get(made.body["url"]).status_code == 404


def test_a_person_gets_a_document_and_another_role(
    as_alice: Program, as_bob: Program, bob: Membership
) -> None:
    key = write(as_alice, visibility="private")
    assert as_bob.get(f"documents/{key}").status == 404

    made = as_alice.post(f"documents/{key}/shares", {"kind": "person", "person": str(bob.actor_id)})

    assert made.body["person"]["handle"] == "bob"
    assert (made.body["role"], made.body["token"]) == ("read", None)
    assert as_bob.get(f"documents/{key}").status == 200
    assert as_bob.patch(f"documents/{key}", {"content": "high"}).status == 403
    one = f"documents/{key}/shares/{made.body['id']}"
    assert as_alice.patch(one, {"role": "edit", "expires_at": None}).body["role"] == "edit"
    assert as_bob.patch(f"documents/{key}", {"content": "high"}).status == 200
    assert as_bob.delete(one).status == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "person"}, "person"),
        ({"kind": "person", "person": "0197f3c2-5b1e-7c44-9a51-2f6d3b8e4a10"}, "person"),
        ({"kind": "link", "role": "edit"}, "kind"),
        ({"kind": "link", "expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"kind": "link", "token": "mine"}, "token"),
    ],
)
def test_a_share_that_cannot_be_names_its_field(
    as_alice: Program, body: dict[str, str], field: str
) -> None:
    refused = as_alice.post(f"documents/{write(as_alice)}/shares", body)

    assert refused.status in (400, 404, 409)
    assert field in refused.body["error"]["details"]
    assert not Share.objects.exists()


def test_a_document_is_closed_and_opened_by_patch_together_with_its_text(
    as_alice: Program, as_bob: Program
) -> None:
    key = write(as_alice)

    closed = as_alice.patch(f"documents/{key}", {"visibility": "private", "content": "high"})

    assert (closed.body["visibility"], closed.body["version"]) == ("private", 2)
    assert as_bob.get(f"documents/{key}").status == 404
    told = as_bob.get(f"activities?document={key}").body["results"]
    assert "Tides" not in str(told)
    assert as_alice.get("documents?visibility=private").body["count"] == 1
    assert as_alice.patch(f"documents/{key}", {"visibility": "workspace"}).status == 200
    assert as_bob.patch(f"documents/{key}", {"visibility": "private"}).status == 409


def test_nothing_of_a_patch_is_kept_when_somebody_was_faster(as_alice: Program) -> None:
    key = write(as_alice)
    as_alice.patch(f"documents/{key}", {"content": "high"})

    late = as_alice.patch(
        f"documents/{key}",
        {"content": "higher", "visibility": "private", "archived": True},
        If_Match='"1"',
    )

    assert late.status == 412
    found = Document.objects.get()
    assert (found.content, found.private, found.archived_at) == ("high", False, None)


def test_what_was_put_away_is_searched_apart(as_alice: Program) -> None:
    key = write(as_alice)
    as_alice.delete(f"documents/{key}")

    assert as_alice.get("documents?search=low").body["count"] == 0
    assert as_alice.get("documents?search=low&archived=true").body["count"] == 1


def test_the_list_asks_as_much_for_200_documents_as_for_one(
    as_bob: Program, alice: Membership
) -> None:
    counts = []
    for total in (1, 3, 200):
        while Document.objects.count() < total:
            create_document(actor=alice.actor, title="Tides")
        with CaptureQueriesContext(connection) as asked:
            assert as_bob.get("documents?page_size=200").body["count"] == total
        counts.append(len(asked))

    assert counts[0] == counts[1] == counts[2]
