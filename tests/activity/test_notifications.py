"""What people should hear of: on screen, and as they wish."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership
from activity import actions
from activity.log import logged, record
from activity.models import Notification
from core.errors import Invalid, NotFound
from tasks.actions import create_task, post_message
from tasks.models import Task

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def screen(client: Client, bob: Membership) -> Client:
    client.force_login(bob.user)
    return client


@pytest.fixture
def task(alice: Membership) -> Task:
    return create_task(actor=alice.actor, title="Paint the shed")


def tell(alice: Membership, bob: Membership, message: str = "look", **about: Any) -> Notification:
    with logged():
        entry = record(
            actor=alice.actor,
            verb="message.posted",
            message=message,
            notify={"mention": [bob.actor]},
            **about,
        )
    return Notification.objects.get(activity=entry)


def test_a_mention_rings_the_bell_until_it_was_opened(
    screen: Client, alice: Membership, task: Task
) -> None:
    post_message(actor=alice.actor, task=task, body="@bob, green or blue?")
    notification = Notification.objects.get()
    assert 'data-count="1"' in screen.get("/settings/").content.decode()
    assert "green or blue" in screen.get(reverse("activity:bell")).content.decode()

    answer = screen.post(reverse("activity:open", args=[notification.pk]))

    assert answer.headers["Location"] == reverse("tasks:detail", args=[task.number])
    assert 'data-count="0"' in screen.get(reverse("activity:unread")).content.decode()


def test_looking_at_the_list_reads_nothing(
    screen: Client, alice: Membership, bob: Membership
) -> None:
    told = tell(alice, bob)

    screen.get(reverse("activity:notifications"))
    screen.get(reverse("activity:open", args=[told.pk]))

    assert Notification.objects.filter(read_at=None).count() == 1


def test_one_is_marked_and_unmarked(screen: Client, alice: Membership, bob: Membership) -> None:
    told = tell(alice, bob)
    address = reverse("activity:read", args=[told.pk])

    answer = screen.post(address, headers=HTMX).content.decode()
    assert "Mark as unread" in answer
    # The number on the bell comes with it.
    assert 'id="bell-count" data-count="0" hx-swap-oob="true"' in answer

    screen.post(address, {"unread": "1"}, headers=HTMX)
    assert Notification.objects.get().read_at is None


def test_all_are_read_at_once(screen: Client, alice: Membership, bob: Membership) -> None:
    for _ in range(3):
        tell(alice, bob)

    screen.post(reverse("activity:read_all"))

    assert not Notification.objects.filter(read_at=None).exists()
    assert (
        "You have seen everything" in screen.get(reverse("activity:notifications")).content.decode()
    )


def test_the_list_asks_as_much_for_200_as_for_one(
    screen: Client, alice: Membership, bob: Membership, task: Task
) -> None:
    screen.get(reverse("activity:notifications"))
    counts = []
    for total in (1, 3, 200):
        while Notification.objects.count() < total:
            tell(alice, bob, task=task)
        with CaptureQueriesContext(connection) as asked:
            screen.get(reverse("activity:notifications"))
        counts.append(len(asked))

    assert counts[0] == counts[1] == counts[2]


def test_notifications_of_others_are_not_there(
    screen: Client, alice: Membership, bob: Membership
) -> None:
    theirs = tell(bob, alice)

    assert screen.post(reverse("activity:open", args=[theirs.pk])).status_code == 404
    assert screen.post(reverse("activity:read", args=[theirs.pk])).status_code == 404
    with pytest.raises(NotFound):
        actions.mark_read(actor=bob.actor, notification=theirs)


def test_what_somebody_does_not_want_to_hear_is_not_told(
    screen: Client, alice: Membership, bob: Membership
) -> None:
    form = {f"{kind}-in_app": "on" for kind in Notification.Kind.values if kind != "mention"}
    form |= {f"{kind}-email": "never" for kind in Notification.Kind.values}
    screen.post(reverse("activity:preferences"), form)

    with logged():
        record(
            actor=alice.actor,
            verb="message.posted",
            message="look",
            notify={"mention": [bob.actor], "question": [bob.actor]},
        )

    assert [one.kind for one in Notification.objects.all()] == ["question"]
    assert actions.preferences_of(bob.actor)["mention"] == {"in_app": False, "email": "never"}


def test_a_wish_that_makes_no_sense_is_refused(bob: Membership) -> None:
    with pytest.raises(Invalid):
        actions.set_preferences(
            actor=bob.actor, wishes={"mention": {"in_app": True, "email": "by pigeon"}}
        )
    with pytest.raises(Invalid):
        actions.set_preferences(
            actor=bob.actor, wishes={"weather": {"in_app": True, "email": "never"}}
        )


def notifying_verbs() -> Iterator[str]:
    """The verbs of the log that tell somebody, as the source names them."""
    rooms = [path for path in Path(settings.BASE_DIR).iterdir() if (path / "apps.py").exists()]
    for path in (path for room in rooms for path in room.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            given = {word.arg: word.value for word in node.keywords}
            verb = given.get("verb")
            if "notify" in given and isinstance(verb, ast.Constant):
                yield str(verb.value)


def test_the_bell_hears_of_every_verb_that_tells_somebody(screen: Client) -> None:
    heard = (settings.BASE_DIR / "templates/activity/_tidings.txt").read_text().split()
    verbs = set(notifying_verbs())
    assert {"message.posted", "document.shared", "approval.asked"} <= verbs
    assert verbs <= set(heard)
    for name in ("activity:unread", "activity:notifications"):
        page = screen.get(reverse(name), headers=HTMX).content.decode()
        assert f'data-live-on="{" ".join(heard)}"' in page
