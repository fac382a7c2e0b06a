"""Sockets whose readers never read: closed in time, and they cost nobody their memory."""

import json
import socket
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tests.faults.fleet import Fleet, eventually
from tests.ports import free_port

DEAF = 20
CLOSED_WITHIN_S = 30.0
MEMORY_MB = 50.0


def open_house(fleet: Fleet) -> tuple[int, list[socket.socket]]:
    """A house, and sockets that are open and deaf. Returns the house's process id and them."""
    fleet.environment |= {"REDIS_URL": "", "PORT": str(free_port())}
    seeded = fleet.stage("seed", agents=1, reviewers=0)
    key = fleet.stage("key", actor=seeded["actor"])
    house = fleet.start("manage.py", "run")
    assert eventually(lambda: sockets(fleet) == 0, within=60), fleet.said()
    deaf = [listen(fleet, key) for _ in range(DEAF)]
    assert eventually(lambda: sockets(fleet) == DEAF, within=30)
    fleet.begin("chatter", actor=seeded["actor"])
    return house.pid, deaf


def listen(fleet: Fleet, key: str) -> socket.socket:
    """Open a socket, hear that it is open, and from then on read nothing."""
    port = int(fleet.environment["PORT"])
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/auth/ws-ticket",
        data=b"",
        headers={"Authorization": f"Token {key}"},
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:
        ticket = json.load(answer)["ticket"]
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    line.connect(("127.0.0.1", port))
    line.sendall(
        f"GET /api/v1/ws/activities?ticket={ticket} HTTP/1.1\r\nHost: localhost\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    line.settimeout(30)
    assert b" 101 " in line.recv(64)
    return line


def sockets(fleet: Fleet) -> int:
    """How many sockets the house counts; -1 while it does not answer."""
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{fleet.environment['PORT']}/metrics", timeout=10
        ) as answer:
            lines = answer.read().decode().splitlines()
    except OSError:
        return -1
    return int(sum(float(x.rsplit(" ", 1)[1]) for x in lines if x.startswith("mc_sockets")))


def connected(fleet: Fleet, deaf: list[socket.socket]) -> int:
    """How many of the connections to the house are open on its side, as the kernel has it."""
    port = f":{int(fleet.environment['PORT']):04X}"
    ours = {f":{line.getsockname()[1]:04X}" for line in deaf}
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(port) and row[2][-5:] in ours and row[3] == "01" for row in rows)


def unsent(fleet: Fleet) -> int:
    """Bytes that the kernel holds for those who do not read."""
    port = f":{int(fleet.environment['PORT']):04X}"
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(int(row[4].split(":")[0], 16) for row in rows if row[1].endswith(port))


def wait_until_full(fleet: Fleet) -> None:
    """Until no buffer of the kernel takes any more: from then on the server has to wait."""

    def full() -> bool:
        before = unsent(fleet)
        time.sleep(1)
        return before > 0 and unsent(fleet) <= before

    assert eventually(full, within=120)


def resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def test_readers_that_never_read(sqlite_fleet: Fleet, measured: Callable[..., None]) -> None:
    pid, deaf = open_house(sqlite_fleet)
    before, most = resident_mb(pid), 0.0
    wait_until_full(sqlite_fleet)
    begun = time.monotonic()

    def closed() -> bool:
        nonlocal most
        most = max(most, resident_mb(pid) - before)
        return sockets(sqlite_fleet) == 0 and connected(sqlite_fleet, deaf) == 0

    all_closed = eventually(closed, within=CLOSED_WITHIN_S)

    took = time.monotonic() - begun
    open_ones = (sockets(sqlite_fleet), connected(sqlite_fleet, deaf))
    measured(sockets=DEAF, closed_after=f"{took:.0f} s", memory=f"+{most:.0f} MB")
    assert all_closed, open_ones
    assert most <= MEMORY_MB


def test_whoever_waits_for_them_keeps_them(sqlite_fleet: Fleet) -> None:
    sqlite_fleet.environment["FAULTS_OFF"] = "deadline-of-sockets"
    _, deaf = open_house(sqlite_fleet)
    wait_until_full(sqlite_fleet)

    assert not eventually(lambda: connected(sqlite_fleet, deaf) < DEAF, within=CLOSED_WITHIN_S)
