"""Documents on screen."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership
from activity.log import logged, record
from documents import actions
from documents.models import Document

pytestmark = pytest.mark.django_db


@pytest.fixture
def screen(client: Client, alice: Membership) -> Client:
    client.force_login(alice.user)
    return client


def write(member: Membership, title: str = "Plan", **values: Any) -> Document:
    return actions.create_document(actor=member.actor, title=title, **values)


def address(name: str, document: Document, *more: int) -> str:
    return reverse(f"documents:{name}", args=[document.pk, *more])


def test_the_list_asks_as_much_for_200_documents_as_for_one(
    screen: Client, alice: Membership
) -> None:
    counts = []
    for total in (1, 3, 200):
        while Document.objects.count() < total:
            write(alice)
        with CaptureQueriesContext(connection) as asked:
            assert screen.get(reverse("documents:list")).status_code == 200
        counts.append(len(asked))

    assert counts[0] == counts[1] == counts[2]


def test_a_document_shows_clean_markdown(screen: Client, alice: Membership) -> None:
    document = write(alice, content="# Plan\n\n<script>alert(1)</script>**bold**")

    page = screen.get(address("detail", document)).content.decode()

    assert "<strong>bold</strong>" in page
    assert "alert(1)</script>" not in page


def test_what_is_written_is_saved_and_shown(screen: Client) -> None:
    form = {"title": "Plan", "kind": "research", "content": "one\r\ntwo"}

    answer = screen.post(reverse("documents:create"), form)

    document = Document.objects.get()
    assert answer.headers["Location"] == address("detail", document)
    assert document.content == "one\ntwo"


def test_a_document_without_a_title_is_refused_with_its_text_kept(screen: Client) -> None:
    answer = screen.post(
        reverse("documents:create"), {"title": "", "kind": "research", "content": "kept"}
    )

    assert answer.status_code == 422
    assert "kept" in answer.content.decode()
    assert not Document.objects.exists()


def test_an_editor_that_comes_second_sees_both_texts(
    screen: Client, alice: Membership, bob: Membership
) -> None:
    document = write(alice, content="one")
    actions.edit_document(actor=bob.actor, document=document, content="from bob")
    form = {"title": "Plan", "kind": "deliverable", "content": "from alice", "version": 1}

    answer = screen.post(address("edit", document), form)

    assert answer.status_code == 409
    page = answer.content.decode()
    # Where the two differ it is marked; one's own text stands in the field, untouched.
    assert "<mark>bob</mark>" in page
    assert "from alice</textarea>" in page

    screen.post(address("edit", document), {**form, "version": 2})
    document.refresh_from_db()
    assert document.content == "from alice"


def test_versions_are_compared_and_brought_back(screen: Client, alice: Membership) -> None:
    document = write(alice, content="one")
    actions.edit_document(actor=alice.actor, document=document, content="two")

    assert "one" in screen.get(address("version", document, 2)).content.decode()
    screen.post(address("restore", document, 1))

    document.refresh_from_db()
    assert (document.version, document.content) == (3, "one")


@pytest.mark.parametrize("name", ["detail", "edit", "download"])
def test_documents_of_others_are_not_there(
    screen: Client, charlie: Membership, name: str, alice: Membership
) -> None:
    assert screen.get(address(name, write(charlie))).status_code == 404


def test_a_stranger_is_sent_to_sign_in(client: Client, alice: Membership) -> None:
    answer = client.get(address("detail", write(alice)))

    assert answer.status_code == 302
    assert "/login" in answer.headers["Location"]


def test_a_viewer_finds_no_way_to_edit(
    client: Client, viewer: Membership, alice: Membership
) -> None:
    document = write(alice)
    client.force_login(viewer.user)

    assert address("edit", document) not in client.get(address("detail", document)).content.decode()
    form = {"title": "Mine", "kind": "research", "content": ""}
    client.post(address("edit", document), form)
    document.refresh_from_db()
    assert document.title == "Plan"


def test_the_heading_that_repeats_the_title_is_shown_once(
    screen: Client, alice: Membership
) -> None:
    document = write(alice, title="Plan", content="# Plan\n\nOne.\n\n# Another\n")

    page = screen.get(address("detail", document)).content.decode()

    assert "<h1>Plan</h1>" not in page.split("<article", 1)[1]
    assert "<h1>Another</h1>" in page


def test_an_old_version_is_read_in_its_own_words(screen: Client, alice: Membership) -> None:
    document = write(alice, content="the first words")
    actions.edit_document(actor=alice.actor, document=document, content="others")

    page = screen.get(address("detail", document) + "?version=1").content.decode()

    assert "the first words" in page
    assert "This is version 1 of 2" in page
    assert screen.get(address("detail", document) + "?version=7").status_code == 404


def test_the_preview_shows_what_will_be_read(screen: Client) -> None:
    answer = screen.post(reverse("documents:preview"), {"content": "**loud** <script>x</script>"})

    assert "<strong>loud</strong>" in answer.content.decode()
    assert "<script>" not in answer.content.decode()


def test_what_was_put_away_is_found_apart(screen: Client, alice: Membership) -> None:
    document = write(alice, title="Old plan")
    screen.post(address("archive", document), follow=True)

    assert "Old plan" not in screen.get(reverse("documents:list")).content.decode()
    assert "Old plan" in screen.get(reverse("documents:list") + "?archived=1").content.decode()


def test_whoever_reads_a_document_has_seen_what_was_told_about_it(
    client: Client, alice: Membership, bob: Membership
) -> None:
    document = write(alice)
    with logged():
        told = record(
            actor=alice.actor,
            verb="document.edited",
            message="look",
            document=document,
            notify={"mention": [bob.actor]},
        )
    client.force_login(bob.user)

    client.get(address("detail", document))

    assert not bob.actor.notifications.filter(activity=told, read_at=None).exists()
