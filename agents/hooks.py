"""Moments in the life of agents, told to plug-ins.

A plug-in is a callable, or a class that makes one, named by its dotted path in
`AGENT_PLUGINS`. What happened in a transaction is told after its commit; a step is told of
right before and right after, outside of any transaction. A plug-in hears plain values and
nothing that could be a secret: no prompt, no arguments, no results, no model, no row.

Whatever a plug-in does wrong, hanging included, is logged, and the run goes on as if it were
not there.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache, partial
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.core.signals import setting_changed
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from agents.models import Agent, Run
from agents.plugging import Listener

log = structlog.get_logger(__name__)


class Moment(StrEnum):
    """What can be told."""

    CREATED = "created"
    WOKEN = "woken"
    BEFORE_STEP = "before_step"
    AFTER_STEP = "after_step"
    FINISHED = "finished"
    FAILED = "failed"
    PAUSED = "paused"
    RETIRED = "retired"


@dataclass(frozen=True)
class Happening:
    """One moment in the life of one agent. Plain values; empty where they do not apply.

    `state` is how a run ended, or what came of a step: `done`, or the name of what broke it.
    `step` is `model` or `tool`, `name` the tool's.
    """

    moment: Moment
    at: datetime
    workspace: str
    agent_id: UUID
    handle: str
    agent: str
    role: str
    reason: str = ""
    run_id: UUID | None = None
    kind: str = ""
    task: str = ""
    state: str = ""
    step: str = ""
    name: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For JSON; what is empty is left out."""
        kept = {name: value for name, value in asdict(self).items() if value not in ("", None)}
        return {name: str(value) for name, value in kept.items()}


Plugin = Callable[[Happening], None]


def after_commit(moment: Moment, agent: Agent, **values: Any) -> None:
    """Tell of what this transaction does, once it has committed."""
    if wanted(moment):
        happening = _happening(moment, agent, **values)
        transaction.on_commit(partial(tell, happening), robust=True)


def run_ended(run: Run) -> None:
    """Tell how a run ended: finished, also when somebody stopped it, or failed."""
    trouble = run.state in (Run.State.FAILED, Run.State.QUARANTINED)
    moment = Moment.FAILED if trouble else Moment.FINISHED
    after_commit(moment, run.agent, reason=run.reason, state=str(run.state), **_of(run))


def woken(agents: Collection[UUID], trigger: str) -> None:
    """Tell which agents woke up and have something to do."""
    if agents and wanted(Moment.WOKEN):
        rows = Agent.objects.filter(pk__in=agents).select_related("actor", "workspace")
        for agent in rows.order_by("pk"):
            after_commit(Moment.WOKEN, agent, reason=trigger)


@contextmanager
def step(run: Run, kind: str, name: str = "") -> Iterator[None]:
    """Tell before and after what is done inside, whatever comes of it."""
    if not (wanted(Moment.BEFORE_STEP) or wanted(Moment.AFTER_STEP)):
        yield
        return
    values = {**_of(run), "step": kind, "name": name}
    tell(_happening(Moment.BEFORE_STEP, run.agent, **values))
    state = "done"
    try:
        yield
    except BaseException as error:
        state = type(error).__name__
        raise
    finally:
        tell(_happening(Moment.AFTER_STEP, run.agent, state=state, **values))


def tell(happening: Happening) -> None:
    """Call every plug-in that wants to hear of it. Never raises for what a plug-in does, and
    waits for one that hangs only once."""
    for listener in plugins():
        if happening.moment in _moments_of(listener.plugin):
            listener.tell(happening)


def wanted(moment: Moment) -> bool:
    """Whether anybody wants to hear of it: with no plug-in, nothing is even put together."""
    return any(moment in _moments_of(listener.plugin) for listener in plugins())


@cache
def plugins() -> tuple[Listener[Happening], ...]:
    """The plug-ins that are there; one that cannot be made is logged."""
    found = []
    for path in settings.AGENT_PLUGINS:
        try:
            found.append(Listener(path, load(path)))
        except Exception:
            log.exception("plugin.unusable", plugin=path)
    return tuple(found)


def load(path: str) -> Plugin:
    """The plug-in at a dotted path. Raises whatever speaks against it."""
    found = import_string(path)
    plugin = found() if isinstance(found, type) else found
    if not callable(plugin):
        raise TypeError(f"{path} cannot be called")
    _moments_of(plugin)
    made: Plugin = plugin
    return made


def _moments_of(plugin: Plugin) -> frozenset[Moment]:
    """What a plug-in wants to hear of: its attribute `moments`, or everything."""
    told = getattr(plugin, "moments", None)
    return frozenset(Moment) if told is None else frozenset(Moment(one) for one in told)


def _happening(moment: Moment, agent: Agent, **values: Any) -> Happening:
    return Happening(
        moment=moment,
        at=timezone.now(),
        workspace=agent.workspace.slug,
        agent_id=agent.pk,
        handle=agent.handle,
        agent=agent.name,
        role=agent.role,
        **values,
    )


def _of(run: Run) -> dict[str, Any]:
    return {"run_id": run.pk, "kind": run.kind, "task": run.task.key if run.task else ""}


def _forget(*, setting: str, **_: Any) -> None:
    if setting.startswith("AGENT_"):
        plugins.cache_clear()


setting_changed.connect(_forget)
