"""Reads WORKING.md over and over beside a running house, and holds it against the tables.

Prints one JSON object with reads, disagreed, first, done and evident. A read counts when
nothing was committed between the page and the look at the tables.
"""

import json
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def main(seconds: float) -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "missioncontrol.settings")
    import django

    django.setup()
    from accounts.models import Workspace
    from tasks.models import Task
    from tasks.working.page import read_working_state
    from tasks.working.text import number_of, parse

    workspace = Workspace.objects.get()
    reads, wrong = 0, []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        page = read_working_state(workspace)
        rows = dict(Task.objects.values_list("number", "status"))
        now = Workspace.objects.values_list("last_event", flat=True).get()
        if now == page.event_number:
            reads += 1
            said = {number_of(line.key or ""): line.status for line in parse(page.text).tasks}
            wrong += [number for number, status in said.items() if rows.get(number) != status]
            wrong += [number for number in rows if number not in said]
        if rows and set(rows.values()) == {"done"}:
            break
        time.sleep(0.05)
    done = Task.objects.exclude(kind="phase").filter(status="done")
    evident = done.filter(reviews__verdict="approved", evidence__isnull=False).distinct()
    result = {
        "reads": reads,
        "disagreed": len(wrong),
        "first": wrong[:3],
        "done": done.count(),
        "evident": evident.count(),
    }
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main(float(sys.argv[1]))
