"""Tasks: listed, made, changed; what they wait for and why."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from activity.api import FORGOTTEN, LogEndpoint
from activity.serializers import ActivityAnswer, ActivityQuery
from core.api.fields import ListQuery
from core.api.pages import ordered
from core.api.schema import op
from core.errors import NotFound
from tasks import actions
from tasks.api.endpoint import EXAMPLE, TaskEndpoint
from tasks.lookup import KEY
from tasks.models import Task
from tasks.rows import dependencies_of, task_of_new, tasks_of
from tasks.serializers import (
    DependencyAnswer,
    DependencyInput,
    TaskAnswer,
    TaskChange,
    TaskInput,
    TaskQuery,
    TickInput,
    WhyAnswer,
)
from tasks.why import why


class Tasks(TaskEndpoint):
    needs = {"GET": "read", "POST": "work"}

    @op("listTasks", query=TaskQuery, page_of=TaskAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """The tasks of the workspace."""
        rows = filtered(Task.objects.filter(workspace=self.workspace), query)
        return self.page(ordered(rows, dict(TaskQuery.orders), query["ordering"]), tasks_of, query)

    @op("createTask", takes=TaskInput, gives=TaskAnswer, status=201, example=EXAMPLE)
    def post(self, request: Any, data: dict[str, Any]) -> Any:
        """A new task, in the inbox or, with assignees, assigned. Wakes whom it concerns."""
        parent = self.named_task(data.pop("parent_task", None), "parent_task")
        assignees = self.named_actors(data.pop("assignee_ids", []), "assignee_ids")
        needed = self.named_tasks(data.pop("depends_on", []), "depends_on")
        task = actions.create_task(
            actor=self.actor,
            parent=parent,
            assignees=assignees,
            depends_on=needed,
            **_in_order(data),
        )
        if assignees:
            return self.answer(task.pk, 201)
        edges = [other.pk for other in needed]
        return self.versioned(task_of_new(task, edges), task.version, 201)


class OneTask(TaskEndpoint):
    needs = {"GET": "read", "PATCH": "work", "DELETE": "work"}

    @op("getTask", gives=TaskAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """One task. Its tag goes into If-Match."""
        self.task(id)
        return self.answer(id)

    @op("changeTask", takes=TaskChange, gives=TaskAnswer, guarded=True)
    def patch(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Change what a task says. Where it stands is changed by /status and /assign."""
        if "parent_task" in data:
            data["parent"] = self.named_task(data.pop("parent_task"), "parent_task")
        if "reviewer" in data:
            data["reviewer"] = self.named_actor(data["reviewer"], "reviewer")
        if "depends_on" in data:
            data["depends_on"] = self.named_tasks(data["depends_on"], "depends_on")
        task = actions.edit_task(
            actor=self.actor,
            task=self.reference(id),
            expected_version=self.wanted_version,
            **_in_order(data),
        )
        return self.changed(task)

    @op("deleteTask", status=204, guarded=True)
    def delete(self, request: Any, id: UUID) -> Any:
        """Remove a task with its subtasks, thread and runs. Documents stay. People only."""
        task = self.task(id)
        self.expected_version(task.version)
        actions.delete_task(actor=self.actor, task=task)


class Why(TaskEndpoint):
    needs = {"GET": "read"}
    # Runs and the time of day have a say in it, which the log knows nothing of.
    logged = False

    @op("whyTask", gives=WhyAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """What a task waits for, in one sentence, and what would move it."""
        return why(self.task(id)).as_dict()


class Checklist(TaskEndpoint):
    needs = {"POST": "work"}

    @op("tickItems", takes=TickInput, gives=TaskAnswer)
    def post(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Mark items of the checklist as done, or not."""
        task = actions.tick(
            actor=self.actor,
            task=self.reference(id),
            items=data["items"],
            done=data.get("done", True),
        )
        return self.changed(task)


class Dependencies(TaskEndpoint):
    needs = {"GET": "read", "POST": "work"}

    @op("listDependencies", query=ListQuery, page_of=DependencyAnswer)
    def get(self, request: Any, id: UUID, query: dict[str, Any]) -> Any:
        """What a task waits for."""
        rows = self.task(id).dependencies.order_by("needs__number")
        return self.page(rows, dependencies_of, query)

    @op("addDependency", takes=DependencyInput, gives=TaskAnswer, status=201)
    def post(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Let a task wait for another one. A circle is refused, and named."""
        needs = self.named_task(data["needs"], "needs")
        assert needs is not None
        actions.add_dependency(actor=self.actor, task=self.task(id), needs=needs)
        return self.answer(id, 201)


class OneDependency(TaskEndpoint):
    needs = {"DELETE": "work"}

    @op("removeDependency", status=204)
    def delete(self, request: Any, id: UUID, needs: UUID) -> Any:
        """Let a task no longer wait for another one."""
        task = self.task(id)
        edge = task.dependencies.filter(needs=needs).select_related("needs").first()
        if edge is None:
            raise NotFound("It does not wait for that.")
        actions.remove_dependency(actor=self.actor, task=task, needs=edge.needs)


class TaskActivities(LogEndpoint):
    tag = "tasks"

    @op(
        "listActivitiesOfTask",
        query=ActivityQuery,
        page_of=ActivityAnswer,
        refuses=FORGOTTEN,
    )
    def get(self, request: Any, id: UUID, query: dict[str, Any]) -> Any:
        """What happened to a task."""
        return self.entries(query, task=self.fetch(Task.objects.all(), pk=id))


class ActivitiesByTask(TaskActivities):
    tag = "activities"

    @op(
        "listActivitiesByTask",
        query=ActivityQuery,
        page_of=ActivityAnswer,
        refuses=FORGOTTEN,
    )
    def get(self, request: Any, id: UUID, query: dict[str, Any]) -> Any:
        """What happened to a task."""
        return self.entries(query, task=self.fetch(Task.objects.all(), pk=id))


_EQUAL = {
    "priority": "priority",
    "number": "number",
    "assignee": "assignments__actor",
    "creator": "creator",
    "reviewer": "reviewer",
    "parent_task": "parent",
    "depends_on": "dependencies__needs",
    "updated_after": "updated_at__gt",
    "due_before": "due_at__lt",
}


def filtered(rows: QuerySet[Task], query: dict[str, Any]) -> QuerySet[Task]:
    """The rows that a query asks for."""
    found = {field: query[name] for name, field in _EQUAL.items() if name in query}
    for name in ("status", "kind"):
        if query.get(name):
            found[f"{name}__in"] = query[name]
    if "blocked" in query:
        found["blocked_at__isnull"] = not query["blocked"]
    if "unassigned" in query:
        found["assignments__isnull"] = query["unassigned"]
    rows = rows.filter(**found)
    if query.get("unassigned") is False:
        rows = rows.distinct()
    for word in query.get("search", "").split()[:8]:
        said = Q(title__icontains=word) | Q(description__icontains=word)
        if number := KEY.match(word):
            said |= Q(number=int(number[1]))
        rows = rows.filter(said)
    return rows


def _in_order(data: dict[str, Any]) -> dict[str, Any]:
    """The input with its two estimates the right way round."""
    low, high = data.get("estimate_low"), data.get("estimate_high")
    if low is not None and high is not None and high < low:
        data["estimate_low"], data["estimate_high"] = high, low
    return data
