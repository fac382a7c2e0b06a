"""Whose the words are that are said in runs of this room."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Actor
from agents.models import Run, Step
from conversations.models import Conversation
from modules.models import Job


class Conversations:
    """A thread is the conversation of its owner, and of nobody else."""

    def of(self, actor: Actor) -> QuerySet[Any, Any]:
        return Conversation.objects.of(actor).order_by().values("pk")

    def keeper(self, thread: UUID) -> Actor | None:
        found = Conversation.objects.select_related("owner").filter(pk=thread).first()
        return found.owner if found else None


def forget_words(runs: QuerySet[Run]) -> None:
    """Take out of runs what was said in them; that they were, and what they cost, stays.

    A call that waits for somebody to say whether it took effect keeps its question.
    """
    Step.objects.filter(run__in=runs, approval__isnull=True).delete()
    Step.objects.filter(run__in=runs).update(content={}, result="")
    Job.objects.filter(run__in=runs).update(input={}, result={}, error="")
    runs.update(brief={}, outcome={}, reason="")
