"""What was done, by whom, how fast and for how much."""

import csv
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actions import create_actor
from accounts.keys import create_api_key
from accounts.models import Membership, Workspace
from agents.models import Agent, Run
from dashboard.analytics import report
from dashboard.analytics.writing import as_csv, as_markdown
from documents.models import Document
from modules.models import Call
from tasks import actions
from tasks.models import Assignment, Review, Task
from tests.api.client import Program

pytestmark = pytest.mark.django_db

QUERIES = 11


def finish(task: Task, *, days_ago: int, took: timedelta, by: Agent | None = None) -> None:
    """As if it had been done then."""
    done = timezone.now() - timedelta(days=days_ago)
    Task.objects.filter(pk=task.pk).update(
        status="done", done_at=done, started_at=done - took, created_at=done - took
    )
    if by is not None:
        Assignment.objects.create(task=task, actor=by.actor, assigned_by=task.creator)


def spend(agent: Agent, *, days_ago: int, cost: int, state: str = "succeeded") -> None:
    """A run with one call, as if it had been then."""
    at = timezone.now() - timedelta(days=days_ago)
    run = Run.objects.create(
        workspace=agent.workspace,
        agent=agent,
        kind="work",
        state=state,
        started_at=at,
        ended_at=at + timedelta(seconds=8),
    )
    call = Call.objects.create(
        workspace=agent.workspace,
        agent=agent,
        run=run,
        model_name="big",
        status="ok",
        input_tokens=100,
        output_tokens=20,
        cost=cost,
        latency_ms=400,
    )
    Run.objects.filter(pk=run.pk).update(created_at=at)
    Call.objects.filter(pk=call.pk).update(created_at=at)


@pytest.fixture
def made(alice: Membership, agents: SimpleNamespace) -> SimpleNamespace:
    """Three tasks done in the last week, one in the week before, one open, one sent back."""
    actor = alice.actor
    tasks = [actions.create_task(actor=actor, title=f"Task {n}") for n in range(5)]
    for number, minutes in enumerate((10, 20, 60)):
        finish(tasks[number], days_ago=number, took=timedelta(minutes=minutes), by=agents.technical)
    finish(tasks[3], days_ago=8, took=timedelta(hours=2))
    Review.objects.create(task=tasks[0], reviewer=agents.qa.actor, verdict="sent_back", reason="no")
    spend(agents.technical, days_ago=1, cost=30_000)
    spend(agents.technical, days_ago=2, cost=15_000, state="failed")
    spend(agents.qa, days_ago=9, cost=90_000)
    return SimpleNamespace(tasks=tasks)


def test_a_span_is_summed_beside_the_one_before(workspace: Workspace, made: object) -> None:
    found = report(workspace, 7)
    now, before = found.totals, found.before
    assert (now.done, now.created, now.sent_back) == (3, 4, 1)
    assert (now.runs, now.succeeded, now.failed, now.success) == (2, 1, 1, 0.5)
    assert (now.calls, now.tokens, now.cost, now.cost_of_one) == (2, 240, 45_000, 15_000)
    assert now.cycle_median_s == 20 * 60
    assert (before.done, before.cost, before.cycle_median_s) == (1, 90_000, 2 * 3600)


def test_each_day_has_its_row_and_the_last_is_today(workspace: Workspace, made: object) -> None:
    found = report(workspace, 7)
    assert len(found.days) == 7
    assert found.days[-1].day == timezone.localdate()
    assert [day.done for day in found.days[-3:]] == [1, 1, 1]
    assert [day.cycle_s for day in found.days[-3:]] == [3600, 1200, 600]


def test_agents_are_told_apart_and_those_who_did_most_come_first(
    workspace: Workspace, agents: SimpleNamespace, made: object
) -> None:
    first = report(workspace, 7).agents[0]
    assert (first.agent, first.done, first.sent_back) == (agents.technical.pk, 3, 1)
    assert (first.runs, first.succeeded, first.failed) == (2, 1, 1)
    assert (first.mean_run_s, first.tokens, first.cost) == (8.0, 240, 45_000)


