"""Plug-ins hear what happens to agents, and can do no harm."""

import json
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import transaction

from accounts.models import Membership
from agents import actions, hooks, plugging
from agents.hooks import Happening, Moment
from agents.jobs import send_notice
from agents.loop import work_off
from agents.models import Run
from agents.plugins import slack
from agents.runs import cancel_run
from core.errors import Unavailable
from core.http import AddressRefused
from tasks.actions import assign_task, create_task
from tasks.models import Task
from tests.outside import Internet, Say

heard: list[Happening] = []
HERE = "tests.agents.test_plugins"
AUDIT = "agents.plugins.audit.AuditFile"
SLACK = "agents.plugins.slack.SlackNotice"
ADDRESS = "https://hooks.example.org/services/T0/secret"


def listen(happening: Happening) -> None:
    heard.append(happening)


def raise_always(happening: Happening) -> None:
    raise ZeroDivisionError("a plug-in of somebody else")


def leave(happening: Happening) -> None:
    raise SystemExit(1)


stuck = threading.Event()


def hang(happening: Happening) -> None:
    stuck.wait(60)
    heard.append(happening)


class OnlyFailures:
    moments = ("failed",)

    def __call__(self, happening: Happening) -> None:
        heard.append(happening)


@pytest.fixture(autouse=True)
def _nothing_heard() -> None:
    heard.clear()


@pytest.fixture
def plugged(settings: Any) -> Callable[..., None]:
    def plug(*paths: str) -> None:
        settings.AGENT_PLUGINS = [path if "." in path else f"{HERE}.{path}" for path in paths]

    return plug


@pytest.fixture
def task(alice: Membership, agents: SimpleNamespace) -> Task:
    task = create_task(actor=alice.actor, title="Paint the shed")
    assign_task(actor=alice.actor, task=task, assignees=[agents.technical.actor])
    return task


def told() -> list[str]:
    return [str(happening.moment) for happening in heard]


@pytest.mark.django_db(transaction=True)
def test_a_run_is_told_from_waking_to_its_end(
    task: Task,
    agents: SimpleNamespace,
    plugged: Callable[..., None],
    scripted: Callable[..., Any],
    alice: Membership,
) -> None:
    def script(request: Any) -> list[Any]:
        return [("list_tasks", {})] if len(request.messages) == 1 else ["Done."]

    scripted(script)
    plugged("listen")
    actions.run_heartbeat(actor=alice.actor, agent=agents.technical)
    work_off(1)

    ours = [one for one in heard if one.handle == "technical"]
    assert [(str(one.moment), one.step, one.name, one.state) for one in ours] == [
        ("woken", "", "", ""),
        ("before_step", "model", "", ""),
        ("after_step", "model", "", "done"),
        ("before_step", "tool", "list_tasks", ""),
        ("after_step", "tool", "list_tasks", "done"),
        ("before_step", "model", "", ""),
        ("after_step", "model", "", "done"),
        ("finished", "", "", "succeeded"),
    ]
    assert ours[0].reason == "manual"
    assert ours[-1].task == task.key
    assert ours[-1].run_id == Run.objects.latest("created_at").pk


@pytest.mark.django_db(transaction=True)
def test_the_life_of_an_agent_is_told(alice: Membership, plugged: Callable[..., None]) -> None:
    plugged("listen")
    agent = actions.create_agent(actor=alice.actor, name="Ada", role="engineer")
    actions.pause_agent(actor=alice.actor, agent=agent, reason="holidays")
    actions.pause_agent(actor=alice.actor, agent=agent)
    actions.retire_agent(actor=alice.actor, agent=agent)

    assert told() == ["created", "paused", "retired"]
    assert (heard[1].agent, heard[1].reason, heard[1].workspace) == ("Ada", "holidays", "harbour")


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_is_not_told(alice: Membership, plugged: Callable[..., None]) -> None:
    plugged("listen")
    with transaction.atomic():
        actions.create_agent(actor=alice.actor, name="Ada", role="engineer")
        transaction.set_rollback(True)
    assert heard == []


@pytest.mark.django_db(transaction=True)
def test_a_run_that_breaks_is_told_as_failed_with_the_step_that_broke(
    task: Task, plugged: Callable[..., None], scripted: Callable[..., Any], alice: Membership
) -> None:
    def break_down(request: Any) -> list[Any]:
        raise RuntimeError("no such luck")

    scripted(break_down)
    plugged("listen")
    actions.run_heartbeat(actor=alice.actor, agent=task.assignees.get().agent)
    work_off(1)

    assert told()[-2:] == ["after_step", "failed"]
    assert heard[-2].state == "RuntimeError"
    assert "RuntimeError" in heard[-1].reason
    assert "luck" not in heard[-1].reason


