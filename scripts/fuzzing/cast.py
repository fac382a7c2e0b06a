"""A workspace with something of everything in it, for the fuzzer to find. Prints a key as JSON.

python -m scripts.fuzzing.cast member
"""

import json
import os
import sys
from typing import Any

PASSWORD = "correct-horse-battery"
PLAN = "# A harbour\n\n## Phase 1: Light\n\n### 1.1 Set up two lamps\n\n### 1.2 Fill them\n"


def main(caller: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "missioncontrol.settings")
    import django

    django.setup()
    from accounts.actions import add_member, create_user, create_workspace
    from accounts.keys import create_api_key
    from agents.actions import create_agent
    from agents.seeding import seed_agents
    from modules.actions import configure_from_environment
    from whitepapers.seeding import seed_papers

    olga = create_user(username="olga", email="olga@example.org", password=PASSWORD)
    owner = create_workspace(name="Fuzzed", owner=olga)
    workspace = owner.workspace
    configure_from_environment(workspace)
    seed_agents(workspace)
    seed_papers(workspace)
    mia = create_user(username="mia", email="mia@example.org", password=PASSWORD)
    member = add_member(workspace=workspace, user=mia, role="member")
    pilot = create_agent(actor=owner.actor, name="Pilot", role="brings ships in", external=True)
    _furnish(owner.actor, member.actor, pilot)
    _, key = create_api_key(
        actor=owner.actor if caller == "agent" else member.actor,
        name="fuzz",
        scopes=["read", "write", "run"],
        owner=pilot.actor if caller == "agent" else None,
    )
    print(json.dumps({"key": key, "ids": _ids(workspace)}, default=str))


def _furnish(owner: Any, member: Any, pilot: Any) -> None:
    from django.core.files.base import ContentFile

    from agents.models import Agent
    from agents.outside import take_work
    from conversations.actions import start_conversation
    from documents.actions import create_document
    from tasks.actions import attach, create_task, post_message, react, stored
    from tasks.roadmap.importing import import_roadmap

    import_roadmap(actor=owner, workspace=owner.workspace, text=PLAN)
    inside = Agent.objects.filter(workspace=owner.workspace, external=False)
    for number in range(8):
        task = create_task(
            actor=owner,
            title=f"Light the harbour {number}",
            assignees=[pilot.actor, member][: 1 + number % 2],
            criteria=["Both lamps burn"],
            checklist=["Buy oil", "Fill the lamps"],
        )
        by = (member, pilot.actor)[number % 2]
        message = post_message(actor=by, task=task, body="@mia and @pilot, look at this")
        react(actor=owner, message=message, sign="👍")
        with stored(by, ContentFile(b"two", name="lamp.txt")) as (file,):
            attach(actor=by, message=message, file=file)
        create_document(actor=member, title=f"Lamps {number}", content="Two.", task=task)
        start_conversation(actor=member, agent=inside[number % 3], content="Which lamps?")
    take_work(actor=pilot.actor, agent=pilot)


def _ids(workspace: Any) -> dict[str, list[Any]]:
    """What stands in the places of addresses, by what stands before it."""
    from accounts.models import Actor
    from agents.models import Agent, Run
    from conversations.models import Conversation, Turn
    from documents.models import Document
    from tasks.models import Attachment, Message, Task
    from whitepapers.models import Whitepaper

    def of(rows: Any, field: str = "pk", home: str = "workspace") -> list[Any]:
        return list(rows.objects.filter(**{home: workspace}).values_list(field, flat=True)[:20])

    return {
        "tasks": of(Task),
        "messages": of(Message, home="task__workspace"),
        "attachments": of(Attachment, home="message__task__workspace"),
        "documents": of(Document),
        "agents": of(Agent),
        "actors": of(Actor),
        "runs": of(Run),
        "conversations": of(Conversation),
        "turns": of(Turn, home="conversation__workspace"),
        "whitepapers": of(Whitepaper, "slug"),
        "activities/agent": of(Agent),
        "activities/task": of(Task),
    }


if __name__ == "__main__":
    main(sys.argv[1])
