"""A workspace with everything in it that one needs to begin."""

from pathlib import Path

from django.db import transaction

from accounts.actions import create_workspace
from accounts.furnishing import furnish
from accounts.models import Membership, User
from modules.actions import configure_from_environment

SAMPLES = Path(__file__).resolve().parent / "samples"


@transaction.atomic
def found_workspace(*, name: str, owner: User) -> Membership:
    """A new workspace with the models of the environment and what the rooms give it."""
    member = create_workspace(name=name, owner=owner)
    configure_from_environment(member.workspace)
    furnish(member.workspace)
    return member


def sample_roadmap() -> str:
    """The plan that ships with the product, to try things out with."""
    return (SAMPLES / "harbour-website.md").read_text(encoding="utf-8")
