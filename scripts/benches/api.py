"""The API beside bare views of Django, in one process on PostgreSQL, with 10,000 tasks.

    make bench ARGS=api

Each figure is a ratio of requests a second: ours over the bare view's, both measured in turns
within the same run, the median of several turns. Without DATABASE_URL and REDIS_URL the servers
of this machine are used, or started.
"""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.benches import Figure

ROOT = Path(__file__).resolve().parent.parent.parent
TASKS, AGENTS, CONNECTIONS = 10_000, 100, 8
TURNS, SECONDS = 5, 2.0
# Counted as always, but so high that nobody is refused.
RATES = {f"RATE_LIMIT_{kind}": "100000000" for kind in ("LOGIN", "READ", "WRITE", "RUN")}


@dataclass(frozen=True)
class Stage:
    """What the load needs to know of the database."""

    workspace: str
    creator: str
    token: str
    task_ids: list[str]
    agents: list[tuple[str, str]]


def measure() -> Iterator[Figure]:
    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        command = [sys.executable, "scripts/with_services.py", sys.executable, "scripts/bench.py"]
        done = subprocess.run([*command, "api"], cwd=ROOT, check=False)
        yield Figure("the API on PostgreSQL: promises broken", done.returncode, "", 0)
        return
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, check=True)
    stage = _set_up()
    with _server() as port:
        yield from _measure(stage, port)


def _measure(stage: Stage, port: int) -> Iterator[Figure]:
    bearer = {"Authorization": f"Bearer {stage.token}"}
    where = f"workspace={stage.workspace}&creator={stage.creator}"
    tag = _tag(port, bearer)

    def same(call: dict[str, Any]) -> list[list[dict[str, Any]]]:
        return [[call]] * CONNECTIONS

    listing = {"method": "GET", "path": "/api/v1/tasks", "headers": bearer}
    fresh = {"body": {"title": "Another one"}}
    plans = {
        "bare list": same({"method": "GET", "path": f"/api/v1/bare/rows?{where}"}),
        "list": same(listing),
        "unchanged": same({**listing, "headers": {**bearer, "If-None-Match": tag}}),
        "heartbeat": [[_beat(agent, key)] for agent, key in stage.agents[:CONNECTIONS]],
        "bare insert": same({"method": "POST", "path": f"/api/v1/bare/insert?{where}", **fresh}),
        "create": same({"method": "POST", "path": "/api/v1/tasks", "headers": bearer, **fresh}),
        "status": [
            [
                {
                    "method": "POST",
                    "path": f"/api/v1/tasks/{task}/status",
                    "headers": bearer,
                    "body": {"status": status},
                }
                for status in ("in_progress", "assigned")
            ]
            for task in stage.task_ids
        ],
    }
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in plans}
    for plan in plans.values():  # once to warm up
        _load(port, plan, 0.5)
    for _ in range(TURNS):
        for name in ("bare list", "list", "unchanged", "heartbeat"):
            found[name].append(_load(port, plans[name], SECONDS))
        tag = _tag(port, bearer)
        plans["unchanged"] = same({**listing, "headers": {**bearer, "If-None-Match": tag}})
    for _ in range(TURNS):
        for name in ("bare insert", "create", "status"):
            found[name].append(_load(port, plans[name], SECONDS))
    for name, turns in found.items():
        yield Figure(f"{name}", statistics.median(turn["rate"] for turn in turns), "/s")
        p95 = statistics.median(turn["p95"] for turn in turns)
        yield Figure(f"{name}, p95", p95, "ms", None if name.startswith("bare") else 100)
    yield _ratio(found, "list", "bare list", 0.5)
    yield _ratio(found, "unchanged", "bare list", 3)
    yield _ratio(found, "heartbeat", "bare list", 0.7)
    yield _ratio(found, "create", "bare insert", 0.35)
    yield _ratio(found, "status", "bare insert", 0.35)
    wrong = sum(
        count
        for turns in found.values()
        for turn in turns
        for status, count in turn["statuses"].items()
        if int(status) >= 400
    )
    yield Figure("refused or failed", wrong, "", 0)
    yield from _crowd(stage, port)


