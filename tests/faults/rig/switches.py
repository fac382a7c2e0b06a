"""Rules that can be switched off: the same test must then find what they are for."""

from collections.abc import Collection
from threading import Lock
from typing import Any


def fit(off: Collection[str]) -> None:
    """Switch off the rules named."""
    for rule in off:
        _SWITCHES[rule]()


def _reconciler() -> None:
    """Nobody looks for runs that lost their worker, or that nobody picked up."""
    from agents import jobs, reconciling

    jobs.reconciling = reconciling  # type: ignore[attr-defined]
    reconciling.reconcile = lambda: 0
    from modules.running import reconciling as of_jobs

    of_jobs.reconcile = lambda: 0


def _receipts() -> None:
    """Calls are made again from the newest reply, whatever has been done already."""
    from agents.transcript import Transcript

    Transcript.intent_of = lambda self, call: None  # type: ignore[method-assign]


def _fencing() -> None:
    """Whoever thinks that a run is his may write, and nobody tells him otherwise."""
    from agents import acting, leases, loop, runs, steps, thinking

    _looking()

    def anybody(run: Any) -> None:
        return None

    for module in (acting, leases, loop, steps, thinking):
        if hasattr(module, "fence"):
            module.__dict__["fence"] = anybody
    plain = runs.end_run

    def end_run(run: Any, state: Any, **values: Any) -> None:
        run.refresh_from_db(fields=["token"])
        plain(run, state, **values)

    runs.__dict__["end_run"] = end_run


def _claims() -> None:
    """A queued run is taken by whoever saw it, without asking whether another was faster."""
    import time

    from agents import leases, loop
    from agents.models import Run
    from core.clock import from_now

    def claim(**_: Any) -> Run | None:
        run = (
            Run.objects.claimable()
            .order_by("created_at")
            .select_related("workspace", "agent__actor__workspace", "agent__model", "task")
            .first()
        )
        if run is None:
            return None
        time.sleep(0.05)
        run.state, run.token = Run.State.RUNNING, run.token + 1
        Run.objects.filter(pk=run.pk).update(
            state=run.state, token=run.token, lease_expires_at=from_now(leases.LEASE)
        )
        return run

    leases.__dict__["claim"] = loop.__dict__["claim"] = claim


def _holding() -> None:
    """Due heartbeats are read, and then moved on, without holding them."""
    from django.db.models import QuerySet

    plain = QuerySet.select_for_update

    def unlocked(self: Any, *args: Any, **options: Any) -> Any:
        if self.model.__name__ == "Agent":
            return self
        return plain(self, *args, **options)

    QuerySet.select_for_update = unlocked  # type: ignore[method-assign]


def _putting_back() -> None:
    """A worker that is told to stop keeps what it holds."""
    from agents import runs

    runs.__dict__["put_back"] = lambda run, *, why: None


def _reserving() -> None:
    """Whether there is room is asked before the call, and nothing is set aside for it."""
    from agents import budgets, thinking
    from agents.budgets import Reservation
    from agents.models import Budget

    def look(run: Any, tokens: int, cost: int) -> Reservation:
        for budget in Budget.objects.filter(workspace=run.workspace_id, agent=None):
            if budget.cost_limit is not None and budget.cost_spent >= budget.cost_limit:
                raise budgets.BudgetSpent(budget)
        return Reservation(0, 0)

    thinking._reserve = look


def _immediate() -> None:
    """Transactions take the write lock when they first write, not when they begin."""
    from django.conf import settings

    settings.DATABASES["default"]["OPTIONS"]["transaction_mode"] = "DEFERRED"


def _quarantine() -> None:
    """However many workers a run takes down, it starts again."""
    from agents.models import Run

    Run.MAX_CRASHES = 1_000


def _database_clock() -> None:
    """Whether a lease has run out is judged by whatever the process believes the time to be."""
    from django.utils import timezone

    from agents.querysets import RunQuerySet

    def expired(self: RunQuerySet) -> RunQuerySet:
        return self.filter(state="running", lease_expires_at__lt=timezone.now())

    RunQuerySet.expired = expired  # type: ignore[method-assign]


def _waiting() -> None:
    """A provider in trouble fails the run, as any other error."""
    from agents import outages

    outages.rest_after = lambda run, error: None


def _lock_order() -> None:
    """A task is locked before the runs on it, and a worker waits for others' runs."""
    from tasks.actions import assigning, common, editing, moving

    plain_lock = common.lock

    def lock(task: Any, *, with_runs: bool = False) -> Any:
        return plain_lock(task)

    for module in (assigning, editing, moving):
        module.lock = lock  # type: ignore[attr-defined]
    common._live_runs_at_once = common._live_runs


def _whole_files() -> None:
    """Files get their name before they are written, and stay when nothing comes of them."""
    from core.storage import WholeFiles
    from modules.assets import actions

    del WholeFiles._save
    actions._remove = lambda asset: None


def _deadline_of_sockets() -> None:
    """Whoever does not read is waited for."""
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

    from activity import consumers
    from missioncontrol.web import Socket

    consumers.SEND_WITHIN_S = 1e6
    Socket.keepalive_timeout = WebSocketsSansIOProtocol.keepalive_timeout  # type: ignore[method-assign]


def _looking() -> None:
    """Nobody looks whether what is under way may go on."""
    from agents import keeper

    keeper.Keeper.look = lambda self: None  # type: ignore[method-assign]


def _deciding_once() -> None:
    """Whether something has been decided already is not asked in the moment of deciding."""
    from agents import actions
    from agents.models import Approval

    plain, one_at_a_time = actions.decide, Lock()

    def decide(*, approval: Approval, **values: Any) -> Approval:
        with one_at_a_time:
            Approval.objects.filter(pk=approval.pk).update(state=Approval.State.PENDING)
            return plain(approval=approval, **values)

    actions.__dict__["decide"] = decide


def _own_queue() -> None:
    """The clock's messages stand in line behind those of everybody else."""
    from missioncontrol.celery import app

    app.conf.task_routes = {}


_SWITCHES = {
    "own-queue": _own_queue,
    "looking": _looking,
    "deciding-once": _deciding_once,
    "deadline-of-sockets": _deadline_of_sockets,
    "whole-files": _whole_files,
    "lock-order": _lock_order,
    "waiting": _waiting,
    "reserving": _reserving,
    "immediate": _immediate,
    "quarantine": _quarantine,
    "database-clock": _database_clock,
    "putting-back": _putting_back,
    "reconciler": _reconciler,
    "receipts": _receipts,
    "fencing": _fencing,
    "claims": _claims,
    "holding": _holding,
}
