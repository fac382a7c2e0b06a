"""Agents that run elsewhere: another program with a key takes the work and reports on it.

It owns its runs as a worker of ours does, by a lease and a fencing token. Every report
carries the token and renews the lease; whoever is silent for longer than the lease loses the
run, which then waits for its next heartbeat.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Exists, F, Max, OuterRef, Q, Value, When
from django.utils import timezone

from accounts.callers import Caller
from accounts.models import Actor
from accounts.roles import require
from activity.log import Origin, caused_by, logged
from agents import budgets, runs
from agents.errors import LeaseLost, Suspended
from agents.handlers import any_interest
from agents.heartbeat import advance, beat_outside
from agents.leases import LEASE, claim
from agents.loop import open_run
from agents.models import Agent, Run, Step
from core.clock import from_now
from core.errors import Conflict, Forbidden, Invalid, LimitReached, NotFound
from core.prepared import Prepared
from modules.language.types import Message
from modules.language.types import Text as Words

MAX_STEPS = 2_000
# An agent that found nothing is believed for so long to have nothing, unless the log moves.
BELIEVED_S = 5.0
_MOST_KNOWN = 50_000


class Lost(Conflict):
    """The run was stopped, or somebody else has it now."""

    code = "lease_lost"

    def __init__(self) -> None:
        super().__init__("This run is no longer yours: it was stopped, or its lease ran out.")


@dataclass(frozen=True)
class Idle:
    """That there was nothing to do when the workspace's log stood at `event`."""

    event: int
    until: float


_idle: dict[tuple[UUID, UUID], Idle] = {}
_idle_lock = threading.Lock()
_noted: dict[UUID, float] = {}


def nothing_new(actor: Actor, agent_id: UUID) -> bool:
    """Whether this agent looked a moment ago, found nothing, and nothing has happened since.

    Whatever could be work for it is recorded in the log of its workspace; only time can bring
    some unrecorded, so an idle look is believed for a few seconds. Asks the database nothing.
    """
    known = _idle.get((agent_id, actor.pk))
    return (
        known is not None
        and known.event == actor.workspace.last_event
        and known.until > time.monotonic()
    )


@dataclass(frozen=True)
class Look:
    """What one query tells of an agent that asks for work."""

    external: bool
    interval: int
    something: bool


def look(actor: Actor, agent_id: UUID) -> Look | None:
    """Whether there may be something to do for the caller's own agent; None if it is not.

    One query. Where there is nothing, the heartbeat is noted and nothing else happens.
    """
    rows = _looks.rows([agent_id], [actor.pk])
    if not rows:
        return None
    found = Look(*rows[0])
    if found.external and not found.something:
        _note(agent_id)
        _remember(agent_id, actor)
    return found


def _compose(agents: Any, actors: Any) -> Any:
    waiting = Run.objects.filter(agent=OuterRef("pk"), state=Run.State.QUEUED)
    something = any_interest() | Q(Exists(waiting))
    return (
        Agent.objects.present()
        .filter(pk__in=agents, actor__in=actors)
        .annotate(something=Case(When(something, then=Value(True)), default=Value(False)))
        .values_list("external", "heartbeat_interval", "something")
    )


_looks = Prepared(_compose)


def _note(agent_id: UUID) -> None:
    """Write down that an agent has asked, every few seconds at most."""
    now = time.monotonic()
    if _noted.get(agent_id, 0.0) + BELIEVED_S > now:
        return
    if len(_noted) >= _MOST_KNOWN:
        _noted.clear()
    _noted[agent_id] = now
    advance(Agent.objects.filter(pk=agent_id))


def take_work(*, actor: Actor, agent: Agent) -> list[Run]:
    """What an agent that runs elsewhere should do now; from here on each run is its own.

    The runs come with what it is asked and with the token that every report must carry.
    """
    require(actor, "perform")
    if agent.actor_id != actor.pk:
        raise Forbidden("An agent takes its own work alone.")
    if not agent.external:
        raise Conflict(f"{agent.name} runs here and is not to be driven from outside.")
    with transaction.atomic():
        beat_outside(agent)
    taken = []
    while (run := _claim(agent)) is not None:
        if _open(run):
            taken.append(run)
    if not taken:
        _remember(agent.pk, actor)
    return taken


def held_run(*, actor: Actor, run_id: UUID, token: int) -> Run:
    """A run that `actor` holds by this token; its lease begins anew. Raises Lost, NotFound."""
    require(actor, "perform")
    run = (
        Run.objects.select_related("agent__actor__workspace", "agent__model", "workspace", "task")
        .filter(pk=run_id, workspace=actor.workspace_id)
        .first()
    )
    if run is None:
        raise NotFound("There is no such run.")
    if run.agent.actor_id != actor.pk:
        raise Forbidden("This run is another agent's.")
    held = Run.objects.filter(pk=run.pk, token=token, state=Run.State.RUNNING)
    if not held.update(lease_expires_at=from_now(LEASE)):
        raise Lost()
    run.refresh_from_db(fields=["lease_expires_at"])
    run.token = token
    return run


