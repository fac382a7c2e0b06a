"""The board through the API."""

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Membership
from activity.models import Activity
from tasks.models import Task
from tests.api.client import Program


def make(program: Program, title: str = "Light the harbour", **fields: Any) -> Any:
    reply = program.post("tasks", {"title": title, **fields})
    assert reply.status == 201, reply
    return reply.body


def test_a_task_goes_from_made_to_done(as_alice: Program, agents: SimpleNamespace) -> None:
    task = make(as_alice, priority=2, criteria=["Both lamps burn"], needs=["technical"])
    assert (task["key"], task["status"], task["creator"]["handle"]) == (
        "TASK-001",
        "inbox",
        "alice",
    )
    path = f"tasks/{task['id']}"

    assigned = as_alice.post(f"{path}/assign", {}).body
    assert [one["handle"] for one in assigned["assignees"]] == ["technical"]
    assert assigned["status"] == "assigned"
    assert as_alice.get(f"{path}/why").body["code"] == "heartbeat"

    moved = as_alice.post(f"{path}/status", {"status": "in_progress"}).body
    assert moved["status"] == "in_progress"

    document = as_alice.post("documents", {"title": "Lamps", "content": "Two.", "task": task["id"]})
    submitted = as_alice.post(f"{path}/submit", {"document_ids": [document.body["id"]]}).body
    assert (submitted["status"], submitted["reviewer"]["handle"]) == ("review", "qa")
    assert [piece["kind"] for piece in as_alice.get(f"{path}/evidence").body["results"]] == [
        "document"
    ]

    back = as_alice.post(f"{path}/review", {"verdict": "send_back", "reason": "One is out."})
    assert (back.body["status"], back.body["sent_back"]) == ("in_progress", 1)
    as_alice.post(f"{path}/submit", {})
    done = as_alice.post(
        f"{path}/review",
        {
            "verdict": "approve",
            "checked": [{"criterion": "Both lamps burn", "met": True, "where": "the mole"}],
        },
    ).body
    assert done["status"] == "done"
    assert done["criteria"] == [{"text": "Both lamps burn", "met": True, "where": "the mole"}]
    verdicts = as_alice.get(f"{path}/reviews").body["results"]
    assert [one["verdict"] for one in verdicts] == ["approved", "sent_back"]


def test_what_a_task_says_can_be_changed(as_alice: Program) -> None:
    task = make(as_alice)
    reply = as_alice.patch(
        f"tasks/{task['id']}",
        {
            "title": "Light it well",
            "checklist": [{"text": "Buy oil", "done": True}, {"text": "Pour it"}],
            "due_at": "2030-01-31T12:00:00+02:00",
        },
    )
    assert reply.status == 200
    assert reply.body["title"] == "Light it well"
    assert reply.body["checklist"] == [
        {"text": "Buy oil", "done": True},
        {"text": "Pour it", "done": False},
    ]
    assert reply.body["due_at"] == "2030-01-31T10:00:00Z"
    ticked = as_alice.post(f"tasks/{task['id']}/checklist", {"items": [1]}).body
    assert all(item["done"] for item in ticked["checklist"])


def test_somebody_who_was_slower_is_told(as_alice: Program) -> None:
    task = make(as_alice)
    path = f"tasks/{task['id']}"
    tag = as_alice.get(path).headers["ETag"]
    assert as_alice.patch(path, {"title": "First"}, If_Match=tag).status == 200

    for reply in (
        as_alice.patch(path, {"title": "Second"}, If_Match=tag),
        as_alice.post(f"{path}/status", {"status": "assigned"}, If_Match=tag),
        as_alice.delete(path, If_Match=tag),
        as_alice.patch(path, {"title": "Second"}, If_Match='"nonsense"'),
    ):
        assert (reply.status, reply.code) == (412, "precondition_failed"), reply
        assert reply.details["version"] == 2
    assert as_alice.patch(path, {"title": "Third"}, If_Match="*").status == 200


def test_dependencies_are_added_and_a_circle_is_refused(as_alice: Program) -> None:
    first, second = make(as_alice, "First"), make(as_alice, "Second")
    path = f"tasks/{second['id']}"
    assert as_alice.post(f"{path}/dependencies", {"needs": first["id"]}).status == 201
    waits = as_alice.get(f"{path}/dependencies").body["results"]
    assert [one["key"] for one in waits] == [first["key"]]

    refused = as_alice.post(f"tasks/{first['id']}/dependencies", {"needs": second["id"]})
    assert (refused.status, refused.code) == (409, "cycle")
    assert "depends_on" in refused.details

    held = as_alice.post(f"{path}/status", {"status": "in_progress"})
    assert (held.status, held.details["waits_for"]) == (409, [first["key"]])

    assert as_alice.delete(f"{path}/dependencies/{first['id']}").status == 204
    assert as_alice.delete(f"{path}/dependencies/{first['id']}").status == 404


