"""Questions that the board, the agents and the screens ask of the tasks."""

from collections.abc import Collection
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.clock import Now

if TYPE_CHECKING:
    from tasks.models import Task  # noqa: F401 - named in the base below

OPEN = ("inbox", "assigned", "in_progress", "review")


class TaskQuerySet(QuerySet["Task"]):
    def open(self) -> "TaskQuerySet":
        return self.filter(status__in=OPEN)

    def leaves(self) -> "TaskQuerySet":
        """Tasks that are worked on themselves; a task with children is its children."""
        from tasks.models import Task

        return self.exclude(kind="phase").exclude(
            Exists(Task.objects.filter(parent=OuterRef("pk")))
        )

    def ready(self) -> "TaskQuerySet":
        """Tasks that wait for no other task, for nobody, and for no time."""
        from tasks.models import Dependency

        unmet = Dependency.objects.filter(task=OuterRef("pk")).exclude(needs__status="done")
        return self.filter(
            Q(retry_at=None) | Q(retry_at__lte=Now()), blocked_at__isnull=True
        ).exclude(Exists(unmet))

    def without_run(self, kind: str) -> "TaskQuerySet":
        """Tasks on which no run of this kind is queued, under way or waiting."""
        from agents.models import Run

        live = Run.objects.live().filter(task=OuterRef("pk"), kind=kind)
        return self.exclude(Exists(live))

    def held_by(self, agents: Collection[UUID]) -> "TaskQuerySet":
        """Tasks assigned to one of these agents."""
        return self.filter(assignments__actor__agent__in=agents)
