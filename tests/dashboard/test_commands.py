"""manage.py: the board in a terminal, for people and, with --json, for scripts."""

import io
import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.keys import authenticate_key
from accounts.models import ApiKey, Membership
from agents.actions import create_agent
from agents.models import Agent, Run
from tasks.actions import block_task, create_task
from tasks.models import Task


def said(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue().strip()


def told(*words: str) -> Any:
    return json.loads(said(*words, "--json"))


def test_a_key_is_printed_once_and_lets_in(alice: Membership) -> None:
    text = said("create_api_key", "for a script", "--scope", "read", "--scope", "write")
    key = authenticate_key(text)
    assert key.actor == alice.actor
    assert key.scopes == ["read", "write"]
    assert text not in str(ApiKey.objects.values())


def test_a_key_may_be_a_colleagues_or_an_agents(alice: Membership, bob: Membership) -> None:
    create_agent(actor=alice.actor, name="Pilot", role="x", external=True)
    assert told("create_api_key", "x", "--as", "bob")["acts_as"] == bob.actor.handle
    answer = told("create_api_key", "x", "--agent", "@pilot", "--scope", "run", "--days", "7")
    assert answer["acts_as"] == "pilot"
    assert answer["expires_at"]
    with pytest.raises(CommandError, match="no agent called ghost"):
        said("create_api_key", "x", "--agent", "ghost")
    with pytest.raises(CommandError, match="may not give out the scope admin"):
        said("create_api_key", "x", "--as", "bob", "--scope", "admin")


def test_commands_say_what_they_do_not_find(alice: Membership) -> None:
    with pytest.raises(CommandError, match="no workspace called nowhere"):
        said("tasks", "--workspace", "nowhere", "list")
    with pytest.raises(CommandError, match="no member called nobody"):
        said("tasks", "--as", "nobody", "list")
    with pytest.raises(CommandError, match="There is no task"):
        said("tasks", "why", "99")


def test_without_an_account_commands_say_so(db: None) -> None:
    with pytest.raises(CommandError, match="make the first account"):
        said("tasks", "list")


def test_agents_are_listed_paused_and_resumed(alice: Membership, agents: SimpleNamespace) -> None:
    assert "@technical" in said("agents", "list")
    assert {row["handle"] for row in told("agents", "list")} >= {"orchestrator", "technical", "qa"}
    assert said("agents", "pause", "technical", "--reason", "lunch") == "@technical is paused."
    assert Agent.objects.get(pk=agents.technical.pk).status_reason == "lunch"
    assert said("agents", "resume", "@technical") == "@technical is idle."
    assert said("agents", "retire", "qa") == "@qa is retired."
    assert [row["handle"] for row in told("agents", "list", "--retired")] == ["qa"]
    with pytest.raises(CommandError, match="no agent called @qa"):
        said("agents", "pause", "qa")


def test_everything_is_stopped_and_goes_on(alice: Membership, agents: SimpleNamespace) -> None:
    said("agents", "stop-all", "--reason", "storm")
    alice.workspace.refresh_from_db()
    assert alice.workspace.halted_at
    with pytest.raises(CommandError, match="Everything is stopped"):
        said("run_heartbeat", "technical")
    said("agents", "resume-all")
    alice.workspace.refresh_from_db()
    assert alice.workspace.halted_at is None


def test_a_heartbeat_queues_what_there_is_to_do(alice: Membership, agents: SimpleNamespace) -> None:
    assert said("run_heartbeat", "technical") == "@technical has nothing to do."
    create_task(actor=alice.actor, title="Lamp", assignees=[agents.technical.actor])
    answer = told("run_heartbeat", "technical")
    assert answer["status"] == "queued"
    assert str(Run.objects.get().pk) == answer["runs"][0]["id"]


def test_tasks_are_made_moved_and_explained(alice: Membership, agents: SimpleNamespace) -> None:
    first = told("tasks", "create", "Lamp", "--priority", "high", "--criterion", "It burns")
    assert first["status"] == "inbox"
    assert first["criteria"][0]["text"] == "It burns"
    second = told(
        "tasks", "create", "Pier", "--depends-on", first["key"], "--assignee", "technical"
    )
    assert first["key"] in said("tasks", "why", second["key"])
    assert told("tasks", "why", second["key"])["code"] == "dependencies"
    assert said("tasks", "move", first["key"], "in_progress", "--reason", "now").endswith(
        ": in progress."
    )
    assert Task.objects.get(number=first["number"]).status == "in_progress"
    assert [row["key"] for row in told("tasks", "list", "--assignee", "technical")] == [
        second["key"]
    ]
    assert "Lamp" in said("tasks", "list", "--search", "lam")
    assert said("tasks", "list", "--status", "done") == "There are none."


def test_a_blocked_task_is_tried_again(alice: Membership) -> None:
    task = create_task(actor=alice.actor, title="Lamp", assignees=[alice.actor])
    block_task(actor=alice.actor, task=task, reason="no oil")
    assert told("tasks", "why", task.key)["code"] == "blocked"
    assert told("tasks", "retry", task.key)["blocked_at"] is None
