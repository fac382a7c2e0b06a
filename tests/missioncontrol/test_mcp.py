"""The board for programs with a model of their own, driven by the official client."""

import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from tests.missioncontrol.house import House, eventually

SCRIPT = """
import json
from accounts.actions import create_user, create_workspace
from accounts.keys import create_api_key
from accounts.models import Workspace
from agents.actions import create_agent
from documents.actions import create_document

def house(name, handle):
    user = create_user(username=handle, email=handle + "@example.org", password="correct-horse-9")
    return create_workspace(name=name, owner=user)

alice, charlie = house("Harbour", "alice"), house("Elsewhere", "charlie")
outside = create_agent(actor=alice.actor, name="Pilot", role="brings ships in",
                       capabilities=["navigation"], external=True)
keys = {
    "alice": create_api_key(actor=alice.actor, name="all",
                            scopes=["read", "write", "run", "admin"])[1],
    "reader": create_api_key(actor=alice.actor, name="look", scopes=["read"])[1],
    "charlie": create_api_key(actor=charlie.actor, name="his", scopes=["read", "write"])[1],
    "agent": create_api_key(actor=alice.actor, name="its", scopes=["read", "write", "run"],
                            owner=outside.actor)[1],
}
secret = create_document(actor=charlie.actor, title="Of Elsewhere", content="Not for Alice.")
for number in range(60):
    create_document(actor=alice.actor, title=f"Note {number}", content=f"# Note {number}")
print(json.dumps({"keys": keys, "secret": str(secret.pk)}))
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("var"))
    house.prepare()
    house.start()
    yield house
    house.close()


@pytest.fixture(scope="module")
def cast(house: House) -> dict[str, Any]:
    """Alice's and Charlie's workspaces, an agent that runs elsewhere, and their keys."""
    done = house.manage("shell", "--verbosity=0", "-c", SCRIPT)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    eventually(house.is_ready)
    return found


@asynccontextmanager
async def client(house: House, key: str, *, mode: str = "auto") -> AsyncIterator[Client]:
    address = f"http://127.0.0.1:{house.port}/mcp"
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30) as http,
        Client(streamable_http_client(address, http_client=http), mode=mode) as one,
    ):
        yield one


async def ask(board: Client, name: str, /, **arguments: Any) -> Any:
    result = await board.call_tool(name, arguments)
    assert not result.is_error, result.content
    return result.structured_content


async def refused(board: Client, name: str, /, **arguments: Any) -> str:
    result = await board.call_tool(name, arguments)
    assert result.is_error
    return str(result.content[0].text)  # type: ignore[union-attr]


def post(house: House, **headers: str) -> tuple[int, Any, Any]:
    """A request by hand, and its answer: status, body, headers."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    request = urllib.request.Request(
        f"http://127.0.0.1:{house.port}/mcp",
        data=json.dumps(call).encode(),
        headers={
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer), answer.headers
    except urllib.error.HTTPError as answer:
        return answer.code, json.load(answer), answer.headers


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_a_task_goes_all_its_way(house: House, cast: dict[str, Any], mode: str) -> None:
    async with client(house, cast["keys"]["alice"], mode=mode) as board:
        made = await ask(
            board,
            "create_task",
            title="Light the pier",
            criteria=["Both lamps are lit"],
            assignee="alice",
        )
        key = made["task"]
        taken = await ask(board, "take_next_task", open_ones=False)
        assert taken["task"] == key
        assert taken["status"] == "in_progress"
        assert "Both lamps are lit" in taken["brief"]
        asked = await ask(board, "ask", task=key, question="Which lamp first?", whom="alice")
        seen = await ask(board, "get_task", task=key)
        assert seen["thread"][-1]["open_question"] is True
        await ask(board, "answer", message_id=asked["message_id"], body="The red one.")
        await ask(board, "post_message", task=key, body="Both burn.")
        page = await ask(board, "get_task", task=key, messages=2)
        older = await ask(board, "get_task", task=key, before=page["older_before"])
        assert len(page["thread"]) == 2
        assert len(older["thread"]) == 1
        report = await ask(
            board, "write_document", title="Report", content="# Lamps\n\nBoth lit.", task=key
        )
        handed = await ask(
            board,
            "submit_for_review",
            task=key,
            summary="Both lamps are lit.",
            evidence=[report["document_id"]],
        )
        assert handed["status"] == "review"
        done = await ask(board, "move_task", task=key, status="done")
        assert done["status"] == "done"
        assert (await ask(board, "get_task", task=key))["why"]["code"] == "done"


