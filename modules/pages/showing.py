"""What came of a job, laid out for people."""

import json
from dataclasses import dataclass, field
from typing import Any

from modules.models import Asset, Job

SHORT = 240


@dataclass(frozen=True)
class Frame:
    """Something that was found in a picture: its name, and where (shares of the picture)."""

    label: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Shown:
    """A result: words, pairs of name and value, the rest as JSON, and pictures."""

    text: str = ""
    pairs: list[tuple[str, str]] = field(default_factory=list)
    rest: str = ""
    given: list[tuple[str, str]] = field(default_factory=list)
    picture: Asset | None = None
    frames: list[Frame] = field(default_factory=list)


def show(job: Job) -> Shown:
    """The result and the input of a job."""
    result = dict(job.result)
    text = str(result.pop("text", ""))
    frames = [_frame(one) for one in result.pop("objects", []) if isinstance(one, dict)]
    pairs, rest = [], {}
    for name, value in result.items():
        if isinstance(value, dict | list):
            rest[name] = value
        else:
            pairs.append((name.replace("_", " ").capitalize(), str(value)))
    return Shown(
        text,
        pairs,
        json.dumps(rest, indent=2, ensure_ascii=False) if rest else "",
        _given(job),
        _picture(job) if frames else None,
        frames,
    )


def _frame(one: dict[str, Any]) -> Frame:
    x, y, width, height = ([*one.get("box", []), 0, 0, 0, 0])[:4]
    return Frame(str(one.get("label", "")), x * 100, y * 100, width * 100, height * 100)


def _picture(job: Job) -> Asset | None:
    chosen = job.input.get("image")
    return Asset.objects.filter(workspace=job.workspace_id, pk=chosen).first() if chosen else None


def _given(job: Job) -> list[tuple[str, str]]:
    found = []
    for name, value in job.input.items():
        words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        said = words if len(words) <= SHORT else f"{words[:SHORT]}…"
        found.append((name.replace("_", " ").capitalize(), said))
    return found
