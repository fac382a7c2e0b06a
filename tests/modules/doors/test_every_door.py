"""Every operation by every door, simulated: what one can do, all can.

The operations come from the registry, so that a new one without a row fails.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from core.clock import db_now
from modules.models import AIModel, Asset, Job, Schedule
from modules.operations import registry
from modules.running.driving import work_off
from modules.running.schedules import fire_due
from modules.tools import ToolContext
from modules.tools import registry as tools
from tests.api.client import Program
from tests.api.conftest import token_of
from tests.modules.doors.rows import ROWS, WITHOUT_TOOL, Given
from tests.modules.embedding.server import Vectors

OPERATIONS = [one.name for one in registry]


@pytest.fixture(autouse=True)
def _at_once(workspace: Any, vectors: Vectors) -> None:
    """The simulated model does not let tests wait."""
    AIModel.objects.filter(workspace=workspace, provider="simulated").update(
        options={"latency_ms": 0}
    )


def by_screen(name: str, given: Given, alice: Membership, agents: Any) -> None:
    client = Client()
    client.force_login(alice.user)
    response = client.post(reverse("modules:operation", args=[name]), as_form(name, given))
    assert response.status_code == 302, response.content.decode()[-2_000:]
    work_off(1)
    job = Job.objects.get()
    assert client.get(reverse("modules:job", args=[job.pk])).status_code == 200


def by_api(name: str, given: Given, alice: Membership, agents: Any) -> None:
    reply = Program(token_of(alice)).post("modules/jobs", {"operation": name, "input": given})
    assert reply.status == 202, reply
    work_off(1)


def by_command(name: str, given: Given, alice: Membership, agents: Any) -> None:
    out = StringIO()
    call_command("module", "run", name, "--input", json.dumps(given), "--json", stdout=out)
    assert json.loads(out.getvalue())["state"] == "succeeded"


def by_schedule(name: str, given: Given, alice: Membership, agents: Any) -> None:
    body = {"name": "Now and then", "operation": name, "input": given, "cron": "0 * * * *"}
    assert Program(token_of(alice)).post("modules/schedules", body).status == 201
    Schedule.objects.update(due_at=db_now() - timedelta(seconds=1))
    assert fire_due() == 1
    work_off(1)


def by_tool(name: str, given: Given, alice: Membership, agents: Any) -> None:
    agent = agents.technical
    ctx = ToolContext(
        actor=agent.actor, workspace=agent.actor.workspace, agent=agent, key=f"{name}:1"
    )
    answer = json.loads(tools.get(registry.get(name).tool).call(ctx, given))
    job = Job.objects.get()
    assert job.agent == agent
    if job.assets.exists():
        assert {one["asset_id"] for one in answer["assets"]} == {
            str(pk) for pk in job.assets.values_list("pk", flat=True)
        }


DOORS: dict[str, Callable[..., None]] = {
    "screen": by_screen,
    "api": by_api,
    "command": by_command,
    "schedule": by_schedule,
    "tool": by_tool,
}


def as_form(name: str, given: Given) -> dict[str, str]:
    """An input as a person writes it into the form, which begins with the defaults."""

    def written(value: Any) -> str:
        if isinstance(value, list):
            return "\n".join(value)
        return json.dumps(value) if isinstance(value, dict) else str(value)

    fields = registry.get(name).schema["properties"]
    begun = {key: schema["default"] for key, schema in fields.items() if "default" in schema}
    return {
        key: "on" if value is True else written(value)
        for key, value in {**begun, **given}.items()
        if value is not None and value is not False
    }


def test_every_operation_has_a_row_and_all_but_one_are_tools() -> None:
    assert set(OPERATIONS) == set(ROWS)
    assert {one.name for one in registry if not one.tool} == WITHOUT_TOOL


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", OPERATIONS)
def test_it_is_done_by_every_door(
    name: str,
    door: str,
    input_of: Callable[[str], Given],
    alice: Membership,
    agents: Any,
) -> None:
    if door == "tool" and name in WITHOUT_TOOL:
        assert not registry.get(name).tool
        return
    DOORS[door](name, given := input_of(name), alice, agents)
    job = Job.objects.get()
    assert (job.state, job.door, job.error) == ("succeeded", door, "")
    assert ROWS[name].shows(job)
    assert job.simulated == (registry.get(name).kind != "embedding")
    made = Asset.objects.filter(job=job)
    assert all(one.simulated for one in made)
    if "image" in given and name.startswith("image."):
        assert str(made.get().parents.get().pk) == given["image"]
