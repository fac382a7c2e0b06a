"""Verbs on webhooks: make, change, delete, another secret, try, send again."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Actor, Membership, Workspace
from accounts.roles import require
from activity.log import record, verb
from activity.models import Delivery, Webhook
from activity.webhooks import patterns
from activity.webhooks.queueing import SENDER, body_of
from core import signing
from core.clock import Now, db_now
from core.errors import Conflict, Invalid, LimitReached, NotFound
from core.http import checked_url
from core.queueing import enqueue
from core.sealing import seal, unseal

MAX_WEBHOOKS = 50
# How long a secret that was replaced still signs, beside the new one.
OLD_SECRET_FOR = timedelta(hours=24)
TEST_EVENT = "webhook.test"
_PURPOSE = "activity.webhooks"


@verb
def create_webhook(
    *, actor: Actor, name: str, url: str, events: Sequence[str] = ("*",)
) -> tuple[Webhook, str]:
    """A webhook that hears of `events` from now on.

    Returns it with its secret, which is known now and never again.
    """
    require(actor, "webhooks")
    _hold(actor.workspace_id)
    others = Webhook.objects.filter(workspace=actor.workspace_id)
    if others.count() >= MAX_WEBHOOKS:
        raise LimitReached(f"There are {MAX_WEBHOOKS} webhooks already; delete some first.")
    secret = signing.new_secret()
    webhook = Webhook.objects.create(
        workspace_id=actor.workspace_id,
        name=_name(others, name),
        url=_url(url),
        events=patterns.checked(events),
        secret=seal(secret, purpose=_PURPOSE),
        created_by=actor,
    )
    _record(actor, webhook, "created", "made")
    return webhook, secret


@verb
def edit_webhook(
    *,
    actor: Actor,
    webhook: Webhook,
    name: str | None = None,
    url: str | None = None,
    events: Sequence[str] | None = None,
    enabled: bool | None = None,
) -> Webhook:
    """Change what is given. Switching it on again begins with a clean slate."""
    require(actor, "webhooks")
    webhook = _lock(webhook, actor)
    others = Webhook.objects.filter(workspace=webhook.workspace_id).exclude(pk=webhook.pk)
    before = (webhook.name, webhook.url, webhook.events, webhook.enabled)
    if name is not None:
        webhook.name = _name(others, name)
    if url is not None:
        webhook.url = _url(url)
    if events is not None:
        webhook.events = patterns.checked(events)
    if enabled is not None and enabled != webhook.enabled:
        webhook.enabled, webhook.disabled_because = enabled, ""
        webhook.failures, webhook.failing_since, webhook.not_before = 0, None, None
        if not enabled:
            webhook.disabled_because = f"Switched off by @{actor.handle}."
            _give_up_waiting(webhook)
    after = (webhook.name, webhook.url, webhook.events, webhook.enabled)
    if before != after:
        webhook.save()
        _record(actor, webhook, "edited", "changed")
    return webhook


@verb
def delete_webhook(*, actor: Actor, webhook: Webhook) -> None:
    """Remove a webhook with the log of its deliveries."""
    require(actor, "webhooks")
    webhook = _lock(webhook, actor)
    _record(actor, webhook, "deleted", "deleted")
    webhook.delete()


@verb
def rotate_secret(*, actor: Actor, webhook: Webhook) -> tuple[Webhook, str]:
    """Another secret. The old one signs as well for a day, so that receivers can change over.

    Returns the webhook with the new secret, which is known now and never again.
    """
    require(actor, "webhooks")
    webhook = _lock(webhook, actor)
    secret = signing.new_secret()
    webhook.old_secret, webhook.old_secret_until = webhook.secret, db_now() + OLD_SECRET_FOR
    webhook.secret = seal(secret, purpose=_PURPOSE)
    webhook.save(update_fields=["secret", "old_secret", "old_secret_until"])
    _record(actor, webhook, "rotated", "gave another secret to")
    return webhook, secret


@verb
def send_test(*, actor: Actor, webhook: Webhook) -> Delivery:
    """Send an event that means nothing, to see whether it arrives."""
    require(actor, "webhooks")
    webhook = _lock(webhook, actor)
    _must_be_on(webhook)
    now = timezone.now()
    said = {"message": "This is a test.", "webhook": str(webhook.pk), "by": actor.handle}
    delivery = Delivery.objects.create(
        webhook=webhook,
        event=TEST_EVENT,
        payload=body_of(TEST_EVENT, now, said),
        next_try_at=Now(),
        created_at=now,
    )
    delivery.refresh_from_db(fields=["next_try_at"])
    _record(actor, webhook, "tested", "sent a test to", delivery=str(delivery.pk))
    enqueue(SENDER)
    return delivery


@verb
def replay_delivery(*, actor: Actor, delivery: Delivery) -> Delivery:
    """Send a delivery again, under the id that it had and with all its attempts anew."""
    require(actor, "webhooks")
    webhook = _lock(delivery.webhook, actor)
    _must_be_on(webhook)
    again = Delivery.objects.filter(pk=delivery.pk, webhook=webhook)
    done = again.exclude(state=Delivery.State.WAITING)
    if not done.update(state=Delivery.State.WAITING, attempts=0, next_try_at=Now(), error=""):
        raise Conflict("This delivery is on its way already.", code="on_its_way")
    _record(actor, webhook, "replayed", "sent a delivery again to", delivery=str(delivery.pk))
    enqueue(SENDER)
    return again.select_related("webhook").get()


@verb
def switch_off(*, webhook: Webhook, because: str) -> None:
    """Stop sending to a receiver that refuses or fails, and tell those who look after it."""
    _hold(webhook.workspace_id)
    on = Webhook.objects.filter(pk=webhook.pk, enabled=True)
    if not on.update(enabled=False, disabled_because=because[:200]):
        return
    _give_up_waiting(webhook)
    record(
        actor=None,
        workspace=webhook.workspace,
        verb="webhook.disabled",
        message=f"switched off the webhook “{webhook.name}”: {because}",
        data={"webhook": str(webhook.pk), "name": webhook.name, "because": because},
        notify={"failed": _stewards(webhook.workspace_id)},
    )


def secrets_of(webhook: Webhook) -> list[str]:
    """The secrets that sign now, the newest first. Raises Unreadable."""
    found = [unseal(webhook.secret, purpose=_PURPOSE)]
    if webhook.old_secret_until is not None and webhook.old_secret_until > db_now():
        found.append(unseal(webhook.old_secret, purpose=_PURPOSE))
    return found


def _hold(workspace_id: UUID) -> None:
    """Take the lock of the log first: whoever writes it writes deliveries while holding it."""
    Workspace.objects.select_for_update(no_key=True).filter(pk=workspace_id).first()


def _lock(webhook: Webhook, actor: Actor) -> Webhook:
    _hold(actor.workspace_id)
    held = Webhook.objects.select_for_update(no_key=True)
    found = held.filter(pk=webhook.pk, workspace=actor.workspace_id).first()
    if found is None:
        raise NotFound("There is no such webhook.")
    return found


def _must_be_on(webhook: Webhook) -> None:
    if not webhook.enabled:
        raise Conflict("The webhook is switched off; switch it on first.", code="switched_off")


def _give_up_waiting(webhook: Webhook) -> None:
    waiting = Delivery.objects.filter(webhook=webhook.pk, state=Delivery.State.WAITING)
    waiting.update(state=Delivery.State.FAILED, error="The webhook was switched off.", claim=None)


def _name(others: QuerySet[Webhook], name: str) -> str:
    name = " ".join(name.split())[:80]
    if not name or "\x00" in name:
        raise Invalid("A webhook needs a name.", field="name")
    if others.filter(name=name).exists():
        raise Conflict(f"There is a webhook “{name}” already.", field="name", code="taken")
    return name


def _url(url: str) -> str:
    return str(checked_url(url))


def _stewards(workspace_id: UUID) -> list[Actor]:
    roles = (Membership.Role.OWNER, Membership.Role.ADMIN)
    people = Actor.objects.filter(workspace=workspace_id, active=True)
    return list(people.filter(membership__role__in=roles).select_related("workspace"))


def _record(actor: Actor, webhook: Webhook, done: str, said: str, **data: str) -> None:
    record(
        actor=actor,
        verb=f"webhook.{done}",
        message=f"{said} the webhook “{webhook.name}”",
        data={"webhook": str(webhook.pk), "name": webhook.name, **data},
    )
