"""Verbs on agents: make, change, pause, wake, stop."""

import re
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count

from accounts.actions import create_actor
from accounts.models import Actor, Workspace
from accounts.roles import require
from activity.log import record, verb
from agents import budgets, hooks, runs
from agents.heartbeat import beat_for
from agents.hooks import Moment
from agents.models import Agent, Approval, Run, Step
from agents.privacy import marked
from core.clock import Now, db_now
from core.errors import Conflict, Invalid, LimitReached
from core.queueing import enqueue
from modules.models import AIModel, Job
from modules.running import actions as jobs

MAX_AGENTS = 20_000
# What agents may do by themselves stays within what a person can still oversee.
MAX_AGENTS_MADE_BY_AGENTS = 20


@verb
def create_agent(
    *,
    actor: Actor,
    name: str,
    role: str,
    handle: str = "",
    duty: str = Agent.Duty.WORKER,
    persona: str = "",
    capabilities: Sequence[str] = (),
    model: AIModel | None = None,
    heartbeat_interval: int = 30,
    concurrency: int = 1,
    external: bool = False,
    memory_context: str = "",
    reason: str = "",
) -> Agent:
    """A new agent with an actor of its own, the default budgets, and its first heartbeat.

    Wakes it at once. Agents may make agents too, up to a limit for the workspace.
    """
    require(actor, "agents")
    workspace = actor.workspace
    if duty not in Agent.Duty.values:
        raise Invalid(f"There is no duty “{duty}”.", field="duty")
    _check_room(actor)
    agent = Agent(
        workspace=workspace,
        actor=create_actor(
            workspace=workspace, kind=Actor.Kind.AGENT, name=name, handle=handle or name
        ),
        duty=duty,
        role=role.strip()[:120],
        persona=persona.strip(),
        capabilities=_capabilities(capabilities),
        model=_model_of(workspace, model),
        heartbeat_interval=heartbeat_interval,
        concurrency=concurrency,
        external=external,
        memory_context=memory_context,
        next_heartbeat_at=db_now(),
        created_by=actor,
    )
    agent.session_key = f"agent:{agent.actor.handle}:main"
    _validate(agent)
    agent.save()
    budgets.open_for(agent)
    record(
        actor=actor,
        verb="agent.created",
        message=f"created the agent {agent.name}" + (f": {reason}" if reason else ""),
        agent=agent,
        data={"role": agent.role, "capabilities": agent.capabilities, "reason": reason},
    )
    runs.wake(agent, "was created")
    hooks.after_commit(Moment.CREATED, agent, reason=reason)
    return agent


EDITABLE = {
    "role",
    "persona",
    "capabilities",
    "model",
    "heartbeat_interval",
    "concurrency",
    "memory_context",
    "duty",
}


@verb
def edit_agent(*, actor: Actor, agent: Agent, name: str | None = None, **changes: Any) -> Agent:
    """Change what an agent is. Takes effect at its next step."""
    require(actor, "agents")
    unknown = changes.keys() - EDITABLE
    if unknown:
        field = min(unknown)
        raise Invalid(f"An agent has no “{field}” that can be set.", field=field)
    if "capabilities" in changes:
        changes["capabilities"] = _capabilities(changes["capabilities"])
    if "model" in changes:
        changes["model"] = _model_of(agent.workspace, changes["model"])
    changed = [key for key, value in changes.items() if getattr(agent, key) != value]
    for key in changed:
        setattr(agent, key, changes[key])
    _validate(agent)
    if changed:
        agent.save(update_fields=changed)
    if name is not None and name.strip() and name.strip() != agent.actor.name:
        agent.actor.name = name.strip()[:80]
        agent.actor.save(update_fields=["name"])
        changed.append("name")
    if not changed:
        return agent
    if "heartbeat_interval" in changed:
        Agent.objects.filter(pk=agent.pk).update(next_heartbeat_at=Now())
    record(
        actor=actor,
        verb="agent.edited",
        message=f"changed {', '.join(sorted(changed))} of {agent.name}",
        agent=agent,
        data={"changed": sorted(changed)},
    )
    return agent


@verb
def pause_agent(*, actor: Actor, agent: Agent, reason: str = "") -> Agent:
    """Let an agent rest: what it has under way stops within a second and waits for it."""
    require(actor, "agents")
    awake = Agent.objects.present().filter(pk=agent.pk).exclude(status=Agent.Status.PAUSED)
    if not awake.exists():
        return agent
    # The runs before the agent: everybody takes their locks in this order. A run that is
    # claimed in between is let go by its worker within a second.
    runs.stop_all(Run.objects.filter(agent=agent), reason="its agent was paused")
    if awake.update(status=Agent.Status.PAUSED, status_reason=reason[:300]):
        record(
            actor=actor,
            verb="agent.paused",
            message=f"paused {agent.name}" + (f": {reason}" if reason else ""),
            agent=agent,
        )
        hooks.after_commit(Moment.PAUSED, agent, reason=reason)
    agent.refresh_from_db()
    return agent


@verb
def resume_agent(*, actor: Actor, agent: Agent) -> Agent:
    """Let a paused or blocked agent work again; what waited for it goes on."""
    require(actor, "agents")
    stopped = [Agent.Status.PAUSED, Agent.Status.BLOCKED]
    rested = Agent.objects.present().filter(pk=agent.pk, status__in=stopped)
    if not rested.update(status=Agent.Status.IDLE, status_reason="", next_heartbeat_at=Now()):
        return agent
    agent.refresh_from_db()
    record(actor=actor, verb="agent.resumed", message=f"let {agent.name} work again", agent=agent)
    runs.wake(agent, "was resumed")
    enqueue("agents.jobs.work")
    return agent


