"""The templates that a workspace begins with."""

from pathlib import Path

from accounts.actions import system_actor
from accounts.models import Workspace
from activity.models import Activity
from documents.actions import seed_templates as seed
from documents.actions.templates import SEEDED, Outline

SAMPLES = Path(__file__).resolve().parent / "samples"


def shipped_templates() -> list[Outline]:
    """The templates of this release: lines of `name: value`, a blank one, and the text."""
    found = []
    for path in sorted(SAMPLES.glob("*.md")):
        head, _, body = path.read_text("utf-8").partition("\n\n")
        said = dict(line.split(": ", 1) for line in head.splitlines())
        found.append(Outline(**said, body=body.strip() + "\n"))
    return found


def seed_templates(workspace: Workspace) -> int:
    """Give a workspace the templates of this release, once: who deletes one has deleted it."""
    if Activity.objects.filter(workspace=workspace, verb=SEEDED).exists():
        return 0
    return seed(actor=system_actor(workspace), templates=shipped_templates())
