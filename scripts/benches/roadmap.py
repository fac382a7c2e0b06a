"""A whole roadmap taken to done by the simulated model in one process, with nobody touching it."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from scripts.benches import Figure
from scripts.benches.start import resident
from tests.missioncontrol.house import House, eventually

ROOT = Path(__file__).resolve().parents[2]
PLAN = ROOT / "tests" / "tasks" / "plans" / "mission-control.md"
AT_MOST = 300.0
ACCOUNT = {
    "DJANGO_SUPERUSER_USERNAME": "alice",
    "DJANGO_SUPERUSER_EMAIL": "alice@example.org",
    "DJANGO_SUPERUSER_PASSWORD": "correct-horse-battery",
}


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder), environment=ACCOUNT)
        house.prepare()
        try:
            house.start()
            eventually(house.is_ready)
            yield from _measure(house)
        finally:
            house.close()


def _measure(house: House) -> Iterator[Figure]:
    assert house.process is not None
    process = Path(f"/proc/{house.process.pid}")
    started = time.monotonic()
    taken = house.manage("import_roadmap", str(PLAN))
    assert taken.returncode == 0, taken.stderr
    # Ends by itself when every task is done.
    beside = subprocess.run(
        [sys.executable, "scripts/benches/rig/agree.py", str(AT_MOST)],
        cwd=ROOT,
        env=house.environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=AT_MOST + 60,
    )
    spent = time.monotonic() - started
    agreed = json.loads(beside.stdout)
    yield Figure("the roadmap, from import to all done", spent, "s", AT_MOST)
    yield Figure("tasks done, of 28", agreed["done"], "", least=28)
    yield Figure("of them with approved evidence", agreed["evident"], "", least=28)
    yield Figure("reads of WORKING.md beside it", agreed["reads"], "", least=10)
    yield Figure("lines that disagreed with the database", agreed["disagreed"], "", 0)
    yield Figure("memory after it", resident(process), "MB", 220)
