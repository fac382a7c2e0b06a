"""Threads: mentions wake, questions wait, answers let go on."""

from types import SimpleNamespace

import pytest

from accounts.models import Membership
from activity.log import HOP_LIMIT, Origin, caused_by
from activity.models import Notification
from agents.models import Run, Step, Wake
from core.errors import Forbidden, Invalid
from tasks import actions
from tasks.models import Mention, Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(alice: Membership, agents: SimpleNamespace) -> Task:
    task = actions.create_task(actor=alice.actor, title="Paint the shed")
    Wake.objects.all().delete()
    return task


def test_a_mention_tells_people_and_wakes_agents(
    alice: Membership, bob: Membership, agents: SimpleNamespace, task: Task
) -> None:
    actions.post_message(actor=alice.actor, task=task, body="@bob and @technical, look at this")

    assert Notification.objects.get(kind="mention").recipient == bob.actor
    assert Wake.objects.get().agent == agents.technical
    assert Mention.objects.get(handled_at=None).actor == agents.technical.actor


def test_an_unknown_handle_is_named_and_nothing_is_posted(alice: Membership, task: Task) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.post_message(actor=alice.actor, task=task, body="Ask @nobody-here")

    assert (refusal.value.code, refusal.value.field) == ("unknown_handle", "body")
    assert "@nobody-here" in refusal.value.message
    assert not task.messages.exists()


def test_addresses_and_code_mention_nobody(alice: Membership, task: Task) -> None:
    body = "Write to bob@example.org, see `@decorator` and\n```\n@nobody\n```"

    assert actions.post_message(actor=alice.actor, task=task, body=body)


def test_an_answer_lets_the_run_that_asked_go_on_once(
    alice: Membership, agents: SimpleNamespace, task: Task
) -> None:
    question = actions.ask(actor=agents.technical.actor, task=task, question="Which green?")
    run = Run.objects.create(
        workspace=task.workspace,
        agent=agents.technical,
        kind="work",
        task=task,
        state="waiting",
        wait_for="answer",
    )
    assert question.asked == alice.actor

    actions.answer(actor=alice.actor, question=question, body="Moss green.")
    actions.answer(actor=alice.actor, question=question, body="No, fir green.")

    run.refresh_from_db()
    assert run.state == "queued"
    notes = Step.objects.filter(run=run, kind="note")
    assert [("Moss green." in note.content["text"]) for note in notes] == [True]


def test_a_chain_of_mentions_between_agents_ends(agents: SimpleNamespace, task: Task) -> None:
    with caused_by(Origin(hops=HOP_LIMIT - 1)):
        actions.post_message(actor=agents.qa.actor, task=task, body="@technical, again?")

    assert not Mention.objects.filter(handled_at=None).exists()
    assert not Wake.objects.exists()


def test_a_reaction_comes_and_goes(alice: Membership, bob: Membership, task: Task) -> None:
    message = actions.post_message(actor=alice.actor, task=task, body="Done?")

    assert actions.react(actor=bob.actor, message=message, sign="👍") is True
    assert actions.react(actor=bob.actor, message=message, sign="👍") is False
    with pytest.raises(Invalid):
        actions.react(actor=bob.actor, message=message, sign="<b>")


def test_only_the_author_changes_a_message(alice: Membership, bob: Membership, task: Task) -> None:
    message = actions.post_message(actor=alice.actor, task=task, body="Green")

    with pytest.raises(Forbidden):
        actions.edit_message(actor=bob.actor, message=message, body="Red")
