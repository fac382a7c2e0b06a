"""What the tests do through the house's own verbs, in a process of its own.

    python -m tests.faults.stage PART '{"its": "arguments"}'

The last line printed is JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any


def prepare() -> None:
    """The tables."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def seed(
    agents: int = 4,
    concurrency: int = 2,
    tasks: int = 0,
    reviewers: int = 2,
    inbox: int = 0,
    poison: int = 0,
    effects: bool = True,
) -> dict[str, Any]:
    """A workspace with workers and reviewers; tasks with hands to do them, and some without."""
    from accounts.actions import create_user, create_workspace
    from agents.actions import create_agent
    from modules.actions import configure_from_environment
    from tasks.actions import create_task
    from tests.faults.rig.book import ledger

    user = create_user(username="alice", email="alice@example.org", password="correct-horse-9")
    owner = create_workspace(name="Harbour", owner=user)
    configure_from_environment(owner.workspace)

    def agent(name: str, duty: str) -> Any:
        return create_agent(
            actor=owner.actor,
            name=name,
            role=duty,
            duty=duty,
            capabilities=[duty],
            concurrency=concurrency,
            heartbeat_interval=5,
        )

    if inbox:
        agent("Orchestrator", "orchestrator")
    workers = [agent(f"Worker {number}", "worker") for number in range(agents)]
    for number in range(reviewers):
        agent(f"Reviewer {number}", "reviewer")
    for number in range(tasks + inbox + poison):
        title = f"Poison {number}" if number < poison else f"Task {number}"
        task = create_task(
            actor=owner.actor,
            title=title,
            description="poison" if number < poison else "",
            assignees=[workers[number % agents].actor] if number < tasks + poison else (),
        )
        if effects and number >= poison:
            for effect in ("letter", "stamp"):
                ledger().write("meant", effect=f"{task.key} {effect}")
    return {"workspace": str(owner.workspace.pk), "actor": str(owner.actor.pk)}


def person(after: float = 0.0) -> None:
    """A person who looks into each call of unknown outcome and says truthfully what happened.

    `after` is how many seconds it takes until they look.
    """
    from django.db import close_old_connections
    from django.utils import timezone

    from accounts.models import Actor
    from agents.actions import decide
    from agents.models import Approval
    from agents.transcript import Transcript
    from core.errors import Conflict
    from tests.faults.rig.book import ledger

    while True:
        try:
            old = timezone.now() - timedelta(seconds=after)
            pending = Approval.objects.filter(state="pending", created_at__lte=old)
            for approval in pending.select_related("run", "step"):
                alice = Actor.objects.get(workspace=approval.run.workspace_id, handle="alice")
                transcript = Transcript.load(approval.run)
                key = (
                    f"{approval.run_id}:{_turn(transcript, approval.step)}:{approval.step.call_id}"
                )
                happened = ledger().count("effect", key=key) > 0
                try:
                    decide(actor=alice, approval=approval, approve=happened)
                    ledger().write("decided", key=key, happened=happened)
                except Conflict:
                    continue
        except Exception as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
        close_old_connections()
        time.sleep(0.3)


def _turn(transcript: Any, step: Any) -> int:
    before = [s.index for s in transcript.steps if s.kind == "model" and s.index < step.index]
    return max(before)


def writer(actor: str, every: float = 0.05) -> None:
    """Somebody who goes on making tasks, and notes each that was acknowledged."""
    from django.db import connection

    from accounts.models import Actor
    from tasks.actions import create_task
    from tests.faults.rig.book import ledger

    number = 0
    while True:
        number += 1
        started = time.monotonic()
        try:
            task = create_task(actor=Actor.objects.get(pk=actor), title=f"Written {number}")
        except Exception as error:
            ledger().write("refused", error=type(error).__name__)
            connection.close()
        else:
            took = time.monotonic() - started
            ledger().write("acknowledged", task=str(task.pk), took=took)
        connection.close()
        time.sleep(every)


def crowd(agents: int) -> None:
    """That many agents, each with a task, and all of them due."""
    from tests.faults.crowd import gather, wake_first

    wake_first(gather(agents=agents, tasks=agents), agents)


def ticker(batch: int) -> None:
    """Tick until nothing is due any more; who fires is noted."""
    from agents import heartbeat
    from tests.faults.rig.book import ledger

    plain = heartbeat._claim_due

    def claim_due() -> dict[Any, Any]:
        due = plain()
        ledger().write("fired", agents=[str(agent) for agent in due])
        return due

    heartbeat._claim_due = claim_due
    heartbeat.BATCH = batch
    while heartbeat.Agent.objects.due().exists():
        heartbeat.beat()


PARTS: dict[str, Callable[..., Any]] = {
    "prepare": prepare,
    "seed": seed,
    "person": person,
    "writer": writer,
    "crowd": crowd,
    "ticker": ticker,
}


def main(part: str, arguments: str = "{}") -> None:
    import django

    django.setup()
    result = PARTS[part](**json.loads(arguments))
    sys.stdout.write(f"{json.dumps(result)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
