"""API keys: how a program acts as one actor.

A key is `mc_<prefix>_<secret>`. It is shown once; the database keeps its SHA-256 alone. A
plain hash is enough, since the secret is 256 random bits and no password.
"""

import secrets
import string
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import journal
from accounts.actions import digest
from accounts.models import Actor, ApiKey
from accounts.reading import actor_columns, actor_of_row
from accounts.roles import may, require
from core.errors import Forbidden, Invalid, LimitReached, MCError, NotFound
from core.prepared import Prepared

SCOPES = ("read", "write", "run", "admin")
# What a role must be allowed before a key with that scope can be made for it.
_NEEDED = {"read": "read", "write": "work", "run": "run", "admin": "members"}
MAX_KEYS = 50
LONGEST = timedelta(days=3650)
# A key in constant use writes its row this often at most.
_NOTE_USE_EVERY = timedelta(minutes=1)
KEY_FIELDS = [field.attname for field in ApiKey._meta.concrete_fields]
_by_digest = Prepared(
    lambda digests: ApiKey.objects.filter(
        digest__in=digests, revoked_at=None, actor__active=True
    ).values_list(
        "actor__membership__role",
        "actor__membership__user__is_active",
        *KEY_FIELDS,
        *actor_columns("actor__"),
    )
)
_PREFIX_LETTERS = string.ascii_lowercase + string.digits


class KeyRefused(MCError):
    """The key is unknown, has expired or was revoked. Which of them is not told."""

    status, code = 401, "not_authenticated"


@transaction.atomic
def create_api_key(
    *,
    actor: Actor,
    name: str,
    scopes: Sequence[str] = ("read",),
    expires_at: datetime | None = None,
    owner: Actor | None = None,
) -> tuple[ApiKey, str]:
    """A key with which a program acts as `owner`: oneself, or an agent of the workspace.

    Returns it with its text, which is known now and never again.
    """
    owner = owner or actor
    require(actor, "read")
    if owner.pk != actor.pk:
        require(actor, "members")
        if owner.workspace_id != actor.workspace_id or not owner.is_agent or not owner.active:
            raise Invalid("A key is for oneself or for an agent of the workspace.", field="owner")
    name = " ".join(name.split())[:80]
    if not name:
        raise Invalid("A key needs a name, so that you know later what uses it.", field="name")
    chosen = _checked(actor, scopes)
    now = timezone.now()
    if expires_at is not None and not now < expires_at < now + LONGEST:
        raise Invalid("A key expires in the future, within ten years.", field="expires_at")
    if valid_keys(owner).count() >= MAX_KEYS:
        raise LimitReached(f"There are {MAX_KEYS} keys already; revoke some first.")
    prefix = "".join(secrets.choice(_PREFIX_LETTERS) for _ in range(8))
    text = f"mc_{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        actor=owner,
        name=name,
        prefix=prefix,
        digest=digest(text),
        scopes=chosen,
        created_by=actor,
        expires_at=expires_at,
    )
    journal.note(
        actor=actor,
        verb="api_key.created",
        message=f"made the API key “{name}” ({', '.join(chosen)})"
        + (f" for @{owner.handle}" if owner.pk != actor.pk else ""),
        data={"key": str(key.pk), "scopes": chosen},
    )
    return key, text


@transaction.atomic
def revoke_api_key(*, actor: Actor, key: ApiKey) -> None:
    """End a key at once: one's own, or any of the workspace for those who keep members."""
    owner = key.actor
    if owner.workspace_id != actor.workspace_id:
        raise NotFound("There is no such key.")
    if owner.pk != actor.pk and not may(actor, "members"):
        raise Forbidden("Only its owner or an admin can revoke a key.")
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        journal.note(
            actor=actor,
            verb="api_key.revoked",
            message=f"revoked the API key “{key.name}”",
            data={"key": str(key.pk)},
        )


def authenticate_key(key: str) -> ApiKey:
    """The key of this text, with its actor, their role and workspace. Raises KeyRefused.

    Notes that it was used, once a minute at most. One query otherwise.
    """
    refusal = KeyRefused("This API key is not valid.")
    if not key.startswith("mc_") or len(key) > 200:
        raise refusal
    rows = _by_digest.rows([digest(key)])
    if not rows:
        raise refusal
    role, active, row = rows[0][0], rows[0][1], rows[0][2:]
    found = ApiKey.from_db("default", KEY_FIELDS, row[: len(KEY_FIELDS)])
    actor = actor_of_row(row[len(KEY_FIELDS) :])
    now = timezone.now()
    if found.expires_at is not None and found.expires_at <= now:
        raise refusal
    if actor.is_person and not active:
        raise refusal
    actor.known_role = role if actor.is_person else actor.kind
    found.actor = actor
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - _NOTE_USE_EVERY)
    if found.last_used_at is None or found.last_used_at < now - _NOTE_USE_EVERY:
        ApiKey.objects.filter(stale, pk=found.pk).update(last_used_at=now)
    return found


def valid_keys(owner: Actor) -> QuerySet[ApiKey]:
    """The keys of `owner` that would be let in now."""
    unexpired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    return ApiKey.objects.filter(unexpired, actor=owner, revoked_at=None)


def _checked(actor: Actor, scopes: Sequence[str]) -> list[str]:
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise Invalid(
            f"There is no scope “{unknown[0]}”. There are {', '.join(SCOPES)}.", field="scopes"
        )
    chosen = [scope for scope in SCOPES if scope in scopes]
    if not chosen:
        raise Invalid("Choose what the key may do.", field="scopes")
    for scope in chosen:
        if not may(actor, _NEEDED[scope]):
            raise Forbidden(f"Your role may not give out the scope {scope}.", field="scopes")
    return chosen
