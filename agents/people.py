"""Whom to tell when an agent needs a person."""

from uuid import UUID

from accounts.models import Actor


def stewards(workspace_id: UUID) -> list[Actor]:
    """The owners and admins of a workspace: those who can help an agent that is stuck."""
    return list(
        Actor.objects.filter(
            workspace=workspace_id, membership__role__in=["owner", "admin"], active=True
        )
    )
