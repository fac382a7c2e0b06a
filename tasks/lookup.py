"""From what people and models type to what they mean, within a workspace."""

import re
from uuid import UUID

from accounts.models import Actor, Workspace
from core.errors import Invalid, NotFound
from tasks.models import Task

KEY = re.compile(r"^\s*(?:task-|#)?0*(\d{1,9})\s*$", re.IGNORECASE)


def find_task(workspace: Workspace, key: str, *, field: str = "task") -> Task:
    """The task called `key`: TASK-012, #12, 12 or its id. Raises Invalid or NotFound."""
    tasks = Task.objects.filter(workspace=workspace)
    number = KEY.match(key)
    if number:
        task = tasks.filter(number=int(number[1])).first()
    else:
        try:
            task = tasks.filter(pk=UUID(key.strip())).first()
        except ValueError as error:
            raise Invalid(f"“{key}” is not the key of a task.", field=field) from error
    if task is None:
        raise NotFound(f"There is no task {key}.", field=field)
    return task


def find_actor(workspace: Workspace, handle: str, *, field: str = "handle") -> Actor:
    """Who is called `handle`, with or without the @. Raises Invalid with code unknown_handle."""
    name = handle.strip().lstrip("@").lower()
    actor = Actor.objects.filter(workspace=workspace, handle=name).first()
    if actor is None:
        raise Invalid(f"There is nobody called @{name} here.", field=field, code="unknown_handle")
    return actor
