"""What the page of one task shows. Each part asks only for what it needs."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Max, Prefetch, QuerySet, Sum

from accounts.colleagues import colleagues
from accounts.models import Actor
from activity.models import Activity
from agents.models import Run
from agents.querysets import RunQuerySet
from documents.models import Document
from tasks.actions.talking import SIGNS
from tasks.models import Assignment, Dependency, Evidence, Message, Reaction, Review, Task
from tasks.why import Why, why

THREAD_LIMIT = 100
HISTORY_LIMIT = 30
RUN_LIMIT = 12


@dataclass
class Sign:
    """One kind of reaction under a message: who gave it, and whether the reader did."""

    sign: str
    names: list[str] = field(default_factory=list)
    mine: bool = False


@dataclass
class Said:
    """A message as the thread shows it."""

    message: Message
    signs: list[Sign]
    replies: list["Said"] = field(default_factory=list)
    mine: bool = False


class TaskPage:
    """One task as `actor` sees it."""

    def __init__(self, task: Task, actor: Actor) -> None:
        self.task = task
        self.actor = actor
        self.signs = SIGNS

    @cached_property
    def why(self) -> Why:
        return why(self.task)

    @cached_property
    def live_run(self) -> Run | None:
        return self._runs.live().order_by("-created_at").first()

    @cached_property
    def runs(self) -> list[Run]:
        return list(self._runs.order_by("-created_at")[:RUN_LIMIT])

    @cached_property
    def cost(self) -> dict[str, int]:
        """Microdollars and tokens of every run of it so far."""
        sums = self.task.runs.aggregate(
            cost=Sum("cost"), input=Sum("input_tokens"), output=Sum("output_tokens")
        )
        return {key: value or 0 for key, value in sums.items()}

    @property
    def _runs(self) -> RunQuerySet:
        return Run.objects.filter(task=self.task).select_related("agent__actor")

    @cached_property
    def assignments(self) -> list[Assignment]:
        return list(
            self.task.assignments.select_related("actor", "assigned_by").order_by(
                "created_at", "pk"
            )
        )

    @cached_property
    def candidates(self) -> list[Actor]:
        """Those who could be given the task or be asked, who have it first."""
        return colleagues(self.task.workspace, first=self.assigned)

    @property
    def assigned(self) -> list[str]:
        """The handles of those who have it."""
        return [row.actor.handle for row in self.assignments]

    @cached_property
    def needs(self) -> list[Task]:
        rows = Dependency.objects.filter(task=self.task).select_related("needs")
        return [row.needs for row in rows.order_by("needs__number")]

    @cached_property
    def successors(self) -> list[Task]:
        rows = Dependency.objects.filter(needs=self.task).select_related("task")
        return [row.task for row in rows.order_by("task__number")]

    @cached_property
    def children(self) -> list[Task]:
        return list(self.task.children.prefetch_related("assignees").order_by("number"))

    @property
    def children_done(self) -> int:
        return sum(1 for child in self.children if child.done)

    @property
    def checked(self) -> int:
        return sum(1 for item in self.task.checklist if item.get("done"))

    @property
    def criteria_met(self) -> int:
        return sum(1 for item in self.task.criteria if item.get("met"))

    @cached_property
    def evidence(self) -> list[Evidence]:
        return list(
            self.task.evidence.select_related("document", "attachment", "submitted_by").order_by(
                "created_at"
            )
        )

    @cached_property
    def reviews(self) -> list[Review]:
        return list(self.task.reviews.select_related("reviewer").order_by("-created_at")[:10])

    @cached_property
    def documents(self) -> list[Document]:
        found = Document.objects.filter(task=self.task, archived_at=None)
        return list(found.select_related("created_by").defer("content").order_by("-updated_at"))

    @cached_property
    def thread(self) -> list[Said]:
        """The newest messages, oldest first, replies under what they answer."""
        messages = list(self._messages.order_by("-created_at")[:THREAD_LIMIT])[::-1]
        said = {message.pk: self._said(message) for message in messages}
        top: list[Said] = []
        for one in said.values():
            above = one.message.reply_to_id
            # A thread is one level deep on screen, however deep the replies went.
            while above in said and said[above].message.reply_to_id in said:
                above = said[above].message.reply_to_id
            (said[above].replies if above in said else top).append(one)
        return top

    @property
    def _messages(self) -> QuerySet[Message]:
        return self.task.messages.select_related("author", "asked").prefetch_related(
            "attachments",
            Prefetch("reactions", Reaction.objects.select_related("actor").order_by("id")),
        )

    def _said(self, message: Message) -> Said:
        signs: dict[str, Sign] = defaultdict(lambda: Sign(""))
        for reaction in message.reactions.all():
            sign = signs[reaction.sign]
            sign.sign = reaction.sign
            sign.names.append(reaction.actor.name)
            sign.mine |= reaction.actor_id == self.actor.pk
        return Said(message, list(signs.values()), mine=message.author_id == self.actor.pk)

    @cached_property
    def message_count(self) -> int:
        return self.task.messages.count()

    @cached_property
    def history(self) -> list[Activity]:
        return list(
            Activity.objects.filter(task=self.task)
            .select_related("actor")
            .order_by("-number")[:HISTORY_LIMIT]
        )

    @cached_property
    def last_number(self) -> int:
        """The newest entry of the log that is about it."""
        found = Activity.objects.filter(task=self.task).aggregate(last=Max("number"))
        return found["last"] or 0
