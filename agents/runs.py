"""The states of a run and every way from one to another.

    queued → running → succeeded | failed | cancelled | quarantined
               ↓  ↑
             waiting

Each change is compare-and-set: it names the state it comes from, and, when a worker makes
it, the token of its claim. Terminal states are final.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from accounts.actions import system_actor
from accounts.models import Actor
from accounts.roles import require
from activity.log import record, verb
from agents import budgets, hooks
from agents.approvals import ask_about_unknown
from agents.errors import LeaseLost, Suspended
from agents.handlers import handler_of
from agents.models import Agent, Run, Step, Wake
from agents.privacy import helpers, marked
from core.clock import Now
from core.errors import Conflict
from core.queueing import enqueue
from core.statements import insert

ENDINGS = {
    Run.State.SUCCEEDED: "finished",
    Run.State.FAILED: "failed",
    Run.State.CANCELLED: "was stopped",
    Run.State.QUARANTINED: "was put in quarantine",
}


def wake(agent: Agent, reason: str) -> None:
    """Let `agent` wake as soon as this transaction has committed."""
    Wake.objects.create(agent=agent, reason=reason[:200])
    enqueue("agents.jobs.pulse")


def wake_all(agents: Collection[UUID], reason: str) -> None:
    """The same for several, by their ids."""
    if agents:
        now = timezone.now()
        insert([Wake(agent_id=key, reason=reason[:200], created_at=now) for key in agents])
        enqueue("agents.jobs.pulse")


@verb
def start_run(run: Run) -> None:
    """Say that a claimed run is under way; its budget counts it, its handler moves its task."""
    handler_of(run).started(run)
    budgets.count_run(run)
    Agent.objects.filter(pk=run.agent_id).update(last_active_at=Now())
    record(
        actor=run.agent.actor,
        verb="run.started",
        message=f"started {what(run)}",
        agent=run.agent,
        task=run.task,
        run=run,
        data=marked(run, {"kind": run.kind, "reason": run.wake_reason}),
    )


@verb
def end_run(
    run: Run, state: Run.State, *, reason: str = "", outcome: dict[str, Any] | None = None
) -> None:
    """Bring a run that is ours to its end; its handler settles what follows from it.

    Raises LeaseLost when it is not ours any more.
    """
    ended = Run.objects.filter(pk=run.pk, token=run.token, state=Run.State.RUNNING).update(
        state=state,
        reason=reason[:300],
        outcome=outcome or {},
        ended_at=Now(),
        lease_expires_at=None,
        lease_owner="",
    )
    if not ended:
        raise LeaseLost(f"{run} is no longer ours (token {run.token})")
    _settle_ends([run], actor=run.agent.actor)


@verb
def park_run(run: Run, pause: Suspended) -> None:
    """Let a run wait without a worker until what it waits for has come."""
    parked = Run.objects.filter(pk=run.pk, token=run.token, state=Run.State.RUNNING).update(
        state=Run.State.WAITING,
        wait_for=pause.wait_for,
        reason=pause.reason[:300],
        resume_at=pause.resume_at,
        lease_expires_at=None,
        lease_owner="",
    )
    if not parked:
        raise LeaseLost(f"{run} is no longer ours (token {run.token})")
    _rest(run.agent_id)
    record(
        actor=run.agent.actor,
        verb="run.waiting",
        message=f"waits: {pause.reason}",
        agent=run.agent,
        task=run.task,
        run=run,
        data=marked(run, {"wait_for": pause.wait_for}),
    )
    if pause.wait_for not in ("provider", "budget"):
        # Such a run holds no slot: there may be something else to do meanwhile.
        wake(run.agent, "has room for other work")


@verb
def resume_run(run_id: UUID, *, note: str = "", wait_for: str = "") -> bool:
    """Put a waiting run back in the queue, with a note for the agent. Once: False if too late."""
    waiting = Run.objects.filter(pk=run_id, state=Run.State.WAITING)
    if wait_for:
        waiting = waiting.filter(wait_for=wait_for)
    resumed = waiting.update(
        state=Run.State.QUEUED, wait_for="", reason="", resume_at=None, enqueued_at=Now()
    )
    if not resumed:
        return False
    if note:
        add_note(run_id, note)
    enqueue("agents.jobs.work")
    return True


@verb
def put_back(run: Run, *, why: str) -> None:
    """Return a run of ours to the queue unfinished: this worker may not go on with it."""
    back = Run.objects.filter(pk=run.pk, token=run.token, state=Run.State.RUNNING).update(
        state=Run.State.QUEUED,
        reason=why[:300],
        lease_expires_at=None,
        lease_owner="",
        enqueued_at=Now(),
    )
    if back:
        _rest(run.agent_id)
        enqueue("agents.jobs.work")


@verb
def take_back(run: Run) -> bool:
    """Requeue a run whose lease has run out, or quarantine it after the third time.

    Returns False when its worker came back, or somebody else was faster. Does not wait for a
    worker that stands still in the middle of a change: the others' runs come first, and the
    database will end that change.
    """
    expired = Run.objects.expired().filter(pk=run.pk, token=run.token)
    free = expired.select_for_update(skip_locked=True, no_key=True)
    if not free.values_list("pk", flat=True):
        return False
    poisoned = run.crashes + 1 >= Run.MAX_CRASHES
    lost = f"its worker {run.lease_owner or 'elsewhere'} stopped answering"
    if poisoned:
        reason = f"{lost}, for the third time in a row; it will not start again by itself"
        changed = expired.update(
            state=Run.State.QUARANTINED,
            crashes=F("crashes") + 1,
            reason=reason,
            ended_at=Now(),
            lease_owner="",
            lease_expires_at=None,
        )
    else:
        changed = expired.update(
            state=Run.State.QUEUED,
            crashes=F("crashes") + 1,
            reason=lost,
            lease_owner="",
            lease_expires_at=None,
            enqueued_at=Now(),
        )
    if not changed:
        return False
    actor = system_actor(run.workspace)
    if poisoned:
        _settle_ends([run], actor=actor)
        return True
    budgets.forfeit(run)
    _rest(run.agent_id)
    record(
        actor=actor,
        verb="run.taken_over",
        message=f"put {what(run)} back in the queue: {lost}",
        agent=run.agent,
        task=run.task,
        run=run,
        data=marked(run, {}),
    )
    enqueue("agents.jobs.work")
    return True


@verb
def cancel_run(*, actor: Actor, run: Run, reason: str = "", hold: bool = True) -> Run:
    """Stop a run for good, wherever it is. Its worker notices within a second.

    `hold` keeps its task from being started again until somebody lets it.
    """
    require(actor, "run", "work")
    if not _cancel(actor, run, reason or f"stopped by @{actor.handle}", hold):
        raise Conflict("This run has ended already.", code="run_ended")
    run.refresh_from_db()
    return run


@verb
def cancel_all(*, actor: Actor, runs: QuerySet[Run], reason: str, hold: bool = True) -> int:
    """Stop all the live ones among `runs` for good. Returns how many there were."""
    live = runs.filter(state__in=Run.LIVE).select_related("agent__actor", "task", "workspace")
    stopped = [run for run in list(live.order_by("pk")) if _stop(actor, run, reason, hold)]
    _settle_ends(stopped, actor=actor)
    return len(stopped)


def _cancel(actor: Actor, run: Run, reason: str, hold: bool) -> bool:
    stopped = _stop(actor, run, reason, hold)
    if stopped:
        _settle_ends([run], actor=actor)
    return stopped


def _stop(actor: Actor, run: Run, reason: str, hold: bool) -> bool:
    changed = Run.objects.filter(pk=run.pk, state__in=Run.LIVE).update(
        state=Run.State.CANCELLED,
        reason=reason[:300],
        outcome={"hold": hold, "by": str(actor.pk)},
        ended_at=Now(),
        lease_owner="",
        lease_expires_at=None,
        resume_at=None,
        wait_for="",
    )
    return bool(changed)


@verb
def steer_run(*, actor: Actor, run: Run, text: str) -> None:
    """Say something to the agent in the middle of its run; it reads it before its next step."""
    require(actor, "run", "work")
    if not Run.objects.filter(pk=run.pk, state__in=Run.LIVE).exists():
        raise Conflict("This run has ended already.", code="run_ended")
    add_note(run.pk, f"@{actor.handle} says: {text}")
    record(
        actor=actor,
        verb="run.steered",
        message=f"told @{run.agent.handle}"
        + (f": {text}" if run.thread is None else " something in their conversation"),
        agent=run.agent,
        task=run.task,
        run=run,
        data=marked(run, {}),
    )


def add_note(run_id: UUID, text: str) -> None:
    """Add words from outside to a run's steps, behind whatever it has saved so far."""
    now = timezone.now()
    Run.objects.select_for_update(no_key=True).get(pk=run_id)
    last = Step.objects.filter(run=run_id).order_by("-index").values_list("index", flat=True)
    index = (last.first() or 0) + 1
    Step.objects.create(
        run_id=run_id,
        index=index,
        kind=Step.Kind.NOTE,
        content={"text": text},
        started_at=now,
        ended_at=now,
    )


