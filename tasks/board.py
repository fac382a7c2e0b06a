"""The board: which tasks are on it, in which column, under which filter."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict

from accounts.colleagues import colleagues
from accounts.models import Workspace
from core.prepared import Prepared
from tasks.cards import Card, Face, cards, tasks_for_cards
from tasks.models import Task

# A column shows this many cards until somebody asks for more.
OPEN_LIMIT, DONE_LIMIT = 100, 50
MOST = 2_000


@dataclass(frozen=True)
class Filter:
    """What the filter bar says. An unknown value filters nothing."""

    q: str = ""
    agent: str = ""
    priority: int | None = None
    phase: int | None = None
    blocked: bool = False
    lanes: bool = False

    @classmethod
    def of(cls, query: QueryDict) -> "Filter":
        return cls(
            q=query.get("q", "").strip()[:100],
            agent=query.get("agent", "").strip()[:39],
            priority=_number(query.get("priority", "")),
            phase=_number(query.get("phase", "")),
            blocked=query.get("blocked") == "1",
            lanes=query.get("lanes") == "1",
        )

    @property
    def active(self) -> bool:
        """Whether anything is hidden by it."""
        return bool(
            self.q
            or self.agent
            or self.priority is not None
            or self.phase is not None
            or self.blocked
        )

    def apply(self, tasks: QuerySet[Task]) -> QuerySet[Task]:
        if self.q:
            words = Q(title__icontains=self.q) | Q(description__icontains=self.q)
            digits = self.q.upper().removeprefix("TASK-")
            if digits.isdecimal():
                words |= Q(number=int(digits[:9]))
            tasks = tasks.filter(words)
        if self.agent == "none":
            tasks = tasks.filter(assignments__isnull=True)
        elif self.agent:
            tasks = tasks.filter(assignments__actor__handle=self.agent)
        if self.priority is not None:
            tasks = tasks.filter(priority=self.priority)
        if self.phase is not None:
            tasks = tasks.filter(
                Q(parent__number=self.phase) | Q(parent__parent__number=self.phase)
            )
        if self.blocked:
            tasks = tasks.filter(blocked_at__isnull=False)
        return tasks


@dataclass
class Column:
    """One status, with the cards of it that are shown and how many there are.

    It shows `limit` of them at most, and `next_limit` when more are asked for.
    """

    status: str
    label: str
    total: int
    cards: list[Card]
    limit: int = 0
    next_limit: int = 0

    @property
    def hidden(self) -> int:
        return max(0, self.total - len(self.cards))


@dataclass
class Lane:
    """A row of the board: an assignee, and a cell for each column."""

    face: Face | None
    cells: list[Column]

    @property
    def handle(self) -> str:
        return self.face.handle if self.face else ""


@dataclass
class Board:
    columns: list[Column]
    lanes: list[Lane] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return not any(column.total for column in self.columns)


def on_board(workspace: Workspace) -> QuerySet[Task]:
    """Every task that has a card: all but phases, which are where cards come from."""
    return _with_cards().filter(workspace=workspace).select_related("parent")


def _with_cards() -> QuerySet[Task]:
    return Task.objects.exclude(kind=Task.Kind.PHASE)


def counts(workspace: Workspace, chosen: Filter) -> dict[str, int]:
    """How many tasks each column has under the filter."""
    if chosen.active:
        found = dict(_by_status(chosen.apply(on_board(workspace))))
    else:
        found = dict(_counts.rows([workspace.pk]))
    return {status: found.get(status, 0) for status in Task.Status.values}


def _by_status(tasks: QuerySet[Task]) -> QuerySet[Any, Any]:
    rows = tasks.order_by().values("status").annotate(all=Count("pk"))
    return rows.values_list("status", "all")


_counts = Prepared(lambda homes: _by_status(_with_cards().filter(workspace__in=homes)))


def patch(workspace: Workspace, numbers: Sequence[int], chosen: Filter) -> dict[str, Any]:
    """What a board shows anew because of a change to the tasks of these `numbers`.

    The `cards` of these and of those whose cards show them too; what the filter hides, or what
    is `gone`, is named for removal; the `counts` of all columns. For tasks/_cards.html.
    """
    around = concerned(workspace, numbers)
    if chosen.active:
        visible = chosen.apply(on_board(workspace)).filter(pk__in=around)
        shown = cards({task.pk: task for task in visible}.values())
    else:
        shown = cards(tasks_for_cards(list(around)))
    here = {card.task.number for card in shown}
    return {
        "cards": shown,
        "gone": sorted({*numbers, *around.values()} - here),
        "counts": json.dumps(counts(workspace, chosen)),
    }


def concerned(workspace: Workspace, numbers: Sequence[int]) -> dict[UUID, int]:
    """The tasks of these numbers and those whose cards show them too, with their numbers.

    Parents count their children and successors name what they wait for.
    """
    return dict(_concerned.rows([workspace.pk], numbers))


def _around(homes: Sequence[UUID], numbers: Sequence[int]) -> QuerySet[Any, Any]:
    changed = Task.objects.filter(workspace__in=homes, number__in=numbers).order_by()
    waiting = [Task.Status.INBOX, Task.Status.ASSIGNED]
    rows = _with_cards().filter(
        Q(pk__in=changed.values("pk"))
        | Q(pk__in=changed.values("parent"))
        | Q(dependencies__needs__in=changed.values("pk"), status__in=waiting)
    )
    return rows.order_by().values_list("pk", "number")


_concerned = Prepared(_around)


def board(workspace: Workspace, chosen: Filter, *, shown: dict[str, int] | None = None) -> Board:
    """The board under a filter, in a fixed number of queries.

    `shown` asks for more cards of a column than its usual limit.
    """
    totals = counts(workspace, chosen)
    tasks = chosen.apply(on_board(workspace))
    limits = {
        status: min(max((shown or {}).get(status, 0), _usual(status)), MOST)
        for status in Task.Status.values
    }
    picked: list[Task] = []
    for status, limit in limits.items():
        order = ["-done_at"] if status == Task.Status.DONE else ["position", "number"]
        picked += tasks.filter(status=status).order_by(*order)[:limit]
    by_status: dict[str, list[Card]] = {status: [] for status in Task.Status.values}
    for card in cards(picked):
        by_status[card.task.status].append(card)
    columns = [
        Column(
            status,
            str(label).capitalize(),
            totals[status],
            by_status[status],
            limits[status],
            limits[status] + _usual(status),
        )
        for status, label in Task.Status.choices
    ]
    return Board(columns, lanes(columns) if chosen.lanes else [])


def _usual(status: str) -> int:
    return DONE_LIMIT if status == Task.Status.DONE else OPEN_LIMIT


def lanes(columns: list[Column]) -> list[Lane]:
    """The same cards by their first assignee; those of nobody last."""
    faces: dict[str, Face] = {}
    for column in columns:
        for card in column.cards:
            if card.faces:
                faces.setdefault(card.lane, card.faces[0])
    rows: list[Face | None] = [*sorted(faces.values(), key=lambda face: face.name.lower()), None]
    return [Lane(face, [_cell(column, face) for column in columns]) for face in rows]


def _cell(column: Column, face: Face | None) -> Column:
    handle = face.handle if face else ""
    mine = [card for card in column.cards if card.lane == handle]
    return Column(column.status, column.label, len(mine), mine)


def choices(workspace: Workspace, chosen: Filter) -> dict[str, Any]:
    """What the filter bar offers. Two queries."""
    return {
        "actors": colleagues(workspace, first=[chosen.agent] if chosen.agent else []),
        "phases": list(
            Task.objects.filter(workspace=workspace, kind=Task.Kind.PHASE)
            .order_by("number")
            .only("number", "title")
        ),
        "priorities": Task.Priority.choices,
    }


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None
