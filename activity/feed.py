"""The feed: the log as people read it, newest first."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import QueryDict

from accounts.models import Workspace
from activity.models import Activity

PAGE = 50
# Whoever slept through more than this begins anew.
MOST_NEW = 200


@dataclass(frozen=True)
class Group:
    """Kinds of changes that people look for together."""

    key: str
    label: str
    icon: str
    verbs: tuple[str, ...]


GROUPS = (
    Group("tasks", "Tasks", "square-kanban", ("task.", "roadmap.", "working.")),
    Group("messages", "Messages", "message-square", ("message.",)),
    Group("runs", "Runs", "play", ("run.", "approval.")),
    Group("agents", "Agents", "bot", ("agent.", "budget.")),
    Group("documents", "Documents", "file-text", ("document.", "template.")),
    Group("modules", "Modules", "blocks", ("job.", "asset.", "schedule.")),
    Group(
        "house",
        "House",
        "settings",
        ("workspace.", "member.", "api_key.", "model.", "webhook.", "hook."),
    ),
)


def group_of_verb(verb: str) -> Group:
    """The group that a verb belongs to; the last one takes what no other does."""
    return next((group for group in GROUPS if verb.startswith(group.verbs)), GROUPS[-1])


@dataclass(frozen=True)
class Chosen:
    """What the filter of the feed says. An unknown value filters nothing."""

    q: str = ""
    actor: str = ""
    group: str = ""
    task: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "Chosen":
        return cls(
            q=query.get("q", "").strip()[:100],
            actor=query.get("actor", "").strip()[:39],
            group=query.get("group", "").strip()[:20],
            task=query.get("task", "").strip()[:12],
        )

    @property
    def active(self) -> bool:
        """Whether anything is hidden by it."""
        return any((self.q, self.actor, self.group, self.task))

    @property
    def query(self) -> str:
        """The filter as it stands in an address."""
        return urlencode({key: value for key, value in vars(self).items() if value})

    def without(self, name: str) -> "Chosen":
        return replace(self, **{name: ""})

    def apply(self, rows: QuerySet[Activity]) -> QuerySet[Activity]:
        if self.actor:
            rows = rows.filter(actor__handle=self.actor)
        group = next((one for one in GROUPS if one.key == self.group), None)
        if group:
            verbs = Q()
            for start in group.verbs:
                verbs |= Q(verb__startswith=start)
            rows = rows.filter(verbs)
        number = self.task.upper().removeprefix("TASK-").lstrip("#")
        if number.isdecimal():
            rows = rows.filter(task__number=int(number[:9]))
        for word in self.q.split()[:8]:
            rows = rows.filter(message__icontains=word)
        return rows


def entries(workspace: Workspace, chosen: Chosen = Chosen()) -> QuerySet[Activity]:
    """The entries under a filter, the newest first, with what a row shows of them."""
    rows = Activity.objects.filter(workspace=workspace).select_related("actor", "task", "cause")
    return chosen.apply(rows).order_by("-number")


def page_before(rows: QuerySet[Activity], before: int | None, size: int = PAGE) -> list[Activity]:
    """One page of `rows`, of those before a number where one is given."""
    return list((rows.filter(number__lt=before) if before is not None else rows)[:size])