def _crowd(stage: Stage, port: int) -> Iterator[Figure]:
    """A hundred agents, each posting heartbeats and messages as fast as it can be answered."""
    plan = []
    for number, (agent, key) in enumerate(stage.agents):
        task = stage.task_ids[number % len(stage.task_ids)]
        message = {
            "method": "POST",
            "path": f"/api/v1/tasks/{task}/messages",
            "headers": {"Authorization": f"Token {key}"},
            "body": {"body": "Still looking."},
        }
        plan.append([_beat(agent, key), message])
    # Each agent's first heartbeat is of another kind: it settles what has gathered until then.
    _load(port, plan, 3, pause=1.0)
    result = _load(port, plan, 20, pause=1.0)
    errors = sum(count for status, count in result["statuses"].items() if int(status) >= 400)
    yield Figure("100 agents at once", result["rate"], "/s")
    yield Figure("100 agents at once, p95", result["p95"], "ms", 100)
    yield Figure("100 agents at once, errors", errors, "", 0)


def _ratio(found: dict[str, list[dict[str, Any]]], ours: str, bare: str, least: float) -> Figure:
    pairs = zip(found[ours], found[bare], strict=True)
    value = statistics.median(one["rate"] / other["rate"] for one, other in pairs)
    return Figure(f"{ours} over {bare}", value, "×", least=least)


def _beat(agent: str, key: str) -> dict[str, Any]:
    return {
        "method": "POST",
        "path": f"/api/v1/agents/{agent}/heartbeat",
        "headers": {"Authorization": f"Token {key}"},
    }


def _tag(port: int, headers: dict[str, str]) -> str:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/tasks", headers=headers)
    with urllib.request.urlopen(request) as answer:
        return str(answer.headers["ETag"])


def _load(port: int, connections: Any, seconds: float, pause: float = 0.0) -> dict[str, Any]:
    plan = {"port": port, "connections": connections, "seconds": seconds, "pause": pause}
    done = subprocess.run(
        [sys.executable, "-m", "scripts.benches.rig.load"],
        input=json.dumps(plan).encode(),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _set_up() -> Stage:
    from django.db import connection
    from django.utils import timezone

    from accounts.actions import create_user, create_workspace
    from accounts.keys import create_api_key
    from accounts.tokens import start_login
    from agents.actions import create_agent
    from tasks.actions import create_task
    from tasks.models import Task, TaskCounter

    stamp = f"bench{os.getpid()}"
    user = create_user(
        username=stamp, email=f"{stamp}@example.org", password="correct-horse-battery"
    )
    member = create_workspace(name=stamp, owner=user)
    actor, now = member.actor, timezone.now()
    Task.objects.bulk_create(
        Task(
            workspace=member.workspace,
            number=number,
            title=f"Task number {number} of many",
            description="What there is to say about it, in a few sentences. " * 4,
            creator=actor,
            position=number,
            moved_at=now,
            status=Task.Status.DONE if number % 3 else Task.Status.ASSIGNED,
        )
        for number in range(1, TASKS + 1)
    )
    TaskCounter.objects.create(workspace=member.workspace, last=TASKS)
    tasks = [
        create_task(actor=actor, title=f"Mine {number}", assignees=[actor])
        for number in range(CONNECTIONS)
    ]
    agents = []
    for number in range(AGENTS):
        agent = create_agent(actor=actor, name=f"Agent {number}", role="posts", external=True)
        _, key = create_api_key(
            actor=actor, name="bench", scopes=["read", "write", "run"], owner=agent.actor
        )
        agents.append((str(agent.pk), key))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return Stage(
        workspace=str(member.workspace_id),
        creator=str(actor.pk),
        token=start_login(user=user).access,
        task_ids=[str(task.pk) for task in tasks],
        agents=agents,
    )


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _server() -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "scripts.benches.rig.bare:application"]
    options = ["--loop", "uvloop", "--http", "httptools", "--lifespan", "off", "--no-access-log"]
    process = subprocess.Popen(
        [*command, *options, "--log-level", "warning", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, **RATES, "ACCESS_TOKEN_MINUTES": "600"},
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.1)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