@contextmanager
def within(caller: Caller, named: str) -> Iterator[None]:
    """What is done inside belongs to the run that X-Run names: “<id> <token>”."""
    run_id, _, token = named.strip().partition(" ")
    try:
        key, number = UUID(run_id), int(token)
    except ValueError as error:
        raise Invalid("X-Run is the id of a run and its token.", field="X-Run") from error
    if caller.actor is None:
        raise Lost()
    run = held_run(actor=caller.actor, run_id=key, token=number)
    with caused_by(Origin(run_id=run.pk, cause_id=run.cause_id, hops=run.hops)):
        yield


def report_step(
    *,
    run: Run,
    kind: str,
    name: str = "",
    text: str = "",
    arguments: dict[str, Any] | None = None,
    failed: bool = False,
    input_tokens: int = 0,
    output_tokens: int = 0,
    cost: int = 0,
) -> Step:
    """Save one thing that happened in a run: an answer of its model, a tool call, a note.

    What it used is added to the run and to the budgets. `cost` in microdollars.
    """
    content: dict[str, Any] = {"text": text}
    if kind == Step.Kind.MODEL:
        content = Message("assistant", (Words(text),)).to_dict()
    elif kind == Step.Kind.TOOL:
        content = arguments or {}
    now = timezone.now()
    with logged():
        _hold(run)
        last = Step.objects.filter(run=run).aggregate(last=Max("index"))["last"]
        index = 0 if last is None else last + 1
        if index >= MAX_STEPS:
            raise LimitReached(f"A run has {MAX_STEPS:,} steps at most; finish this one.")
        step = Step.objects.create(
            run=run,
            index=index,
            kind=kind,
            state=Step.State.ERROR if failed else Step.State.DONE,
            name=name,
            call_id=f"outside-{index}" if kind == Step.Kind.TOOL else "",
            content=content,
            result=text if kind == Step.Kind.TOOL else "",
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            cost=cost,
            started_at=now,
            ended_at=now,
        )
        Run.objects.filter(pk=run.pk).update(
            step_count=F("step_count") + 1,
            input_tokens=F("input_tokens") + input_tokens,
            output_tokens=F("output_tokens") + output_tokens,
            cost=F("cost") + cost,
            crashes=0,
        )
        if cost or input_tokens or output_tokens:
            tokens = input_tokens + output_tokens
            budgets.settle(run, budgets.NOTHING, tokens=tokens, cost=cost)
    return step


def finish_run(*, run: Run, failed: bool = False, text: str = "", reason: str = "") -> Run:
    """Bring a run to its end; what follows from it for its task is settled as for any run."""
    state = Run.State.FAILED if failed else Run.State.SUCCEEDED
    with _of(run), _fenced():
        runs.end_run(run, state, reason=reason, outcome={"text": text})
    run.refresh_from_db()
    return run


def wait_for_answer(*, run: Run, reason: str) -> Run:
    """Let a run wait until a question of it is answered; then it comes with a heartbeat."""
    with _of(run), _fenced():
        runs.park_run(run, Suspended("answer", reason))
    run.refresh_from_db()
    return run


def _claim(agent: Agent) -> Run | None:
    waiting = Run.objects.claimable_outside(agent)
    return claim(among=waiting, owner=f"outside:{agent.pk}")


def _open(run: Run) -> bool:
    """Brief the agent and say that the run has begun. False when it must wait or cannot."""
    with _of(run):
        try:
            open_run(run)
        except budgets.BudgetSpent as spent:
            runs.park_run(run, Suspended("budget", str(spent), spent.resets_at))
            return False
        except LeaseLost:
            return False
    return True


def _hold(run: Run) -> None:
    held = Run.objects.filter(pk=run.pk, token=run.token, state=Run.State.RUNNING)
    if not held.update(token=run.token):
        raise Lost()


def _of(run: Run) -> Any:
    return caused_by(Origin(run_id=run.pk, cause_id=run.cause_id, hops=run.hops))


@contextmanager
def _fenced() -> Iterator[None]:
    try:
        yield
    except LeaseLost as lost:
        raise Lost() from lost


def _remember(agent_id: UUID, actor: Actor) -> None:
    """That there was nothing when the request began; what happened since is looked at anew."""
    with _idle_lock:
        if len(_idle) >= _MOST_KNOWN:
            _idle.clear()
        until = time.monotonic() + BELIEVED_S
        _idle[agent_id, actor.pk] = Idle(actor.workspace.last_event, until)
