"""What agents can do on the board."""

from typing import Annotated, Any, Literal
from uuid import UUID

# pydantic reads this one on every Python, the standard library's from 3.12 on.
from typing_extensions import TypedDict

from accounts.models import Actor
from core.errors import Conflict
from documents.models import Document
from modules.tools import ToolContext, ToolError, tool
from tasks import actions
from tasks.lookup import find_actor, find_task
from tasks.models import Mention, Message, Task
from tasks.working import read_working_state as read_page
from tasks.working import write_working_state

Status = Literal["inbox", "assigned", "in_progress", "review", "done"]
Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES = {"low": 0, "normal": 1, "high": 2, "urgent": 3}


class CheckedCriterion(TypedDict):
    """One acceptance criterion as it was found."""

    criterion: str
    met: bool
    where: str


@tool(effect="write")
def create_task(
    ctx: ToolContext,
    title: Annotated[str, "What is to be done, in one line"],
    description: Annotated[str, "Markdown"] = "",
    parent: Annotated[str | None, "Key of the task it is part of, such as TASK-012"] = None,
    depends_on: Annotated[list[str], "Keys of the tasks that must be done before"] = [],  # noqa: B006
    criteria: Annotated[list[str], "Acceptance criteria, each checkable"] = [],  # noqa: B006
    checklist: Annotated[list[str], "Steps, if there are several"] = [],  # noqa: B006
    needs: Annotated[list[str], "Capabilities that it takes, as lower-case words"] = [],  # noqa: B006
    priority: Priority = "normal",
    assignee: Annotated[str | None, "Handle of who should do it; none leaves it open"] = None,
) -> dict[str, Any]:
    """Create a task on the board."""
    task = actions.create_task(
        actor=ctx.actor,
        title=title,
        description=description,
        parent=find_task(ctx.workspace, parent, field="parent") if parent else None,
        depends_on=[find_task(ctx.workspace, key, field="depends_on") for key in depends_on],
        criteria=criteria,
        checklist=checklist,
        needs=needs,
        priority=PRIORITIES[priority],
        assignees=[find_actor(ctx.workspace, assignee, field="assignee")] if assignee else (),
    )
    return {"task": task.key, "title": task.title, "status": task.status}


@tool(effect="write")
def update_task(
    ctx: ToolContext,
    task: Annotated[str | None, "Key of the task; the one at hand if left out"] = None,
    title: str | None = None,
    description: str | None = None,
    priority: Priority | None = None,
    checklist_done: Annotated[
        list[int], "Numbers of the checklist items that are done, counted from 1"
    ] = [],  # noqa: B006
    blocked_because: Annotated[str | None, "Why it cannot go on without a person"] = None,
) -> dict[str, Any]:
    """Change a task: its words, its priority, the items of its checklist; or say it is blocked."""
    target = _task(ctx, task)
    changes: dict[str, Any] = {}
    if title is not None:
        changes["title"] = title
    if description is not None:
        changes["description"] = description
    if priority is not None:
        changes["priority"] = PRIORITIES[priority]
    if changes:
        target = actions.edit_task(actor=ctx.actor, task=target, **changes)
    if checklist_done:
        items = [number - 1 for number in checklist_done]
        target = actions.tick(actor=ctx.actor, task=target, items=items)
    if blocked_because:
        target = actions.block_task(actor=ctx.actor, task=target, reason=blocked_because)
    done = sum(1 for item in target.checklist if item["done"])
    return {
        "task": target.key,
        "status": target.status,
        "checklist": f"{done} of {len(target.checklist)} done",
    }


