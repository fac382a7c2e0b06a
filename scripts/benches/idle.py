"""Five minutes with 100 agents and nothing to do: model calls, jobs beyond the fixed ticks."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings

from scripts.benches import Figure
from scripts.benches.start import resident
from tests.missioncontrol.house import House, eventually

ROOT = Path(__file__).resolve().parents[2]
AGENTS = 100
SECONDS = float(os.environ.get("IDLE_SECONDS", "300"))


def measure() -> Iterator[Figure]:
    with TemporaryDirectory() as folder:
        house = House(Path(folder))
        house.prepare()
        try:
            house.start()
            eventually(house.is_ready)
            crowd = [sys.executable, "scripts/benches/rig/crowd.py", str(AGENTS - 3)]
            subprocess.run(crowd, cwd=ROOT, env=house.environment, check=True, timeout=120)
            yield from _measure(house)
        finally:
            house.close()


def _measure(house: House) -> Iterator[Figure]:
    assert house.process is not None
    time.sleep(20)  # what making them set off is over
    before = _scrape(house)
    time.sleep(SECONDS)
    after = _scrape(house)
    fixed = {f'mc_jobs_total{{job="{entry["task"]}"}}' for entry in _entries()}
    jobs = {name: after[name] - before.get(name, 0) for name in after if "mc_jobs_total" in name}
    beyond = sum(count for name, count in jobs.items() if name not in fixed)
    calls = sum(after[name] for name in after if name.startswith("mc_model_calls_total"))
    yield Figure("agents", sum(after[n] for n in after if n.startswith("mc_agents{")), "")
    yield Figure(f"model calls in {SECONDS:.0f} s", calls, "", 0)
    yield Figure("jobs of the fixed entries", sum(jobs.values()) - beyond, "")
    yield Figure("jobs beyond them", beyond, "", 0)
    yield Figure("memory", resident(Path(f"/proc/{house.process.pid}")), "MB", 130)


def _entries() -> list[dict[str, str]]:
    return list(settings.CELERY_BEAT_SCHEDULE.values())


def _scrape(house: House) -> dict[str, float]:
    """Every sample of `/metrics` by its name with labels."""
    with urllib.request.urlopen(f"http://127.0.0.1:{house.port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    samples = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
    return {name: float(value) for name, value in samples}
