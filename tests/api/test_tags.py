"""Asking whether anything has changed, and how much the database is asked for it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from tasks.actions import create_task, post_message
from tests.api.client import Program


def queries(program: Program, path: str, **headers: str) -> tuple[int, int]:
    """The status, and how many queries it took."""
    with CaptureQueriesContext(connection) as captured:
        reply = program.get(path, **headers)
    return reply.status, len(captured)


@pytest.mark.parametrize(
    "path", ["tasks", "tasks?status=inbox&page_size=2", "documents", "activities", "models"]
)
def test_a_list_that_has_not_changed_costs_one_query(
    as_alice: Program, alice: Membership, path: str
) -> None:
    create_task(actor=alice.actor, title="One")
    tag = as_alice.get(path).headers["ETag"]
    assert tag.startswith('W/"')
    assert queries(as_alice, path, If_None_Match=tag) == (304, 1)

    create_task(actor=alice.actor, title="Two")
    reply = as_alice.get(path, If_None_Match=tag)
    assert reply.status == 200
    assert reply.headers["ETag"] != tag


def test_a_task_that_has_not_changed_costs_one_query(as_alice: Program, alice: Membership) -> None:
    task = create_task(actor=alice.actor, title="One")
    tag = as_alice.get(f"tasks/{task.pk}").headers["ETag"]
    assert tag.startswith('"1.')
    assert queries(as_alice, f"tasks/{task.pk}", If_None_Match=tag) == (304, 1)
    assert queries(as_alice, f"tasks/{task.pk}", If_None_Match=f'"x", {tag}') == (304, 1)


def test_nobody_is_told_of_a_state_that_is_not_theirs_to_see(
    as_alice: Program, as_charlie: Program, as_bob: Program, nobody: Program
) -> None:
    tag = as_alice.get("tasks").headers["ETag"]
    assert as_charlie.get("tasks", If_None_Match=tag).status == 200
    assert as_bob.get("tasks", If_None_Match=tag).status == 200
    assert nobody.get("tasks", If_None_Match=tag).status == 401


def test_what_changes_outside_of_the_log_is_compared_by_its_content(
    as_alice: Program, agents: object
) -> None:
    for path in ("agents", "runs", "notifications", "auth/me", "state/working-md"):
        tag = as_alice.get(path).headers["ETag"]
        assert as_alice.get(path, If_None_Match=tag).status == 304, path
        assert as_alice.get(path, If_None_Match='"other"').status == 200, path


@pytest.mark.parametrize(
    "path", ["tasks", "activities", "documents", "agents", "runs", "actors", "models"]
)
def test_answers_are_for_one_reader_and_asked_for_again(as_alice: Program, path: str) -> None:
    headers = as_alice.get(path).headers
    assert headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in headers["Vary"]


PATHS = (
    "tasks",
    "tasks?search=task&ordering=-priority",
    "tasks/{task}/messages",
    "activities",
    "activities?after=0",
    "notifications",
    "documents",
    "actors",
    "tasks/{task}/dependencies",
)


@pytest.mark.parametrize("path", PATHS)
def test_a_list_asks_the_database_as_often_for_200_rows_as_for_one(
    as_bob: Program, bob: Membership, alice: Membership, path: str
) -> None:
    first = create_task(actor=alice.actor, title="Task", assignees=[bob.actor])
    asked = path.format(task=first.pk) + ("&" if "?" in path else "?") + "page_size=200"
    counts = []
    there = 0
    for wanted in (1, 3, 200):
        for number in range(there, wanted):
            other = create_task(actor=alice.actor, title=f"Task {number}", assignees=[bob.actor])
            create_task(actor=alice.actor, title=f"Task after {number}", depends_on=[other])
            post_message(actor=alice.actor, task=first, body="@bob, look")
            as_bob.post("documents", {"title": f"Document {number}", "task": str(first.pk)})
        there = wanted
        status, count = queries(as_bob, asked)
        assert status == 200
        counts.append(count)
    assert len(set(counts)) == 1, counts
    assert counts[0] <= 6, counts
