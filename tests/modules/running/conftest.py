"""What tests of jobs share."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings

from accounts.models import Membership
from modules.models import AIModel, Job
from modules.running import actions, waiting
from modules.running.driving import work_off

TEXT = (
    "The harbour lamp is broken. Ships cannot see the pier at night. "
    "The keeper of the harbour ordered a new lamp on Monday. "
    "It arrives by ship on Thursday. Until then a boat with a lamp lies beside the pier. "
    "Somebody painted the bench blue."
)


@pytest.fixture(autouse=True)
def _files(settings: LazySettings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _at_once(workspace: Any) -> None:
    """The simulated model does not let tests wait."""
    AIModel.objects.filter(workspace=workspace).update(options={"latency_ms": 0})


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """While somebody waits for a job, a worker works."""
    monkeypatch.setattr(waiting, "pause", lambda seconds: work_off(100))


@pytest.fixture
def job_of(alice: Membership, workspace: Any) -> Callable[..., Job]:
    """Queue a job of Alice's: `job_of("language.summarise", text="…")`."""

    def make(operation: str = "language.summarise", **given: Any) -> Job:
        return actions.start_job(
            actor=alice.actor, operation=operation, input=given or {"text": TEXT}
        )

    return make


@pytest.fixture
def done(job_of: Callable[..., Job]) -> Callable[..., Job]:
    """The same, driven to its end."""

    def make(operation: str = "language.summarise", **given: Any) -> Job:
        job = job_of(operation, **given)
        work_off(100)
        job.refresh_from_db()
        return job

    return make