def test_what_belongs_to_others_is_not_counted(elsewhere: Workspace, made: object) -> None:
    found = report(elsewhere, 30)
    assert (found.totals.done, found.totals.cost, found.agents, found.models) == (0, 0, [], [])


@pytest.mark.parametrize("rows", [1, 3, 40])
def test_it_takes_as_many_queries_for_much_as_for_little(
    alice: Membership, workspace: Workspace, rows: int
) -> None:
    for number in range(rows):
        actor = create_actor(workspace=workspace, kind="agent", name=f"a{number}")
        agent = Agent.objects.create(
            workspace=workspace,
            actor=actor,
            role="x",
            session_key=f"a{number}",
            next_heartbeat_at=timezone.now(),
        )
        task = actions.create_task(actor=alice.actor, title=f"t{number}")
        finish(task, days_ago=0, took=timedelta(seconds=5), by=agent)
        spend(agent, days_ago=0, cost=5)
    with CaptureQueriesContext(connection) as asked:
        assert report(workspace, 30).totals.done == rows
    assert len(asked) == QUERIES


def test_the_page_shows_the_span_and_offers_the_others(
    client: Client, alice: Membership, made: object
) -> None:
    client.force_login(alice.user)
    page = client.get(reverse("dashboard:analytics"), {"days": "7"}).content.decode()
    assert "$0.04" in page
    assert "?days=90" in page
    odd = client.get(reverse("dashboard:analytics"), {"days": "eight"})
    assert odd.status_code == 200


def test_with_nothing_done_the_page_says_so(client: Client, charlie: Membership) -> None:
    client.force_login(charlie.user)
    page = client.get(reverse("dashboard:analytics")).content.decode()
    assert page.count("Nothing in these days") == 6
    assert "No calls yet" in page


def test_a_table_is_a_csv_whose_names_start_no_formula(
    workspace: Workspace, agents: SimpleNamespace, made: object
) -> None:
    agents.technical.actor.name = "=HYPERLINK(1)"
    agents.technical.actor.save()
    rows = list(csv.DictReader(as_csv(report(workspace, 7), "agents").splitlines()))
    assert rows[0]["name"] == "'=HYPERLINK(1)"
    assert (rows[0]["done"], rows[0]["cost"]) == ("3", "45000")


def test_a_table_is_downloaded_and_an_unknown_one_is_not_there(
    client: Client, alice: Membership, made: object
) -> None:
    client.force_login(alice.user)
    answer = client.get(reverse("dashboard:analytics_table", args=["days"]), {"days": "7"})
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert len(answer.content.decode().splitlines()) == 8
    assert client.get(reverse("dashboard:analytics_table", args=["wages"])).status_code == 404


def test_a_report_is_kept_as_a_document(client: Client, alice: Membership, made: object) -> None:
    client.force_login(alice.user)
    answer = client.post(reverse("dashboard:analytics_keep"), {"days": "7"})
    document = Document.objects.get(title__startswith="Report, ")
    assert answer["Location"] == reverse("documents:detail", args=[document.pk])
    assert "| Tasks done | 3 | 1 |" in document.content
    assert "| big | 2 | 0 | 240 | $0.04 |" in document.content


def test_names_with_bars_do_not_break_the_tables_of_the_report(
    workspace: Workspace, agents: SimpleNamespace, made: object
) -> None:
    agents.technical.actor.name = "Tech | nical"
    agents.technical.actor.save()
    assert "| Tech \\| nical (@technical) | 3 |" in as_markdown(report(workspace, 7))


def test_programs_get_the_same(alice: Membership, made: object) -> None:
    _, secret = create_api_key(actor=alice.actor, name="figures", scopes=("read",))
    api = Program(f"Token {secret}")
    body = api.get("analytics?days=7").body
    assert (body["totals"]["done"], body["totals"]["cost"], body["before"]["done"]) == (
        3,
        45_000,
        1,
    )
    assert len(body["days"]) == 7
    assert body["agents"][0]["handle"] == "technical"
    refused = api.get("analytics?days=8")
    assert (refused.status, list(refused.details)) == (400, ["days"])
