"""A tree as a plan in Markdown, in a form that reads back as the same tree."""

import re

from tasks.roadmap.tree import Item, Phase, Roadmap, TaskNode
from tasks.roadmap.vocabulary import PHASE_WORDS

_NUMBERED_PHASE = re.compile(r"([^\W\d_]+)-([0-9]+[a-z]?)$")
_DOTTED = re.compile(r"[0-9]+(\.[0-9]+)+[a-z]?$")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9]*-?[0-9]+$")
_LAST_NUMBER = re.compile(r"/([0-9]+)$")
_DEEPEST_HEADING = 6


def render(roadmap: Roadmap) -> str:
    """The plan as Markdown. Subtasks deeper than a sixth heading are listed beside their parent."""
    parts = [f"# {roadmap.title}"] if roadmap.title else []
    parts += [roadmap.description] if roadmap.description else []
    for phase in roadmap.phases:
        parts.append(f"## {_phase_title(phase)}")
        parts += _details(phase)
        for task in phase.tasks:
            parts += _task(task, 3)
    return "\n\n".join(parts) + "\n"


def _phase_title(phase: Phase) -> str:
    match = _NUMBERED_PHASE.match(phase.key)
    if match is None or match[1] not in PHASE_WORDS:
        return phase.title
    return f"{match[1].capitalize()} {match[2]}: {phase.title}"


def _task(task: TaskNode, level: int, marked: bool = False) -> list[str]:
    """`marked` says that a box above this task is ticked, which counts where it has none."""
    box = _box(task, level, marked)
    parts = [f"{'#' * min(level, _DEEPEST_HEADING)} {box}{_label(task)}{task.title}"]
    parts += _details(task)
    if task.needs:
        parts.append(f"**Agent Type:** {', '.join(task.needs)}")
    if task.checklist:
        boxes = [f"- [{'x' if item.done else ' '}] {item.text}" for item in task.checklist]
        parts.append("\n".join(["**Tasks:**", *boxes]))
    if task.deliverables:
        parts.append("\n".join(["**Deliverables:**", *(f"- {text}" for text in task.deliverables)]))
    for child in task.children:
        parts += _task(child, level + 1, marked=task.done if box else marked)
    return parts


def _details(part: Phase | TaskNode) -> list[str]:
    parts = [part.description] if part.description else []
    if part.estimate_low is not None and part.estimate_high is not None:
        parts.append(f"**Estimated Time:** {_hours(part.estimate_low, part.estimate_high)}")
    if part.dependencies_text or part.depends_on:
        parts.append(f"**Dependencies:** {part.dependencies_text or ', '.join(part.depends_on)}")
    if part.criteria:
        parts.append("\n".join(["**Acceptance Criteria:**", *map(_criterion, part.criteria)]))
    return parts


def _criterion(item: Item) -> str:
    return f"- [x] {item.text}" if item.done else f"- {item.text}"


def _hours(low: float, high: float) -> str:
    return f"{low:g} hours" if low == high else f"{low:g}-{high:g} hours"


def _label(task: TaskNode) -> str:
    if _DOTTED.match(task.key) or task.key.startswith("#"):
        return f"{task.key} "
    if _CODE.match(task.key):
        return f"[{task.key}] "
    number = _LAST_NUMBER.search(task.key)
    return f"Task {number[1]}: " if number else ""


def _box(task: TaskNode, level: int, marked: bool) -> str:
    """A box in the heading where the rest would not say whether the task is done.

    A heading below a task needs a number, content or a box to be a subtask.
    """
    ticks = [item.done for item in task.checklist]
    ticks += [True for item in task.criteria if item.done]
    ticks += [child.done for child in task.children]
    says_itself = all(ticks) if ticks else marked
    if says_itself == task.done and (level == 3 or _label(task)):
        return ""
    return "[x] " if task.done else "[ ] "
