"""Who may open a socket: a session of this site, or a ticket fetched a moment ago."""

import hashlib
import secrets
from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from channels.db import database_sync_to_async
from channels.security.websocket import OriginValidator
from django.core.cache import cache

from accounts.models import Actor, Membership
from accounts.roles import may

TICKET_AGE_S = 30


class OriginOrProgram(OriginValidator):
    """Refuses pages of other sites. Programs send no origin at all, and no cookie either."""

    def valid_origin(self, parsed_origin: Any) -> bool:
        return parsed_origin is None or bool(super().valid_origin(parsed_origin))


def make_ticket(actor: Actor) -> str:
    """A ticket with which `actor` may open one socket within 30 s."""
    ticket = secrets.token_urlsafe(24)
    cache.set(_key_of(ticket), str(actor.pk), TICKET_AGE_S)
    return ticket


def _key_of(ticket: str) -> str:
    # Its digest: what somebody takes for a ticket may be long and a secret.
    return f"ws-ticket:{hashlib.sha256(ticket.encode()).hexdigest()}"


async def actor_of(scope: dict[str, Any]) -> Actor | None:
    """The actor on whose behalf a socket is opened, or None for a stranger."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    ticket = query.get("ticket", [""])[0]
    if ticket:
        found: Actor | None = await _by_ticket(ticket)
        return found
    if not any(name == b"origin" for name, _ in scope.get("headers", [])):
        return None
    member: Actor | None = await _by_session(scope)
    return member


@database_sync_to_async
def allowed(actor_id: UUID) -> bool:
    """Whether the actor may still look on."""
    return _allowed(actor_id)


@database_sync_to_async
def allowed_among(actor_ids: Collection[UUID]) -> set[UUID]:
    """Those of the actors who may still look on."""
    return {actor_id for actor_id in actor_ids if _allowed(actor_id)}


def _allowed(actor_id: UUID) -> bool:
    actor = Actor.objects.filter(pk=actor_id, active=True).first()
    if actor is None or not may(actor, "read"):
        return False
    membership = Membership.objects.select_related("user").filter(actor=actor).first()
    return membership is None or membership.user.is_active


@database_sync_to_async
def _by_ticket(ticket: str) -> Actor | None:
    key = _key_of(ticket)
    actor_id = cache.get(key)
    # Whoever deletes it has it: a ticket opens one socket.
    if actor_id is None or not cache.delete(key):
        return None
    return Actor.objects.select_related("workspace").filter(pk=actor_id, active=True).first()


@database_sync_to_async
def _by_session(scope: dict[str, Any]) -> Actor | None:
    user = scope.get("user")
    if user is None or not user.is_authenticated or not user.is_active:
        return None
    memberships = Membership.objects.filter(user_id=user.pk).select_related("actor__workspace")
    chosen = scope["session"].get("workspace")
    found = list(memberships.order_by("created_at"))
    for membership in found:
        if str(membership.workspace_id) == chosen:
            return membership.actor
    return found[0].actor if found else None
