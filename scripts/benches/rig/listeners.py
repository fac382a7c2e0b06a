"""A thousand sockets that follow one workspace, a tenth of which come and go.

A process of its own. Takes a plan as JSON in its first line of input, says "ready" when all are
connected, and ends when all have seen the number in its second line. Prints one JSON object.
"""

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 30.0
STAY_S = (2.0, 4.0)
AT_ONCE = 20


class Listener:
    """One follower, who counts what it hears."""

    def __init__(self, address: str, ticket: Callable[[], str], restless: bool) -> None:
        self.address, self.ticket, self.restless = address, ticket, restless
        self.last: int | None = None
        self.late: list[float] = []
        self.gaps = self.doubled = self.returns = 0

    async def follow(self, door: asyncio.Semaphore, end: Callable[[], int | None]) -> None:
        while not self.has_seen(end()):
            async with door:
                query = f"ticket={self.ticket()}"
                query += "" if self.last is None else f"&after={self.last}"
                line = connect(f"{self.address}?{query}", compression=None, max_size=None)
                socket = await line.__aenter__()
            leaves_at = time.time() + random.uniform(*STAY_S) if self.restless else float("inf")
            try:
                while not self.has_seen(end()):
                    wait = min(1.0, leaves_at - time.time())
                    if wait <= 0:
                        self.returns += 1
                        break
                    try:
                        async with asyncio.timeout(wait):
                            text = await socket.recv()
                    except TimeoutError:
                        continue
                    self.hear(*_read(str(text)))
            except ConnectionClosed:
                self.returns += 1
            finally:
                # Gone, as a laptop that is closed: nobody says goodbye.
                socket.transport.abort()

    def has_seen(self, number: int | None) -> bool:
        return number is not None and self.last is not None and self.last >= number

    def hear(self, message: dict[str, Any], events: list[tuple[int, float]]) -> None:
        if message["type"] == "hello" and self.last is None:
            self.last = message["last"]
        now = time.time()
        for number, at in events:
            assert self.last is not None
            if number <= self.last:
                self.doubled += 1
                continue
            self.gaps += number != self.last + 1
            self.last = number
            self.late.append(now - at)


@lru_cache(maxsize=200)
def _read(text: str) -> tuple[dict[str, Any], list[tuple[int, float]]]:
    """A frame, and the number and time of each event in it. Most get the same frames."""
    message: dict[str, Any] = json.loads(text)
    events = message.get("events", [message] if message["type"] == "event" else [])
    times = [(one["number"], datetime.fromisoformat(one["at"]).timestamp()) for one in events]
    return message, times


async def main(plan: dict[str, Any]) -> dict[str, Any]:
    from asgiref.sync import sync_to_async

    from accounts.models import Actor
    from activity.sockets import make_ticket

    actor = await sync_to_async(Actor.objects.select_related("workspace").get)(pk=plan["actor"])
    count = plan["sockets"]
    listeners = [
        Listener(plan["address"], lambda: make_ticket(actor), number < count * plan["restless"])
        for number in range(count)
    ]
    door, told = asyncio.Semaphore(AT_ONCE), asyncio.get_running_loop().create_future()
    until: list[int | None] = [None]
    work = [asyncio.create_task(one.follow(door, lambda: until[0])) for one in listeners]
    while any(one.last is None for one in listeners):
        broken = [task for task in work if task.done()]
        if broken:
            broken[0].result()
        await asyncio.sleep(0.1)
    print("ready", flush=True)
    asyncio.get_running_loop().run_in_executor(
        None, lambda: told.get_loop().call_soon_threadsafe(told.set_result, sys.stdin.readline())
    )
    until[0] = int(await told)
    _, late = await asyncio.wait(work, timeout=PATIENCE_S)
    return result_of(listeners, unfinished=len(late))


def result_of(listeners: list[Listener], *, unfinished: int) -> dict[str, Any]:
    late = sorted(seconds for one in listeners for seconds in one.late)
    return {
        "heard": len(late),
        "gaps": sum(one.gaps for one in listeners),
        "doubled": sum(one.doubled for one in listeners),
        "returns": sum(one.returns for one in listeners),
        "unfinished": unfinished,
        "p50": late[len(late) // 2] * 1000,
        "p95": late[int(len(late) * 0.95)] * 1000,
        "slowest": late[-1] * 1000,
    }


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "missioncontrol.settings")
    import django

    django.setup()
    sys.stdout.write(json.dumps(asyncio.run(main(json.loads(sys.stdin.readline())))))
