"""Verbs on actors: whoever can act, a person, an agent or the house itself."""

import re

from django.utils.text import slugify

from accounts.models import HANDLE, Actor, Workspace
from core.errors import Invalid

SYSTEM_HANDLE = "mission-control"
RESERVED_HANDLES = {SYSTEM_HANDLE, "all", "everyone", "here", "me", "new", "none"}


def create_actor(*, workspace: Workspace, kind: str, name: str, handle: str = "") -> Actor:
    """A new actor; the handle is made fit and free, from the name if none is given."""
    if not name.strip():
        raise Invalid("A name is needed.", field="name")
    free = free_handle(workspace, handle or name)
    return Actor.objects.create(workspace=workspace, kind=kind, name=name.strip()[:80], handle=free)


def free_handle(workspace: Workspace, wanted: str) -> str:
    """`wanted` as a handle, with a number behind it when somebody has it already."""
    base = re.sub(r"[^a-z0-9_-]+", "-", slugify(wanted) or "someone").strip("-_")[:34] or "someone"
    taken = set(
        Actor.objects.filter(workspace=workspace, handle__startswith=base).values_list(
            "handle", flat=True
        )
    )
    taken |= RESERVED_HANDLES
    handle, count = base, 1
    while handle in taken:
        count += 1
        handle = f"{base}-{count}"
    HANDLE(handle)
    return handle


def system_actor(workspace: Workspace) -> Actor:
    """The actor in whose name the house itself acts."""
    return Actor.objects.get(workspace=workspace, kind=Actor.Kind.SYSTEM)
