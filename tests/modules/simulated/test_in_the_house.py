"""The simulated model at work in the real loop, with the real tools."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from accounts.models import Membership
from agents.models import Run
from modules.language.providers.simulated import drafting
from modules.language.providers.simulated.scene import Brief
from modules.models import AIModel, Call
from tasks import actions
from tasks.models import Review, Task
from tests.modules.simulated import briefs

pytestmark = pytest.mark.django_db

CRITERIA = ["A booking survives a crash of the importer", "Hot reload works for both environments"]


@pytest.fixture(autouse=True)
def no_latency(agents: SimpleNamespace) -> None:
    AIModel.objects.filter(provider="simulated").update(options={"latency_ms": 0})


def forgetful_title() -> str:
    """A title for which the first draft leaves the last criterion out."""
    titles = (f"Set up ledger number {n}" for n in range(100))
    return next(
        title
        for title in titles
        if drafting.forgets_last(Brief.parse(briefs.WORK.replace("Set up the ledger", title)))
    )


def test_a_task_is_done_reviewed_and_reads_well(
    alice: Membership, work_until_quiet: Callable[..., int]
) -> None:
    task = actions.create_task(
        actor=alice.actor,
        title="Set up the ledger",
        description="Bookings need a place that cannot lose them.",
        criteria=CRITERIA,
        checklist=["Create the database schema", "Write the guide"],
    )
    work_until_quiet()
    task.refresh_from_db()
    assert task.status == Task.Status.DONE
    assert all(item["done"] for item in task.checklist)
    document = task.documents.get()
    assert "### Hot reload works for both environments" in document.content
    assert document.simulated
    assert task.messages.filter(kind="status_update").exists()
    assert not Run.objects.exclude(state=Run.State.SUCCEEDED).exists()
    assert set(Call.objects.values_list("status", "simulated")) == {("ok", True)}


def test_a_draft_that_leaves_something_out_is_sent_back_and_mended(
    alice: Membership, work_until_quiet: Callable[..., int]
) -> None:
    task = actions.create_task(actor=alice.actor, title=forgetful_title(), criteria=CRITERIA)
    work_until_quiet()
    task.refresh_from_db()
    assert task.status == Task.Status.DONE
    verdicts = list(task.reviews.order_by("created_at").values_list("verdict", flat=True))
    assert verdicts == [Review.Verdict.SENT_BACK, Review.Verdict.APPROVED]
    assert task.documents.count() == 1
    assert "## Revision 1" in task.documents.get().content


def test_a_vague_task_waits_for_its_answer_and_goes_on(
    alice: Membership, work_until_quiet: Callable[..., int]
) -> None:
    task = actions.create_task(actor=alice.actor, title="Logo TBD")
    work_until_quiet()
    question = task.messages.get(kind="question")
    assert "Logo TBD" in question.body
    actions.post_message(
        actor=alice.actor,
        task=task,
        body="A blue circle with an anchor in it.",
        kind="answer",
        reply_to=question,
    )
    work_until_quiet()
    task.refresh_from_db()
    assert task.status == Task.Status.DONE
    assert "blue circle" in task.documents.get().content


def test_a_need_that_nobody_meets_brings_a_new_agent(
    alice: Membership, agents: SimpleNamespace, work_until_quiet: Callable[..., int]
) -> None:
    task = actions.create_task(
        actor=alice.actor, title="Translate the guide into Welsh", needs=["welsh"]
    )
    work_until_quiet()
    task.refresh_from_db()
    assert task.status == Task.Status.DONE
    newcomer = task.assignees.get().agent
    assert newcomer.capabilities == ["welsh"]


def test_a_goal_is_broken_down_and_reached(
    alice: Membership, work_until_quiet: Callable[..., int]
) -> None:
    goal = actions.create_task(
        actor=alice.actor, title="Offer our customers a newsletter", kind=Task.Kind.GOAL
    )
    work_until_quiet()
    children = list(goal.children.all())
    assert 3 <= len(children) <= 7
    assert {child.status for child in children} == {Task.Status.DONE}
    assert any(child.dependencies.exists() for child in children)


def test_a_mention_is_answered_once(
    alice: Membership, agents: SimpleNamespace, work_until_quiet: Callable[..., int]
) -> None:
    task = actions.create_task(
        actor=alice.actor, title="Set up the ledger", criteria=CRITERIA, assignees=[alice.actor]
    )
    actions.post_message(actor=alice.actor, task=task, body="@technical how is it judged?")
    work_until_quiet()
    answers = task.messages.filter(author=agents.technical.actor)
    assert [answer.kind for answer in answers] == ["answer"]
    assert "judged by" in answers.get().body or "criteria" in answers.get().body
