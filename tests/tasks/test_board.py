"""The board's screen: what is on it, under which filter, and what a drop does."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership
from activity.companions import companion
from activity.events import as_event
from activity.log import logged, record
from activity.models import Activity
from agents.models import Run
from tasks import actions
from tasks.board import Filter, board
from tasks.companions import MOST_CARDS
from tasks.models import Task

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(alice: Membership) -> Client:
    client = Client()
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def make(member: Membership, title: str = "Paint the shed", **values: object) -> Task:
    return actions.create_task(actor=member.actor, title=title, **values)  # type: ignore[arg-type]


def fill(alice: Membership, agents: SimpleNamespace, count: int) -> None:
    """Tasks in every column, with everything that a card can show."""
    phase = make(alice, "Phase", kind="phase")
    before = None
    for index in range(count):
        task = make(alice, f"Task {index}", parent=phase, checklist=["One", "Two"])
        actions.assign_task(actor=alice.actor, task=task, assignees=[agents.technical.actor])
        actions.add_evidence(actor=alice.actor, task=task, summary="Seen.")
        if before is not None:
            actions.add_dependency(actor=alice.actor, task=task, needs=before)
        else:
            Run.objects.create(
                workspace=alice.workspace,
                agent=agents.technical,
                kind="work",
                task=task,
                state="running",
                cost=1200,
            )
        make(alice, f"Part of {index}", parent=task)
        before = task


@pytest.mark.parametrize("count", [1, 3, 200])
def test_it_asks_as_much_for_two_hundred_tasks_as_for_one(
    client: Client, alice: Membership, agents: SimpleNamespace, count: int
) -> None:
    fill(alice, agents, count)
    client.get(reverse("tasks:board"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get(reverse("tasks:board"), headers=HTMX)
    assert response.status_code == 200
    asked = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(asked) <= 18, "\n".join(asked)


@pytest.mark.parametrize("lanes", ["", "&lanes=1"])
def test_lanes_cost_no_query_more(
    client: Client, alice: Membership, agents: SimpleNamespace, lanes: str
) -> None:
    fill(alice, agents, 3)
    with CaptureQueriesContext(connection) as queries:
        client.get(f"{reverse('tasks:board')}?q={lanes}", headers=HTMX)
    assert len(queries) <= 18


def test_a_card_shows_what_it_waits_for_and_how_far_it_is(
    client: Client, alice: Membership, agents: SimpleNamespace
) -> None:
    fill(alice, agents, 2)
    page = client.get(reverse("tasks:board")).content.decode()
    assert "Needs TASK-002" in page
    assert "Technical is working on it" in page
    assert "0/1" in page  # subtasks
    assert "$0.0012" in page


def test_a_phase_is_no_card(client: Client, alice: Membership) -> None:
    make(alice, "Foundation", kind="phase")
    make(alice, "A task")
    whole = board(alice.workspace, Filter())
    assert [column.total for column in whole.columns] == [1, 0, 0, 0, 0]


def test_the_filter_finds_words_numbers_and_people(
    alice: Membership, bob: Membership, agents: SimpleNamespace
) -> None:
    phase = make(alice, "Foundation", kind="phase")
    first = make(alice, "Lay the keel", parent=phase, priority=3)
    second = make(alice, "Raise the mast", assignees=[bob.actor])
    actions.block_task(actor=alice.actor, task=second, reason="No wood")

    def found(**values: object) -> list[str]:
        columns = board(alice.workspace, Filter(**values)).columns  # type: ignore[arg-type]
        return [card.task.title for column in columns for card in column.cards]

    assert found(q="KEEL") == ["Lay the keel"]
    assert found(q="TASK-003") == ["Raise the mast"]
    assert found(agent="bob") == ["Raise the mast"]
    assert found(agent="none") == ["Lay the keel"]
    assert found(priority=3) == ["Lay the keel"]
    assert found(phase=phase.number) == ["Lay the keel"]
    assert found(blocked=True) == ["Raise the mast"]
    assert found(phase=first.number) == []


def test_done_shows_the_newest_fifty_and_more_when_asked(client: Client, alice: Membership) -> None:
    for index in range(53):
        task = make(alice, f"Task {index}")
        actions.move_task(actor=alice.actor, task=task, status="done", reason="Seen.")
    page = client.get(reverse("tasks:board")).content.decode()
    assert page.count('class="task"') == 50
    assert 'Show more of <span data-count-of="done">53</span>' in page
    assert "Task 52" in page
    assert "Task 0<" not in page
    more = client.get(f"{reverse('tasks:board')}?show_done=100", headers=HTMX).content.decode()
    assert more.count('class="task"') == 53


def test_a_drop_moves_the_task_between_its_neighbours(client: Client, alice: Membership) -> None:
    first, second, third = (make(alice, title) for title in ("One", "Two", "Three"))
    response = client.post(
        reverse("tasks:move", args=[third.number]),
        {"status": "inbox", "after": first.number, "before": second.number},
        headers=HTMX,
    )
    assert response.status_code == 200
    third.refresh_from_db()
    assert first.position < third.position < second.position


def test_a_drop_into_somebodys_lane_gives_it_to_them(
    client: Client, alice: Membership, bob: Membership
) -> None:
    task = make(alice)
    url = reverse("tasks:move", args=[task.number])
    client.post(url, {"status": "assigned", "lane": "bob"}, headers=HTMX)
    task.refresh_from_db()
    assert task.status == Task.Status.ASSIGNED
    assert [actor.handle for actor in task.assignees.all()] == ["bob"]


def test_a_refused_drop_says_why(client: Client, alice: Membership) -> None:
    first, second = make(alice, "One"), make(alice, "Two")
    actions.add_dependency(actor=alice.actor, task=second, needs=first)
    url = reverse("tasks:move", args=[second.number])
    response = client.post(url, {"status": "in_progress"}, headers=HTMX)
    assert response.status_code == 409
    assert "waits for TASK-001" in response.headers["HX-Trigger"]
    second.refresh_from_db()
    assert second.status == Task.Status.INBOX


def test_an_unknown_status_is_refused_and_named(client: Client, alice: Membership) -> None:
    url = reverse("tasks:move", args=[make(alice).number])
    response = client.post(url, {"status": "paused"}, headers=HTMX)
    assert response.status_code == 400
    assert "paused" in response.headers["HX-Trigger"]


def test_live_cards_bring_parents_and_successors_along(client: Client, alice: Membership) -> None:
    parent = make(alice, "Parent")
    child = make(alice, "Child", parent=parent)
    successor = make(alice, "Successor", depends_on=[child])
    page = client.get(f"{reverse('tasks:cards')}?ids={child.number}").content.decode()
    for task in (parent, child, successor):
        assert f'id="task-{task.number}"' in page
    assert "&quot;inbox&quot;: 3" in page


def test_live_cards_name_what_the_filter_hides_and_what_is_gone(
    client: Client, alice: Membership
) -> None:
    task = make(alice, "Lay the keel")
    url = f"{reverse('tasks:cards')}?ids={task.number},99&q=mast"
    page = client.get(url).content.decode()
    assert "task-1" not in page
    assert 'data-gone="1,99"' in page


def test_live_cards_cost_the_same_for_one_and_for_a_hundred(
    client: Client, alice: Membership, agents: SimpleNamespace
) -> None:
    fill(alice, agents, 60)
    numbers = ",".join(str(number) for number in range(1, 121))
    with CaptureQueriesContext(connection) as queries:
        client.get(f"{reverse('tasks:cards')}?ids={numbers}", headers=HTMX)
    assert len(queries) <= 16


def test_the_cards_that_go_along_with_events_are_those_a_board_would_ask_for(
    client: Client, alice: Membership
) -> None:
    task = make(alice, "Lay the keel")
    make(alice, "Raise the mast", depends_on=[task])
    rows = Activity.objects.filter(workspace=alice.workspace).order_by("number")
    sent = companion("cards", alice.workspace_id, [as_event(row) for row in rows])
    assert sent is not None
    assert sent["tasks"] == [1, 2]
    assert sent["html"] == client.get(f"{reverse('tasks:cards')}?ids=1,2").content.decode()


def test_no_cards_go_along_with_what_concerns_no_task(alice: Membership) -> None:
    with logged():
        record(actor=alice.actor, verb="test.said", message="Good morning")
    row = Activity.objects.get(verb="test.said")
    assert companion("cards", alice.workspace_id, [as_event(row)]) is None


def test_more_cards_than_a_board_takes_one_by_one_do_not_go_along(alice: Membership) -> None:
    many = [as_event(make(alice).activities.get()) for _ in range(MOST_CARDS + 1)]
    assert companion("cards", alice.workspace_id, many[1:]) is not None
    assert companion("cards", alice.workspace_id, many) is None


def test_bulk_changes_what_it_can_and_names_what_refuses(client: Client, alice: Membership) -> None:
    first, second = make(alice, "One"), make(alice, "Two")
    actions.add_dependency(actor=alice.actor, task=second, needs=first)
    response = client.post(
        reverse("tasks:bulk"),
        {"ids": [first.number, second.number], "change": "move", "value": "in_progress"},
        headers=HTMX,
    )
    assert response.status_code == 204
    assert "1 task changed" in response.headers["HX-Trigger"]
    assert "TASK-002 waits for TASK-001" in response.headers["HX-Trigger"]


def test_a_quick_task_lands_in_its_column(
    client: Client, alice: Membership, agents: object
) -> None:
    response = client.post(
        reverse("tasks:create"),
        {"quick": "1", "title": "Buy rope", "status": "assigned"},
        headers=HTMX,
    )
    assert response.status_code == 201
    assert Task.objects.get().status == Task.Status.ASSIGNED


def test_a_quick_task_that_cannot_enter_its_column_is_not_made(
    client: Client, alice: Membership
) -> None:
    response = client.post(
        reverse("tasks:create"),
        {"quick": "1", "title": "Buy rope", "status": "assigned"},
        headers=HTMX,
    )
    assert response.status_code == 409  # nobody can take work
    assert not Task.objects.exists()


def test_it_shows_nothing_of_another_workspace(
    client: Client, alice: Membership, charlie: Membership
) -> None:
    make(charlie, "A secret")
    assert "A secret" not in client.get(reverse("tasks:board")).content.decode()
    assert "A secret" not in client.get(f"{reverse('tasks:cards')}?ids=1").content.decode()
    url = reverse("tasks:move", args=[1])
    assert client.post(url, {"status": "done"}, headers=HTMX).status_code == 404


def test_who_may_only_look_moves_nothing(
    client: Client, alice: Membership, viewer: Membership
) -> None:
    task = make(alice)
    client.force_login(viewer.user, backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("tasks:move", args=[task.number])
    assert client.post(url, {"status": "in_progress"}, headers=HTMX).status_code == 403


def test_a_stranger_is_sent_to_sign_in(alice: Membership) -> None:
    response = Client().get(reverse("tasks:board"))
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/login")
