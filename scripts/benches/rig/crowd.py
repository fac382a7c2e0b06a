"""Adds so many agents to the workspace of a house, by the verb that everybody uses."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def main(count: int) -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "missioncontrol.settings")
    import django

    django.setup()
    from accounts.actions import system_actor
    from accounts.models import Workspace
    from agents.actions import create_agent

    actor = system_actor(Workspace.objects.get())
    for number in range(count):
        create_agent(actor=actor, name=f"Agent {number}", role="waits for work")


if __name__ == "__main__":
    main(int(sys.argv[1]))
