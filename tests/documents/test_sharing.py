"""Who may read a document: everybody here, its author alone, those it is shared with."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Actor, Membership
from activity.models import Activity, Notification
from agents.models import Agent
from core.errors import Conflict, Forbidden, Invalid, NotFound
from documents import actions
from documents.models import Document, Share
from documents.search import search
from tasks.actions import add_evidence, create_task

pytestmark = pytest.mark.django_db


def write(member: Membership, *, private: bool = True, title: str = "Tides") -> Document:
    return actions.create_document(
        actor=member.actor,
        title=title,
        content="low at noon",
        visibility="private" if private else "workspace",
    )


def seen_by(actor: Actor) -> list[str]:
    return list(Document.objects.visible_to(actor).values_list("title", flat=True))


def test_a_private_document_is_its_authors_alone(
    alice: Membership, bob: Membership, viewer: Membership, charlie: Membership
) -> None:
    write(bob)

    assert seen_by(bob.actor) == ["Tides"]
    for other in (alice, viewer, charlie):
        assert seen_by(other.actor) == []
        assert list(search(other.actor, "low")) == []


def test_whoever_it_is_shared_with_reads_and_with_the_role_edits(
    alice: Membership, bob: Membership, viewer: Membership
) -> None:
    document = write(alice)

    actions.share_document(actor=alice.actor, document=document, person=viewer.actor)
    share = actions.share_document(actor=alice.actor, document=document, person=bob.actor)

    assert seen_by(bob.actor) == seen_by(viewer.actor) == ["Tides"]
    with pytest.raises(Forbidden):
        actions.edit_document(actor=bob.actor, document=document, content="high")
    actions.change_share(actor=alice.actor, share=share, role="edit")
    edited = actions.edit_document(actor=bob.actor, document=document, content="high")
    assert edited.version == 2
    with pytest.raises(Forbidden, match="Only who wrote"):
        actions.share_document(actor=bob.actor, document=document, person=viewer.actor)


def test_a_person_is_told_of_what_is_shared_with_them(alice: Membership, bob: Membership) -> None:
    document = write(alice, private=False)

    actions.share_document(actor=alice.actor, document=document, person=bob.actor)
    actions.share_document(actor=alice.actor, document=document, person=bob.actor, role="edit")

    told = Notification.objects.get(recipient=bob.actor)
    assert (told.kind, told.activity.document) == ("share", document)
    assert document.shares.get().role == "edit"


def test_what_ended_or_was_withdrawn_opens_nothing(alice: Membership, bob: Membership) -> None:
    document = write(alice)
    share = actions.share_document(actor=alice.actor, document=document, person=bob.actor)
    link, token = actions.share_by_link(actor=alice.actor, document=document)
    assert actions.opened_by_link(token) == document

    Share.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert seen_by(bob.actor) == []
    with pytest.raises(NotFound):
        actions.opened_by_link(token)
    Share.objects.update(expires_at=None)
    actions.revoke_share(actor=alice.actor, share=share)
    actions.revoke_share(actor=alice.actor, share=link)
    assert seen_by(bob.actor) == []
    with pytest.raises(NotFound):
        actions.opened_by_link(token)
    with pytest.raises(NotFound):
        actions.revoke_share(actor=alice.actor, share=Share(pk=link.pk, document=document))


def test_of_a_link_only_a_hash_is_kept_and_its_use_is_noted(alice: Membership) -> None:
    share, token = actions.share_by_link(actor=alice.actor, document=write(alice))

    actions.opened_by_link(token)

    share.refresh_from_db()
    assert share.opened_at is not None
    kept = str(list(Share.objects.values())) + str(list(Activity.objects.values()))
    assert token not in kept
    assert token.removeprefix("mc_share_") not in kept


def test_a_link_leads_nowhere_while_its_document_is_put_away(alice: Membership) -> None:
    document = write(alice, private=False)
    _, token = actions.share_by_link(actor=alice.actor, document=document)
    actions.archive_document(actor=alice.actor, document=document)

    with pytest.raises(NotFound):
        actions.opened_by_link(token)


def test_the_log_tells_of_a_private_document_and_of_nothing_in_it(
    alice: Membership, bob: Membership
) -> None:
    document = write(alice)
    actions.edit_document(actor=alice.actor, document=document, content="high", note="Tides")
    actions.share_document(actor=alice.actor, document=document, person=bob.actor)
    actions.archive_document(actor=alice.actor, document=document)

    entries = Activity.objects.filter(document=document).order_by("number")
    assert [one.verb for one in entries] == [
        "document.created",
        "document.edited",
        "document.shared",
        "document.archived",
    ]
    for entry in entries:
        assert "private document" in entry.message
        assert entry.data == {"private": True}


def test_what_the_log_said_of_a_document_is_taken_back_when_it_becomes_private(
    alice: Membership,
) -> None:
    document = write(alice, private=False)
    actions.edit_document(actor=alice.actor, document=document, content="x", note="Tides again")

    actions.set_visibility(actor=alice.actor, document=document, visibility="private")

    said = list(Activity.objects.filter(document=document).values_list("message", "data"))
    assert len(said) == 3
    assert "Tides" not in str(said)
    document = actions.set_visibility(actor=alice.actor, document=document, visibility="workspace")
    assert not document.private
    newest = Activity.objects.filter(document=document).order_by("number").last()
    assert newest is not None
    assert newest.message == "opened “Tides” to the workspace"


def test_only_its_author_makes_a_document_private(alice: Membership, bob: Membership) -> None:
    document = write(bob, private=False)

    with pytest.raises(Conflict, match="Only who wrote"):
        actions.set_visibility(actor=alice.actor, document=document, visibility="private")


def test_what_a_task_stands_on_stays_open(alice: Membership) -> None:
    task = create_task(actor=alice.actor, title="Light")
    with pytest.raises(Invalid):
        actions.create_document(actor=alice.actor, title="Tides", task=task, visibility="private")
    of_task = actions.create_document(actor=alice.actor, title="Tides", task=task)
    evidence = write(alice, private=False)
    add_evidence(actor=alice.actor, task=task, summary="", document=evidence)

    for document in (of_task, evidence):
        with pytest.raises(Conflict):
            actions.set_visibility(actor=alice.actor, document=document, visibility="private")
    with pytest.raises(Invalid, match="private"):
        add_evidence(actor=alice.actor, task=task, summary="", document=write(alice))


def test_agents_work_in_the_open(alice: Membership, technical: Agent) -> None:
    document = write(alice)

    assert seen_by(technical.actor) == []
    with pytest.raises(Invalid, match="people"):
        actions.share_document(actor=alice.actor, document=document, person=technical.actor)
    with pytest.raises(Forbidden):
        actions.create_document(actor=technical.actor, title="x", visibility="private")
    with pytest.raises(Forbidden):
        actions.share_by_link(actor=technical.actor, document=write(alice, private=False))


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("role", {"role": "own"}),
        ("expires_at", {"expires_at": timezone.now() - timedelta(days=1)}),
        ("expires_at", {"expires_at": timezone.now() + timedelta(days=9_000)}),
    ],
)
def test_a_share_that_cannot_be_is_refused_by_name(
    alice: Membership, bob: Membership, field: str, said: dict[str, object]
) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.share_document(
            actor=alice.actor,
            document=write(alice),
            person=bob.actor,
            **said,  # type: ignore[arg-type]
        )
    assert refusal.value.field == field


def test_nobody_shares_with_strangers_with_the_author_or_to_edit_with_who_may_only_look(
    alice: Membership, bob: Membership, viewer: Membership, charlie: Membership
) -> None:
    document = write(bob, private=False)
    for person, role in (
        (charlie.actor, "read"),
        (bob.actor, "read"),
        (alice.actor, "read"),
        (viewer.actor, "edit"),
    ):
        with pytest.raises(Invalid):
            actions.share_document(actor=alice.actor, document=document, person=person, role=role)


# --- on screen ---------------------------------------------------------------------------------


def test_the_page_of_a_link_shows_the_document_and_nothing_else(
    client: Client, alice: Membership
) -> None:
    document = write(alice)
    _, token = actions.share_by_link(actor=alice.actor, document=document)
    address = reverse("documents:shared", args=[token])

    answer = client.get(address)

    page = answer.content.decode()
    assert "low at noon" in page
    for other in ("Harbour", "alice", "<nav", "<form", "csrf"):
        assert other not in page
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer.headers["Cache-Control"]
    assert client.post(address).status_code == 405
    assert client.get(reverse("documents:shared", args=["mc_share_x"])).status_code == 404
    assert not client.cookies


def test_the_dialog_shares_changes_and_withdraws(
    client: Client, alice: Membership, bob: Membership
) -> None:
    document = write(alice)
    client.force_login(alice.user)
    address = reverse("documents:shares", args=[document.pk])

    client.post(address, {"with": "person", "person": bob.actor_id, "role": "read", "age": "7"})
    share = document.shares.get()
    assert share.expires_at is not None
    client.post(reverse("documents:share", args=[document.pk, share.pk]), {"role": "edit"})
    share.refresh_from_db()
    assert share.role == "edit"
    page = client.post(address, {"with": "link", "name": "Master", "age": "0"}).content.decode()
    assert "/shared/mc_share_" in page
    assert "/shared/mc_share_" not in client.get(address).content.decode()
    for one in document.shares.all():
        client.post(reverse("documents:revoke", args=[document.pk, one.pk]))
    assert not document.shares.exists()


def test_a_refusal_stands_in_the_dialog(client: Client, alice: Membership) -> None:
    task = create_task(actor=alice.actor, title="Light")
    document = actions.create_document(actor=alice.actor, title="Tides", task=task)
    client.force_login(alice.user)

    answer = client.post(
        reverse("documents:visibility", args=[document.pk]), {"visibility": "private"}
    )

    assert answer.status_code == 422
    assert "belongs to TASK-001" in answer.content.decode()


def test_a_reader_sees_who_may_read_and_no_way_to_change_it(
    client: Client, alice: Membership, bob: Membership
) -> None:
    document = write(alice)
    actions.share_document(actor=alice.actor, document=document, person=bob.actor)
    client.force_login(bob.user)

    page = client.get(reverse("documents:shares", args=[document.pk])).content.decode()

    assert "Make a link" not in page
    answer = client.post(
        reverse("documents:shares", args=[document.pk]), {"with": "link", "age": 0}
    )
    assert answer.status_code == 422
    assert document.shares.count() == 1
    edit = reverse("documents:edit", args=[document.pk])
    assert edit not in client.get(reverse("documents:detail", args=[document.pk])).content.decode()
    assert client.get(edit).status_code == 403
