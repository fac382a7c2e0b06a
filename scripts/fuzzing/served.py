"""The application as it is served, with a count of its answers by operation and status."""

import json
import os
from collections import Counter
from typing import Any

from missioncontrol.asgi import application as house

COUNTS = "/counts"
counts: Counter[str] = Counter()
# The last answers of 5xx: method, address and what was answered.
broken: list[str] = []


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answer as the house does, and count."""
    if scope["type"] != "http":
        await house(scope, receive, send)
    elif scope["path"] == COUNTS:
        await _tell(send)
    else:
        await house(scope, receive, _counting(scope, send))


def _counting(scope: Any, send: Any) -> Any:
    async def counted(message: Any) -> None:
        if message["type"] == "http.response.start":
            status = message["status"]
            counts[str(status)] += 1
            if status >= 500 and len(broken) < 100:
                broken.append(f"{status} {scope['method']} {scope['path']}")
        await send(message)

    return counted


async def _tell(send: Any) -> None:
    text = json.dumps({"pid": os.getpid(), "counts": counts, "broken": broken}).encode()
    start = {"type": "http.response.start", "status": 200, "headers": []}
    await send(start)
    await send({"type": "http.response.body", "body": text})
