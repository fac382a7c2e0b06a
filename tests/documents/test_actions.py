"""Documents: every state is kept, and whoever comes second loses nothing."""

import pytest

from accounts.models import Membership
from core.errors import Conflict, Forbidden, Invalid, NotFound
from documents import actions
from documents.search import search

pytestmark = pytest.mark.django_db


def test_each_edit_is_a_version(alice: Membership, bob: Membership) -> None:
    document = actions.create_document(actor=alice.actor, title="Plan", content="one")
    document = actions.edit_document(actor=bob.actor, document=document, content="two")
    same = actions.edit_document(actor=bob.actor, document=document, content="two")

    assert (same.version, same.content) == (2, "two")
    texts = document.versions.order_by("number").values_list("content", "author__handle")
    assert list(texts) == [("one", "alice"), ("two", "bob")]


def test_the_second_of_two_editors_keeps_both_texts(alice: Membership, bob: Membership) -> None:
    document = actions.create_document(actor=alice.actor, title="Plan", content="one")
    actions.edit_document(actor=bob.actor, document=document, content="bob's", expected_version=1)

    with pytest.raises(Conflict) as refusal:
        actions.edit_document(
            actor=alice.actor, document=document, content="alice's", expected_version=1
        )

    assert refusal.value.details == {"theirs": "bob's", "mine": "alice's", "version": 2}
    document.refresh_from_db()
    assert document.content == "bob's"


def test_an_earlier_version_comes_back_as_the_newest(alice: Membership) -> None:
    document = actions.create_document(actor=alice.actor, title="Plan", content="one")
    actions.edit_document(actor=alice.actor, document=document, content="two")

    document = actions.restore_version(actor=alice.actor, document=document, number=1)

    assert (document.version, document.content) == (3, "one")
    with pytest.raises(NotFound):
        actions.restore_version(actor=alice.actor, document=document, number=9)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("title", {"title": "  "}),
        ("title", {"title": "x" * 201}),
        ("content", {"content": "a\x00b"}),
        ("content", {"content": "x" * 1_000_001}),
        ("kind", {"kind": "novel"}),
    ],
)
def test_what_cannot_be_taken_is_named(
    alice: Membership, field: str, values: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.create_document(**{"actor": alice.actor, "title": "Plan", **values})  # type: ignore[arg-type]

    assert refusal.value.field == field


def test_a_viewer_only_reads(viewer: Membership) -> None:
    with pytest.raises(Forbidden):
        actions.create_document(actor=viewer.actor, title="Plan")


def test_search_finds_by_words_and_leaves_out_what_is_archived(alice: Membership) -> None:
    shed = actions.create_document(actor=alice.actor, title="Shed", content="green paint")
    actions.create_document(actor=alice.actor, title="Boat", content="blue paint")

    assert list(search(alice.actor, "paint GREEN")) == [shed]
    actions.archive_document(actor=alice.actor, document=shed)
    assert list(search(alice.actor, "green")) == []
    assert list(search(alice.actor, "green", archived=True)) == [shed]