@tool(effect="write")
def assign_task(
    ctx: ToolContext,
    task: Annotated[str, "Key of the task, such as TASK-012"],
    assignee: Annotated[str | None, "Handle; left out, whoever fits best gets it"] = None,
    why: Annotated[str, "The reason, if it is not obvious"] = "",
) -> dict[str, Any]:
    """Give a task to an agent or a person."""
    chosen = [find_actor(ctx.workspace, assignee, field="assignee")] if assignee else None
    target = actions.assign_task(
        actor=ctx.actor, task=find_task(ctx.workspace, task), assignees=chosen, why=why
    )
    row = target.assignments.select_related("actor").order_by("created_at").last()
    assert row is not None
    return {
        "task": target.key,
        "assignee": f"@{row.actor.handle}",
        "because": row.reasons.get("text", row.reasons.get("why", "")),
    }


@tool(effect="read")
def list_tasks(
    ctx: ToolContext,
    status: Status | None = None,
    assignee: Annotated[str | None, "Only those of this handle"] = None,
    query: Annotated[str, "Words in the title"] = "",
    limit: Annotated[int, "1 to 50"] = 20,
) -> dict[str, Any]:
    """List tasks on the board."""
    tasks = Task.objects.filter(workspace=ctx.workspace).prefetch_related("assignees")
    if status:
        tasks = tasks.filter(status=status)
    if assignee:
        tasks = tasks.filter(assignees=find_actor(ctx.workspace, assignee, field="assignee"))
    if query:
        tasks = tasks.filter(title__icontains=query)
    return {
        "tasks": [
            {
                "task": task.key,
                "title": task.title,
                "status": task.status,
                "assignees": [f"@{actor.handle}" for actor in task.assignees.all()],
                "blocked": task.blocked_reason or None,
            }
            for task in tasks.order_by("-updated_at")[: max(1, min(limit, 50))]
        ]
    }


@tool(effect="write")
def post_message(
    ctx: ToolContext,
    body: Annotated[str, "Markdown; @handle mentions somebody and wakes them"],
    kind: Literal["comment", "status_update", "answer"] = "comment",
    task: Annotated[str | None, "Key of the task; the one at hand if left out"] = None,
) -> dict[str, Any]:
    """Say something in the thread of a task. An answer answers the question at hand."""
    target = _task(ctx, task)
    message = actions.post_message(
        actor=ctx.actor,
        task=target,
        body=body,
        kind=kind,
        reply_to=_question(ctx, target) if kind == "answer" else None,
        simulated=_simulated(ctx),
    )
    return {"message_id": str(message.pk), "task": target.key}


@tool(effect="write")
def message_agent(
    ctx: ToolContext,
    agent: Annotated[str, "Handle of the agent"],
    body: Annotated[str, "What it should know or do"],
    task: Annotated[str | None, "Key of the task it is about; the one at hand if left out"] = None,
) -> dict[str, Any]:
    """Say something to another agent, in the thread of a task; it wakes and can answer there."""
    other = find_actor(ctx.workspace, agent, field="agent")
    target = _task(ctx, task)
    message = actions.post_message(
        actor=ctx.actor,
        task=target,
        body=f"@{other.handle} {body}",
        simulated=_simulated(ctx),
    )
    return {"message_id": str(message.pk), "task": target.key}


@tool(effect="write")
def ask(
    ctx: ToolContext,
    question: Annotated[str, "What you need to know, and why"],
    whom: Annotated[str | None, "Handle; left out, whoever created the task"] = None,
) -> dict[str, Any]:
    """Ask about the task at hand and wait for the answer."""
    task = _task(ctx, None)
    message = actions.ask(
        actor=ctx.actor,
        task=task,
        question=question,
        whom=find_actor(ctx.workspace, whom, field="whom") if whom else None,
        simulated=_simulated(ctx),
    )
    asked: Actor | None = message.asked
    assert asked is not None
    ctx.wait = ("answer", f"@{asked.handle} was asked: {question}")
    return {"asked": f"@{asked.handle}", "message_id": str(message.pk)}


