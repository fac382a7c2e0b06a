"""What is let go of when it is old, and what never is."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import Invitation, Membership
from accounts.tokens import start_login
from activity import jobs
from activity.actions import mark_all_read
from activity.keeping import first_kept
from activity.log import logged, record
from activity.models import Activity, Delivery, Notification, Webhook
from agents.models import Agent, Approval, Run, Step
from core import retention
from core.ids import first_of, uuid7
from modules.models import Call, Job
from tests.api.client import Program

pytestmark = pytest.mark.django_db
YEARS = timedelta(days=800)


@pytest.fixture(autouse=True)
def _a_year(settings: Any) -> None:
    settings.RETENTION_DAYS = dict.fromkeys(settings.RETENTION_DAYS, 365)


def say(member: Membership, words: str, *told: Membership) -> Activity:
    with logged():
        return record(
            actor=member.actor,
            verb="test.said",
            message=words,
            notify={"mention": [one.actor for one in told]},
        )


def age(row: Any, by: timedelta = YEARS) -> None:
    """Make a row as old as that: its id, which tells when it was made, and its times."""
    then = timezone.now() - by
    model, old = type(row), row.pk
    for field in model._meta.concrete_fields:
        if isinstance(getattr(row, field.attname), datetime):
            setattr(row, field.attname, then)
    row.pk = UUID(int=first_of(then).int | (uuid7().int & ((1 << 62) - 1)))
    model.objects.filter(pk=old).delete()
    row.save(force_insert=True)


def test_what_nobody_reads_again_goes_and_the_log_stays(
    alice: Membership, bob: Membership, settings: Any
) -> None:
    settings.RETENTION_DAYS["activities"] = 0
    age(say(alice, "long ago"))
    say(alice, "read", bob)
    mark_all_read(actor=bob.actor)
    Notification.objects.update(read_at=timezone.now() - timedelta(days=31))
    say(alice, "unread and young", bob)
    long_ago = timezone.now() - timedelta(days=60)
    Invitation.objects.create(workspace=alice.workspace, digest="old", expires_at=long_ago)
    Session.objects.create(session_key="old", session_data="", expire_date=long_ago)

    assert retention.forget_old() == {"notifications read": 1, "invitations": 1, "sessions": 1}

    assert Notification.objects.get().activity.message == "unread and young"
    assert first_kept(alice.workspace.pk) == 1
    assert jobs.retention() == 0


def test_the_log_is_cut_at_its_beginning_and_keeps_no_gap(alice: Membership) -> None:
    before = alice.workspace.activities.count()
    first, second = say(alice, "one"), say(alice, "two")
    say(alice, "three")
    # Older than the one after it by its id alone: the two committed the other way round.
    age(second)
    assert first.number == before + 1

    assert jobs.retention() == second.number

    kept = list(alice.workspace.activities.order_by("number").values_list("number", flat=True))
    assert kept == [second.number + 1]
    assert first_kept(alice.workspace.pk) == kept[0]


def test_a_log_of_which_nothing_is_left_begins_with_what_comes_next(
    alice: Membership, charlie: Membership
) -> None:
    age(say(alice, "one"))
    say(charlie, "elsewhere")

    jobs.retention()

    assert not alice.workspace.activities.exists()
    assert charlie.workspace.activities.exists(), "each log has its own age"
    assert say(alice, "two").number == first_kept(alice.workspace.pk)


def test_a_program_behind_the_beginning_of_the_log_is_told_to_load_anew(alice: Membership) -> None:
    old = say(alice, "old")
    age(old)
    young = say(alice, "young")
    jobs.retention()
    program = Program(f"Bearer {start_login(user=alice.user).access}")

    refused = program.get(f"activities?after={old.number - 1}")
    answered = program.get(f"activities?after={old.number}")

    assert refused.status == 410
    assert refused.body["error"]["code"] == "gone"
    assert refused.body["error"]["details"] == {"first": young.number, "last": young.number}
    assert [row["number"] for row in answered.body["results"]] == [young.number]
    assert program.get("activities").body["count"] == 1


def test_old_steps_go_and_their_run_keeps_what_it_came_to(agents: SimpleNamespace) -> None:
    agent: Agent = agents.technical
    ended = a_run(agent, Run.State.SUCCEEDED)
    live = a_run(agent, Run.State.WAITING)
    decided = Step.objects.get(run=ended, index=1)
    Approval.objects.create(run=ended, step=decided, question="Did it?")
    age(Step.objects.get(run=ended, index=0))
    age(Step.objects.get(run=live, index=0))

    assert jobs.retention() == 1

    assert list(ended.steps.all()) == [decided], "what a person decided about stays"
    assert live.steps.count() == 2, "a run that is not over needs all of them"
    assert Run.objects.get(pk=ended.pk).cost == 7


def a_run(agent: Agent, state: str) -> Run:
    then = timezone.now() - YEARS
    run = Run.objects.create(
        workspace=agent.workspace, agent=agent, kind=f"drill {state}", state=state, cost=7
    )
    if state == Run.State.SUCCEEDED:
        Run.objects.filter(pk=run.pk).update(ended_at=then)
    for index in range(2):
        Step.objects.create(run=run, index=index, kind=Step.Kind.NOTE, started_at=then)
    return run


def test_calls_jobs_and_deliveries_go_when_they_are_old(alice: Membership) -> None:
    workspace, now = alice.workspace, timezone.now()
    for kept in (False, True):
        call = Call.objects.create(workspace=workspace, model_name="m", status="ok")
        job = Job.objects.create(workspace=workspace, operation="x", state="failed", ended_at=now)
        hook = Webhook.objects.create(workspace=workspace, name=f"h{kept}", url="https://x.example")
        states = ("delivered", "waiting")
        sent, waiting = (
            Delivery.objects.create(webhook=hook, state=state, next_try_at=now, created_at=now)
            for state in states
        )
        for row in [] if kept else [call, job, sent, waiting]:
            age(row)

    assert retention.forget_old() == {"calls": 1, "jobs": 1, "deliveries": 1}

    assert Delivery.objects.filter(state="waiting").count() == 2, "it is still to be sent"


def test_only_so_much_goes_at_once_and_the_rest_the_next_time(
    alice: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for number in range(5):
        age(say(alice, str(number)))
    whole = Activity.objects.filter(workspace=alice.workspace).count()

    assert retention.forget_old(longest_s=0) == {}
    assert retention.forget_old() == {"activities": whole}
