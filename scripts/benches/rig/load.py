"""A load: so many connections, each asking again as soon as it is answered.

Runs as a process of its own, so that it shares no interpreter with what it measures. Takes a
plan as JSON on its input and prints what came of it as JSON.
"""

import asyncio
import json
import random
import sys
import time
from itertools import cycle
from typing import Any


def request_of(call: dict[str, Any]) -> bytes:
    """The bytes of one request."""
    body = json.dumps(call["body"]).encode() if call.get("body") is not None else b""
    lines = [f"{call['method']} {call['path']} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in call.get("headers", {}).items()]
    if body or call["method"] != "GET":
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def connection(
    port: int,
    calls: list[bytes],
    until: float,
    pause: float,
    times: list[float],
    statuses: dict[int, int],
) -> None:
    if pause:  # not all in the same moment for ever
        await asyncio.sleep(random.random() * pause)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for call in cycle(calls):
        started = time.perf_counter()
        if started > until:
            break
        writer.write(call)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head[9:12])
        at = head.find(b"content-length:")
        length = int(head[at + 15 : head.index(b"\r", at)]) if at >= 0 else 0
        if length:
            await reader.readexactly(length)
        times.append(time.perf_counter() - started)
        if pause:
            await asyncio.sleep(pause)
        statuses[status] = statuses.get(status, 0) + 1
    writer.close()


async def main(plan: dict[str, Any]) -> dict[str, Any]:
    times: list[float] = []
    statuses: dict[int, int] = {}
    until = time.perf_counter() + plan["seconds"]
    await asyncio.gather(
        *(
            connection(
                plan["port"],
                [request_of(call) for call in calls],
                until,
                plan["pause"],
                times,
                statuses,
            )
            for calls in plan["connections"]
        )
    )
    times.sort()
    return {
        "rate": len(times) / plan["seconds"],
        "p50": times[len(times) // 2] * 1000,
        "p95": times[int(len(times) * 0.95)] * 1000,
        "statuses": statuses,
    }


if __name__ == "__main__":
    json.dump(asyncio.run(main(json.load(sys.stdin))), sys.stdout)
