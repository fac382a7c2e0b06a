"""Where a task may go, and what that brings about."""

from types import SimpleNamespace

import pytest

from accounts.models import Membership
from activity.models import Activity, Notification
from agents.models import Run, Wake
from core.errors import Conflict, Forbidden, Invalid
from documents.actions import create_document
from tasks import actions
from tasks.models import Task
from tasks.why import why

pytestmark = pytest.mark.django_db


def make(alice: Membership, title: str = "Paint the shed", **values: object) -> Task:
    return actions.create_task(actor=alice.actor, title=title, **values)  # type: ignore[arg-type]


def finish(alice: Membership, task: Task) -> Task:
    return actions.move_task(actor=alice.actor, task=task, status="done", reason="Seen.")


def test_a_new_task_is_in_the_inbox_and_the_orchestrator_wakes(
    alice: Membership, agents: SimpleNamespace
) -> None:
    Wake.objects.all().delete()
    task = make(alice)

    assert (task.key, task.status) == ("TASK-001", "inbox")
    assert Wake.objects.get().agent == agents.orchestrator


def test_dropping_on_assigned_gives_it_to_whoever_fits_best(
    alice: Membership, agents: SimpleNamespace
) -> None:
    task = actions.move_task(
        actor=alice.actor, task=make(alice, needs=["database"]), status="assigned"
    )

    assignment = task.assignments.get()
    assert assignment.actor == agents.technical.actor
    assert assignment.reasons["capability"] == 1.0


def test_an_unknown_status_is_refused_by_name(alice: Membership) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.move_task(actor=alice.actor, task=make(alice), status="flying")

    assert refusal.value.field == "status"
    assert "flying" in refusal.value.message


def test_a_task_cannot_start_before_what_it_needs(alice: Membership) -> None:
    first = make(alice, "First")
    second = make(alice, "Second", depends_on=[first])

    with pytest.raises(Conflict, match="waits for TASK-001"):
        actions.move_task(actor=alice.actor, task=second, status="in_progress")
    assert why(second).waits_for == ["TASK-001"]


def test_finishing_a_task_starts_its_successors(alice: Membership, agents: SimpleNamespace) -> None:
    first = make(alice, "First")
    second = make(alice, "Second", depends_on=[first])
    actions.assign_task(actor=alice.actor, task=second, assignees=[agents.technical.actor])
    Wake.objects.all().delete()

    finish(alice, first)

    assert Wake.objects.get().agent == agents.technical
    assert Activity.objects.filter(verb="task.unblocked", task=second).exists()


def test_dependencies_make_no_circle(alice: Membership) -> None:
    first = make(alice, "First")
    second = make(alice, "Second", depends_on=[first])
    third = make(alice, "Third", depends_on=[second])

    with pytest.raises(Invalid, match="TASK-001 → TASK-003 → TASK-002 → TASK-001") as refusal:
        actions.add_dependency(actor=alice.actor, task=first, needs=third)
    assert refusal.value.code == "cycle"
    assert not first.dependencies.exists()


def test_a_parent_is_done_with_its_last_child(alice: Membership) -> None:
    parent = make(alice, "Parent")
    children = [make(alice, f"Child {n}", parent=parent) for n in range(2)]

    finish(alice, children[0])
    parent.refresh_from_db()
    assert parent.status == "in_progress"

    finish(alice, children[1])
    parent.refresh_from_db()
    assert parent.status == "done"
    assert parent.evidence.get().kind == "children"


def test_reopening_a_child_reopens_its_parent(alice: Membership) -> None:
    parent = make(alice, "Parent")
    child = make(alice, "Child", parent=parent)
    finish(alice, child)

    actions.move_task(actor=alice.actor, task=child, status="inbox")

    parent.refresh_from_db()
    assert parent.status == "in_progress"


@pytest.mark.parametrize("status", ["assigned", "in_progress"])
def test_a_done_task_that_nobody_has_can_be_opened_again(
    alice: Membership, agents: SimpleNamespace, status: str
) -> None:
    task = finish(alice, make(alice))

    task = actions.move_task(actor=alice.actor, task=task, status=status)

    assert (task.status, task.done_at) == (status, None)
    assert task.assignments.count() == 1


