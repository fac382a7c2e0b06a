"""What is done by the clock: when, once, and in whose name."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Membership
from core.clock import db_now
from core.errors import Forbidden, Invalid
from modules.models import Job, Schedule
from modules.running.cron import next_after
from modules.running.driving import work_off
from modules.running.schedules import Plan, fire_due, save_schedule, switch_schedule
from tests.api.client import Program
from tests.api.conftest import token_of
from tests.modules.running.conftest import TEXT


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "zone", "now", "due"),
    [
        ("*/15 * * * *", "UTC", "2026-11-20T14:07", "2026-11-20T14:15"),
        ("0 9 * * 1-5", "UTC", "2026-11-20T14:07", "2026-11-23T09:00"),
        ("0 9 * * *", "Europe/Berlin", "2026-11-20T14:07", "2026-11-21T08:00"),
        ("0 9 * * *", "Europe/Berlin", "2026-07-20T14:07", "2026-07-21T07:00"),
        ("30 2 29 3 *", "Europe/Berlin", "2026-03-28T12:00", "2026-03-29T01:30"),
        ("30 2 25 10 *", "Europe/Berlin", "2026-10-24T12:00", "2026-10-25T00:30"),
        ("0 0 29 2 *", "UTC", "2026-11-20T14:07", "2028-02-29T00:00"),
        ("0 0 * * 0", "UTC", "2026-11-20T14:07", "2026-11-22T00:00"),
    ],
)
def test_the_next_time_is_reckoned_in_its_zone(cron: str, zone: str, now: str, due: str) -> None:
    assert next_after(cron, zone, at(now)) == at(due)


@pytest.mark.parametrize(
    ("cron", "zone"),
    [
        ("* * * *", "UTC"),
        ("99 * * * *", "UTC"),
        ("a b c d e", "UTC"),
        ("0 0 31 2 *", "UTC"),
        ("0 9 * * *", "Mars/Olympus"),
        ("0 9 * * *", "../etc/passwd"),
    ],
)
def test_what_never_comes_is_refused(cron: str, zone: str) -> None:
    with pytest.raises(Invalid):
        next_after(cron, zone, at("2026-11-20T14:07"))


PLAN = Plan("Morning", "language.summarise", {"text": TEXT}, "0 9 * * *")


@pytest.fixture
def due(alice: Membership, workspace: Any) -> Schedule:
    schedule = save_schedule(actor=alice.actor, plan=PLAN)
    Schedule.objects.update(due_at=db_now() - timedelta(hours=30))
    schedule.refresh_from_db()
    return schedule


def test_what_is_due_is_done_once_however_late(due: Schedule) -> None:
    assert fire_due() == 1
    assert fire_due() == 0
    work_off(10)
    job = Job.objects.get()
    assert (job.state, job.door, job.schedule) == ("succeeded", "schedule", due)
    due.refresh_from_db()
    assert due.due_at
    assert due.due_at > db_now()


def test_two_clocks_start_it_once(due: Schedule, monkeypatch: pytest.MonkeyPatch) -> None:
    from modules.running import schedules

    stale = Schedule.objects.select_related("actor__workspace").get()
    assert schedules._fire(stale) is True
    assert schedules._fire(stale) is False
    assert Job.objects.count() == 1


def test_one_that_is_still_under_way_is_not_started_again(due: Schedule) -> None:
    fire_due()
    Schedule.objects.update(due_at=db_now() - timedelta(seconds=1))
    assert fire_due() == 0
    due.refresh_from_db()
    assert "still under way" in due.problem
    assert Job.objects.count() == 1


def test_whoever_may_no_longer_work_has_nothing_done(due: Schedule, alice: Membership) -> None:
    alice.actor.active = False
    alice.actor.save()
    assert fire_due() == 0
    due.refresh_from_db()
    assert "may not" in due.problem
    assert due.due_at
    assert due.due_at > db_now(), "it is not tried every five seconds"


def test_one_that_is_switched_off_rests(due: Schedule, alice: Membership) -> None:
    switch_schedule(actor=alice.actor, schedule=due, enabled=False)
    Schedule.objects.update(due_at=db_now() - timedelta(hours=1))
    assert fire_due() == 0


def test_an_agent_keeps_no_schedule(agents: Any) -> None:
    with pytest.raises(Forbidden):
        save_schedule(actor=agents.technical.actor, plan=PLAN)


def test_the_api_keeps_schedules(bob: Membership) -> None:
    program = Program(token_of(bob))
    body = {
        "name": "Hourly",
        "operation": "language.summarise",
        "input": {"text": TEXT},
        "cron": "0 * * * *",
    }
    made = program.post("modules/schedules", body)
    assert made.status == 201, made
    assert program.post("modules/schedules", body).status == 409, "the name is taken"
    key = made.body["id"]
    changed = program.patch(f"modules/schedules/{key}", {"cron": "5 4 * * *"})
    assert changed.body["due_at"].endswith("04:05:00Z")
    refused = program.patch(f"modules/schedules/{key}", {"cron": "x"})
    assert (refused.status, [*refused.body["error"]["details"]]) == (409, ["cron"])
    assert program.post(f"modules/schedules/{key}/run", {}).body["door"] == "schedule"
    assert program.delete(f"modules/schedules/{key}").status == 204
    assert program.get("modules/schedules").body["count"] == 0
