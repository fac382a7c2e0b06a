"""What each part of a plan is on the board: the fields of a task, still without a database."""

from dataclasses import dataclass, field
from typing import Any

from core.errors import Invalid
from tasks.roadmap.tree import Item, Phase, Roadmap, TaskNode
from tasks.roadmap.vocabulary import NOTHING, fold, slug

# What the verbs of the board take as well.
MAX_DESCRIPTION = 100_000
MAX_ITEMS = 200
MAX_ITEM = 500
MAX_NEEDS = 30
TICKED = "ticked in the roadmap"

# The fields that an import writes and compares, in the words of a report.
FIELDS = {
    "title": "title",
    "description": "description",
    "criteria": "criteria",
    "checklist": "checklist",
    "needs": "needs",
    "estimate_low": "estimate",
    "estimate_high": "estimate",
}


@dataclass
class Content:
    """A phase or task as it should be on the board.

    `waits_for` are keys, those of phases already taken apart into their tasks. `done` says
    that it and all below it are ticked, `begun` that something below it is.
    """

    key: str
    kind: str
    parent: str | None
    fields: dict[str, Any]
    waits_for: tuple[str, ...]
    done: bool = False
    begun: bool = False
    children: int = 0
    line: int = field(default=0, compare=False)

    @property
    def title(self) -> str:
        return str(self.fields["title"])


def source_of(title: str) -> str:
    """The part of a source key that all tasks of one roadmap share."""
    return f"roadmap/{slug(title)}/"


def contents(roadmap: Roadmap) -> dict[str, Content]:
    """The phases and tasks of a plan by key, in the order of the document.

    What a phase or task waits for, all below it waits for too: on the board each task is
    started by itself. Raises Invalid with the line of what is too long for the board.
    """
    members = {phase.key: [task.key for task in phase.tasks] for phase in roadmap.phases}
    found: dict[str, Content] = {}
    for phase in roadmap.phases:
        found[phase.key] = Content(
            phase.key,
            "phase",
            None,
            _fields(phase),
            waits_for=(),
            done=phase.done,
            begun=any(_any_done(task) for task in phase.tasks),
            children=len(phase.tasks),
            line=phase.line,
        )
        waits = _apart(phase.depends_on, members)
        for task in phase.tasks:
            _add(found, task, phase.key, waits, members)
    return found


def _add(
    found: dict[str, Content],
    node: TaskNode,
    parent: str,
    inherited: tuple[str, ...],
    members: dict[str, list[str]],
) -> None:
    waits = tuple(dict.fromkeys((*_apart(node.depends_on, members), *inherited)))
    found[node.key] = Content(
        node.key,
        "task",
        parent,
        _fields(node),
        waits_for=waits,
        done=all(below.done for below in node.walk()),
        begun=any(_any_done(child) for child in node.children),
        children=len(node.children),
        line=node.line,
    )
    for child in node.children:
        _add(found, child, node.key, waits, members)


def _apart(keys: list[str], members: dict[str, list[str]]) -> tuple[str, ...]:
    single = (inner for key in keys for inner in members.get(key, [key]))
    return tuple(dict.fromkeys(single))


def _any_done(node: TaskNode) -> bool:
    return any(below.done for below in node.walk())


def _fields(part: Phase | TaskNode) -> dict[str, Any]:
    long = [item.text for item in part.criteria if len(item.text) > MAX_ITEM]
    fields: dict[str, Any] = {
        "title": part.title,
        "criteria": [
            {"text": _short(item.text), "met": item.done, "where": TICKED if item.done else ""}
            for item in _at_most(part.criteria, part, "criteria")
        ],
        "checklist": [],
        "needs": [],
        "estimate_low": part.estimate_low,
        "estimate_high": part.estimate_high,
    }
    description = [part.description] if part.description else []
    if isinstance(part, TaskNode):
        fields["checklist"] = [
            {"text": _short(item.text), "done": item.done}
            for item in _at_most(part.checklist, part, "items in its checklist")
        ]
        fields["needs"] = [need[:60] for need in part.needs][:MAX_NEEDS]
        long += [item.text for item in part.checklist if len(item.text) > MAX_ITEM]
        if part.deliverables:
            listed = "\n".join(f"- {text}" for text in part.deliverables)
            description.append(f"**Deliverables:**\n\n{listed}")
    named = fold(part.dependencies_text)
    if named and named not in NOTHING and not part.depends_on:
        description.append(f"**Dependencies:** {part.dependencies_text}")
    description += [f"- {text}" for text in long]
    fields["description"] = "\n\n".join(description)
    if len(fields["description"]) > MAX_DESCRIPTION:
        raise _too_much(part, f"{len(fields['description']):,} characters", MAX_DESCRIPTION)
    return fields


def _at_most(items: list[Item], part: Phase | TaskNode, what: str) -> list[Item]:
    if len(items) > MAX_ITEMS:
        raise _too_much(part, f"{len(items):,} {what}", MAX_ITEMS)
    return items


def _too_much(part: Phase | TaskNode, has: str, limit: int) -> Invalid:
    return Invalid(
        f"“{part.title}” (line {part.line}) has {has}; a task has {limit:,} at most.",
        field="file",
        code="too_large",
        details={"line": part.line, "key": part.key},
    )


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= MAX_ITEM else f"{text[: MAX_ITEM - 1]}…"
