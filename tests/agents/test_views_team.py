"""Agents on screen: all of them, one of them, and what is done to one."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership
from agents.actions import create_agent, pause_agent, retire_agent
from agents.cards import RUNS_SHOWN, cards
from agents.models import Agent, Budget, Run
from agents.page import ROWS, TABS
from core.clock import db_now
from tasks.actions import assign_task, create_task

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def screen(client: Client, alice: Membership) -> Client:
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def looker(viewer: Membership) -> Client:
    """Signed in, but may only look."""
    client = Client()
    client.force_login(viewer.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def address(name: str, agent: Agent | str) -> str:
    handle = agent if isinstance(agent, str) else agent.handle
    return reverse(f"agents:{name}", args=[handle])


def busy(alice: Membership, agent: Agent, number: int) -> Run:
    """Give an agent a task and a run on it."""
    task = create_task(actor=alice.actor, title=f"Task {number}")
    assign_task(actor=alice.actor, task=task, assignees=[agent.actor])
    return Run.objects.create(
        workspace=agent.workspace, agent=agent, kind="work", task=task, enqueued_at=db_now()
    )


def test_the_list_asks_as_much_for_200_agents_as_for_one(
    screen: Client, alice: Membership, workspace: object
) -> None:
    counts = []
    for total in (1, 3, 200):
        while (number := Agent.objects.count()) < total:
            agent = create_agent(actor=alice.actor, name=f"Agent {number}", role="does things")
            if number < 5:
                busy(alice, agent, number)
        with CaptureQueriesContext(connection) as asked:
            page = screen.get(reverse("agents:list"))
        assert page.status_code == 200
        counts.append(len(asked))

    assert counts[0] == counts[1] == counts[2]


def test_a_long_list_comes_in_pages(screen: Client, alice: Membership, workspace: object) -> None:
    for number in range(62):
        create_agent(actor=alice.actor, name=f"Agent {number:02}", role="does things")

    first = screen.get(reverse("agents:list")).content.decode()
    second = screen.get(reverse("agents:list"), {"page": 1}, headers=HTMX).content.decode()

    assert first.count('class="agent-card"') == 60
    assert second.count('class="agent-card"') == 2
    assert "<html" not in second


def test_a_card_says_what_its_agent_does(
    screen: Client, alice: Membership, agents: SimpleNamespace
) -> None:
    run = busy(alice, agents.technical, 1)
    Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING)

    page = screen.get(reverse("agents:list")).content.decode()

    assert reverse("agents:run", args=[run.pk]) in page
    assert "TASK-001 Task 1" in page
    assert "1 open task on its desk" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "database"}, {"technical"}),
        ({"duty": "reviewer"}, {"qa"}),
        ({"status": "paused"}, {"orchestrator"}),
        ({"q": "nobody like that"}, set()),
        ({"duty": "no duty", "status": "no status"}, {"technical", "orchestrator", "qa"}),
        ({"retired": "1"}, {"left"}),
    ],
)
def test_the_list_is_filtered(
    screen: Client,
    alice: Membership,
    agents: SimpleNamespace,
    query: dict[str, str],
    found: set[str],
) -> None:
    pause_agent(actor=alice.actor, agent=agents.orchestrator)
    gone = create_agent(actor=alice.actor, name="Left", role="was here")
    retire_agent(actor=alice.actor, agent=gone)

    page = screen.get(reverse("agents:list"), query).content.decode()

    everyone = {"technical", "orchestrator", "qa", "left"}
    assert {one for one in everyone if f'href="{address("detail", one)}"' in page} == found


def test_an_empty_house_says_how_to_begin(screen: Client, workspace: object) -> None:
    assert "Create an agent" in screen.get(reverse("agents:list")).content.decode()


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_asks_as_much_for_many_runs_as_for_one(
    screen: Client, alice: Membership, agents: SimpleNamespace, tab: str
) -> None:
    counts = []
    for total in (1, 3, 45):
        while (number := agents.technical.runs.count()) < total:
            busy(alice, agents.technical, number)
        with CaptureQueriesContext(connection) as asked:
            page = screen.get(f"{address('detail', agents.technical)}?tab={tab}")
        assert page.status_code == 200
        counts.append(len(asked))

    assert counts[0] == counts[1] == counts[2]


def test_an_agent_is_found_by_its_id_too(screen: Client, agents: SimpleNamespace) -> None:
    by_id = screen.get(address("detail", str(agents.qa.pk)))

    assert by_id.status_code == 200
    assert "@qa" in by_id.content.decode()


def test_runs_are_paged(screen: Client, alice: Membership, agents: SimpleNamespace) -> None:
    for number in range(ROWS + 2):
        busy(alice, agents.technical, number)
    url = address("detail", agents.technical)

    first = screen.get(url, {"tab": "runs"}).content.decode()
    second = screen.get(url, {"tab": "runs", "page": "1"}).content.decode()

    assert first.count('class="run-state"') == ROWS
    assert "Older" in first
    assert "Newer" not in first
    assert second.count('class="run-state"') == 2
    assert "Older" not in second


def test_the_overview_shows_what_is_left_of_the_budget(
    screen: Client, agents: SimpleNamespace
) -> None:
    Budget.objects.filter(agent=agents.technical).update(
        cost_limit=5_000_000, cost_spent=1_200_000, cost_reserved=300_000
    )

    page = screen.get(address("detail", agents.technical)).content.decode()

    assert "$1.20" in page
    assert "$0.30 set aside" in page
    assert "of $5.00" in page


def test_an_agent_of_another_house_is_not_there(
    screen: Client, charlie: Membership, agents: SimpleNamespace
) -> None:
    theirs = create_agent(actor=charlie.actor, name="Theirs", role="works elsewhere")

    assert screen.get(address("detail", theirs)).status_code == 404
    assert screen.get(address("detail", str(theirs.pk))).status_code == 404
    assert screen.post(address("pause", theirs)).status_code == 404


def test_an_agent_is_paused_and_resumed(screen: Client, agents: SimpleNamespace) -> None:
    paused = screen.post(address("pause", agents.qa), {"reason": "rests"}, headers=HTMX)
    agents.qa.refresh_from_db()

    assert (agents.qa.status, agents.qa.status_reason) == ("paused", "rests")
    assert "QA is paused" in paused.headers["HX-Trigger"]

    screen.post(address("resume", agents.qa), headers=HTMX)
    agents.qa.refresh_from_db()

    assert agents.qa.status == "idle"


def test_a_heartbeat_says_what_it_found(
    screen: Client, alice: Membership, agents: SimpleNamespace
) -> None:
    idle = screen.post(address("heartbeat", agents.technical), headers=HTMX)
    assert "nothing to do" in idle.headers["HX-Trigger"]

    task = create_task(actor=alice.actor, title="Paint the shed")
    assign_task(actor=alice.actor, task=task, assignees=[agents.technical.actor])
    found = screen.post(address("heartbeat", agents.technical), headers=HTMX)

    assert "1 to do" in found.headers["HX-Trigger"]


def test_a_retired_agent_stays_to_be_looked_at(screen: Client, agents: SimpleNamespace) -> None:
    screen.post(address("retire", agents.qa))

    page = screen.get(address("detail", agents.qa)).content.decode()

    assert "Retired" in page
    assert "Pause" not in page
    assert screen.post(address("heartbeat", agents.qa), headers=HTMX).status_code == 409


@pytest.mark.parametrize("what", ["pause", "resume", "retire", "heartbeat", "budget"])
def test_whoever_may_only_look_changes_nothing(
    looker: Client, agents: SimpleNamespace, what: str
) -> None:
    refused = looker.post(address(what, agents.qa), {"cost": "1"}, headers=HTMX)
    agents.qa.refresh_from_db()

    assert refused.status_code == 403
    assert agents.qa.status == "idle"
    assert agents.qa.retired_at is None


@pytest.mark.parametrize("what", ["pause", "resume", "retire", "heartbeat", "budget"])
def test_what_changes_something_is_no_link(
    screen: Client, agents: SimpleNamespace, what: str
) -> None:
    assert screen.get(address(what, agents.qa)).status_code == 405


FORM = {
    "name": "Database expert",
    "role": "designs schemas",
    "duty": "worker",
    "capabilities": "Backend, database,  backend",
    "heartbeat_interval": "60",
    "concurrency": "2",
}


def test_a_new_agent_is_made_of_a_form(screen: Client, workspace: object) -> None:
    answer = screen.post(reverse("agents:create"), {**FORM, "handle": "db"})

    agent = Agent.objects.get()
    assert answer.headers["Location"] == "/agents/db/"
    assert (agent.name, agent.heartbeat_interval, agent.concurrency) == ("Database expert", 60, 2)
    assert agent.capabilities == ["backend", "database"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("heartbeat_interval", "2", "greater than or equal to 5"),
        ("handle", "Not a handle", "lower-case letters"),
        ("handle", "qa", "somebody already"),
        ("name", "", "required"),
        ("concurrency", "11", "less than or equal to 10"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_rest_is_kept(
    screen: Client, agents: SimpleNamespace, field: str, value: str, said: str
) -> None:
    answer = screen.post(reverse("agents:create"), {**FORM, field: value})

    assert answer.status_code == 422
    assert said in " ".join(answer.context["form"].errors[field])
    assert "designs schemas" in answer.content.decode()
    assert Agent.objects.count() == 3


def test_what_a_verb_refuses_is_said_at_the_field(
    screen: Client, agents: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agents import actions
    from core.errors import Invalid

    def refuse(**_: object) -> None:
        raise Invalid("Not like that.", field="persona")

    monkeypatch.setattr(actions, "edit_agent", refuse)
    answer = screen.post(address("edit", agents.qa), {**FORM, "persona": "kept"})

    assert answer.status_code == 422
    assert answer.context["form"].errors["persona"] == ["Not like that."]
    assert "kept" in answer.content.decode()


def test_an_agent_is_changed(screen: Client, agents: SimpleNamespace) -> None:
    form = screen.get(address("edit", agents.qa)).context["form"]
    answer = screen.post(address("edit", agents.qa), {**FORM, "name": "Checker"})
    agents.qa.refresh_from_db()

    assert form["name"].value() == "QA"
    assert answer.headers["Location"] == address("detail", agents.qa)
    assert (agents.qa.name, agents.qa.role) == ("Checker", "designs schemas")


def test_a_budget_is_set_and_taken_away(screen: Client, agents: SimpleNamespace) -> None:
    screen.post(address("budget", agents.qa), {"cost": "2.50", "tokens": ""})
    budget = Budget.objects.get(agent=agents.qa)

    assert (budget.cost_limit, budget.token_limit) == (2_500_000, None)


def test_of_much_that_is_queued_an_agent_shows_the_liveliest_and_counts_the_rest(
    screen: Client, alice: Membership, agents: SimpleNamespace
) -> None:
    agent = agents.technical
    runs = [busy(alice, agent, number) for number in range(RUNS_SHOWN + 3)]
    Run.objects.filter(pk=runs[5].pk).update(state=Run.State.RUNNING)
    [card] = cards([agent])
    assert [run.pk for run in card.runs[:3]] == [runs[5].pk, runs[0].pk, runs[1].pk]
    assert (len(card.runs), card.more, card.unlisted) == (RUNS_SHOWN, RUNS_SHOWN + 2, 3)
    assert "And 3 more" in screen.get(address("detail", agent)).content.decode()
