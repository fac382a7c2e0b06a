"""The start in one process: how long until it answers, what it costs while nobody asks."""

import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from scripts.benches import Figure
from tests.missioncontrol.house import House, eventually

IDLE = 20.0  # seconds


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder))
        house.prepare()
        try:
            yield from _measure(house)
        finally:
            house.close()


def _measure(house: House) -> Iterator[Figure]:
    started = time.monotonic()
    house.start()
    eventually(lambda: house.get("/health/live")[0] == 200, every=0.01)
    yield Figure("start to first answer", time.monotonic() - started, "s", 3)
    eventually(house.is_ready)
    yield Figure("start until every part is up", time.monotonic() - started, "s")

    assert house.process is not None
    process = Path(f"/proc/{house.process.pid}")
    before = _cpu(process)
    time.sleep(IDLE)
    yield Figure("processor while idle", (_cpu(process) - before) / IDLE * 100, "%", 5)
    yield Figure("memory while idle", resident(process), "MB", 130)

    stopping = time.monotonic()
    house.stop(signal.SIGINT)
    yield Figure("Ctrl-C to the end", time.monotonic() - stopping, "s", 5)


def resident(process: Path) -> float:
    for line in (process / "status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _cpu(process: Path) -> float:
    """Seconds of processor time that the process has used."""
    user, system = (process / "stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / 100
