"""What waits for somebody, and for whom it does."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from accounts.models import Membership
from agents.models import Approval, Budget, Run, Step
from dashboard.context import numbers_of
from dashboard.needs import needs_of
from tasks import actions
from tasks.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(alice: Membership) -> Task:
    return actions.create_task(actor=alice.actor, title="Paint the shed")


def kinds(member: Membership) -> list[str]:
    found = [need.kind for need in needs_of(member)]
    assert numbers_of(member)["needs"] == len(found), "the number beside the menu says the same"
    return found


def failed_run(agents: SimpleNamespace, **values: object) -> Run:
    agent = agents.technical
    now = timezone.now()
    return Run.objects.create(
        **{
            "workspace": agent.workspace,
            "agent": agent,
            "kind": "mention",
            "state": Run.State.FAILED,
            "ended_at": now,
            **values,
        }
    )


def test_nothing_waits_on_a_quiet_day(alice: Membership, task: Task) -> None:
    assert kinds(alice) == []


def test_a_question_waits_for_whoever_was_asked(
    alice: Membership, bob: Membership, task: Task, agents: SimpleNamespace
) -> None:
    question = actions.ask(
        actor=agents.technical.actor, task=task, question="Which green?", whom=bob.actor
    )

    assert kinds(bob) == ["question"]
    assert kinds(alice) == []
    actions.answer(actor=bob.actor, question=question, body="The dark one")
    assert kinds(bob) == []


def test_a_blocked_task_waits_for_those_who_can_help(
    alice: Membership, bob: Membership, viewer: Membership, task: Task
) -> None:
    actions.block_task(actor=bob.actor, task=task, reason="No paint")

    assert kinds(alice) == ["blocked"]
    assert kinds(bob) == []
    actions.block_task(actor=alice.actor, task=task, reason="No paint", waits_on=bob.actor)
    assert kinds(bob) == ["blocked"]
    assert kinds(viewer) == []


def test_finished_work_waits_for_its_reviewer(
    alice: Membership, bob: Membership, task: Task
) -> None:
    task = actions.assign_task(actor=alice.actor, task=task, assignees=[bob.actor])
    actions.submit_for_review(actor=bob.actor, task=task, reviewer=alice.actor)

    assert kinds(alice) == ["review"]
    assert kinds(bob) == []


def test_an_approval_waits_for_everyone_who_may_decide(
    alice: Membership, bob: Membership, viewer: Membership, agents: SimpleNamespace
) -> None:
    run = failed_run(agents, state=Run.State.WAITING, ended_at=None)
    step = Step.objects.create(run=run, index=0, kind="tool", started_at=timezone.now())
    Approval.objects.create(run=run, step=step, kind="unknown", question="Did it?")

    assert kinds(alice) == kinds(bob) == ["approval"]
    assert kinds(viewer) == []


def test_a_failed_run_waits_until_a_later_one_took_its_place(
    alice: Membership, agents: SimpleNamespace
) -> None:
    run = failed_run(agents)
    assert kinds(alice) == ["failed"]

    failed_run(agents, state=Run.State.SUCCEEDED)
    assert kinds(alice) == []

    failed_run(agents, state=Run.State.QUARANTINED)
    assert kinds(alice) == ["failed"]
    assert needs_of(alice)[0].subject != run


def test_a_failed_run_of_a_task_is_seen_to_by_the_task(
    alice: Membership, agents: SimpleNamespace, task: Task
) -> None:
    failed_run(agents, task=task, kind="work")

    assert kinds(alice) == []


def test_an_old_failure_is_history(alice: Membership, agents: SimpleNamespace) -> None:
    failed_run(agents, ended_at=timezone.now() - timedelta(days=3))

    assert kinds(alice) == []


def test_a_budget_that_is_used_up_waits_for_those_who_set_it(
    alice: Membership, bob: Membership, agents: SimpleNamespace
) -> None:
    Budget.objects.filter(agent=agents.technical).update(cost_limit=100, cost_spent=100)

    assert kinds(alice) == ["budget"]
    assert kinds(bob) == []


def test_what_waits_elsewhere_is_not_counted(
    alice: Membership, charlie: Membership, task: Task
) -> None:
    actions.block_task(actor=alice.actor, task=task, reason="No paint")

    assert kinds(charlie) == []
