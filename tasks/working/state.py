"""What a page of WORKING.md says, apart from how it is written."""

import re
from dataclasses import dataclass, field
from datetime import datetime

# In the order in which the page has them.
STATUSES = ("inbox", "assigned", "in_progress", "review", "done")


@dataclass(frozen=True)
class AgentLine:
    """An agent and what it is doing. Written by the house alone."""

    session_key: str
    status: str
    doing: str = ""


@dataclass(frozen=True)
class TaskLine:
    """A task. Without a key it is one that an editor wants to be created.

    `assignees` are the session keys of agents and the handles of people, without the @.
    """

    key: str | None
    status: str
    title: str
    assignees: tuple[str, ...] = ()
    blocked: str = ""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class ActivityLine:
    """Something that happened, at a time of day in UTC. Written by the house alone."""

    time: str
    who: str
    what: str = ""


@dataclass(frozen=True)
class Note:
    """A section of free text, kept byte for byte. `body` is empty or ends with a newline."""

    heading: str
    body: str


@dataclass(frozen=True)
class Problem:
    """A line that cannot be understood, counted from 1, and why."""

    line: int
    message: str


@dataclass(frozen=True)
class WorkingState:
    """The whole page. Tasks stand in the order of their columns."""

    updated: datetime | None = None
    agents: tuple[AgentLine, ...] = ()
    tasks: tuple[TaskLine, ...] = ()
    more_done: int = 0
    activity: tuple[ActivityLine, ...] = ()
    notes: tuple[Note, ...] = ()
    problems: tuple[Problem, ...] = ()

    def by_key(self) -> dict[str, TaskLine]:
        """The tasks that have a key, by it."""
        return {task.key: task for task in self.tasks if task.key}


def one_line(text: str) -> str:
    """`text` without line breaks, which a line of the page cannot hold."""
    return re.sub(r"[\r\n]+", " ", text).strip()