def _settle_ends(ended: Sequence[Run], *, actor: Actor) -> None:
    """What every end has in common, whoever brought it about.

    All tasks before all budgets before all agents: everybody takes their locks in this order.
    """
    for run in ended:
        _tell_end(run, actor=actor)
        ask_about_unknown(run)
        handler_of(run).ended(run)
    for run in ended:
        budgets.forfeit(run)
    for run in sorted(ended, key=lambda run: run.agent_id):
        _rest(run.agent_id)
        wake(run.agent, "has finished a run")
        hooks.run_ended(run)


def _tell_end(run: Run, *, actor: Actor) -> None:
    run.refresh_from_db(fields=["state", "reason", "outcome", "ended_at", "step_count", "cost"])
    trouble = run.state in (Run.State.FAILED, Run.State.QUARANTINED)
    # Why somebody's talk ended may hold words of it: that is told there.
    why = f": {run.reason}" if run.reason and run.thread is None else ""
    record(
        actor=actor,
        verb=f"run.{run.state}",
        message=f"{ENDINGS[Run.State(run.state)]} {what(run)}{why}"
        if actor == run.agent.actor
        else f"{what(run)} of @{run.agent.handle} {ENDINGS[Run.State(run.state)]}{why}",
        agent=run.agent,
        task=run.task,
        run=run,
        data=marked(run, {"kind": run.kind, "cost": run.cost, "steps": run.step_count}),
        notify={"failed": helpers(run)} if trouble else None,
    )


