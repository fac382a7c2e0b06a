"""Making tasks and changing what they say."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import Actor
from accounts.roles import require
from activity.log import record, verb
from core.errors import Conflict, Forbidden, Invalid
from core.statements import insert
from tasks.actions import assigning
from tasks.actions.common import (
    change,
    hold_graph,
    lock,
    one_of,
    stop_runs,
    wake_orchestrators,
)
from tasks.actions.depending import set_dependencies
from tasks.actions.placing import place
from tasks.actions.progress import roll_up
from tasks.graph import check_acyclic, check_parent
from tasks.models import Dependency, Task

MAX_DESCRIPTION = 100_000
MAX_ITEMS = 200


@verb
def create_task(
    *,
    actor: Actor,
    title: str,
    description: str = "",
    kind: str = Task.Kind.TASK,
    priority: int = Task.Priority.NORMAL,
    parent: Task | None = None,
    assignees: Sequence[Actor] = (),
    depends_on: Collection[Task] = (),
    needs: Sequence[str] = (),
    criteria: Sequence[str] = (),
    checklist: Sequence[str] = (),
    due_at: datetime | None = None,
    estimate_low: float | None = None,
    estimate_high: float | None = None,
) -> Task:
    """A new task in the inbox, or assigned when it has assignees.

    Wakes its assignees, or those who hand out work.
    """
    require(actor, "work")
    task = Task(
        workspace=actor.workspace,
        number=0,
        title=_title(title),
        description=_description(description),
        kind=one_of(kind, Task.Kind.values, field="kind"),
        priority=_priority(priority),
        creator=actor,
        needs=_words(needs),
        criteria=[{"text": text, "met": False, "where": ""} for text in _texts(criteria)],
        checklist=[{"text": text, "done": False} for text in _texts(checklist)],
        due_at=due_at,
        **_estimate(estimate_low, estimate_high),
    )
    if parent is not None:
        _same_workspace(task, parent, field="parent_task")
        if parent.done:
            raise Conflict(f"{parent.key} is done; reopen it first.", field="parent_task")
        task.parent = parent
    check_acyclic(task, depends_on)
    task.moved_at = timezone.now()
    watched = place(task)
    insert([Dependency(task=task, needs=other) for other in {t.pk: t for t in depends_on}.values()])
    record(
        actor=actor,
        verb="task.created",
        message=f"created {task.key} {task.title}",
        task=task,
        data={
            "kind": task.kind,
            "parent": str(parent.pk) if parent else None,
            "needs": [str(other.pk) for other in depends_on],
        },
    )
    if assignees:
        task = assigning.assign_task(actor=actor, task=task, assignees=assignees)
    elif watched:
        wake_orchestrators(task, f"{task.key} came in")
    return task


EDITABLE = {
    "title",
    "description",
    "priority",
    "parent",
    "needs",
    "criteria",
    "checklist",
    "due_at",
    "estimate_low",
    "estimate_high",
    "kind",
    "reviewer",
}


@verb
def edit_task(
    *,
    actor: Actor,
    task: Task,
    expected_version: int | None = None,
    depends_on: Sequence[Task] | None = None,
    **changes: Any,
) -> Task:
    """Change what a task says. `criteria` and `checklist` take texts or full items.

    `depends_on` are all the tasks that it waits for from now on. With `expected_version`,
    raises Conflict when somebody was faster.
    """
    require(actor, "work")
    unknown = changes.keys() - EDITABLE
    if unknown:
        field = min(unknown)
        raise Invalid(f"A task has no “{field}” that can be set.", field=field)
    task = lock(task)
    if expected_version is not None and task.version != expected_version:
        raise Conflict(
            f"{task.key} was changed by somebody else meanwhile.",
            code="version_conflict",
            details={"version": task.version},
        )
    if depends_on is not None:
        task = set_dependencies(actor=actor, task=task, needs=depends_on)
    values = {key: _clean(task, key, value) for key, value in changes.items()}
    changed = sorted(key for key, value in values.items() if getattr(task, key) != value)
    if not changed:
        return task
    old_parent = task.parent
    task = change(task, **{key: values[key] for key in changed})
    record(
        actor=actor,
        verb="task.edited",
        message=f"changed {', '.join(changed).replace('_', ' ')} of {task.key} {task.title}",
        task=task,
        data={"changed": changed},
    )
    if "parent" in changed and old_parent is not None:
        roll_up(old_parent)
    return task


@verb
def tick(*, actor: Actor, task: Task, items: Collection[int], done: bool = True) -> Task:
    """Mark items of a task's checklist, counted from 0, as done or not."""
    require(actor, "work")
    task = lock(task)
    checklist = [dict(item) for item in task.checklist]
    for index in items:
        if not 0 <= index < len(checklist):
            raise Invalid(
                f"The checklist has {len(checklist)} items; there is no number {index}.",
                field="items",
            )
        checklist[index]["done"] = done
    if checklist == task.checklist:
        return task
    task = change(task, checklist=checklist)
    ticked = sum(1 for item in checklist if item["done"])
    record(
        actor=actor,
        verb="task.ticked",
        message=f"has {ticked} of {len(checklist)} items of {task.key} done",
        task=task,
        data={"done": ticked, "of": len(checklist)},
    )
    return task


