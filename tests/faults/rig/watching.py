"""Writes down who claims a run and when the claim is over; and bends time and messages."""

import random
from datetime import timedelta
from typing import Any

from celery import Celery

from agents import acting, leases, loop, steps, thinking
from agents.errors import LeaseLost
from agents.models import Run
from modules.running import leases as job_leases
from tests.faults.rig.book import ledger


def fit() -> None:
    plain_claim, plain_drive, plain_fence = leases.claim, loop.drive, leases.fence

    def claim(**options: Any) -> Run | None:
        run = plain_claim(**options)
        if run is not None:
            ledger().write("claim", run=str(run.pk), token=run.token, kind=run.kind)
        return run

    def drive(run: Run, **how: Any) -> None:
        plain_drive(run, **how)
        ledger().write("let go", run=str(run.pk), token=run.token)

    def fence(run: Run) -> None:
        try:
            plain_fence(run)
        except LeaseLost:
            ledger().write("refused", run=str(run.pk), token=run.token)
            raise

    for name, watched in (("claim", claim), ("fence", fence), ("drive", drive)):
        for module in (leases, loop, acting, steps, thinking):
            if hasattr(module, name):
                setattr(module, name, watched)


def shorten_leases(seconds: float) -> None:
    """So that a test sees many leases run out."""
    leases.LEASE = job_leases.LEASE = timedelta(seconds=seconds)
    leases.RENEW_EVERY = job_leases.RENEW_EVERY = timedelta(seconds=seconds / 3)


def double_messages() -> None:
    """Each message is sent twice, and none of them when it should be."""
    plain = Celery.send_task

    def send_task(self: Celery, name: str, *args: Any, **options: Any) -> None:
        options.pop("expires", None)
        for _ in range(2):
            plain(self, name, *args, **{**options, "countdown": random.uniform(0, 1.5)})

    Celery.send_task = send_task
