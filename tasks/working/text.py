"""WORKING.md as text: render() writes what a state says, parse() reads it back.

A title is written as it is, but for what would read as something else: a backslash stands
before an @ at its beginning, a ✅ at its end, “(blocked:” anywhere, and before a backslash
that would itself read as such a mark. parse() drops nothing: a line that it cannot
understand is a problem with its number.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from tasks.working.state import (
    STATUSES,
    ActivityLine,
    AgentLine,
    Note,
    Problem,
    TaskLine,
    WorkingState,
)

TITLE = "# Mission Control - Working State"
UPDATED = "Last Updated:"
AGENTS, TASKS, ACTIVITY = "Active Agents", "Current Tasks", "Recent Activity"
DONE_MARK = "✅"

# Characters that a backslash may stand before.
MARKED = "\\@[(✅"
ESCAPED = re.compile(r"\\([\\@\[(✅])")
AGENT = re.compile(r"- (.+?) \[([A-Z_]+)\](?: - (.*))?")
HAPPENED = re.compile(r"- (\d\d:\d\d) - (\S+)(?: (.*))?")
BULLET = re.compile(r"[-*] (?:\[([^\]]*)\](?: |$))?(.*)")
KEY = re.compile(r"TASK-0*(\d{1,9})", re.IGNORECASE)
MORE = re.compile(r"- … and (\d{1,9}) more done earlier")
BLOCKED = re.compile(r"(.*?) \(blocked: (.*)\)")


def render(state: WorkingState) -> str:
    """The page. parse(render(state)) == state for every state that parse can return."""
    lines = [TITLE]
    if state.updated is not None:
        lines.append(f"{UPDATED} {state.updated.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    lines += ["", f"## {AGENTS}", *map(_agent_line, state.agents)]
    lines += ["", f"## {TASKS}"]
    for status in STATUSES:
        lines += ["", f"### {status.upper()}"]
        lines += [_task_line(task) for task in state.tasks if task.status == status]
    if state.more_done:
        lines.append(f"- … and {state.more_done} more done earlier")
    lines += ["", f"## {ACTIVITY}", *map(_activity_line, state.activity)]
    notes = "".join(f"## {note.heading}\n{note.body}" for note in state.notes)
    return "\n".join(lines) + "\n" + (f"\n{notes}" if notes else "")


def with_stamp_of(other: str, text: str) -> str:
    """The page `text`, but written when `other` was."""
    stamp = next((line for line in other.split("\n") if line.startswith(UPDATED)), None)
    if stamp is None:
        return text
    lines = text.split("\n")
    return "\n".join(stamp if line.startswith(UPDATED) else line for line in lines)


def parse(text: str) -> WorkingState:
    """What a page says. Lines that make no sense are listed in `problems`, with their numbers."""
    return _Reader().read(text)


def task_key(number: int) -> str:
    """The key of the task with that number."""
    return f"TASK-{number:03d}"


def number_of(key: str) -> int:
    """The number of the task with that key."""
    return int(key.removeprefix("TASK-"))


def _agent_line(agent: AgentLine) -> str:
    doing = f" - {agent.doing}" if agent.doing else ""
    return f"- {agent.session_key} [{agent.status.upper()}]{doing}"


def _task_line(task: TaskLine) -> str:
    who = " ".join(f"@{name}" for name in task.assignees)
    return (
        f"- [{task.key or 'NEW'}] "
        + (f"{who} - " if who else "")
        + _escape(task.title)
        + (f" (blocked: {task.blocked})" if task.blocked else "")
        + (f" {DONE_MARK}" if task.status == "done" else "")
    )


def _activity_line(entry: ActivityLine) -> str:
    return f"- {entry.time} - {entry.who}" + (f" {entry.what}" if entry.what else "")


def _escape(title: str) -> str:
    out = []
    for index, char in enumerate(title):
        after = title[index + 1 : index + 2]
        if (
            (char == "\\" and after and after in MARKED)
            or (char == "@" and index == 0)
            or (char == "(" and title.startswith("(blocked:", index))
            or (char == DONE_MARK and not after and title[:index][-1:] in ("", " "))
        ):
            out.append("\\")
        out.append(char)
    return "".join(out)


class _Reader:
    """One pass over the lines; the section at hand says how each is read."""

    def __init__(self) -> None:
        self.updated: datetime | None = None
        self.agents: list[AgentLine] = []
        self.tasks: list[TaskLine] = []
        self.more_done = 0
        self.activity: list[ActivityLine] = []
        self.notes: list[tuple[str, list[str]]] = []
        self.problems: list[Problem] = []
        self.status: str | None = None
        self.sections: dict[str, int] = {}
        self.keys: dict[str, int] = {}
        self.number = 0
        self.titled = False

    def read(self, text: str) -> WorkingState:
        lines = text.replace("\r\n", "\n").split("\n")
        if lines[-1] == "":
            lines.pop()
        section: Callable[[str], None] = self._head
        for self.number, line in enumerate(lines, 1):
            if line.startswith("## "):
                section = self._section(line[3:])
            elif section == self._note:
                self._note(line)
            elif line.strip():
                section(line.rstrip())
        if not self.titled:
            self.problems.insert(0, Problem(1, f"The page begins with “{TITLE}”."))
        if TASKS.casefold() not in self.sections:
            self.number = max(len(lines), 1)
            self._problem(f"There is no section “## {TASKS}”.")
        self.tasks.sort(key=lambda task: STATUSES.index(task.status))
        return WorkingState(
            updated=self.updated,
            agents=tuple(self.agents),
            tasks=tuple(self.tasks),
            more_done=self.more_done,
            activity=tuple(self.activity),
            notes=tuple(Note(head, "".join(body)) for head, body in self.notes),
            problems=tuple(self.problems),
        )

    def _problem(self, message: str) -> None:
        self.problems.append(Problem(self.number, message))

    def _section(self, heading: str) -> Callable[[str], None]:
        name = heading.strip().casefold()
        known: dict[str, Callable[[str], None]] = {
            AGENTS.casefold(): self._agent,
            TASKS.casefold(): self._task,
            ACTIVITY.casefold(): self._happened,
        }
        if name not in known:
            self.notes.append((heading, []))
            return self._note
        if name in self.sections:
            self._problem(f"“## {heading.strip()}” is in line {self.sections[name]} already.")
        self.sections.setdefault(name, self.number)
        self.status = None
        return known[name]

    def _head(self, line: str) -> None:
        if line == TITLE and not self.titled:
            self.titled = True
        elif line.startswith(UPDATED):
            try:
                moment = datetime.fromisoformat(line.removeprefix(UPDATED).strip())
                # A time without a zone is taken as what the page writes: UTC.
                self.updated = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
            except (ValueError, OverflowError):
                self._problem(f"“{_short(line)}” is no time such as 2026-02-02T10:30:00Z.")
        else:
            self._problem(f"“{_short(line)}” belongs under a “## …” heading of its own.")

    def _note(self, line: str) -> None:
        self.notes[-1][1].append(f"{line}\n")

    def _agent(self, line: str) -> None:
        found = AGENT.fullmatch(line)
        if found is None:
            self._problem(f"“{_short(line)}” is no line such as “- agent:x:main [IDLE] - …”.")
            return
        self.agents.append(AgentLine(found[1], found[2].lower(), found[3] or ""))

    def _happened(self, line: str) -> None:
        found = HAPPENED.fullmatch(line)
        if found is None:
            self._problem(f"“{_short(line)}” is no line such as “- 10:30 - agent:x:main did …”.")
            return
        self.activity.append(ActivityLine(found[1], found[2], found[3] or ""))

    def _task(self, line: str) -> None:
        if line.startswith("### "):
            name = line[4:].strip()
            status = name.lower().replace(" ", "_")
            if status in STATUSES:
                self.status = status
            else:
                self.status = ""
                known = ", ".join(each.upper() for each in STATUSES)
                self._problem(f"“{_short(name)}” is no status. It can be {known}.")
            return
        if self.status == "":  # Below an unknown status, which is a problem already.
            return
        if self.status is None:
            self._problem(f"“{_short(line)}” stands under no status such as “### INBOX”.")
            return
        more = MORE.fullmatch(line)
        if more and self.status == "done":
            self.more_done = int(more[1])
            return
        found = BULLET.fullmatch(line)
        if found is None:
            self._problem(f"“{_short(line)}” is no line such as “- [TASK-001] @who - Title”.")
            return
        self._read_task(self.status, found[1], found[2])

    def _read_task(self, status: str, bracket: str | None, rest: str) -> None:
        key = None
        if bracket is not None and bracket.strip().upper() != "NEW":
            number = KEY.fullmatch(bracket.strip())
            if number is None:
                self._problem(
                    f"“[{_short(bracket)}]” is no key. Write [TASK-001], or [NEW] for a new task."
                )
                return
            key = task_key(int(number[1]))
            if key in self.keys:
                self._problem(f"{key} is in line {self.keys[key]} already.")
                return
            self.keys[key] = self.number
        rest = rest.strip()
        while rest == DONE_MARK or rest.endswith(f" {DONE_MARK}"):
            rest = rest.removesuffix(DONE_MARK).rstrip()
        blocked = ""
        reason = BLOCKED.fullmatch(rest)
        if reason:
            rest, blocked = reason[1], reason[2].strip()
        assignees: tuple[str, ...] = ()
        if rest.startswith("@"):
            who, dash, rest = rest.partition(" - ")
            names = re.split(r"[,\s]+", who.strip())
            if not dash or not all(re.fullmatch(r"@[^\s,@]+", name) for name in names):
                self._problem(
                    f"“{_short(who)}”: after those who have it come “ - ” and the title. "
                    "A title that begins with @ is written \\@."
                )
                return
            assignees = tuple(dict.fromkeys(name[1:] for name in names))
        title = ESCAPED.sub(r"\1", rest.strip())
        if not title:
            self._problem("A task needs a title.")
            return
        self.tasks.append(TaskLine(key, status, title, assignees, blocked, self.number))


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