def test_agents_do_not_move_to_done(alice: Membership, agents: SimpleNamespace) -> None:
    with pytest.raises(Forbidden):
        actions.move_task(actor=agents.technical.actor, task=make(alice), status="done")


def test_an_agent_brings_evidence_or_is_refused(alice: Membership, agents: SimpleNamespace) -> None:
    technical = agents.technical.actor
    task = actions.assign_task(actor=alice.actor, task=make(alice), assignees=[technical])

    with pytest.raises(Invalid) as refusal:
        actions.submit_for_review(actor=technical, task=task)
    assert refusal.value.field == "evidence"

    document = create_document(actor=technical, title="Result", content="It is green.")
    task = actions.submit_for_review(actor=technical, task=task, documents=[document])
    assert (task.status, task.reviewer) == ("review", agents.qa.actor)


def submitted(alice: Membership, agents: SimpleNamespace, task: Task | None = None) -> Task:
    technical = agents.technical.actor
    if task is None:
        task = actions.assign_task(actor=alice.actor, task=make(alice), assignees=[technical])
    document = create_document(actor=technical, title="Result", content="It is green.")
    return actions.submit_for_review(actor=technical, task=task, documents=[document])


def test_nobody_reviews_their_own_work(alice: Membership, agents: SimpleNamespace) -> None:
    task = submitted(alice, agents)

    with pytest.raises(Forbidden, match="own work"):
        actions.review_task(actor=agents.technical.actor, task=task, verdict="approve")


def test_three_refusals_block_a_task_and_ask_a_person(
    alice: Membership, agents: SimpleNamespace
) -> None:
    task = submitted(alice, agents)
    for count in (1, 2, 3):
        task = actions.review_task(
            actor=agents.qa.actor, task=task, verdict="send_back", reason=f"Missing {count}"
        )
        if count < 3:
            assert not task.blocked
            task = submitted(alice, agents, task)

    assert task.blocked
    assert task.blocked_on == alice.actor
    assert "Missing 3" in why(task).sentence
    assert Notification.objects.filter(recipient=alice.actor, kind="blocked").count() == 1

    task = actions.unblock_task(actor=alice.actor, task=task)
    assert (task.blocked, task.sent_back) == (False, 0)


def test_taking_a_task_back_stops_its_run(alice: Membership, agents: SimpleNamespace) -> None:
    task = actions.assign_task(
        actor=alice.actor, task=make(alice), assignees=[agents.technical.actor]
    )
    run = Run.objects.create(
        workspace=task.workspace, agent=agents.technical, kind="work", task=task
    )

    task = actions.move_task(actor=alice.actor, task=task, status="inbox")

    run.refresh_from_db()
    assert run.state == "cancelled"
    assert not task.assignments.exists()
    assert not task.blocked


def test_a_stale_version_is_a_conflict(alice: Membership) -> None:
    task = make(alice)
    actions.edit_task(actor=alice.actor, task=task, title="Paint the barn")

    with pytest.raises(Conflict) as refusal:
        actions.move_task(
            actor=alice.actor, task=task, status="assigned", expected_version=task.version
        )
    assert refusal.value.code == "version_conflict"


def test_a_viewer_changes_nothing(viewer: Membership, alice: Membership) -> None:
    with pytest.raises(Forbidden):
        actions.move_task(actor=viewer.actor, task=make(alice), status="assigned")


def test_why_answers_for_every_place_on_the_board(
    alice: Membership, agents: SimpleNamespace
) -> None:
    task = make(alice)
    assert why(task).code == "unassigned"

    technical = agents.technical
    task = actions.assign_task(actor=alice.actor, task=task, assignees=[technical.actor])
    assert why(task).code == "heartbeat"

    type(technical).objects.filter(pk=technical.pk).update(status="paused")
    assert why(task).code == "agent_paused"
    type(technical).objects.filter(pk=technical.pk).update(status="idle")

    task = submitted(alice, agents, task)
    assert why(task).waits_for == ["qa"]

    assert why(finish(alice, task)).code == "done"
