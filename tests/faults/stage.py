"""What the tests do through the house's own verbs, in a process of its own.

    python -m tests.faults.stage PART '{"its": "arguments"}'

The last line printed is JSON.
"""

import json
import sys
from importlib import import_module
from typing import Any

import django

# In which file of this folder a part is; those that are not named here are below.
HOMES = {
    "people": ("person", "writer", "writers", "chatter", "stop", "decide_at_once"),
    "meddling": ("meddle", "make_good"),
    "deaths": ("die",),
    "elsewhere": ("die_in_talk", "die_in_job", "ask_around", "look_around"),
    "interleaving": ("stall", "watch_clocks", "look", "cross"),
    "numbers": ("crowd", "backlog", "ticker", "spend"),
}


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


def intend() -> int:
    """Note the effects that every task without subtasks is to have. Returns how many tasks."""
    from tasks.models import Task
    from tests.faults.rig.book import ledger

    leaves = list(Task.objects.filter(children=None).select_related("workspace"))
    for task in leaves:
        for effect in ("letter", "stamp"):
            ledger().write("meant", effect=f"{task.key} {effect}")
    return len(leaves)


def key(actor: str) -> str:
    """A key for a program that writes in this actor's name."""
    from accounts.keys import create_api_key
    from accounts.models import Actor

    owner = Actor.objects.get(pk=actor)
    _, text = create_api_key(actor=owner, name="program", scopes=["read", "write", "run"])
    return text


def main(part: str, arguments: str = "{}") -> None:
    django.setup()
    home = next((home for home, parts in HOMES.items() if part in parts), "")
    parts = vars(import_module(f"tests.faults.{home}")) if home else globals()
    result = parts[part](**json.loads(arguments))
    sys.stdout.write(f"{json.dumps(result)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
