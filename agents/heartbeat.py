"""Heartbeats: which agents wake, and for what. SQL alone decides.

An agent wakes because its heartbeat is due or because something concerns it. Whether
there is anything to do is asked of every kind of work in one query each, for all agents
that wake at once: so ten thousand agents with nothing to do cost a few indexed queries,
no job and no model call.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from agents import hooks
from agents.handlers import WorkItem, all_handlers
from agents.models import Agent, Heartbeat, Run, Wake
from agents.querysets import room_and_duties
from core.clock import Now, db_now, from_now, seconds
from core.prepared import Prepared
from core.queueing import enqueue
from core.statements import insert

BATCH = 1_000
_loads = Prepared(lambda agents: Agent.objects.filter(pk__in=agents).awake().loads())
_loads_anywhere = Prepared(
    lambda agents: Agent.objects.filter(pk__in=agents).awake_anywhere().loads()
)
# Whoever is woken wakes the next and works until nothing is queued, so a few messages will do.
MESSAGES = 2
KEEP = timedelta(days=7)


def beat() -> int:
    """Let every agent wake that is due or was woken. Returns the number of runs queued.

    Claiming the heartbeats and queueing the runs is one transaction: a process that dies in
    between has done nothing, and the next tick does it.
    """
    if not Wake.objects.exists() and not Agent.objects.due().exists():
        return 0
    with transaction.atomic():
        due = _claim_due()
        woken = _claim_wakes(due)
        runs = _queue(woken.keys() | due.keys())
        _note(runs, due, woken)
    return len(runs)


def beat_for(agent: Agent, *, trigger: str) -> list[Run]:
    """Let one agent wake now, because somebody asks it to. Returns the runs queued."""
    with transaction.atomic():
        now = db_now()
        advance(Agent.objects.filter(pk=agent.pk))
        runs = _queue([agent.pk])
        Heartbeat.objects.create(agent=agent, at=now, due_at=now, trigger=trigger, runs=len(runs))
        if runs:
            hooks.woken([agent.pk], trigger)
    return runs


def forget_heartbeats() -> int:
    """Remove heartbeats from the log of each agent that are older than a week."""
    removed, _ = Heartbeat.objects.filter(at__lt=from_now(-KEEP)).delete()
    return removed


def find_work(agents: Iterable[UUID], *, outside: bool = False) -> list[WorkItem]:
    """What these agents should do next: for each as much as it has room for.

    Agents that are paused, retired, elsewhere (unless `outside`) or busy are passed over. One
    query for the agents and one for each kind of work, however many agents there are.
    """
    loads = _loads_anywhere if outside else _loads
    room, duties = room_and_duties(loads.rows(list(agents)))
    items: list[WorkItem] = []
    for handler in all_handlers():
        # Most who wake are workers: what is for orchestrators alone need not be asked for them.
        only = getattr(handler, "duty", None)
        fit = [agent for agent in room if only is None or duties[agent] == only]
        if fit:
            items += handler.find(fit)
    items.sort(key=lambda item: -item.urgency)
    chosen, taken = [], set()
    for item in items:
        slot = (item.kind, item.task_id or item.agent_id)
        if room.get(item.agent_id, 0) > 0 and slot not in taken:
            room[item.agent_id] -= 1
            taken.add(slot)
            chosen.append(item)
    return chosen


def beat_outside(agent: Agent) -> list[Run]:
    """Let an agent that runs elsewhere wake, because it asks. Returns the runs queued.

    To be called within a transaction. One that finds nothing leaves no row.
    """
    advance(Agent.objects.filter(pk=agent.pk))
    runs = _queue([agent.pk], outside=True)
    if runs:
        now = db_now()
        Heartbeat.objects.create(agent=agent, at=now, due_at=now, trigger="api", runs=len(runs))
        hooks.woken([agent.pk], "api")
    return runs


def _queue(agents: Iterable[UUID], *, outside: bool = False) -> list[Run]:
    """Write the wish to act for whatever these agents can do now."""
    now = db_now()
    runs = [
        Run(
            workspace_id=item.workspace_id,
            agent_id=item.agent_id,
            kind=item.kind,
            task_id=item.task_id,
            subject=item.subject,
            wake_reason=item.reason[:200],
            cause_id=item.cause_id,
            hops=item.hops,
            enqueued_at=now,
        )
        for item in find_work(agents, outside=outside)
    ]
    # Where another process queued the same work meanwhile, its row stands. In a fixed order,
    # so that two processes that queue the same do not wait for each other.
    runs.sort(key=lambda run: (run.kind, str(run.task_id or run.agent_id)))
    insert(runs, ignore_conflicts=True)
    for _ in [] if outside else runs[:MESSAGES]:
        enqueue("agents.jobs.work")
    return runs


def _claim_wakes(held: Collection[UUID]) -> dict[UUID, str]:
    """Use up the wakes of agents whose row is ours, so that no two beats count their room.

    The others' stay for the next tick. `held` are agents that are ours already.
    """
    rows = dict(Wake.objects.order_by("id").values_list("pk", "agent")[: BATCH * 2])
    ours = {*held, *_hold(Agent.objects.filter(pk__in=set(rows.values()) - set(held)))}
    wakes = Wake.objects.filter(pk__in=[pk for pk, agent in rows.items() if agent in ours])
    reasons = dict(wakes.order_by("id").values_list("agent", "reason"))
    wakes.delete()
    return reasons


def _claim_due() -> dict[UUID, datetime]:
    due = _hold(Agent.objects.due().order_by("next_heartbeat_at")[:BATCH])
    if due:
        advance(Agent.objects.filter(pk__in=due))
    return due


def _hold(agents: "QuerySet[Agent]") -> dict[UUID, datetime]:
    """Lock those that nobody else holds until commit; each with when it was due."""
    free = agents.select_for_update(skip_locked=True, no_key=True)
    return dict(free.values_list("pk", "next_heartbeat_at"))


def advance(agents: "QuerySet[Agent]") -> None:
    """Note a heartbeat of these agents, and when the next one is due."""
    agents.update(
        last_heartbeat_at=Now(), next_heartbeat_at=from_now(seconds("heartbeat_interval"))
    )


def _note(runs: list[Run], due: dict[UUID, datetime], woken: dict[UUID, str]) -> None:
    now = db_now()
    counts: dict[UUID, int] = {}
    for run in runs:
        counts[run.agent_id] = counts.get(run.agent_id, 0) + 1
    insert(
        [
            Heartbeat(
                agent_id=agent_id,
                at=now,
                due_at=due.get(agent_id, now),
                trigger="event" if agent_id in woken else "beat",
                runs=count,
            )
            for agent_id, count in counts.items()
        ]
    )
    hooks.woken(counts.keys() & woken.keys(), "event")
    hooks.woken(counts.keys() - woken.keys(), "beat")
