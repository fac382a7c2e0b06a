"""Who may do what: the one permission matrix, read by screens, API and sockets alike."""

from collections.abc import Iterable
from functools import cache

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
    # What goes out to other systems by itself, and what comes in from them.
    "webhooks": frozenset({"owner", "admin"}),
    "workspace": frozenset({"owner"}),
    # To take work and report on it, as an agent that runs elsewhere does.
    "perform": frozenset({"agent"}),
    # One's own notifications and how one wants to hear of things.
    "own": frozenset({"owner", "admin", "member", "viewer", "agent"}),
    # One's own keys, and leaving.
    "account": frozenset({"owner", "admin", "member", "viewer"}),
}

# What each scope of an API key allows of what its actor's role may do.
SCOPES: dict[str, frozenset[str]] = {
    "read": frozenset({"read"}),
    "write": frozenset({"comment", "work", "review", "decide", "own"}),
    "run": frozenset({"run", "perform"}),
    "admin": frozenset({"agents", "models", "members", "webhooks", "workspace", "account"}),
}


def role_of(actor: Actor) -> str:
    """owner, admin, member or viewer for a person; agent; system for the house itself."""
    if actor.kind != Actor.Kind.MEMBER:
        return actor.kind
    if actor.known_role is not None:
        return actor.known_role
    membership = Membership.objects.filter(actor=actor).only("role").first()
    return membership.role if membership else "none"


def permissions_of(role: str, scopes: Iterable[str] | None = None) -> frozenset[str]:
    """What a role may do; with `scopes`, only what they allow of it."""
    return _permissions_of(role, None if scopes is None else tuple(scopes))


@cache
def _permissions_of(role: str, scopes: tuple[str, ...] | None) -> frozenset[str]:
    may_do = frozenset(name for name, roles in PERMISSIONS.items() if role in roles)
    if scopes is None:
        return may_do
    allowed = frozenset().union(*(SCOPES.get(scope, frozenset()) for scope in scopes))
    return may_do & allowed


def may(actor: Actor, permission: str) -> bool:
    """Whether `actor` has `permission`. The system has every one; the inactive have none."""
    if not actor.active:
        return False
    if actor.limited_to is not None and permission not in actor.limited_to:
        return False
    role = role_of(actor)
    return role == Actor.Kind.SYSTEM or role in PERMISSIONS[permission]


def require(actor: Actor, *permissions: str) -> None:
    """Raise Forbidden unless `actor` has one of `permissions`."""
    if not any(may(actor, permission) for permission in permissions):
        raise Forbidden(
            f"@{actor.handle} may not do that: it needs the right to {' or '.join(permissions)}."
        )