def _rest(agent_id: UUID) -> None:
    """An agent without a running run is idle, unless something else was decided for it."""
    running = Run.objects.filter(agent=agent_id, state=Run.State.RUNNING)
    if not running.exists():
        Agent.objects.filter(pk=agent_id, status=Agent.Status.ACTIVE).update(
            status=Agent.Status.IDLE
        )


@verb
def rest_all() -> int:
    """Put right agents that are called active though nothing of theirs is running."""
    running = Run.objects.filter(agent=OuterRef("pk"), state=Run.State.RUNNING)
    active = Agent.objects.filter(status=Agent.Status.ACTIVE).exclude(Exists(running))
    free = active.order_by("pk").select_for_update(skip_locked=True, no_key=True)
    return Agent.objects.filter(pk__in=list(free.values_list("pk", flat=True))).update(
        status=Agent.Status.IDLE
    )


def cancel_left_over() -> int:
    """Stop what was queued for an agent in the moment in which it was retired."""
    left = Run.objects.live().filter(agent__retired_at__isnull=False)
    runs = left.select_related("agent__actor", "task", "workspace").order_by("pk")
    stop = verb(_cancel)
    return sum(
        stop(system_actor(run.workspace), run, "its agent was retired", hold=False)
        for run in list(runs[:100])
    )


def what(run: Run) -> str:
    """What a run is about, in a few words."""
    return f"{run.kind} on {run.task.key}" if run.task else run.kind


def stop_all(runs: QuerySet[Run], *, reason: str) -> int:
    """Take running runs from their workers and queue them; they go on when they may again."""
    running = list(
        runs.filter(state=Run.State.RUNNING).order_by("pk").select_for_update(no_key=True)
    )
    Run.objects.filter(pk__in=[run.pk for run in running]).update(
        state=Run.State.QUEUED,
        reason=reason[:300],
        lease_owner="",
        lease_expires_at=None,
        enqueued_at=Now(),
    )
    for run in running:
        budgets.forfeit(run)
    for agent_id in sorted({run.agent_id for run in running}):
        _rest(agent_id)
    return len(running)
