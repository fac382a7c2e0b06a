"""Calls of tools: intents, receipts, and what is unknown when a worker dies between them."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from accounts.models import Membership
from activity.models import Activity, Notification
from agents import acting, actions, reconciling, runs, steps
from agents.leases import claim
from agents.loop import drive
from agents.models import Approval, Run, Step
from core.clock import from_now
from core.errors import Conflict
from modules.language.types import Request

pytestmark = pytest.mark.django_db

Queue = Callable[..., Run]
Scripted = Callable[..., list[Request]]


class Killed(BaseException):
    """The worker is gone: nothing of its own runs any more, as after kill -9."""


def once(*calls: tuple[str, dict[str, Any]]) -> Callable[[Request], list[Any]]:
    """A model that makes these calls, all in one answer, and is through when it has results."""

    def play(request: Request) -> list[Any]:
        results = [part for message in request.messages for part in message.tool_results]
        return ["All done."] if results else list(calls)

    return play


def take_over() -> Run:
    """The lease runs out, and the next worker claims the run."""
    Run.objects.filter(state="running").update(lease_expires_at=from_now(timedelta(seconds=-1)))
    reconciling.reconcile()
    run = claim()
    assert run is not None
    return run


def die_in(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """Let the worker die instead of calling this function; its successor lives."""
    plain = getattr(module, name)

    def die(*args: Any, **kwargs: Any) -> None:
        monkeypatch.setattr(module, name, plain)
        raise Killed

    monkeypatch.setattr(module, name, die)


def drive_until_killed(run: Run) -> None:
    with pytest.raises(Killed):
        drive(run)


@pytest.fixture
def run(queue: Queue) -> Run:
    queue()
    claimed = claim()
    assert claimed is not None
    return claimed


def states(run: Run) -> list[str]:
    return [f"{step.name}:{step.state}" for step in run.steps.filter(kind="tool")]


def test_every_call_gets_its_receipt(run: Run, drill: SimpleNamespace, scripted: Scripted) -> None:
    scripted(once(("ring", {"bell": "a"}), ("jot", {"text": "x"}), ("look", {})))

    drive(run)

    assert states(run) == ["ring:done", "jot:done", "look:done"]
    run.refresh_from_db()
    assert run.state == Run.State.SUCCEEDED
    assert run.outcome == {"text": "All done."}


def test_a_call_with_a_receipt_is_not_made_again(
    run: Run, drill: SimpleNamespace, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = scripted(once(("ring", {"bell": "a"}), ("ring", {"bell": "b"})))
    die_in(monkeypatch, acting, "_begin")
    drive_until_killed(run)
    die_in(monkeypatch, runs, "end_run")
    drive_until_killed(take_over())

    drive(take_over())

    assert len(drill.rung) == 2
    assert len(requests) == 2, "the answer was saved: it is not asked for again"


@pytest.mark.parametrize("approve", [True, False])
def test_a_call_without_a_receipt_goes_to_a_person(
    run: Run,
    drill: SimpleNamespace,
    scripted: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    alice: Membership,
    approve: bool,
) -> None:
    requests = scripted(once(("ring", {"bell": "a"})))
    die_in(monkeypatch, acting, "save_receipt")
    drive_until_killed(run)
    drive(take_over())

    run.refresh_from_db()
    assert (run.state, run.wait_for) == (Run.State.WAITING, "approval")
    approval = Approval.objects.get()
    assert approval.question == ("Did “ring” take effect? It broke off in the middle.")
    assert Notification.objects.filter(kind="approval", recipient=alice.actor).count() == 1

    actions.decide(actor=alice.actor, approval=approval, approve=approve)
    resumed = claim()
    assert resumed is not None
    drive(resumed)

    assert len(drill.rung) == 1, "it is never made again by itself"
    [step] = run.steps.filter(kind="tool")
    assert step.state == (Step.State.DONE if approve else Step.State.ERROR)
    [result] = requests[-1].messages[-1].tool_results
    assert result.is_error is not approve
    run.refresh_from_db()
    assert run.state == Run.State.SUCCEEDED


def test_a_question_is_asked_once_however_often_its_worker_dies(
    run: Run, drill: SimpleNamespace, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(once(("ring", {"bell": "a"})))
    die_in(monkeypatch, acting, "save_receipt")
    drive_until_killed(run)
    die_in(monkeypatch, runs, "park_run")
    drive_until_killed(take_over())
    assert not Approval.objects.exists(), "asked and parked at once, or neither"

    # The third worker would have to wait in a process of its own; here it is claimed by name.
    Run.objects.update(crashes=0)
    drive(take_over())

    assert Approval.objects.count() == 1
    assert Activity.objects.filter(verb="approval.asked").count() == 1


def test_a_decision_is_made_once(
    run: Run,
    scripted: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    alice: Membership,
    bob: Membership,
) -> None:
    scripted(once(("ring", {"bell": "a"})))
    die_in(monkeypatch, acting, "save_receipt")
    drive_until_killed(run)
    drive(take_over())
    approval = Approval.objects.get()
    actions.decide(actor=alice.actor, approval=approval, approve=True)

    with pytest.raises(Conflict):
        actions.decide(actor=bob.actor, approval=approval, approve=False)

    assert Run.objects.get().state == Run.State.QUEUED
    assert Step.objects.get(kind="tool").state == Step.State.DONE


def test_a_repeatable_call_is_made_again_under_the_same_key(
    run: Run, drill: SimpleNamespace, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(once(("ring_once", {"bell": "a"})))
    die_in(monkeypatch, acting, "save_receipt")
    drive_until_killed(run)

    drive(take_over())

    assert len(drill.rung) == 1
    assert not Approval.objects.exists()
    run.refresh_from_db()
    assert run.state == Run.State.SUCCEEDED


def test_a_write_happens_with_its_receipt_or_not_at_all(
    run: Run, drill: SimpleNamespace, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(once(("jot", {"text": "Quill"})))
    die_in(monkeypatch, steps, "_append")  # saving the model's answer
    drive_until_killed(run)
    second = take_over()
    die_in(monkeypatch, acting, "save_receipt")
    drive_until_killed(second)

    second.agent.actor.refresh_from_db()
    assert second.agent.actor.name == "Technical", "undone with the receipt that failed"

    drive(take_over())
    second.agent.actor.refresh_from_db()
    assert second.agent.actor.name == "Quill"
    assert states(run) == ["jot:done"]


def test_a_refused_write_leaves_nothing_behind_but_the_refusal(
    run: Run, drill: SimpleNamespace, scripted: Scripted
) -> None:
    scripted(once(("jot", {"text": "refuse"})))

    drive(run)

    run.agent.actor.refresh_from_db()
    assert run.agent.actor.name == "Technical"
    [step] = run.steps.filter(kind="tool")
    assert (step.state, step.result) == (Step.State.ERROR, "Not that.")


def test_calls_that_cannot_be_made_are_answered_all_the_same(
    run: Run, drill: SimpleNamespace, scripted: Scripted
) -> None:
    requests = scripted(once(("fly", {}), ("ring", {"bell": 7}), ("ring", {"bell": "broken"})))

    drive(run)

    assert states(run) == ["fly:error", "ring:error", "ring:error"]
    assert len(requests[-1].messages[-1].tool_results) == 3
    assert drill.rung == []


def test_the_same_call_id_in_two_turns_is_two_calls(
    run: Run, drill: SimpleNamespace, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some servers begin the ids of their calls anew in each turn."""
    from modules.language.types import ToolCall

    def play(request: Request) -> list[Any]:
        turns = sum(1 for message in request.messages if message.role == "assistant")
        return [("ring_once", {"bell": str(turns)})] if turns < 2 else ["Done."]

    scripted(play)
    plain = ToolCall.__init__

    def with_same_id(self: ToolCall, id: str, *args: Any, **kwargs: Any) -> None:
        plain(self, "call_0", *args, **kwargs)

    monkeypatch.setattr(ToolCall, "__init__", with_same_id)

    drive(run)

    assert len(set(drill.rung)) == 2


