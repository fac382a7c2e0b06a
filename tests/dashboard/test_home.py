"""The command center on screen."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actions import create_actor
from accounts.models import Membership, Workspace
from activity.log import logged, record
from agents.models import Agent, Budget, Run
from dashboard import overview
from dashboard.views.home import PARTS
from tasks import actions
from tasks.models import Message, Task

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def screen(client: Client, alice: Membership, agents: SimpleNamespace) -> Client:
    client.force_login(alice.user)
    return client


def fill(alice: Membership, total: int) -> None:
    """As many agents, tasks, runs, questions and entries of the log."""
    now = timezone.now()
    while Agent.objects.count() < total + 3:
        name = f"a{Agent.objects.count()}"
        actor = create_actor(workspace=alice.workspace, kind="agent", name=name)
        agent = Agent.objects.create(
            workspace=alice.workspace,
            actor=actor,
            role="x",
            session_key=name,
            next_heartbeat_at=now,
        )
        task = actions.create_task(actor=alice.actor, title=name, kind="phase")
        child = actions.create_task(actor=alice.actor, title=name, parent=task)
        Run.objects.create(workspace=alice.workspace, agent=agent, kind="work", task=child)
        Message.objects.create(
            workspace=alice.workspace,
            task=child,
            author=actor,
            kind="question",
            body="?",
            asked=alice.actor,
        )
        Task.objects.filter(pk=child.pk).update(blocked_at=now, blocked_reason="paint")
        with logged():
            record(actor=actor, verb="agent.edited", message="x", agent=agent)


def test_the_page_asks_as_much_for_200_of_everything_as_for_one(
    screen: Client, alice: Membership
) -> None:
    counts = []
    for total in (1, 3, 200):
        fill(alice, total)
        with CaptureQueriesContext(connection) as asked:
            assert screen.get("/").status_code == 200
        counts.append(len(asked))

    assert counts[0] == counts[1] == counts[2]


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_the_same_as_on_the_page_and_asks_for_itself_alone(
    screen: Client, alice: Membership, part: str
) -> None:
    fill(alice, 2)
    with CaptureQueriesContext(connection) as whole:
        page = screen.get("/").content.decode()

    with CaptureQueriesContext(connection) as asked:
        html = screen.get(f"/?part={part}", headers=HTMX).content.decode()

    assert f'id="part-{part}"' in html
    assert f'id="part-{part}"' in page
    assert "<html" not in html
    assert len(asked) < len(whole)


def test_a_new_house_says_what_to_do(screen: Client) -> None:
    page = screen.get("/").content.decode()

    assert "Nothing waits for you" in page
    assert "Nothing on the board" in page
    assert "simulated" in page


def test_a_viewer_sees_everything_and_can_do_nothing(client: Client, viewer: Membership) -> None:
    client.force_login(viewer.user)

    page = client.get("/").content.decode()

    assert "Stop everything" not in page
    assert 'id="goal"' not in page


def test_a_goal_reaches_the_orchestrator(screen: Client) -> None:
    answer = screen.post(
        reverse("dashboard:goal"),
        {"goal": "Open a ferry line\nTwo sailings a day, bikes welcome."},
        headers=HTMX,
    )

    task = Task.objects.get()
    assert (task.kind, task.title) == ("goal", "Open a ferry line")
    assert "bikes welcome" in task.description
    assert "TASK-001 is a goal now" in answer.headers["HX-Trigger"]
    assert "Open a ferry" not in answer.content.decode()


def test_a_long_goal_is_cut_at_a_word_and_kept_whole(screen: Client) -> None:
    words = "row the boat " * 30

    screen.post(reverse("dashboard:goal"), {"goal": words})

    task = Task.objects.get()
    assert task.title.endswith("…")
    assert len(task.title) <= 120
    assert task.description == words.strip()


def test_an_empty_goal_is_refused_where_it_was_written(screen: Client) -> None:
    answer = screen.post(reverse("dashboard:goal"), {"goal": "  "}, headers=HTMX)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


def test_everything_stops_and_goes_on(
    screen: Client, workspace: Workspace, agents: SimpleNamespace
) -> None:
    run = Run.objects.create(
        workspace=workspace, agent=agents.technical, kind="mention", state="running", token=1
    )

    screen.post(reverse("dashboard:halt"))
    run.refresh_from_db()
    workspace.refresh_from_db()
    assert (run.state, bool(workspace.halted_at)) == ("queued", True)
    assert "Everything is stopped since" in screen.get("/").content.decode()

    screen.post(reverse("dashboard:resume"))
    workspace.refresh_from_db()
    assert workspace.halted_at is None


def test_a_question_is_answered_in_place(
    screen: Client, alice: Membership, agents: SimpleNamespace
) -> None:
    task = actions.create_task(actor=alice.actor, title="Paint")
    question = actions.ask(
        actor=agents.technical.actor, task=task, question="Which green?", whom=alice.actor
    )
    assert "Which green?" in screen.get("/").content.decode()

    answer = screen.post(
        reverse("dashboard:answer", args=[question.pk]), {"body": "The dark one"}, headers=HTMX
    )

    assert "Answered @technical" in answer.headers["HX-Trigger"]
    question.refresh_from_db()
    assert question.answered_at


def test_questions_of_other_workspaces_are_not_there(
    screen: Client, charlie: Membership, bob: Membership
) -> None:
    task = actions.create_task(actor=charlie.actor, title="Secret")
    question = actions.post_message(
        actor=charlie.actor, task=task, body="?", kind="question", asked=charlie.actor
    )

    answer = screen.post(reverse("dashboard:answer", args=[question.pk]), {"body": "x"})

    assert answer.status_code == 404


def test_a_limit_is_raised_in_place(screen: Client, agents: SimpleNamespace) -> None:
    budget = Budget.objects.get(agent=agents.technical)

    screen.post(reverse("dashboard:budget", args=[budget.pk]), {"cost": "7.50", "tokens": ""})

    budget.refresh_from_db()
    assert (budget.cost_limit, budget.token_limit) == (7_500_000, None)


def test_the_figures_count_what_they_say(
    alice: Membership, agents: SimpleNamespace, workspace: Workspace
) -> None:
    task = actions.create_task(actor=alice.actor, title="Paint")
    actions.move_task(actor=alice.actor, task=task, status="done")
    actions.create_task(actor=alice.actor, title="Phase", kind="phase")
    actions.create_task(actor=alice.actor, title="Varnish")

    figures = overview.figures(workspace)

    assert (figures.done_today, figures.open_tasks, figures.agents) == (1, 1, 3)


def test_the_board_in_one_look(alice: Membership, workspace: Workspace) -> None:
    phase = actions.create_task(actor=alice.actor, title="Phase", kind="phase")
    first = actions.create_task(actor=alice.actor, title="One", parent=phase)
    actions.create_task(actor=alice.actor, title="Two", parent=phase)
    actions.move_task(actor=alice.actor, task=first, status="done")

    board = overview.board(workspace)

    assert (board.total, board.done, board.percent) == (2, 1, 50)
    assert [(s.status, s.start, s.width) for s in board.slices if s.count] == [
        ("done", 0.0, 50.0),
        ("inbox", 50.0, 50.0),
    ]
    assert [(part.task.title, part.done, part.total) for part in board.parts] == [("Phase", 1, 2)]
