"""Follows many conversations at once, each over a socket of its own, and puts together what
comes. A process of its own. Takes a plan as JSON on its input, prints what came of it.
"""

import asyncio
import json
import sys
from typing import Any

import websockets


async def follow(url: str, ready: asyncio.Semaphore, patience: float) -> dict[str, Any]:
    """Put the words of one answer together, and count what was missing or came twice."""
    text, take, lost, doubled, chunks = "", -1, 0, 0, 0
    state = "none"
    async with websockets.connect(url, max_queue=None, open_timeout=60) as socket:
        ready.release()
        while state not in ("done", "failed", "cancelled"):
            said = json.loads(await asyncio.wait_for(socket.recv(), patience))
            if said["type"] == "ping":
                await socket.send(json.dumps({"type": "pong", "t": said["t"]}))
            elif said["type"] == "turn" and said["index"] == 1:
                state = said["state"]
            elif said["type"] == "chunk":
                chunks += 1
                if said["take"] != take:
                    text, take = "", said["take"]
                lost += said["offset"] > len(text)
                # What is told again as a whole to whoever joins begins at the beginning.
                doubled += 0 < said["offset"] < len(text)
                text = text[: said["offset"]] + said["text"]
    return {"text": text, "lost": lost, "doubled": doubled, "chunks": chunks, "state": state}


async def main(plan: dict[str, Any]) -> list[Any]:
    ready = asyncio.Semaphore(0)
    tasks = [asyncio.create_task(follow(u, ready, plan["patience"])) for u in plan["urls"]]
    for _ in tasks:
        await ready.acquire()
    print("ready", flush=True)
    return list(await asyncio.gather(*tasks))


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.loads(sys.stdin.readline())))), flush=True)