@pytest.mark.parametrize("how", ["cancelled", "quarantined"])
def test_what_an_ended_run_leaves_unknown_goes_to_a_person_too(
    run: Run,
    drill: SimpleNamespace,
    scripted: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    alice: Membership,
    how: str,
) -> None:
    scripted(once(("ring", {"bell": "a"})))
    die_in(monkeypatch, acting, "save_receipt")
    drive_until_killed(run)

    if how == "cancelled":
        runs.cancel_run(actor=alice.actor, run=run)
    else:
        Run.objects.update(crashes=2, lease_expires_at=from_now(timedelta(seconds=-1)))
        reconciling.reconcile()

    run.refresh_from_db()
    assert run.state == how
    approval = Approval.objects.get()
    actions.decide(actor=alice.actor, approval=approval, approve=False)
    run.refresh_from_db()
    assert run.state == how
    assert states(run) == ["ring:error"]


@pytest.mark.parametrize(("tool", "tries"), [("ring", 1), ("ring_once", 3)])
def test_a_call_that_breaks_tells_nothing_of_its_effect(
    run: Run,
    drill: SimpleNamespace,
    scripted: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    tool: str,
    tries: int,
) -> None:
    scripted(once((tool, {"bell": "a"})))
    keys: list[str] = []

    def broken(tool: Any, context: Any, call: Any) -> None:
        keys.append(context.key)
        raise ConnectionResetError

    monkeypatch.setattr(acting, "_call", broken)

    drive(run)

    run.refresh_from_db()
    assert (run.state, run.wait_for) == (Run.State.WAITING, "approval")
    assert Approval.objects.filter(run=run, state="pending").count() == 1
    assert len(keys) == tries
    assert len(set(keys)) == 1


def test_a_repeatable_call_that_breaks_once_is_made_again(
    run: Run, drill: SimpleNamespace, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(once(("ring_once", {"bell": "a"})))
    plain = acting._call

    def broken(*args: Any) -> Any:
        monkeypatch.setattr(acting, "_call", plain)
        raise ConnectionResetError

    monkeypatch.setattr(acting, "_call", broken)

    drive(run)

    run.refresh_from_db()
    assert run.state == Run.State.SUCCEEDED


def test_a_stalled_worker_that_comes_back_gets_no_receipt_in(
    run: Run, drill: SimpleNamespace, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(once(("ring", {"bell": "a"})))
    plain = acting._finish

    def after_a_long_sleep(stalled: Run, *args: Any) -> None:
        monkeypatch.setattr(acting, "_finish", plain)
        drive(take_over())
        plain(stalled, *args)

    monkeypatch.setattr(acting, "_finish", after_a_long_sleep)

    drive(run)

    run.refresh_from_db()
    assert (run.state, run.wait_for) == (Run.State.WAITING, "approval")
    assert states(run) == ["ring:intent"]
