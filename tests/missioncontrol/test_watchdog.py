"""The watch over worker and beat where they are threads."""

import threading
from collections.abc import Iterator

import pytest

from missioncontrol.threads import Watchdog


class Scripted:
    """A part that runs until it is told to end, to fail, or to hang."""

    name = "scripted"
    built: list["Scripted"]

    def __init__(self) -> None:
        self.ends = threading.Event()
        self.runs = threading.Event()
        self.silence = 0.0
        self.stopped = False
        type(self).built.append(self)

    def run(self) -> None:
        self.runs.set()
        self.ends.wait()
        if not self.stopped:
            raise RuntimeError("something broke")

    def stop(self) -> None:
        self.stopped = True
        self.ends.set()

    def silent_for(self) -> float:
        return self.silence


class NeverEnds(Scripted):
    """A part that hangs for good: not even a stop ends it."""

    def run(self) -> None:
        self.runs.set()
        self.ends.wait()

    def stop(self) -> None:
        self.stopped = True


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    Scripted.built = NeverEnds.built = []
    yield
    for part in Scripted.built:
        part.stopped = True
        part.ends.set()


def nth(number: int) -> Scripted:
    """The part that was built as *number*, once it runs."""
    deadline = threading.Event()
    for _ in range(3000):
        if len(Scripted.built) >= number:
            part = Scripted.built[number - 1]
            assert part.runs.wait(30)
            return part
        deadline.wait(0.01)
    raise AssertionError(f"only {len(Scripted.built)} parts were built")


def test_a_part_that_fails_is_built_anew() -> None:
    watchdog = Watchdog(Scripted, look_every=0.01)
    watchdog.start()
    nth(1).ends.set()
    nth(2)
    watchdog.stop()
    assert watchdog.join(30)


def test_a_part_that_hangs_is_told_to_end_and_replaced() -> None:
    watchdog = Watchdog(NeverEnds, look_every=0.01)
    watchdog.start()
    hanging = nth(1)
    hanging.silence = Watchdog.LOST_AFTER + 1
    nth(2)
    assert hanging.stopped
    watchdog.stop()


def test_stopping_ends_every_part() -> None:
    watchdog = Watchdog(Scripted, Scripted, look_every=0.01)
    watchdog.start()
    parts = [nth(1), nth(2)]
    watchdog.stop()
    assert watchdog.join(30)
    assert all(part.stopped for part in parts)
    assert len(Scripted.built) == 2


def test_it_says_when_a_part_does_not_end_in_time() -> None:
    watchdog = Watchdog(NeverEnds, look_every=0.01)
    watchdog.start()
    nth(1)
    watchdog.stop()
    assert not watchdog.join(0.05)
