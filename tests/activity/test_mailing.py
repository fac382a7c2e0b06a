"""Notifications by e-mail: one digest, seldom, and never twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from accounts.models import Membership
from activity import jobs, mailing
from activity.actions import mark_all_read, set_preferences
from activity.log import logged, record
from activity.models import Notification
from tasks.actions import create_task
from tasks.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(alice: Membership) -> Task:
    return create_task(actor=alice.actor, title="Paint the shed")


def tell(
    alice: Membership,
    bob: Membership,
    message: str = "look",
    *,
    kind: str = "mention",
    **about: Any,
) -> None:
    with logged():
        record(
            actor=alice.actor,
            verb="message.posted",
            message=message,
            notify={kind: [bob.actor]},
            **about,
        )


def age(minutes: int) -> None:
    """Make everything that was told so far `minutes` older."""
    for one in Notification.objects.all():
        one.created_at -= timedelta(minutes=minutes)
        if one.emailed_at:
            one.emailed_at -= timedelta(minutes=minutes)
        one.save()


def test_many_things_are_one_mail(alice: Membership, bob: Membership, task: Task) -> None:
    for number in range(3):
        tell(alice, bob, f"said {number}", task=task)
    age(6)

    assert jobs.notify() == 1

    message = mail.outbox[0]
    assert message.to == ["bob@example.org"]
    assert message.subject == "[Harbour] 3 things wait for you"
    assert [f"said {number}" in message.body for number in range(3)] == [True] * 3
    assert f"/tasks/{task.number}/" in message.body


def test_what_was_seen_on_screen_is_not_sent(alice: Membership, bob: Membership) -> None:
    tell(alice, bob)
    mark_all_read(actor=bob.actor)
    age(6)

    assert jobs.notify() == 0


def test_people_get_time_to_look_first(alice: Membership, bob: Membership) -> None:
    tell(alice, bob)

    assert jobs.notify() == 0
    age(6)
    assert jobs.notify() == 1


def test_a_digest_comes_every_quarter_of_an_hour_at_most(
    alice: Membership, bob: Membership
) -> None:
    for _ in range(10):
        tell(alice, bob)
        age(6)
        jobs.notify()

    # An hour of one mention every six minutes.
    assert len(mail.outbox) <= 4
    age(16)
    jobs.notify()
    assert not Notification.objects.filter(emailed_at=None).exists()


def test_nothing_is_sent_twice(alice: Membership, bob: Membership) -> None:
    tell(alice, bob)
    age(6)

    assert [jobs.notify(), jobs.notify(), jobs.notify()] == [1, 0, 0]


def test_whoever_wants_it_at_once_gets_it_at_once(alice: Membership, bob: Membership) -> None:
    set_preferences(actor=bob.actor, wishes={"question": {"in_app": True, "email": "at_once"}})
    tell(alice, bob, "a mention")
    tell(alice, bob, "what colour?", kind="question")

    assert jobs.notify() == 1
    assert "what colour?" in mail.outbox[0].body
    assert "a mention" not in mail.outbox[0].body


def test_whoever_wants_no_mail_gets_none(alice: Membership, bob: Membership) -> None:
    set_preferences(actor=bob.actor, wishes={"mention": {"in_app": True, "email": "never"}})
    tell(alice, bob)
    age(6)

    assert jobs.notify() == 0


def test_old_news_are_no_news(alice: Membership, bob: Membership) -> None:
    tell(alice, bob)
    age(60 * 30)

    assert jobs.notify() == 0


def test_a_mail_that_could_not_be_sent_is_tried_again(
    alice: Membership, bob: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(alice, bob)
    age(6)

    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(mailing, "send_mail", refuse)
        assert jobs.notify() == 0
    assert jobs.notify() == 1


def test_a_title_cannot_add_headers_to_a_mail(alice: Membership, bob: Membership) -> None:
    tell(alice, bob, "look\nBcc: everyone@example.org\r\nX: y")
    age(6)

    jobs.notify()

    assert "\n" not in mail.outbox[0].subject
    assert mail.outbox[0].bcc == []