@tool(effect="write")
def submit_for_review(
    ctx: ToolContext,
    summary: Annotated[str, "What was done, in one or two sentences"],
    evidence: Annotated[list[str], "Ids of the documents that show it"],
) -> dict[str, Any]:
    """Hand in the task at hand with its evidence. This ends the run."""
    task = _task(ctx, None)
    documents = list(Document.objects.visible_to(ctx.actor).filter(pk__in=_ids(evidence)))
    if len(documents) != len(set(evidence)):
        raise ToolError("One of these ids is not the id of a document. Use `document_id`.")
    task = actions.submit_for_review(
        actor=ctx.actor, task=task, summary=summary, documents=documents
    )
    ctx.outcome = {"text": summary, "submitted": task.key}
    reviewer = f"@{task.reviewer.handle}" if task.reviewer else "a person"
    return {"task": task.key, "status": task.status, "reviewer": reviewer}


@tool(effect="write")
def review_task(
    ctx: ToolContext,
    verdict: Literal["approve", "send_back"],
    reason: Annotated[str, "Why; when sending back, exactly what is missing"],
    checked: Annotated[
        list[CheckedCriterion], "Each criterion, whether it is met, and where that is seen"
    ] = [],  # noqa: B006
) -> dict[str, Any]:
    """Let the task at hand through, or send it back. This ends the run."""
    task = actions.review_task(
        actor=ctx.actor,
        task=_task(ctx, None),
        verdict=verdict,
        reason=reason,
        checked=checked,
    )
    ctx.outcome = {"text": reason, "verdict": verdict}
    return {"task": task.key, "status": task.status}


@tool(effect="read")
def read_working_state(ctx: ToolContext) -> dict[str, Any]:
    """Read WORKING.md: who does what, every task by its status, what happened, and notes."""
    page = read_page(ctx.workspace)
    return {"text": page.text, "etag": page.etag}


@tool(effect="write")
def update_working_state(
    ctx: ToolContext,
    text: Annotated[str, "The whole page, as you want it to be"],
    etag: Annotated[str, "As read_working_state returned it with the page that you changed"],
) -> dict[str, Any]:
    """Change WORKING.md: move lines between statuses, name assignees, add lines and notes.
    Active Agents and Recent Activity are written by the system. Changes of others since you
    read it are kept. When both sides changed the same, nothing is done and the answer says
    what clashes.
    """
    try:
        result = write_working_state(
            actor=ctx.actor, workspace=ctx.workspace, text=text, base_etag=etag
        )
    except Conflict as error:
        if error.code != "working_conflict":
            raise
        clashes = "".join(f"\n- {clash['message']}" for clash in error.details["clashes"])
        raise ToolError(
            f"Nothing was changed. {error.message}{clashes}\nThis is the page now, its etag is "
            f"{error.details['etag']}. Make your changes to it:\n\n{error.details['theirs']}"
        ) from error
    return {
        "applied": result.applied,
        "ignored": [f"{item.text}: {item.reason}" for item in result.ignored],
        "etag": result.etag,
    }


def _task(ctx: ToolContext, key: str | None) -> Task:
    if key:
        return find_task(ctx.workspace, key)
    if ctx.task is None:
        raise ToolError("Name the task: this run is about none in particular.")
    return Task.objects.get(pk=ctx.task.pk)


def _question(ctx: ToolContext, task: Task) -> Message | None:
    """The question this run was woken by, else the newest open one put to this agent."""
    woken_by: str = ctx.run.subject.get("mention", "") if ctx.run else ""
    if woken_by:
        mention = Mention.objects.select_related("message").filter(pk=woken_by).first()
        if mention is not None and mention.message.task_id == task.pk:
            return mention.message
    asked = task.messages.filter(kind="question", answered_at=None, asked=ctx.actor)
    return asked.order_by("-created_at").first()


def _simulated(ctx: ToolContext) -> bool:
    return bool(ctx.run and ctx.run.simulated)


def _ids(evidence: list[str]) -> list[UUID]:
    try:
        return [UUID(one) for one in evidence]
    except ValueError as error:
        raise ToolError("Evidence is a list of document ids.") from error