@verb
def retire_agent(*, actor: Actor, agent: Agent, reason: str = "") -> Agent:
    """Take an agent out of service for good. Its history stays; its work is handed out anew."""
    require(actor, "agents")
    present = Agent.objects.present().filter(pk=agent.pk)
    if present.exists():
        runs.cancel_all(actor=actor, runs=agent.runs.all(), reason="its agent was retired")
    if not present.update(retired_at=Now(), status=Agent.Status.PAUSED, status_reason="retired"):
        raise Conflict(f"{agent.name} has been retired already.", code="retired")
    Actor.objects.filter(pk=agent.actor_id).update(active=False)
    agent.refresh_from_db()
    record(
        actor=actor,
        verb="agent.retired",
        message=f"retired {agent.name}" + (f": {reason}" if reason else ""),
        agent=agent,
    )
    hooks.after_commit(Moment.RETIRED, agent, reason=reason)
    return agent


@verb
def run_heartbeat(*, actor: Actor, agent: Agent, trigger: str = "manual") -> list[Run]:
    """Let an agent look for work now. Returns the runs that were queued, none if idle."""
    require(actor, "run", "work")
    if agent.retired_at or agent.status == Agent.Status.PAUSED:
        raise Conflict(f"{agent.name} is paused. Resume it first.", code="agent_paused")
    if agent.workspace.halted_at:
        raise Conflict("Everything is stopped. Start the workspace first.", code="halted")
    queued = beat_for(agent, trigger=trigger)
    record(
        actor=actor,
        verb="agent.heartbeat",
        message=f"woke {agent.name}: " + (f"{len(queued)} to do" if queued else "nothing to do"),
        agent=agent,
        data={"trigger": trigger, "runs": len(queued)},
    )
    return queued


@verb
def halt_workspace(*, actor: Actor, reason: str = "") -> int:
    """Stop every run and job of the workspace within a second. Returns how many were stopped."""
    require(actor, "run")
    # The workspace last, as everybody locks it. A run that is claimed in between is let go by
    # its worker within a second.
    stopped = runs.stop_all(
        Run.objects.filter(workspace=actor.workspace_id), reason="everything was stopped"
    )
    jobs_stopped = jobs.stop_all(Job.objects.filter(workspace=actor.workspace_id))
    Workspace.objects.filter(pk=actor.workspace_id, halted_at=None).update(halted_at=Now())
    record(
        actor=actor,
        verb="workspace.halted",
        message="stopped everything" + (f": {reason}" if reason else ""),
        data={"runs": stopped, "jobs": jobs_stopped},
    )
    return stopped + jobs_stopped


@verb
def resume_workspace(*, actor: Actor) -> None:
    """Let everything go on from where it was stopped."""
    require(actor, "run")
    if (
        Workspace.objects.filter(pk=actor.workspace_id)
        .exclude(halted_at=None)
        .update(halted_at=None)
    ):
        record(actor=actor, verb="workspace.resumed", message="let everything go on")
        enqueue("agents.jobs.work")
        enqueue("modules.jobs.work")


@verb
def decide(*, actor: Actor, approval: Approval, approve: bool, reason: str = "") -> Approval:
    """Decide what a run waits for; the run goes on, exactly once.

    For a call whose outcome nobody knows, yes means that it took effect and is not made
    again; no means that it did not, and the agent hears that it failed.
    """
    require(actor, "decide")
    state = Approval.State.APPROVED if approve else Approval.State.DENIED
    decided = Approval.objects.filter(pk=approval.pk, state=Approval.State.PENDING).update(
        state=state, decided_by=actor, decided_at=Now(), reason=reason[:300]
    )
    if not decided:
        raise Conflict("This has been decided already.", code="decided")
    approval.refresh_from_db()
    if approval.kind == Approval.Kind.UNKNOWN:
        known = "took effect" if approve else "did not take effect"
        Step.objects.filter(pk=approval.step_id, state=Step.State.INTENT).update(
            state=Step.State.DONE if approve else Step.State.ERROR,
            result=f"@{actor.handle} looked: the call {known}. {reason}".strip(),
            ended_at=Now(),
        )
    run = approval.run
    record(
        actor=actor,
        verb=f"approval.{state}",
        message=f"{'confirmed' if approve else 'denied'}: {approval.question}",
        agent=run.agent,
        task=run.task,
        run=run,
        data=marked(run, {}),
    )
    runs.resume_run(run.pk, wait_for="approval")
    return approval


def _check_room(actor: Actor) -> None:
    workspace = actor.workspace
    counts = Agent.objects.present().filter(workspace=workspace).aggregate(all=Count("pk"))
    if counts["all"] >= MAX_AGENTS:
        raise LimitReached(f"A workspace has room for {MAX_AGENTS} agents.")
    if not actor.is_agent:
        return
    made = Agent.objects.present().filter(workspace=workspace, created_by__kind=Actor.Kind.AGENT)
    if made.count() >= MAX_AGENTS_MADE_BY_AGENTS:
        raise LimitReached(
            f"Agents may create up to {MAX_AGENTS_MADE_BY_AGENTS} agents; ask a person."
        )


def _capabilities(words: Sequence[str]) -> list[str]:
    """Lower-case words without doubles, in the order given."""
    clean = [re.sub(r"\s+", " ", str(word)).strip().lower()[:40] for word in words]
    return list(dict.fromkeys(word for word in clean if word))[:40]


def _model_of(workspace: Workspace, model: AIModel | None) -> AIModel | None:
    if model is not None and model.workspace_id != workspace.pk:
        raise Invalid("There is no such model in this workspace.", field="model")
    return model


def _validate(agent: Agent) -> None:
    try:
        agent.full_clean(exclude=["actor", "workspace", "model", "created_by"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Invalid(" ".join(messages), field=field) from error