async def test_working_md_is_read_and_changed(house: House, cast: dict[str, Any]) -> None:
    async with client(house, cast["keys"]["alice"]) as board:
        page = await ask(board, "read_working_state")
        text = page["text"].rstrip() + "\n\n## Notes\n\nMind the tide.\n"
        await ask(board, "update_working_state", text=text, etag=page["etag"])
        read = await board.read_resource("mc://working")
        assert "Mind the tide." in read.contents[0].text  # type: ignore[union-attr]


async def test_documents_are_resources_page_by_page(house: House, cast: dict[str, Any]) -> None:
    async with client(house, cast["keys"]["reader"]) as board:
        templates = await board.list_resource_templates()
        assert {one.uri_template for one in templates.resource_templates} == {
            "mc://documents/{id}",
            "mc://working",
        }
        first = await board.list_resources()
        assert first.resources[0].uri == "mc://working"
        assert first.next_cursor
        rest = await board.list_resources(cursor=first.next_cursor)
        uris = [one.uri for one in [*first.resources, *rest.resources]]
        assert len(uris) == len(set(uris))
        assert len(uris) >= 61
        note = next(one for one in rest.resources if one.name == "Note 0")
        read = await board.read_resource(note.uri)
        assert read.contents[0].text == "# Note 0"  # type: ignore[union-attr]
        with pytest.raises(MCPError):
            await board.list_resources(cursor="nonsense")


async def test_another_workspace_is_not_there(house: House, cast: dict[str, Any]) -> None:
    async with client(house, cast["keys"]["alice"]) as board:
        mine = await ask(board, "create_task", title="Alice's own")
        words = await refused(board, "read_document", document_id=cast["secret"])
        assert "no document" in words
        with pytest.raises(MCPError):
            await board.read_resource(f"mc://documents/{cast['secret']}")
        with pytest.raises(MCPError):
            await board.read_resource("file:///etc/passwd")
    async with client(house, cast["keys"]["charlie"]) as board:
        assert "no task" in await refused(board, "get_task", task=mine["task"])
        assert (await ask(board, "list_tasks"))["tasks"] == []
        resources = await board.list_resources()
        assert [one.name for one in resources.resources] == ["WORKING.md", "Of Elsewhere"]


async def test_a_key_sees_and_does_only_what_its_scopes_allow(
    house: House, cast: dict[str, Any]
) -> None:
    async with client(house, cast["keys"]["reader"]) as board:
        names = {tool.name for tool in (await board.list_tools()).tools}
        assert names == {
            "get_task",
            "list_agents",
            "list_tasks",
            "read_document",
            "read_working_state",
            "search_documents",
        }
        assert "needs the right to work" in await refused(board, "create_task", title="No")
    async with client(house, cast["keys"]["charlie"]) as board:
        names = {tool.name for tool in (await board.list_tools()).tools}
        assert "create_task" in names
        assert not {"create_agent", "wake_agent"} & names
        assert "right to agents" in await refused(
            board, "create_agent", name="X", role="x", capabilities=[]
        )
    async with client(house, cast["keys"]["alice"]) as board:
        assert {"create_agent", "wake_agent"} <= {
            tool.name for tool in (await board.list_tools()).tools
        }


async def test_every_tool_says_what_it_takes(house: House, cast: dict[str, Any]) -> None:
    async with client(house, cast["keys"]["alice"]) as board:
        for tool in (await board.list_tools()).tools:
            assert tool.description
            assert "at hand" not in tool.description, tool.name
            assert "ends the run" not in tool.description, tool.name
            assert tool.input_schema["type"] == "object"
            for name, argument in tool.input_schema["properties"].items():
                assert "at hand" not in argument.get("description", ""), f"{tool.name}: {name}"