def test_all_that_a_task_waits_for_is_set_at_once_or_not_at_all(as_alice: Program) -> None:
    first, second, third = (make(as_alice, title)["id"] for title in ("First", "Second", "Third"))
    path = f"tasks/{third}"
    assert as_alice.patch(path, {"depends_on": [first]}, If_Match="*").status == 200

    both = as_alice.patch(path, {"depends_on": [second], "title": "Last"}, If_Match="*").body
    assert (both["depends_on"], both["title"]) == ([second], "Last")

    refused = as_alice.patch(
        f"tasks/{second}", {"depends_on": [first, third], "title": "No"}, If_Match="*"
    )
    assert (refused.status, refused.code) == (409, "cycle")
    assert "depends_on" in refused.details
    after = as_alice.get(f"tasks/{second}").body
    assert (after["depends_on"], after["title"]) == ([], "Second")


def test_blocking_needs_a_reason_and_ends_with_unblocking(as_alice: Program) -> None:
    path = f"tasks/{make(as_alice)['id']}"
    assert as_alice.post(f"{path}/block", {}).details == {"reason": ["This field is required."]}
    blocked = as_alice.post(f"{path}/block", {"reason": "No oil"}).body
    assert (blocked["blocked_reason"], blocked["blocked_on"]["handle"]) == ("No oil", "alice")
    assert as_alice.post(f"{path}/unblock", {}).body["blocked_at"] is None
    assert as_alice.post(f"{path}/retry").status == 200


def test_a_deleted_task_is_gone(as_alice: Program) -> None:
    path = f"tasks/{make(as_alice)['id']}"
    assert as_alice.delete(path).status == 204
    for method in ("GET", "PATCH", "DELETE"):
        assert as_alice(method, path, {} if method == "PATCH" else None).status == 404


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=inbox", ["One", "Three"]),
        ("status=inbox&status=assigned", ["One", "Three", "Two"]),
        ("status=inbox,assigned", ["One", "Three", "Two"]),
        ("priority=3", ["Three"]),
        ("number=2", ["Two"]),
        ("search=thr", ["Three"]),
        ("search=TASK-002", ["Two"]),
        ("unassigned=true", ["One", "Three"]),
        ("unassigned=false", ["Two"]),
        ("blocked=true", ["One"]),
        ("ordering=-priority", ["Three", "Two", "One"]),
    ],
)
def test_lists_are_filtered_and_ordered(
    as_alice: Program, alice: Membership, query: str, expected: list[str]
) -> None:
    one = make(as_alice, "One")
    make(as_alice, "Two", assignee_ids=[str(alice.actor_id)])
    make(as_alice, "Three", priority=3)
    as_alice.post(f"tasks/{one['id']}/block", {"reason": "Fog"})
    reply = as_alice.get(f"tasks?{query}")
    assert reply.status == 200, reply
    titles = [task["title"] for task in reply.body["results"]]
    assert titles == expected if "ordering=-" in query else sorted(titles) == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("staus=inbox", "staus"),
        ("status=lost", "status.0"),
        ("status=", "status.0"),
        ("priority=9", "priority"),
        ("priority=1_0", "priority"),
        ("page=0", "page"),
        ("page=x", "page"),
        ("page=1&page=2", "page"),
        ("page_size=201", "page_size"),
        ("ordering=colour", "ordering"),
        ("assignee=alice", "assignee"),
        ("blocked=1", "blocked"),
        ("number=99999999999999999999", "number"),
    ],
)
def test_a_query_that_cannot_be_is_refused_by_name(
    as_alice: Program, query: str, field: str
) -> None:
    reply = as_alice.get(f"tasks?{query}")
    assert reply.status == 400
    assert list(reply.details) == [field]


def test_pages_lead_to_one_another(as_alice: Program) -> None:
    for number in range(5):
        make(as_alice, f"Task {number}")
    first = as_alice.get("tasks?page_size=2").body
    assert (first["count"], first["previous"], len(first["results"])) == (5, None, 2)
    assert first["next"] == "http://testserver/api/v1/tasks?page_size=2&page=2"
    last = as_alice.get("tasks?page_size=2&page=3").body
    assert (last["next"], len(last["results"])) == (None, 1)
    assert as_alice.get("tasks?page=9").body["results"] == []


