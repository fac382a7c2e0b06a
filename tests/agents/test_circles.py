"""Agents that go in circles are found out."""

from typing import Any

import pytest
from django.utils import timezone

from agents.circles import circle_in
from agents.models import Step


def call(name: str = "look", result: str = "nothing", error: bool = False, **content: Any) -> Step:
    state = Step.State.ERROR if error else Step.State.DONE
    return Step(
        kind="tool",
        name=name,
        content=content,
        result=result,
        state=state,
        started_at=timezone.now(),
    )


def reply() -> Step:
    return Step(kind="model", started_at=timezone.now())


def note() -> Step:
    return Step(kind="note", started_at=timezone.now())


ALTERNATING = [call("look"), call("jot", text="x")]


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([], None),
        ([call() for _ in range(3)], None),
        ([call()] * 4, "called look 4 times with the same result"),
        ([reply(), call()] * 4, "called look 4 times with the same result"),
        ([call(result=str(number)) for number in range(9)], None),
        ([call(page=number) for number in range(9)], None),
        ([call(error=True, result=f"at {n}") for n in range(2)], None),
        (
            [call(error=True, result=f"at {n}") for n in range(3)],
            "called look 3 times with the same error",
        ),
        ([call(error=True), call(result="a"), call(error=True), call(error=True)], None),
        (ALTERNATING * 2, None),
        (ALTERNATING * 3, "went back and forth between look and jot"),
        ([reply()] * 2, None),
        ([reply()] * 3, "spoke 3 times without doing anything"),
        ([reply(), note(), reply(), note(), reply()], "spoke 3 times without doing anything"),
        ([reply(), call(), reply(), reply()], None),
    ],
)
def test_circles(steps: list[Step], found: str | None) -> None:
    assert circle_in(steps) == found
