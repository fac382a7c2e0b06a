"""The log that every verb writes to, in the transaction of its change.

Numbering the log locks the workspace's row until commit: that is what makes the numbers
follow the order of commits without gaps. So entries are gathered while the verb works and
numbered at its very end, when the lock is held for the shortest time and is the last one
taken (run, task, agent, workspace is the order everywhere).
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial, wraps
from itertools import groupby
from typing import Any, ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import Actor, Workspace
from activity.events import as_event, group_of
from activity.models import Activity, Notification, Preference
from activity.numbering import Heard, number_and_write
from activity.webhooks.queueing import queue_deliveries
from core.publishing import publish

P = ParamSpec("P")
R = TypeVar("R")

MAX_REPEATS = 2
# Two that were in each other's way do not come back at the same moment.
REPEAT_WITHIN_S = 0.05
# PostgreSQL chose this one to end a deadlock, or to keep the order of things; or somebody has
# what it may not wait for. All of it is undone.
PASSING_STATES = ("40P01", "40001", "55P03")
# A chain of agents that wake one another ends here.
HOP_LIMIT = 6


@dataclass
class _Pending:
    entries: list[Activity] = field(default_factory=list)
    notify: list[tuple[Activity, str, Actor]] = field(default_factory=list)


@dataclass(frozen=True)
class Origin:
    """What the present work goes back to: the run that does it and the activity behind it."""

    run_id: Any = None
    cause_id: Any = None
    hops: int = 0


_pending: ContextVar[_Pending | None] = ContextVar("pending", default=None)
_origin: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 - frozen


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function a verb: one transaction, which ends by writing the log.

    A verb called by another joins its transaction and its log. One that ran into another in
    such a way that the database undid it has done nothing, and is carried out again; so is one
    that did not know of a webhook.
    """

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        def once(again: bool) -> R:
            with logged(again=again):
                return function(*args, **kwargs)

        try:
            return repeatedly(partial(once, True))
        except Heard:
            return repeatedly(partial(once, False))

    return wrapper


def repeatedly(change: Callable[[], R]) -> R:
    """Make a change that is one transaction; anew when the database undid it for another's sake.

    Within a transaction that is under way already it is made once: who began that repeats it.
    """
    for _ in range(0 if connection.in_atomic_block else MAX_REPEATS):
        try:
            return change()
        except OperationalError as error:
            if not _was_undone(error):
                raise
        time.sleep(random.uniform(0, REPEAT_WITHIN_S))
    return change()


def _was_undone(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in PASSING_STATES


@contextmanager
def logged(*, savepoint: bool = False, again: bool = False) -> Iterator[None]:
    """The body of a verb, for code that is no function of its own.

    `again` says that the caller carries it out once more on Heard.
    `savepoint` lets the caller survive an error inside: what was done and recorded within
    is undone, the rest of the outer verb stands.
    """
    outer = _pending.get()
    if outer is None:
        token = _pending.set(_Pending())
        try:
            with transaction.atomic():
                yield
                pending = _pending.get()
                assert pending is not None
                _flush(pending, again=again)
        finally:
            _pending.reset(token)
        return
    entries, notify = len(outer.entries), len(outer.notify)
    try:
        with transaction.atomic(savepoint=savepoint):
            yield
    except BaseException:
        del outer.entries[entries:]
        del outer.notify[notify:]
        raise


@contextmanager
def caused_by(origin: Origin) -> Iterator[None]:
    """Whatever is recorded inside goes back to `origin`."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


def origin() -> Origin:
    """What the present work goes back to."""
    return _origin.get()


def record(
    *,
    actor: Actor | None,
    verb: str,
    message: str,
    workspace: Workspace | None = None,
    task: Any = None,
    agent: Any = None,
    run: Any = None,
    document: Any = None,
    data: Mapping[str, Any] | None = None,
    notify: Mapping[str, Iterable[Actor]] | None = None,
) -> Activity:
    """Enter one change into the log of the verb that is under way.

    `verb` is `noun.past_participle`; `message` is one sentence without the actor's name.
    `notify` maps a kind of notification to those who should get it; nobody is told of
    what they did themselves. The entry's id is known at once, its number when the
    outermost verb ends. Raises RuntimeError outside a verb.
    """
    pending = _pending.get()
    if pending is None:
        raise RuntimeError(f"record({verb!r}) outside a verb")
    home = workspace or (actor.workspace if actor else None)
    if home is None:
        raise ValueError("an activity needs a workspace or an actor")
    source = _origin.get()
    entry = Activity(
        workspace=home,
        actor=actor,
        verb=verb,
        message=message[:500],
        data=dict(data or {}),
        task=task,
        agent=agent,
        document=document,
        cause_id=source.cause_id,
        hops=source.hops,
        created_at=timezone.now(),
    )
    if run is not None:
        entry.run = run
    else:
        entry.run_id = source.run_id
    pending.entries.append(entry)
    for kind, recipients in (notify or {}).items():
        for recipient in recipients:
            if actor is None or recipient.pk != actor.pk:
                pending.notify.append((entry, kind, recipient))
    return entry


def let_go(what: str, pk: Any) -> None:
    """What the verb under way has recorded about a row that it deletes no longer points at it.

    `what` is the entry's field. Entries are written last, when the row may be gone already.
    """
    pending = _pending.get()
    for entry in pending.entries if pending is not None else ():
        if getattr(entry, f"{what}_id") == pk:
            setattr(entry, what, None)


def enter(
    *, actor: Actor, verb: str, message: str, data: Mapping[str, Any] | None = None
) -> Activity:
    """Enter a change that a room below the log has made; part of its transaction."""
    with logged():
        return record(actor=actor, verb=verb, message=message, data=data)


def _flush(pending: _Pending, *, again: bool) -> None:
    last = again and len(pending.entries) == 1 and not pending.notify
    by_workspace = sorted(pending.entries, key=lambda entry: str(entry.workspace_id))
    for workspace_id, group in groupby(by_workspace, key=lambda entry: entry.workspace_id):
        entries = list(group)
        heard = number_and_write(workspace_id, entries, last=last)
        events = [as_event(entry) for entry in entries]
        message = {"type": "activity.events", "events": events}
        transaction.on_commit(partial(publish, group_of(workspace_id), message), robust=True)
        if heard:
            queue_deliveries(workspace_id, entries, events)
    _write_notifications(pending)


def _write_notifications(pending: _Pending) -> None:
    if not pending.notify:
        return
    people = {actor.pk for _, _, actor in pending.notify if actor.is_person}
    muted = set(
        Preference.objects.filter(actor__in=people, in_app=False).values_list("actor", "kind")
    )
    Notification.objects.bulk_create(
        [
            Notification(
                recipient=recipient, activity=entry, kind=kind, created_at=entry.created_at
            )
            for entry, kind, recipient in pending.notify
            if recipient.pk in people and (recipient.pk, kind) not in muted
        ],
        ignore_conflicts=True,
    )
