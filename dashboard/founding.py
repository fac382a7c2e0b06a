"""A workspace with everything in it that one needs to begin."""

from pathlib import Path

from django.db import transaction

from accounts.actions import create_workspace
from accounts.models import Membership, User
from agents.seeding import seed_agents
from modules.actions import configure_from_environment

SAMPLES = Path(__file__).resolve().parent / "samples"


@transaction.atomic
def found_workspace(*, name: str, owner: User) -> Membership:
    """A new workspace with its core agents and the models of the environment."""
    member = create_workspace(name=name, owner=owner)
    configure_from_environment(member.workspace)
    seed_agents(member.workspace)
    return member


def sample_roadmap() -> str:
    """The plan that ships with the product, to try things out with."""
    return (SAMPLES / "harbour-website.md").read_text(encoding="utf-8")
