"""The simulated model in a conversation: it looks at the board, and sees what came along."""

from modules.language.providers.simulated.chatting import chat
from modules.language.providers.simulated.scene import Scene
from modules.language.types import (
    Message,
    Request,
    Text,
    ToolCall,
    ToolResult,
    ToolSpec,
)

LIST = ToolSpec("list_tasks", "List tasks.", {"type": "object", "properties": {}})
ALONG = "Sent along, the document “lamps.pdf”:\n<<<\nThe lamp is green.\nIt blinks.\n>>>"


def scene(*messages: Message) -> Scene:
    return Scene(Request(system="", messages=messages, tools=(LIST,)))


def test_who_asks_about_the_board_gets_a_look_at_it() -> None:
    asked = Message.user("What is on the board?")
    first = chat(scene(asked))
    assert [call.name for call in first.calls] == ["list_tasks"]

    call = ToolCall("c1", "list_tasks", {})
    found = '{"tasks": [{"task": "MC-7", "title": "Light the lamp", "status": "in_progress"}]}'
    looked = Message("assistant", (Text("I look at the board."), call))
    second = chat(scene(asked, looked, Message("user", (ToolResult("c1", "list_tasks", found),))))
    assert not second.calls
    assert "- **MC-7** Light the lamp: in progress" in second.text


def test_what_came_along_is_told_by_its_name_and_beginning() -> None:
    said = chat(scene(Message.user(f"Read this\n\n{ALONG}"))).text
    assert said.startswith("“lamps.pdf” begins: “The lamp is green. It blinks.”")
    assert "<<<" not in said
