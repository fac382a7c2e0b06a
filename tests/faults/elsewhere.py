"""Deaths in what is no run of the board: an answer in a conversation, a job of a module."""

from typing import Any

from accounts.models import Actor
from agents import reconciling
from agents.models import Agent, Run
from conversations.actions import start_conversation
from conversations.models import Turn
from core.clock import Now
from modules.models import Job
from modules.running import reconciling as of_jobs
from modules.running.actions import start_job
from modules.running.driving import drive_now
from tests.faults.processes import drive, fork
from tests.faults.rig import points
from tests.faults.rig.book import ledger
from tests.faults.rig.model import ANSWER

# A first worker and one after its death; one more shows that there is nothing left to do.
WORKERS = 3


def die_in_talk(actor: str, point: str, times: int) -> None:
    """A person asks so many times; whoever answers is killed at the point."""
    alice = Actor.objects.get(pk=actor)
    agent = Agent.objects.filter(workspace=alice.workspace_id, duty="worker").first()
    assert agent is not None
    for number in range(times):
        conversation = start_conversation(actor=alice, agent=agent, content=f"Question {number}?")
        turn = conversation.turns.get(role="agent")
        assert turn.run_id is not None
        ledger().write("meant", effect=f"turn {turn.pk}")
        for worker in range(WORKERS):
            fork(drive, turn.run_id, "" if worker else point, 1)
            Run.objects.filter(pk=turn.run_id, state="running").update(lease_expires_at=Now())
            reconciling.reconcile()
        for said in conversation.turns.filter(role="agent", state="done", content=ANSWER):
            ledger().write("effect", effect=f"turn {said.pk}")


def die_in_job(actor: str, operation: str, point: str, times: int) -> None:
    """A person has so many things made; whoever makes them is killed at the point."""
    alice = Actor.objects.get(pk=actor)
    for number in range(times):
        given: dict[str, Any] = {"prompt": f"A lamp beside pier {number}"}
        if operation == "music.compose":
            given |= {"seconds": 5}
        job = start_job(actor=alice, operation=operation, input=given)
        ledger().write("meant", effect=f"job {job.pk}")
        for worker in range(WORKERS):
            fork(_drive_job, job.pk, "" if worker else point)
            Job.objects.filter(pk=job.pk, state="running").update(lease_expires_at=Now())
            of_jobs.reconcile()
        job.refresh_from_db()
        if job.state != Job.State.SUCCEEDED:
            continue
        assets = list(job.assets.prefetch_related("parents"))
        for asset in assets:
            with asset.file.open("rb") as file:
                assert len(file.read()) == asset.size
            # A piece comes in several files, of which the others belong to the first.
            if not asset.parents.all():
                ledger().write("effect", effect=f"job {job.pk}")
        assert len({asset.name for asset in assets}) == len(assets)


def ask_around(actor: str, questions: int, jobs: int) -> None:
    """Questions in conversations and orders of pictures; whoever is up sees to them."""
    alice = Actor.objects.get(pk=actor)
    agent = Agent.objects.filter(workspace=alice.workspace_id, duty="worker").first()
    assert agent is not None
    for number in range(questions):
        talk = start_conversation(actor=alice, agent=agent, content=f"Question {number}?")
        ledger().write("meant", effect=f"turn {talk.turns.get(role='agent').pk}")
    for number in range(jobs):
        given = {"prompt": f"A lamp beside pier {number}"}
        job = start_job(actor=alice, operation="image.generate", input=given)
        ledger().write("meant", effect=f"job {job.pk}")


def look_around() -> None:
    """Note each answer that was given whole, and each picture that is there."""
    for turn in Turn.objects.filter(role="agent", state="done", content=ANSWER):
        ledger().write("effect", effect=f"turn {turn.pk}")
    for job in Job.objects.filter(state=Job.State.SUCCEEDED).prefetch_related("assets"):
        for asset in job.assets.all():
            assert asset.file.size == asset.size
            ledger().write("effect", effect=f"job {job.pk}")


def _drive_job(job_id: Any, point: str) -> None:
    points.fit(point)
    drive_now(job_id)
