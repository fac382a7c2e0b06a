"""What is offered here beyond the agents' own tools: what they are told by their briefs."""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from agents import actions as of_agents
from agents.models import Agent
from core.errors import NotFound
from modules.tools import Effect, Tool, ToolContext, ToolError
from tasks import actions
from tasks.actions.taking import take_next_task as take
from tasks.briefs import review_brief, work_brief
from tasks.lookup import find_actor, find_task
from tasks.models import Message, Task
from tasks.why import why as why_of

Status = Literal["inbox", "assigned", "in_progress", "review", "done"]


def get_task(
    ctx: ToolContext,
    task: Annotated[str, "Key of the task, such as TASK-012"],
    messages: Annotated[int, "How many messages of the thread, 0 to 100"] = 20,
    before: Annotated[str | None, "Only messages older than the one with this id"] = None,
) -> dict[str, Any]:
    """Read a task: its words, why it is where it is, what it waits for, and its thread."""
    found = find_task(ctx.workspace, task)
    state = why_of(found)
    return {
        **_row(found),
        "description": found.description,
        "kind": found.kind,
        "creator": f"@{found.creator.handle}",
        "reviewer": f"@{found.reviewer.handle}" if found.reviewer else None,
        "why": {"sentence": state.sentence, "moves": state.moves, "code": state.code},
        "needs": found.needs,
        "criteria": found.criteria,
        "checklist": found.checklist,
        "parent": found.parent.key if found.parent else None,
        "children": [_row(one) for one in found.children.prefetch_related("assignees")],
        "depends_on": [
            _row(one)
            for one in Task.objects.filter(dependents__task=found).prefetch_related("assignees")
        ],
        "documents": [
            {"document_id": str(one.pk), "title": one.title}
            for one in found.documents.filter(archived_at=None)[:50]
        ],
        **_thread(found, max(0, min(messages, 100)), before),
    }


def move_task(
    ctx: ToolContext,
    task: Annotated[str, "Key of the task, such as TASK-012"],
    status: Annotated[Status, "Where it goes"],
    reason: Annotated[str, "Why, if it is not obvious"] = "",
) -> dict[str, Any]:
    """Move a task to another status. Agents do not move to done: they submit_for_review."""
    found = find_task(ctx.workspace, task)
    moved = actions.move_task(actor=ctx.actor, task=found, status=status, reason=reason)
    return _row(moved)


def answer(
    ctx: ToolContext,
    message_id: Annotated[str, "Id of the question, as get_task shows it in the thread"],
    body: Annotated[str, "The answer, in Markdown"],
) -> dict[str, Any]:
    """Answer a question in a task's thread; whoever asked goes on."""
    question = _message(ctx, message_id)
    said = actions.answer(actor=ctx.actor, question=question, body=body)
    return {"message_id": str(said.pk), "task": question.task.key}


def take_next_task(
    ctx: ToolContext,
    open_ones: Annotated[bool, "Whether tasks that nobody has may be taken too"] = True,
) -> dict[str, Any]:
    """Take the next thing to do and be told all about it: a review that waits for you, what you
    have begun, what was assigned to you, or a task that nobody has and that you can do.
    """
    taken = take(actor=ctx.actor, open_ones=open_ones)
    if taken is None:
        return {"task": None, "message": "There is nothing for you to do now."}
    brief = review_brief(taken.task) if taken.kind == "review" else work_brief(taken.task)
    return {**_row(taken.task), "kind": taken.kind, "brief": brief}


def list_agents(ctx: ToolContext) -> dict[str, Any]:
    """List the agents: their handles, what they can do, how they are, and in how many runs."""
    agents = Agent.objects.filter(workspace=ctx.workspace).present().select_related("actor")
    return {
        "agents": [
            {
                "handle": f"@{one.handle}",
                "name": one.name,
                "role": one.role,
                "duty": one.duty,
                "capabilities": one.capabilities,
                "status": one.status,
                "status_reason": one.status_reason,
                "runs_elsewhere": one.external,
                "busy": getattr(one, "busy", 0),
            }
            for one in agents.with_load()[:200]
        ]
    }


def wake_agent(
    ctx: ToolContext, agent: Annotated[str, "Handle of an agent that runs here"]
) -> dict[str, Any]:
    """Let an agent look for work now instead of at its next heartbeat."""
    actor = find_actor(ctx.workspace, agent, field="agent")
    found = Agent.objects.present().filter(actor=actor).first()
    if found is None:
        raise NotFound(f"@{actor.handle} is no agent.", field="agent")
    queued = of_agents.run_heartbeat(actor=ctx.actor, agent=found, trigger="api")
    return {"agent": f"@{actor.handle}", "runs": [str(run.pk) for run in queued]}


def _row(task: Task) -> dict[str, Any]:
    return {
        "task": task.key,
        "title": task.title,
        "status": task.status,
        "priority": task.get_priority_display().lower(),
        "assignees": [f"@{actor.handle}" for actor in task.assignees.all()],
        "blocked": task.blocked_reason or None,
    }


def _thread(task: Task, limit: int, before: str | None) -> dict[str, Any]:
    said = task.messages.select_related("author", "asked").order_by("-pk")
    if before is not None:
        said = said.filter(pk__lt=_id(before))
    newest = list(said[: limit + 1])
    shown = list(reversed(newest[:limit]))
    return {
        "thread": [
            {
                "message_id": str(one.pk),
                "at": one.created_at.isoformat(),
                "author": f"@{one.author.handle}",
                "kind": one.kind,
                "body": one.body,
                "asked": f"@{one.asked.handle}" if one.asked else None,
                "open_question": one.kind == Message.Kind.QUESTION and one.answered_at is None,
            }
            for one in shown
        ],
        "older_before": str(shown[0].pk) if shown and len(newest) > limit else None,
    }


def _message(ctx: ToolContext, message_id: str) -> Message:
    messages = Message.objects.select_related("task__workspace")
    found = messages.filter(workspace=ctx.workspace, pk=_id(message_id)).first()
    if found is None:
        raise ToolError(f"There is no message {message_id}.")
    return found


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise ToolError(f"“{text}” is not the id of a message.") from error


def _tool(function: Callable[..., dict[str, Any]], effect: Effect) -> Tool:
    words = " ".join((function.__doc__ or "").split())
    return Tool(function.__name__, words, effect, effect == "read", function)


OWN = [
    _tool(get_task, "read"),
    _tool(move_task, "write"),
    _tool(answer, "write"),
    _tool(take_next_task, "write"),
    _tool(list_agents, "read"),
    _tool(wake_agent, "write"),
]
