"""Verbs on workspaces."""

from django.db import transaction
from django.utils.text import slugify

from accounts import journal
from accounts.actions.actors import SYSTEM_HANDLE
from accounts.actions.joining import add_member
from accounts.models import Actor, Membership, User, Workspace
from accounts.roles import require
from core.errors import Invalid


@transaction.atomic
def create_workspace(*, name: str, owner: User) -> Membership:
    """A new workspace with its system actor and `owner` as its owner."""
    name = name.strip()
    if not name:
        raise Invalid("A workspace needs a name.", field="name")
    workspace = Workspace.objects.create(name=name[:80], slug=_free_slug(name))
    Actor.objects.create(
        workspace=workspace, kind=Actor.Kind.SYSTEM, handle=SYSTEM_HANDLE, name="Mission Control"
    )
    return add_member(workspace=workspace, user=owner, role=Membership.Role.OWNER)


@transaction.atomic
def rename_workspace(*, actor: Actor, name: str) -> Workspace:
    """Give the workspace another name; its addresses stay."""
    require(actor, "workspace")
    name = _name(name)
    workspace = actor.workspace
    if name == workspace.name:
        return workspace
    Workspace.objects.filter(pk=workspace.pk).update(name=name)
    workspace.name = name
    journal.note(actor=actor, verb="workspace.renamed", message=f"named the workspace “{name}”")
    return workspace


@transaction.atomic
def ensure_first_workspace() -> Workspace:
    """The workspace of a fresh installation, made when there is none yet."""
    workspace = Workspace.objects.order_by("created_at").first()
    if workspace is None:
        workspace = Workspace.objects.create(name="Mission Control", slug="mission-control")
        Actor.objects.create(
            workspace=workspace,
            kind=Actor.Kind.SYSTEM,
            handle=SYSTEM_HANDLE,
            name="Mission Control",
        )
    return workspace


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid("A workspace needs a name.", field="name")
    return name[:80]


def _free_slug(name: str) -> str:
    base = slugify(name)[:40] or "workspace"
    slug, count = base, 1
    while Workspace.objects.filter(slug=slug).exists():
        count += 1
        slug = f"{base}-{count}"
    return slug
