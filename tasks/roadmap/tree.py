"""What a plan is once it has been read: phases, tasks, subtasks, and what was not understood."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Problem:
    """A place in the document that did not become part of the tree, and why not."""

    line: int
    text: str
    why: str


@dataclass(frozen=True)
class Item:
    """A line of a checklist, or a criterion."""

    text: str
    done: bool = False


@dataclass
class TaskNode:
    """A task or subtask. `depends_on` holds keys of tasks (or subtasks) of the same document.

    `line` counts from 1. Two trees are equal when they say the same, wherever it stands.
    """

    key: str
    title: str
    description: str = ""
    children: list["TaskNode"] = field(default_factory=list)
    checklist: list[Item] = field(default_factory=list)
    criteria: list[Item] = field(default_factory=list)
    depends_on: list[str] = field(default_factory=list)
    dependencies_text: str = ""
    estimate_low: float | None = None
    estimate_high: float | None = None
    needs: list[str] = field(default_factory=list)
    deliverables: list[str] = field(default_factory=list)
    done: bool = False
    line: int = field(default=0, compare=False)

    def walk(self) -> Iterator["TaskNode"]:
        """This task and everything below it, in the order of the document."""
        yield self
        for child in self.children:
            yield from child.walk()

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "title": self.title,
            "description": self.description,
            "children": [child.to_json() for child in self.children],
            "checklist": _items(self.checklist),
            "criteria": _items(self.criteria),
            "dependencies": list(self.depends_on),
            "dependencies_text": self.dependencies_text,
            "estimate": {"low": self.estimate_low, "high": self.estimate_high},
            "needs": list(self.needs),
            "deliverables": list(self.deliverables),
            "done": self.done,
            "line": self.line,
        }


@dataclass
class Phase:
    """A group of tasks. What the plan says of the phase itself is kept beside its tasks.

    `depends_on` may name other phases as well as tasks: nothing in this phase starts before
    all of them are done.
    """

    key: str
    title: str
    description: str = ""
    tasks: list[TaskNode] = field(default_factory=list)
    criteria: list[Item] = field(default_factory=list)
    depends_on: list[str] = field(default_factory=list)
    dependencies_text: str = ""
    estimate_low: float | None = None
    estimate_high: float | None = None
    line: int = field(default=0, compare=False)

    @property
    def done(self) -> bool:
        return bool(self.tasks) and all(node.done for task in self.tasks for node in task.walk())

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "title": self.title,
            "description": self.description,
            "tasks": [task.to_json() for task in self.tasks],
            "criteria": _items(self.criteria),
            "dependencies": list(self.depends_on),
            "dependencies_text": self.dependencies_text,
            "estimate": {"low": self.estimate_low, "high": self.estimate_high},
            "done": self.done,
            "line": self.line,
        }


@dataclass
class Roadmap:
    """A plan as a tree. `description` is what stands before its first section."""

    title: str = ""
    description: str = ""
    phases: list[Phase] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list, compare=False)

    def nodes(self) -> Iterator[TaskNode]:
        """Every task and subtask, in the order of the document."""
        for phase in self.phases:
            for task in phase.tasks:
                yield from task.walk()

    def counts(self) -> dict[str, int]:
        """How much there is; `dependencies` counts one for each pair of a task and another."""
        nodes = list(self.nodes())
        tasks = sum(len(phase.tasks) for phase in self.phases)
        parts: list[Phase | TaskNode] = [*self.phases, *nodes]
        return {
            "phases": len(self.phases),
            "tasks": tasks,
            "children": len(nodes) - tasks,
            "dependencies": sum(len(part.depends_on) for part in parts),
            "criteria": sum(len(part.criteria) for part in parts),
            "checklist": sum(len(node.checklist) for node in nodes),
            "done": sum(node.done for node in nodes),
            "not_understood": len(self.problems),
        }

    def to_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "description": self.description,
            "phases": [phase.to_json() for phase in self.phases],
            "not_understood": [
                {"line": problem.line, "text": problem.text, "why": problem.why}
                for problem in self.problems
            ],
            "counts": self.counts(),
        }


def _items(items: list[Item]) -> list[dict[str, Any]]:
    return [{"text": item.text, "done": item.done} for item in items]
