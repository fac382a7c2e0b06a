"""What the endpoints of one task share."""

from typing import Any
from uuid import UUID

from accounts.endpoint import Endpoint, by_id
from accounts.models import Actor
from core.errors import NotFound
from core.prepared import Prepared
from tasks.models import Task
from tasks.rows import task_of, tasks_by_id

EXAMPLE = {
    "title": "Light the harbour",
    "description": "Two lamps at the mole.",
    "priority": 2,
    "criteria": ["Both lamps burn all night"],
}


_COLUMNS = [field.attname for field in Task._meta.concrete_fields]
_task = Prepared(
    lambda tasks, workspaces: (
        Task.objects.filter(pk__in=tasks, workspace__in=workspaces)
        .order_by()
        .values_list(*_COLUMNS)
    )
)


class TaskEndpoint(Endpoint):
    """An endpoint about tasks."""

    tag = "tasks"
    logged = True

    def task(self, id: UUID) -> Task:
        """The task of this id, or 404. One query."""
        rows = _task.rows([id], [self.workspace.pk])
        if not rows:
            raise NotFound("There is no such thing in this workspace.")
        task = Task.from_db("default", _COLUMNS, rows[0])
        task.workspace = self.workspace
        return task

    def reference(self, id: UUID) -> Task:
        """The task of this id for a verb that begins by locking it, and so reads it itself."""
        task = Task.from_db("default", ("id", "workspace_id"), (id, self.workspace.pk))
        task.workspace = self.workspace
        return task

    def named_task(self, id: UUID | None, field: str) -> Task | None:
        """The task that a field of the body names."""
        return None if id is None else self.named_tasks([id], field)[0]

    def named_tasks(self, ids: list[UUID], field: str) -> list[Task]:
        """The tasks that a field of the body names."""
        if not ids:
            return []
        return by_id(Task.objects.filter(workspace=self.workspace), ids, field=field)

    def named_actor(self, id: UUID | None, field: str) -> Actor | None:
        """The actor that a field of the body names."""
        return None if id is None else self.named_actors([id], field)[0]

    def named_actors(self, ids: list[UUID], field: str) -> list[Actor]:
        """The actors that a field of the body names."""
        if not ids:
            return []
        return by_id(Actor.objects.filter(workspace=self.workspace), ids, field=field)

    def changed(self, task: Task) -> Any:
        """The task as a verb has left it."""
        return self.versioned(task_of(task), task.version)

    def answer(self, id: UUID, status: int = 200) -> Any:
        """The task as it is now."""
        found = tasks_by_id([id])
        if not found:
            raise NotFound("There is no such thing in this workspace.")
        return self.versioned(found[0], found[0]["version"], status)