@verb
def delete_task(*, actor: Actor, task: Task) -> None:
    """Remove a task with its subtasks, thread and runs. Documents stay. People only."""
    require(actor, "work")
    if actor.is_agent:
        raise Forbidden("Agents do not delete tasks; ask a person.")
    task = lock(task, with_runs=True)
    stop_runs(actor, task, reason=f"{task.key} was deleted")
    parent, key, title, number = task.parent, task.key, task.title, task.number
    task.delete()
    record(
        actor=actor,
        verb="task.deleted",
        message=f"deleted {key} {title}",
        data={
            "key": key,
            "title": title,
            "number": number,
            "parent": str(parent.pk) if parent else None,
        },
    )
    if parent is not None:
        roll_up(parent)


def _clean(task: Task, key: str, value: Any) -> Any:
    if key == "title":
        return _title(value)
    if key == "description":
        return _description(value)
    if key == "priority":
        return _priority(value)
    if key == "kind":
        return one_of(value, Task.Kind.values, field="kind")
    if key == "needs":
        return _words(value)
    if key == "criteria":
        return _items(value, {"met": False, "where": ""}, field=key)
    if key == "checklist":
        return _items(value, {"done": False}, field=key)
    if key in ("parent", "reviewer") and value is not None:
        field = "parent_task" if key == "parent" else key
        _same_workspace(task, value, field=field)
        if key == "parent":
            hold_graph(task)
            value.refresh_from_db(fields=["parent"])
            check_parent(task, value)
    if key.startswith("estimate") and value is not None:
        return _estimate(value, None)["estimate_low"]
    return value


def _title(title: str) -> str:
    title = " ".join(str(title).split())
    if not title:
        raise Invalid("A task needs a title.", field="title")
    if len(title) > 200:
        raise Invalid("A title has 200 characters at most.", field="title")
    return title


def _description(text: str) -> str:
    if len(text) > MAX_DESCRIPTION:
        raise Invalid(
            f"A description has {MAX_DESCRIPTION:,} characters at most; this one has "
            f"{len(text):,}. Put the rest into a document.",
            field="description",
        )
    if "\x00" in text:
        raise Invalid("A description is text without NUL characters.", field="description")
    return text


def _priority(value: int) -> int:
    if value not in Task.Priority.values:
        raise Invalid("Priority is 0 (low), 1 (normal), 2 (high) or 3 (urgent).", field="priority")
    return int(value)


def _estimate(low: float | None, high: float | None) -> dict[str, float | None]:
    for value in (low, high):
        if value is not None and not 0 <= value <= 100_000:
            raise Invalid("An estimate is a number of hours from 0 on.", field="estimate_low")
    if low is not None and high is not None and high < low:
        raise Invalid("The upper estimate lies below the lower one.", field="estimate_high")
    return {"estimate_low": low, "estimate_high": high}


def _words(words: Sequence[str]) -> list[str]:
    clean = [" ".join(str(word).lower().split())[:60] for word in words]
    return list(dict.fromkeys(word for word in clean if word))[:30]


def _texts(texts: Sequence[str]) -> list[str]:
    clean = [" ".join(str(text).split())[:500] for text in texts]
    return [text for text in clean if text][:MAX_ITEMS]


def _items(items: Any, blank: dict[str, Any], *, field: str) -> list[dict[str, Any]]:
    if not isinstance(items, (list, tuple)) or len(items) > MAX_ITEMS:
        raise Invalid(f"{field} is a list of at most {MAX_ITEMS} items.", field=field)
    clean = []
    for item in items:
        given = {"text": item} if isinstance(item, str) else item
        if not isinstance(given, dict) or not str(given.get("text", "")).strip():
            raise Invalid("Each item needs a text.", field=field)
        kept = {key: given.get(key, value) for key, value in blank.items()}
        clean.append({"text": " ".join(str(given["text"]).split())[:500], **kept})
    return clean


def _same_workspace(task: Task, other: Task | Actor, *, field: str) -> None:
    if other.workspace_id != task.workspace_id:
        raise Invalid("There is no such thing in this workspace.", field=field)