@pytest.mark.parametrize(
    ("fields", "status", "named"),
    [
        ({"title": "   "}, 400, "title"),
        ({"title": "x" * 201}, 400, "title"),
        ({"title": 5}, 400, "title"),
        ({"title": "a\x00b"}, 400, "title"),
        ({"title": "x", "priority": 4}, 400, "priority"),
        ({"title": "x", "priority": "2"}, 400, "priority"),
        ({"title": "x", "kind": "epic"}, 400, "kind"),
        ({"title": "x", "colour": "red"}, 400, "colour"),
        ({"title": "x", "workspace": "y"}, 400, "workspace"),
        ({"title": "x", "estimate_low": 10**400}, 400, "body"),
        ({"title": "x", "estimate_low": -1}, 400, "estimate_low"),
        ({"title": "x", "due_at": "tomorrow"}, 400, "due_at"),
        ({"title": "x", "criteria": "one"}, 400, "criteria"),
        ({"title": "x", "criteria": ["one", 2]}, 400, "criteria.1"),
        ({"title": "x", "parent_task": "TASK-1"}, 400, "parent_task"),
        ({"title": "x", "parent_task": str(uuid4())}, 404, "parent_task"),
        ({"title": "x", "assignee_ids": [str(uuid4())]}, 404, "assignee_ids"),
        ({"title": "x", "depends_on": [str(uuid4())]}, 404, "depends_on"),
    ],
)
def test_what_cannot_be_taken_is_named_and_nothing_is_made(
    as_alice: Program, fields: dict[str, Any], status: int, named: str
) -> None:
    reply = as_alice.post("tasks", fields)
    assert reply.status == status, reply
    if named != "body":
        assert named in reply.details
        assert reply.body["error"]["message"]
    assert not Task.objects.exists()


def test_a_task_of_another_workspace_is_not_there(
    as_alice: Program, as_charlie: Program, charlie: Membership
) -> None:
    theirs = make(as_charlie, "Theirs")
    mine = make(as_alice, "Mine")
    for reply in (
        as_alice.get(f"tasks/{theirs['id']}"),
        as_alice.patch(f"tasks/{theirs['id']}", {"title": "Mine now"}),
        as_alice.delete(f"tasks/{theirs['id']}"),
        as_alice.post("tasks", {"title": "x", "parent_task": theirs["id"]}),
        as_alice.post("tasks", {"title": "x", "depends_on": [theirs["id"]]}),
        as_alice.post(f"tasks/{mine['id']}/dependencies", {"needs": theirs["id"]}),
        as_alice.post(f"tasks/{mine['id']}/assign", {"assignee_ids": [str(charlie.actor_id)]}),
    ):
        assert (reply.status, reply.code) == (404, "not_found"), reply
    assert Task.objects.get(pk=theirs["id"]).title == "Theirs"


def test_what_is_done_is_recorded_once_by_who_did_it(as_bob: Program, bob: Membership) -> None:
    task = make(as_bob)
    entry = Activity.objects.get(verb="task.created")
    assert (entry.actor_id, str(entry.task_id)) == (bob.actor_id, task["id"])
    log = as_bob.get(f"activities/task/{task['id']}").body["results"]
    assert [one["verb"] for one in log] == ["task.created"]
    assert log == as_bob.get(f"tasks/{task['id']}/activities").body["results"]


def test_what_is_answered_to_making_a_task_is_what_is_read_afterwards(as_alice: Program) -> None:
    first = make(as_alice, "First")
    made = make(
        as_alice,
        "Second",
        depends_on=[first["id"]],
        parent_task=first["id"],
        needs=["oil"],
        criteria=["Both burn"],
        checklist=["Buy oil"],
        estimate_low=3,
        estimate_high=2,
        due_at="2030-01-31T12:00:00Z",
    )
    read = as_alice.get(f"tasks/{made['id']}").body
    assert made == read
    assert (made["estimate_low"], made["estimate_high"]) == (2.0, 3.0)


def test_what_a_change_answers_is_what_is_read_afterwards(
    as_alice: Program, alice: Membership, bob: Membership, agents: SimpleNamespace
) -> None:
    needed = make(as_alice, "Needed")
    path = f"tasks/{make(as_alice, needs=['technical'], checklist=['Buy oil'])['id']}"
    document = as_alice.post("documents", {"title": "Lamps", "content": "Two."}).body["id"]
    people = [str(alice.actor_id), str(bob.actor_id)]
    changes: list[tuple[str, str, dict[str, Any]]] = [
        ("PATCH", path, {"title": "Well lit", "parent_task": needed["id"], "estimate_low": 1}),
        ("PATCH", path, {"reviewer": str(bob.actor_id), "due_at": "2031-01-01T00:00:00Z"}),
        ("PATCH", path, {"parent_task": None}),
        ("POST", f"{path}/checklist", {"items": [0]}),
        ("POST", f"{path}/assign", {"assignee_ids": people}),
        ("POST", f"{path}/block", {"reason": "Fog", "waits_on": str(bob.actor_id)}),
        ("POST", f"{path}/unblock", {}),
        ("POST", f"{path}/status", {"status": "in_progress"}),
        ("POST", f"{path}/submit", {"document_ids": [document]}),
        ("POST", f"{path}/review", {"verdict": "send_back", "reason": "Dim."}),
        ("POST", f"{path}/status", {"status": "inbox"}),
        ("POST", f"{path}/assign", {}),
        ("POST", f"{path}/retry", {}),
        ("POST", f"{path}/status", {"status": "done"}),
        ("POST", f"{path}/status", {"status": "in_progress"}),
    ]
    for method, address, body in changes:
        reply = as_alice(method, address, body)
        assert reply.status == 200, (address, reply)
        assert reply.body == as_alice.get(path).body, address