async def test_an_agent_takes_only_what_it_can_do(house: House, cast: dict[str, Any]) -> None:
    async with client(house, cast["keys"]["alice"]) as board:
        # Assigned to people, or beyond the agent, so that nobody here takes them meanwhile.
        hard = await ask(board, "create_task", title="Weld", needs=["welding"], assignee="alice")
        fits = await ask(
            board, "create_task", title="Steer", needs=["navigation"], assignee="pilot"
        )
    async with client(house, cast["keys"]["agent"]) as board:
        taken = await ask(board, "take_next_task", open_ones=False)
        assert taken["task"] == fits["task"] != hard["task"]
        assert "Submit it for review" in await refused(
            board, "move_task", task=fits["task"], status="done"
        )
        assert (await ask(board, "take_next_task"))["task"] == fits["task"]


async def test_refusals_are_words_and_not_crashes(house: House, cast: dict[str, Any]) -> None:
    async with client(house, cast["keys"]["alice"]) as board:
        assert "“task” is missing" in await refused(board, "post_message", body="To whom?")
        assert "not the key" in await refused(board, "get_task", task="nonsense")
        assert "no argument" in await refused(board, "list_tasks", owner="me")
        assert "not the id" in await refused(board, "answer", message_id="x", body="y")
        assert "nobody called" in await refused(
            board, "create_task", title="For a ghost", assignee="ghost"
        )
        with pytest.raises(MCPError):
            await board.call_tool("drop_database", {})
        # What failed left nothing behind.
        found = await ask(board, "list_tasks", query="For a ghost")
        assert found["tasks"] == []


@pytest.mark.parametrize(
    "authorization", ["", "Bearer mc_wrong_key", "Basic YTpi", "Token ", "Bearer \u00e9"]
)
def test_without_a_valid_key_nobody_gets_in(
    house: House, cast: dict[str, Any], authorization: str
) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    status, body, answered = post(house, **headers)
    assert status == 401
    assert body["error"]["code"] == "not_authenticated"
    assert answered["WWW-Authenticate"]
    assert answered["X-Request-Id"] == body["error"]["request_id"]


def test_both_schemes_name_a_key(house: House, cast: dict[str, Any]) -> None:
    for scheme in ("Bearer", "Token", "bearer"):
        status, body, answered = post(house, Authorization=f"{scheme} {cast['keys']['reader']}")
        assert status == 200
        assert body["result"]["tools"]
        assert answered["Cache-Control"] == "no-store"
        assert answered["RateLimit"]


def test_pages_of_other_sites_are_refused(house: House, cast: dict[str, Any]) -> None:
    key = f"Bearer {cast['keys']['alice']}"
    status, body, _ = post(house, Authorization=key, Origin="https://evil.example")
    assert (status, body["error"]["code"]) == (403, "foreign_origin")
    status, body, _ = post(house, Authorization=key, Origin="null")
    assert status == 403
    status, body, _ = post(house, Authorization=key, Host="rebound.example")
    assert (status, body["error"]["code"]) == (421, "unknown_host")
    own = f"http://127.0.0.1:{house.port}"
    assert post(house, Authorization=key, Origin=own)[0] == 200


def test_there_is_no_stream_to_hold_open(house: House, cast: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{house.port}/mcp",
        headers={"Authorization": f"Bearer {cast['keys']['alice']}", "Accept": "text/event-stream"},
    )
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=10)
    assert refusal.value.code == 405
    assert refusal.value.headers["Allow"] == "POST"


def test_a_revoked_key_ends_at_once(house: House, cast: dict[str, Any]) -> None:
    key = f"Bearer {cast['keys']['charlie']}"
    assert post(house, Authorization=key)[0] == 200
    with sqlite3.connect(house.var / "missioncontrol.sqlite3", timeout=10) as rows:
        rows.execute("UPDATE accounts_apikey SET revoked_at = created_at WHERE name = 'his'")
    assert post(house, Authorization=key)[0] == 401


def test_the_protocol_is_not_loaded_before_somebody_speaks_it(tmp_path: Any) -> None:
    house = House(tmp_path)
    done = house.manage(
        "shell",
        "--verbosity=0",
        "-c",
        "import sys, missioncontrol.asgi; print([m for m in ('mcp', 'starlette') "
        "if m in sys.modules])",
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr
