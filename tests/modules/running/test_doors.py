"""One operation through every door: API, command and tool; the screen has its own tests."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Membership
from modules.language.types import Request
from modules.models import Job
from modules.tools import ToolContext, ToolError, registry
from tests.api.client import Program
from tests.api.conftest import token_of
from tests.modules.running.conftest import TEXT


@pytest.fixture
def as_bob(bob: Membership) -> Program:
    return Program(token_of(bob))


def test_the_api_lists_operations_with_their_schema(as_bob: Program) -> None:
    found = {one["name"]: one for one in as_bob.get("modules").body}
    schema = found["language.summarise"]["schema"]
    assert schema["properties"]["length"]["enum"] == ["sentence", "short", "long", "bullets"]
    assert found["language.summarise"]["tool"] == "summarise"


def test_a_program_that_waits_gets_the_result(as_bob: Program, worker: None) -> None:
    body = {"operation": "language.summarise", "input": {"text": TEXT}, "wait": 5}
    reply = as_bob.post("modules/jobs", body)
    assert reply.status == 200, reply
    assert reply.body["state"] == "succeeded"
    assert reply.body["result"]["text"]
    assert reply.body["simulated"] is True
    assert reply.body["door"] == "api"


def test_a_program_that_does_not_wait_comes_back(as_bob: Program) -> None:
    reply = as_bob.post(
        "modules/jobs", {"operation": "language.summarise", "input": {"text": TEXT}}
    )
    assert reply.status == 202
    assert reply.body["state"] == "queued"
    address = reply.headers["Location"].removeprefix("/api/v1/")
    assert as_bob.get(address).body["id"] == reply.body["id"]
    assert as_bob.post(f"{address}/cancel", {}).body["state"] == "cancelled"
    again = as_bob.post(f"{address}/retry", {})
    assert again.status == 202
    assert again.body["retry_of"] == reply.body["id"]


def test_wrong_input_is_refused_in_words(as_bob: Program) -> None:
    reply = as_bob.post(
        "modules/jobs", {"operation": "language.summarise", "input": {"length": "huge"}}
    )
    assert reply.status == 409
    assert "length" in reply.body["error"]["message"]


def test_the_estimate_starts_nothing(as_bob: Program) -> None:
    reply = as_bob.post(
        "modules/estimate", {"operation": "language.summarise", "input": {"text": TEXT}}
    )
    assert reply.body["simulated"] is True
    assert reply.body["microdollars"] == 0
    assert not Job.objects.exists()


def command(*args: str) -> str:
    out = StringIO()
    call_command("module", *args, stdout=out)
    return out.getvalue()


def test_the_command_does_it_and_prints_the_result(workspace: Any) -> None:
    answer = json.loads(command("run", "language.summarise", f"text={TEXT}", "--json"))
    assert answer["state"] == "succeeded", answer
    assert Job.objects.get().door == "command"
    given = json.dumps({"text": TEXT, "length": "bullets"})
    assert command("run", "language.summarise", "--input", given).startswith("- ")


def test_the_command_says_what_there_is_and_what_is_wrong(workspace: Any) -> None:
    assert "language.summarise" in command("list")
    with pytest.raises(CommandError, match="There is no operation"):
        command("run", "language.sing")
    with pytest.raises(CommandError, match="Give one of text"):
        command("run", "language.summarise")


def test_an_agent_has_it_as_a_tool(agents: Any, workspace: Any) -> None:
    agent = agents.technical
    ctx = ToolContext(actor=agent.actor, workspace=workspace, agent=agent, key="r1:0")
    answer = json.loads(registry.get("summarise").call(ctx, {"text": TEXT}))
    assert answer["text"]
    assert answer["simulated"] is True
    job = Job.objects.get()
    assert (job.door, job.agent) == ("tool", agent)
    assert json.loads(registry.get("summarise").call(ctx, {"text": TEXT})) == answer
    assert Job.objects.count() == 1, "the same call has no second effect"


def test_a_tool_says_why_it_did_not_work(agents: Any, workspace: Any) -> None:
    ctx = ToolContext(actor=agents.technical.actor, workspace=workspace, key="r1:1")
    with pytest.raises(ToolError, match="Give one of text"):
        registry.get("summarise").call(ctx, {})


def test_an_agent_at_work_makes_a_picture(
    agents: Any, alice: Membership, scripted: Any, work_until_quiet: Any
) -> None:
    from tasks.actions import create_task

    def script(request: Request) -> list[Any]:
        said = json.dumps(request.to_dict())
        if "generate_image" not in [tool.name for tool in request.tools]:
            return [("finish", {"summary": "Nothing for me."})]
        if "asset_id" not in said:
            return [("generate_image", {"prompt": "A lamp at night"})]
        return [("finish", {"summary": "There is a picture."})]

    requests = scripted(script)
    task = create_task(actor=alice.actor, title="A lamp", assignees=[agents.technical.actor])
    work_until_quiet()
    job = Job.objects.filter(operation="image.generate").first()
    assert job, [request.to_dict() for request in requests][-1]
    assert (job.state, job.agent, job.task) == ("succeeded", agents.technical, task)
    assert job.run
    asset = job.assets.get()
    assert asset.owner == agents.technical.actor
    assert str(asset.pk) in json.dumps([one.to_dict() for one in requests])


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"a\x00": 1}, 400),  # the schema says how names look
        ({"a": "b\x00"}, 409),
        ({"a": [{"b\x00": 1}]}, 409),
        ({"a": "x" * 100_001}, 409),
        ({"a": 1e999}, 400),  # not JSON at all
    ],
)
def test_what_no_database_could_keep_is_refused_by_name(
    as_bob: Program, given: dict[str, Any], status: int
) -> None:
    reply = as_bob.post("modules/jobs", {"operation": "language.summarise", "input": given})
    assert reply.status == status
    if status == 409:
        assert [*reply.body["error"]["details"]] == ["input"]
    assert not Job.objects.exists()
