"""API keys: one's own, and those of agents for who keeps the members."""

from typing import Any
from uuid import UUID

from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.keys import create_api_key, revoke_api_key
from accounts.models import Actor, ApiKey
from accounts.roles import may
from accounts.serializers import KeyAnswer, KeyInput, NewKeyAnswer, key_of
from core.api.fields import ListQuery
from core.api.schema import op
from core.errors import Forbidden


class Keys(Endpoint):
    tag = "keys"
    needs = {"GET": "account", "POST": "account"}

    @op("listKeys", query=ListQuery, page_of=KeyAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """The keys that are not revoked: one's own, and those of agents if one keeps members."""
        keys = _visible(self.actor).order_by("-created_at")
        return self.page(keys, lambda rows: [key_of(row) for row in rows], query)

    @op(
        "createKey",
        takes=KeyInput,
        gives=NewKeyAnswer,
        status=201,
        example={"name": "nightly import", "scopes": ["read", "write"]},
    )
    def post(self, request: Any, data: dict[str, Any]) -> Any:
        """Make a key. Its text is in this answer and nowhere else afterwards.

        It may do what its owner may and its scopes allow; nobody gives out more than they have.
        """
        owner = None
        if data.get("agent"):
            owner = self.fetch(Actor.objects.filter(kind="agent"), agent=data["agent"])
        allowed = self.actor.limited_to
        if allowed is not None and "members" not in allowed and owner is not None:
            raise Forbidden("Keys of agents are made by who keeps the members.")
        key, text = create_api_key(
            actor=self.actor,
            name=data["name"],
            scopes=data["scopes"],
            expires_at=data.get("expires_at"),
            owner=owner,
        )
        return Response({**key_of(key), "key": text}, status=201)


class Key(Endpoint):
    tag = "keys"
    needs = {"GET": "account", "DELETE": "account"}

    @op("getKey", gives=KeyAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """One key, without its text, which nobody has any more."""
        return key_of(self.fetch(_visible(self.actor), home="actor__workspace", pk=id))

    @op("revokeKey", status=204)
    def delete(self, request: Any, id: UUID) -> Any:
        """End a key at once."""
        key = self.fetch(_visible(self.actor), home="actor__workspace", pk=id)
        revoke_api_key(actor=self.actor, key=key)


def _visible(actor: Actor) -> Any:
    keys = ApiKey.objects.filter(revoked_at=None).select_related("actor")
    if may(actor, "members"):
        return keys.filter(actor__workspace=actor.workspace_id)
    return keys.filter(actor=actor)
