"""The disk is full, for database and files alike: a clear refusal, and everything goes on after."""

import json
import random
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.faults.fleet import Fleet, eventually
from tests.faults.servers import Sqlite, one
from tests.ports import free_port

SIZE_MB = 48
FULL_S = 8.0
UNDONE = "SELECT count(*) FROM tasks_task WHERE status <> 'done'"


@pytest.fixture
def small(tmp_path: Path, sqlite_template: Path) -> Iterator[Fleet]:
    """A house whose data lie on a disk of their own, which is small; the ledger lies elsewhere."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small disk")
    path = disk / "missioncontrol.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    fleet = Fleet(tmp_path, Sqlite(path), VAR_DIR=str(disk), PORT=str(free_port()))
    try:
        yield fleet
    finally:
        fleet.close()
        subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(fleet: Fleet) -> Path:
    """Leave no room at all."""
    filler = Path(fleet.environment["VAR_DIR"]) / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return filler


def upload(fleet: Fleet, key: str, seed: str) -> tuple[int, str]:
    """Send a picture that needs room. Returns the status and the code of the refusal."""
    picture = BytesIO()
    noise = random.Random(seed).randbytes(400 * 400)
    Image.frombytes("L", (400, 400), noise).save(picture, "PNG")
    head = (
        '--x\r\nContent-Disposition: form-data; name="file"; filename="noise.png"\r\n'
        "Content-Type: image/png\r\n\r\n"
    )
    request = urllib.request.Request(
        f"http://127.0.0.1:{fleet.environment['PORT']}/api/v1/assets",
        data=head.encode() + picture.getvalue() + b"\r\n--x--\r\n",
        headers={
            "Authorization": f"Token {key}",
            "Content-Type": "multipart/form-data; boundary=x",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["error"]["code"]


def go(fleet: Fleet) -> tuple[int, str]:
    """Work, with no room for a while. Returns what was said to an upload meanwhile."""
    fleet.environment |= {"FAULTS_LATENCY": "0.05-0.3", "FAULTS_LEASE": "6"}
    seeded = fleet.stage("seed", agents=6, reviewers=2, concurrency=2, tasks=12)
    key = fleet.stage("key", actor=seeded["actor"])
    house = fleet.start("manage.py", "run")
    fleet.begin("person")
    writer = fleet.begin("writer", actor=seeded["actor"], every=0.2, assign=True)
    fleet.wait_for_work()
    assert upload(fleet, key, "before") == (201, "")
    filler = fill(fleet)
    time.sleep(FULL_S / 2)
    refusal = upload(fleet, key, "meanwhile")
    time.sleep(FULL_S / 2)
    filler.unlink()
    fleet.stop(writer)
    again = eventually(lambda: upload(fleet, key, "meanwhile") == (201, ""), within=30)
    assert again, fleet.said()[-3000:]
    assert house.poll() is None, "it need not be started again"
    return refusal


def halved(fleet: Fleet) -> int:
    """Files of which less is there than the database says."""
    media = Path(fleet.environment["VAR_DIR"]) / "media"
    kept = fleet.database.rows("SELECT file, size FROM modules_asset")
    assert len(kept) == 2
    return sum((media / name).stat().st_size != size for name, size in kept)


def test_a_full_disk(small: Fleet, measured: Callable[..., None]) -> None:
    refusal = go(small)
    done = small.wait_until(f"SELECT ({UNDONE}) = 0", within=120)

    acknowledged = {e["task"].replace("-", "") for e in small.ledger.read("acknowledged")}
    missing = acknowledged - {row[0] for row in small.database.rows("SELECT id FROM tasks_task")}
    refused, account = small.ledger.count("failed"), small.ledger.account()
    measured(
        acknowledged=len(acknowledged),
        refused_meanwhile=refused,
        missing=len(missing),
        effects=account,
    )
    assert refusal == (503, "disk_full")
    assert refused > 0
    assert not missing
    assert done, one(small.database, UNDONE)
    assert account.balanced, account
    assert one(small.database, "PRAGMA integrity_check") == "ok"
    assert halved(small) == 0
    assert not list(Path(small.environment["VAR_DIR"]).rglob("*.part"))


def test_written_in_place_half_a_file_is_taken_for_a_whole_one(small: Fleet) -> None:
    small.environment["FAULTS_OFF"] = "whole-files"

    go(small)

    assert halved(small) == 1