@pytest.mark.django_db(transaction=True)
def test_a_run_that_was_stopped_is_told_as_finished_and_cancelled(
    task: Task, plugged: Callable[..., None], alice: Membership
) -> None:
    runs = actions.run_heartbeat(actor=alice.actor, agent=task.assignees.get().agent)
    plugged("listen")
    cancel_run(actor=alice.actor, run=Run.objects.get(task=runs[0].task))

    assert [(str(one.moment), one.state) for one in heard] == [("finished", "cancelled")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("broken", ["raise_always", "leave"])
def test_a_plug_in_that_raises_harms_neither_the_run_nor_the_next_plug_in(
    broken: str,
    task: Task,
    plugged: Callable[..., None],
    scripted: Callable[..., Any],
    alice: Membership,
) -> None:
    scripted(lambda request: ["Done."])
    plugged(broken, "listen")
    actions.run_heartbeat(actor=alice.actor, agent=task.assignees.get().agent)
    work_off(1)

    run = Run.objects.get(task=task, kind="work")
    assert run.state == "succeeded"
    assert "finished" in told()


@pytest.mark.django_db(transaction=True)
def test_a_plug_in_that_hangs_is_waited_for_once_and_told_later_what_it_missed(
    task: Task,
    plugged: Callable[..., None],
    scripted: Callable[..., Any],
    alice: Membership,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plugging, "PATIENCE_S", 0.05)
    waits: list[float] = []
    wait = threading.Event.wait

    def counted(self: threading.Event, timeout: float | None = None) -> bool:
        waits.extend([timeout] if timeout == plugging.PATIENCE_S else [])
        return wait(self, timeout)

    monkeypatch.setattr(threading.Event, "wait", counted)
    scripted(lambda request: ["Done."])
    plugged("hang")
    actions.run_heartbeat(actor=alice.actor, agent=task.assignees.get().agent)
    work_off(1)

    assert Run.objects.get(task=task, kind="work").state == "succeeded"
    assert heard == []
    assert len(waits) == 1

    stuck.set()
    done = threading.Event()
    [listener] = hooks.plugins()
    listener._due.put((happening(moment=Moment.CREATED), done))
    assert done.wait(10)
    stuck.clear()
    assert told() == ["woken", "before_step", "after_step", "finished", "created"]


def test_what_a_plug_in_that_hangs_is_not_told_has_a_bound(
    plugged: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugging, "PATIENCE_S", 0.01)
    monkeypatch.setattr(plugging, "KEPT", 3)
    plugged("hang")
    for _ in range(9):
        hooks.tell(happening())
    [listener] = hooks.plugins()
    assert listener._due.qsize() <= 3
    stuck.set()
    listener._due.put((happening(), done := threading.Event()))
    assert done.wait(10)
    stuck.clear()
    assert len(heard) <= 5


@pytest.mark.django_db(transaction=True)
def test_a_plug_in_hears_only_what_it_asks_for(
    alice: Membership, plugged: Callable[..., None]
) -> None:
    plugged("OnlyFailures")
    actions.create_agent(actor=alice.actor, name="Ada", role="engineer")
    assert heard == []
    assert hooks.wanted(Moment.FAILED)
    assert not hooks.wanted(Moment.CREATED)


@pytest.mark.django_db(transaction=True)
def test_nothing_of_what_is_said_or_called_is_handed_out(
    task: Task,
    plugged: Callable[..., None],
    scripted: Callable[..., Any],
    alice: Membership,
) -> None:
    secret = "sk-0123456789"
    scripted(lambda request: [("list_tasks", {"search": secret}), f"It is {secret}."])
    plugged("listen")
    actions.run_heartbeat(actor=alice.actor, agent=task.assignees.get().agent)
    work_off(1)

    assert heard
    assert secret not in str([one.to_dict() for one in heard])


@pytest.mark.django_db(transaction=True)
def test_a_path_that_leads_nowhere_is_warned_of_and_the_others_work(
    alice: Membership, plugged: Callable[..., None]
) -> None:
    plugged("nobody.knows.it", "listen")
    [warning] = [one for one in run_checks() if one.id == "agents.W001"]
    assert "nobody.knows.it" in warning.msg

    actions.create_agent(actor=alice.actor, name="Ada", role="engineer")
    assert told() == ["created"]


# --- the audit ------------------------------------------------------------------------------


def happening(**values: Any) -> Happening:
    from uuid import UUID

    from django.utils import timezone

    given = {"moment": Moment.FAILED, "reason": "no\nluck", **values}
    return Happening(
        at=timezone.now(),
        workspace="harbour",
        agent_id=UUID(int=1),
        handle="ada",
        agent="Ada",
        role="engineer",
        **given,
    )


def test_the_audit_is_a_json_object_a_line_for_its_own_user_alone(
    tmp_path: Path, settings: Any, plugged: Callable[..., None]
) -> None:
    settings.AGENT_AUDIT_FILE = str(tmp_path / "agents.jsonl")
    plugged(AUDIT)
    hooks.tell(happening())
    hooks.tell(happening(moment=Moment.PAUSED))

    lines = (tmp_path / "agents.jsonl").read_text().splitlines()
    first, second = (json.loads(line) for line in lines)
    assert first["moment"] == "failed"
    assert first["reason"] == "no\nluck"
    assert second["moment"] == "paused"
    assert "run_id" not in second
    assert stat.S_IMODE((tmp_path / "agents.jsonl").stat().st_mode) == 0o600


def test_the_audit_goes_on_in_a_new_file_after_the_old_one_was_moved_away(
    tmp_path: Path, settings: Any, plugged: Callable[..., None]
) -> None:
    path = tmp_path / "agents.jsonl"
    settings.AGENT_AUDIT_FILE = str(path)
    plugged(AUDIT)
    hooks.tell(happening())
    path.rename(tmp_path / "agents.jsonl.1")
    hooks.tell(happening())

    assert len(path.read_text().splitlines()) == 1
    assert len((tmp_path / "agents.jsonl.1").read_text().splitlines()) == 1


def test_a_line_that_a_full_disk_cut_off_is_taken_back(
    tmp_path: Path, settings: Any, plugged: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "agents.jsonl"
    settings.AGENT_AUDIT_FILE = str(path)
    plugged(AUDIT)
    hooks.tell(happening())
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, line: write(file, line[:10]))
    hooks.tell(happening())
    monkeypatch.undo()
    settings.AGENT_AUDIT_FILE = str(path)
    plugged(AUDIT)
    hooks.tell(happening())

    assert [json.loads(line)["handle"] for line in path.read_text().splitlines()] == ["ada", "ada"]


# --- the notice -----------------------------------------------------------------------------


@pytest.fixture
def channel(settings: Any, plugged: Callable[..., None]) -> None:
    settings.AGENT_NOTICE_URL = ADDRESS.replace("https", "http")
    plugged(SLACK)


@pytest.mark.django_db(transaction=True)
def test_a_notice_is_handed_to_a_job_and_posted_as_slack_wants_it(
    channel: None, internet: Internet, alice: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[tuple[Any, ...]] = []
    monkeypatch.setattr(slack, "enqueue", lambda *job: queued.append(job))
    server = internet.serve(name="hooks.example.org")
    actions.create_agent(actor=alice.actor, name="<!channel>", role="engineer", handle="ada")
    assert server.heard == []
    [(job, text)] = queued
    assert job == "agents.jobs.send_notice"

    send_notice(text)

    [request] = server.heard
    assert (request.method, request.path) == ("POST", "/services/T0/secret")
    assert request.headers["content-type"] == "application/json"
    said = json.loads(request.body)
    assert said == {"text": "&lt;!channel&gt; (@ada, harbour) was created"}


def test_moments_that_are_not_asked_for_are_not_posted(
    channel: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[Any] = []
    monkeypatch.setattr(slack, "enqueue", lambda *job: queued.append(job))
    hooks.tell(happening(moment=Moment.WOKEN))
    hooks.tell(happening(moment=Moment.FAILED, kind="work", task="T-1"))
    assert [text for _, text in queued] == ["Ada (@ada, harbour) failed work on T-1: no\nluck"]


def test_a_channel_that_is_down_is_tried_four_times(channel: None, internet: Internet) -> None:
    server = internet.serve(lambda _: Say(503), name="hooks.example.org")
    outcome = send_notice.apply(args=["hello"])
    assert isinstance(outcome.result, Unavailable)
    assert len(server.heard) == 4


def test_a_notice_goes_to_the_open_internet_alone(settings: Any) -> None:
    settings.AGENT_NOTICE_URL = "http://127.0.0.1:8000/"
    outcome = send_notice.apply(args=["hello"])
    assert isinstance(outcome.result, AddressRefused)
