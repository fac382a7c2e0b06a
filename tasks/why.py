"""Why a task is where it is: one sentence, and what would move it."""

from dataclasses import asdict, dataclass, field
from typing import Any

from agents.models import Agent, Run
from tasks.actions.moving import unmet
from tasks.models import Task


@dataclass(frozen=True)
class Why:
    """`sentence` says what a task waits for, `moves` what would move it.

    `code` is one word for programs, `waits_for` names the tasks, actors or runs concerned.
    """

    code: str
    sentence: str
    moves: str
    waits_for: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def why(task: Task) -> Why:
    """What `task` waits for and what would move it. A handful of queries at most."""
    if task.done:
        return Why("done", f"{task.key} is done.", "Nothing: move it back to open it again.")
    if task.workspace.halted_at:
        return Why("halted", "Everything is stopped.", "Start the workspace again.")
    if task.blocked:
        owner = f" @{task.blocked_on.handle} can help." if task.blocked_on else ""
        return Why(
            "blocked",
            f"It is blocked: {task.blocked_reason}{owner}",
            "Put right what is named, then unblock it.",
            [task.blocked_on.handle] if task.blocked_on else [],
        )
    run = task.runs.live().select_related("agent__actor").order_by("-created_at").first()
    if run is not None:
        return _of_run(task, run)
    children = task.children.exclude(status=Task.Status.DONE)
    if task.children.exists():
        keys = [child.key for child in children[:8]]
        open_ones = children.count()
        return Why(
            "children",
            f"It waits for its subtasks: {open_ones} {'is' if open_ones == 1 else 'are'} not done.",
            "It is done by itself when all of them are.",
            keys,
        )
    others = unmet(task)
    if others:
        names = [other.key for other in others]
        shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        return Why("dependencies", f"It waits for {shown}.", f"Finish {names[0]}.", names)
    return _of_status(task)


def _of_run(task: Task, run: Run) -> Why:
    who = f"@{run.agent.handle}"
    agent = run.agent
    if run.state == Run.State.RUNNING:
        doing = "is reviewing it" if run.kind == "review" else "is working on it"
        return Why("running", f"{who} {doing}.", "Wait, or stop the run.", [agent.handle])
    if agent.status == Agent.Status.PAUSED:
        return Why("agent_paused", f"{who} has it and is paused.", f"Resume {who}.", [agent.handle])
    if run.state == Run.State.WAITING:
        moves = {
            "answer": "Answer the question in its thread.",
            "approval": "Decide the approval.",
            "provider": "It goes on by itself when the model can be reached.",
            "budget": "Raise the budget, or wait for the next window.",
        }
        return Why(
            f"waiting_for_{run.wait_for or 'something'}",
            f"{who} waits: {run.reason}",
            moves.get(run.wait_for, "Resume it."),
            [agent.handle],
        )
    return Why("queued", f"It is queued for {who}.", "A free worker takes it next.", [agent.handle])


def _of_status(task: Task) -> Why:
    if task.retry_at is not None:
        return Why(
            "retry",
            f"Its last run failed; it is tried again after {task.retry_at:%H:%M:%S} UTC.",
            "Wait, or try it again now.",
        )
    if task.status == Task.Status.INBOX:
        return Why(
            "unassigned",
            "Nobody has it yet.",
            "Assign it, or wait for the orchestrator's next heartbeat.",
        )
    if task.status == Task.Status.REVIEW:
        if task.reviewer is None:
            return Why("no_reviewer", "It waits for a review, and has no reviewer.", "Review it.")
        who = task.reviewer.handle
        moves = (
            f"@{who} reviews it at the next heartbeat."
            if task.reviewer.is_agent
            else f"@{who} reviews it."
        )
        return Why("review", f"It waits for @{who} to review it.", moves, [who])
    return _of_assignees(task)


def _of_assignees(task: Task) -> Why:
    holders = list(task.assignees.all())
    if not holders:
        return Why("unassigned", "Nobody has it.", "Assign it to somebody.")
    agents = list(Agent.objects.filter(actor__in=holders).select_related("actor").with_load())
    people = [f"@{actor.handle}" for actor in holders if actor.is_person]
    if people and not agents:
        return Why(
            "person", f"It is with {', '.join(people)}.", "They finish it and hand it in.", people
        )
    names = [agent.handle for agent in agents]
    resting = [agent for agent in agents if agent.status == Agent.Status.PAUSED]
    if agents and len(resting) == len(agents):
        who = f"@{resting[0].handle}"
        return Why("agent_paused", f"{who} has it and is paused.", f"Resume {who}.", names)
    runs: dict[str, int] = {agent.handle: getattr(agent, "busy", 0) for agent in agents}
    if agents and all(runs[agent.handle] >= agent.concurrency for agent in agents):
        who, count = f"@{names[0]}", runs[names[0]]
        return Why(
            "agent_busy",
            f"{who} is busy with {count} other run{'' if count == 1 else 's'}.",
            "It starts when that ends; or assign it to somebody else.",
            names,
        )
    return Why(
        "heartbeat",
        f"It is ready for @{names[0]}." if names else "It is ready.",
        "It starts at the next heartbeat; trigger one to start it now.",
        names,
    )
