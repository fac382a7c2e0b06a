"""Who may do what: the one permission matrix, read by screens, API and sockets alike."""

from accounts.models import Actor, Membership
from core.errors import Forbidden

# Each permission and the roles that have it. Agents act with the role "agent".
PERMISSIONS: dict[str, frozenset[str]] = {
    "read": frozenset({"owner", "admin", "member", "viewer", "agent"}),
    "comment": frozenset({"owner", "admin", "member", "agent"}),
    "work": frozenset({"owner", "admin", "member", "agent"}),
    "review": frozenset({"owner", "admin", "member", "agent"}),
    "run": frozenset({"owner", "admin", "member"}),
    "agents": frozenset({"owner", "admin", "agent"}),
    "decide": frozenset({"owner", "admin", "member"}),
    "models": frozenset({"owner", "admin"}),
    "members": frozenset({"owner", "admin"}),
    "workspace": frozenset({"owner"}),
}


def role_of(actor: Actor) -> str:
    """owner, admin, member or viewer for a person; agent; system for the house itself."""
    if actor.kind != Actor.Kind.MEMBER:
        return actor.kind
    membership = Membership.objects.filter(actor=actor).only("role").first()
    return membership.role if membership else "none"


def may(actor: Actor, permission: str) -> bool:
    """Whether `actor` has `permission`. The system has every one; the inactive have none."""
    if not actor.active:
        return False
    role = role_of(actor)
    return role == Actor.Kind.SYSTEM or role in PERMISSIONS[permission]


def require(actor: Actor, permission: str) -> None:
    """Raise Forbidden unless `actor` has `permission`."""
    if not may(actor, permission):
        raise Forbidden(f"@{actor.handle} may not do that: it needs the right to {permission}.")
