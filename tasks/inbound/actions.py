"""Verbs on secret addresses: make, change, replace, delete, and take in what is sent there."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, QuerySet

from accounts.actions import digest, system_actor
from accounts.models import Actor
from accounts.roles import require
from activity.log import record, verb
from core import signing
from core.clock import Now, db_now
from core.errors import Conflict, Invalid, LimitReached, MCError, NotFound
from core.sealing import seal, unseal
from tasks.actions import create_task
from tasks.inbound.filling import fill, read
from tasks.inbound.models import InboundHook, InboundReceipt
from tasks.models import Task

MAX_HOOKS = 50
MAX_TEMPLATE = 20_000
MAX_DESCRIPTION = 50_000
USUAL_TITLE = "{{ title }}"
# How long the ids of messages are remembered.
REMEMBERED = timedelta(days=7)
# Headers by which senders name their messages, the surest first.
IDS = ("webhook-id", "x-request-id", "idempotency-key")
_ID = re.compile(r"[!-~]{1,200}")
_PURPOSE = "tasks.inbound"
_PREFIX = "mc_hook_"


class NotSigned(MCError):
    """The message carries no signature, or a wrong one."""

    status, code = 401, "not_signed"


@dataclass(frozen=True)
class Received:
    """The task that a message made; `again` when it had made it before."""

    task: Task | None
    again: bool = False


@verb
def create_hook(
    *,
    actor: Actor,
    name: str,
    title: str = USUAL_TITLE,
    description: str = "",
    priority: int = Task.Priority.NORMAL,
    signed: bool = False,
) -> tuple[InboundHook, str, str]:
    """A secret address. Returns it with its token and, if `signed`, its secret.

    Both are known now and never again.
    """
    require(actor, "webhooks")
    others = InboundHook.objects.filter(workspace=actor.workspace_id)
    if others.count() >= MAX_HOOKS:
        raise LimitReached(f"There are {MAX_HOOKS} of them already; delete some first.")
    token, secret = _new_token(), signing.new_secret() if signed else ""
    hook = InboundHook.objects.create(
        workspace_id=actor.workspace_id,
        name=_name(others, name),
        digest=digest(token),
        secret=seal(secret, purpose=_PURPOSE),
        created_by=actor,
        **_template(title, description, priority),
    )
    _record(actor, hook, "created", "made")
    return hook, token, secret


@verb
def edit_hook(
    *,
    actor: Actor,
    hook: InboundHook,
    name: str | None = None,
    title: str | None = None,
    description: str | None = None,
    priority: int | None = None,
    enabled: bool | None = None,
) -> InboundHook:
    """Change what is given. One that is switched off takes nothing."""
    require(actor, "webhooks")
    hook = _lock(hook, actor)
    others = InboundHook.objects.filter(workspace=hook.workspace_id).exclude(pk=hook.pk)
    changes: dict[str, object] = _template(
        hook.title if title is None else title,
        hook.description if description is None else description,
        hook.priority if priority is None else priority,
    )
    changes["name"] = hook.name if name is None else _name(others, name)
    changes["enabled"] = hook.enabled if enabled is None else enabled
    changed = [key for key, value in changes.items() if getattr(hook, key) != value]
    if changed:
        for key in changed:
            setattr(hook, key, changes[key])
        hook.save(update_fields=changed)
        _record(actor, hook, "edited", "changed")
    return hook


@verb
def replace_address(*, actor: Actor, hook: InboundHook) -> tuple[InboundHook, str]:
    """Another address; the old one ends at once. Returns the hook with the new token."""
    require(actor, "webhooks")
    hook, token = _lock(hook, actor), _new_token()
    hook.digest = digest(token)
    hook.save(update_fields=["digest"])
    _record(actor, hook, "replaced", "gave another address to")
    return hook, token


@verb
def delete_hook(*, actor: Actor, hook: InboundHook) -> None:
    """End an address. The tasks that it made stay."""
    require(actor, "webhooks")
    hook = _lock(hook, actor)
    _record(actor, hook, "deleted", "deleted")
    hook.delete()


def find_hook(token: str) -> InboundHook:
    """The hook at this address. Raises NotFound for an unknown one and one switched off."""
    found = None
    if token.startswith(_PREFIX) and len(token) < 100:
        hooks = InboundHook.objects.select_related("workspace")
        found = hooks.filter(digest=digest(token), enabled=True).first()
    if found is None:
        raise NotFound("There is nothing at this address.")
    return found


@verb
def receive(
    *, hook: InboundHook, body: bytes, content_type: str, headers: Mapping[str, str]
) -> Received:
    """Make a task of what was sent; once for each id, if the sender names its messages.

    `headers` have names in lower case. The task is made in the name of the house, and says
    where its words come from.
    """
    _check_signature(hook, body, headers)
    key = next((headers[name] for name in IDS if headers.get(name)), "")
    if key and not _ID.fullmatch(key):
        raise Invalid("An id has 1 to 200 visible ASCII characters.", field=IDS[0])
    held = InboundHook.objects.select_for_update(no_key=True).filter(pk=hook.pk, enabled=True)
    if not held:
        raise NotFound("There is nothing at this address.")
    if key:
        InboundReceipt.objects.filter(hook=hook, created_at__lt=db_now() - REMEMBERED).delete()
        known = InboundReceipt.objects.select_related("task").filter(hook=hook, key=key).first()
        if known is not None:
            return Received(known.task, again=True)
    values = read(body, content_type)
    title = " ".join(fill(hook.title, values).split())[:200]
    words = fill(hook.description, values)[:MAX_DESCRIPTION].strip()
    source = f"Received through “{hook.name}”: its words come from outside."
    actor = system_actor(hook.workspace)
    task = create_task(
        actor=actor,
        title=title or f"Received through {hook.name}",
        description=f"{words}\n\n---\n\n*{source}*" if words else f"*{source}*",
        priority=hook.priority,
    )
    if key:
        InboundReceipt.objects.create(hook=hook, key=key, task=task)
    InboundHook.objects.filter(pk=hook.pk).update(received=F("received") + 1, last_used_at=Now())
    record(
        actor=actor,
        verb="hook.received",
        message=f"received {task.key} through “{hook.name}”",
        task=task,
        data={"hook": str(hook.pk), "name": hook.name},
    )
    return Received(task)


def _check_signature(hook: InboundHook, body: bytes, headers: Mapping[str, str]) -> None:
    if not hook.secret:
        return
    try:
        signing.verify(
            unseal(hook.secret, purpose=_PURPOSE),
            message_id=headers.get("webhook-id", ""),
            timestamp=headers.get("webhook-timestamp", ""),
            signatures=headers.get("webhook-signature", ""),
            body=body,
            now=db_now().timestamp(),
        )
    except signing.BadSignature as error:
        raise NotSigned(str(error)) from None


def _new_token() -> str:
    return f"{_PREFIX}{secrets.token_urlsafe(32)}"


def _lock(hook: InboundHook, actor: Actor) -> InboundHook:
    held = InboundHook.objects.select_for_update(no_key=True)
    found = held.filter(pk=hook.pk, workspace=actor.workspace_id).first()
    if found is None:
        raise NotFound("There is no such address.")
    return found


def _name(others: QuerySet[InboundHook], name: str) -> str:
    name = " ".join(name.split())[:80]
    if not name or "\x00" in name:
        raise Invalid("It needs a name.", field="name")
    if others.filter(name=name).exists():
        raise Conflict(f"There is one called “{name}” already.", field="name", code="taken")
    return name


def _template(title: str, description: str, priority: int) -> dict[str, object]:
    title = " ".join(title.split())
    if not title or len(title) > 200 or "\x00" in title + description:
        raise Invalid("The title of the tasks has 1 to 200 characters.", field="title")
    if len(description) > MAX_TEMPLATE:
        raise Invalid(
            f"The description has {MAX_TEMPLATE:,} characters at most.", field="description"
        )
    if priority not in Task.Priority.values:
        raise Invalid("Priority is 0 (low), 1 (normal), 2 (high) or 3 (urgent).", field="priority")
    return {"title": title, "description": description, "priority": int(priority)}


def _record(actor: Actor, hook: InboundHook, done: str, said: str) -> None:
    record(
        actor=actor,
        verb=f"hook.{done}",
        message=f"{said} the incoming webhook “{hook.name}”",
        data={"hook": str(hook.pk), "name": hook.name},
    )
