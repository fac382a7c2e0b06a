"""A run as a picture: its steps one below the other, each with a bar of its time.

Long stretches in which nothing happened (a run that waited a night for an answer) would
push everything else together, so they are folded into a mark of fixed width.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from agents.models import Run, Step
from modules.language.types import Message

LONGEST_GAP = timedelta(seconds=10)
FOLDED_TO_MS = 1_500
PREVIEW = 280


@dataclass(frozen=True)
class Bar:
    """One row: a step with its place in time, in milliseconds of the folded clock."""

    step: Step
    start: int
    length: int
    waited: float | None = None  # seconds that were folded before it

    @property
    def seconds(self) -> float | None:
        """How long the step took; None while it does."""
        ended = self.step.ended_at
        return (ended - self.step.started_at).total_seconds() if ended else None

    @property
    def offset(self) -> float:
        """Seconds of the folded clock before it began."""
        return self.start / 1000

    @property
    def settled(self) -> bool:
        """Whether nothing of it will change any more."""
        return self.step.state != Step.State.INTENT

    @property
    def message(self) -> Message | None:
        return Message.from_dict(self.step.content) if self.step.kind == Step.Kind.MODEL else None

    @property
    def calls(self) -> list[str]:
        """The names of the tools that the model asked for."""
        return [call.name for call in self.message.tool_calls] if self.message else []

    @property
    def preview(self) -> str:
        """What it is about in one line."""
        if self.message is not None:
            return _short(self.message.text)
        if self.step.kind == Step.Kind.NOTE:
            return _short(str(self.step.content.get("text", "")))
        return _short(arguments_in_a_line(self.step.content))

    @property
    def problem(self) -> str:
        """What a call that failed came back with, in one line."""
        return _short(explained(self.step.result)) if self.step.state == Step.State.ERROR else ""


@dataclass
class Waterfall:
    """The rows of a run, and how long the folded clock ran."""

    bars: list[Bar] = field(default_factory=list)
    total: int = 1

    @property
    def settled(self) -> list[Bar]:
        """The rows up to the first that may still change."""
        rows: list[Bar] = []
        for bar in self.bars:
            if not bar.settled:
                break
            rows.append(bar)
        return rows

    @property
    def open(self) -> list[Bar]:
        """The rows that may still change."""
        return self.bars[len(self.settled) :]


def waterfall(run: Run, steps: Sequence[Step]) -> Waterfall:
    """Lay out the steps of a run, in their order."""
    picture = Waterfall()
    if not steps:
        return picture
    clock = run.started_at or steps[0].started_at
    place = 0
    now = timezone.now()
    for step in steps:
        gap = max(step.started_at - clock, timedelta())
        folded = gap > LONGEST_GAP
        place += FOLDED_TO_MS if folded else _ms(gap)
        ended = step.ended_at or (now if run.state == Run.State.RUNNING else step.started_at)
        length = max(_ms(ended - step.started_at), 0)
        waited = gap.total_seconds() if folded else None
        picture.bars.append(Bar(step, place, length, waited))
        place += length
        clock = max(clock, ended)
    picture.total = max(place, 1)
    return picture


@dataclass(frozen=True)
class Gauge:
    """How full the model's window is: tokens in the last request and the most that fit."""

    used: int
    room: int

    @property
    def share(self) -> float:
        return min(1.0, self.used / self.room) if self.room else 0.0

    @property
    def percent(self) -> int:
        return round(100 * self.share)

    @property
    def tone(self) -> str:
        return "red" if self.share > 0.9 else "amber" if self.share > 0.7 else "blue"


def gauge(run: Run, steps: Iterable[Step], room: int) -> Gauge | None:
    """The gauge of a run's newest request, or None before the first."""
    newest = [step for step in steps if step.kind == Step.Kind.MODEL][-1:]
    if not newest or not room:
        return None
    return Gauge(newest[0].input_tokens + newest[0].output_tokens, room)


def arguments_in_a_line(arguments: dict[str, Any]) -> str:
    """Arguments as a call shows them: title="Paint", priority=2."""
    return ", ".join(
        f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in arguments.items()
    )


def explained(result: str) -> str:
    """The sentence in a refusal, which tools give as JSON or as plain words."""
    try:
        said = json.loads(result)
    except ValueError:
        return result
    return str(said["error"]) if isinstance(said, dict) and "error" in said else result


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= PREVIEW else f"{flat[: PREVIEW - 1]}…"


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)


def last_settled(picture: Waterfall) -> int:
    """The index of the newest step that will not change, or -1."""
    return picture.settled[-1].step.index if picture.settled else -1


def duration(run: Run) -> float | None:
    """Seconds from the start of a run to its end, or to now."""
    if run.started_at is None:
        return None
    ended: datetime = run.ended_at or timezone.now()
    return max(0.0, (ended - run.started_at).total_seconds())
