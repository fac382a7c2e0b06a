"""Files that come along: a picture for the tools, a sound among the assets, a text as text."""

import io
import wave
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import Membership
from activity.models import Activity
from agents.loop import work_off
from conversations.actions import edit_turn, send_turn, start_conversation
from conversations.exporting import as_data, as_markdown
from conversations.files import LONGEST_TEXT, MOST_FILES, look_at
from conversations.models import Conversation, Turn, TurnFile
from core.errors import Invalid, MCError
from modules.assets.actions import create_asset, delete_asset, prepare
from modules.models import Asset
from tests.api.client import Program
from tests.api.conftest import _no_memory, as_alice, as_charlie  # noqa: F401
from tests.modules.assets.documents import LOCKED_WITH, pdf, word

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (12, 8), "teal").save(made, "PNG")
    return made.getvalue()


def sound() -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(b"\0\0" * 800)
    return made.getvalue()


def test_each_kind_is_told_to_the_agent_in_its_way(
    alice: Membership, agents: SimpleNamespace, scripted: Any, answer_of: Any
) -> None:
    requests = scripted(lambda request: ["I see."])
    files = [
        look_at(picture(), "mole.png"),
        look_at(sound(), "horn.wav"),
        look_at(b"The green lamp burns.", "../notes.txt"),
    ]
    conversation = start_conversation(
        actor=alice.actor, agent=agents.technical, content="What is it?", files=files
    )
    answer_of(conversation)
    image, audio = Asset.objects.get(kind="image"), Asset.objects.get(kind="audio")
    asked = requests[0].messages[-1].text
    assert asked.startswith("What is it?")
    assert f"the picture “mole.png”: asset {image.pk}" in asked
    assert f"the sound “horn.wav”: asset {audio.pk}" in asked
    assert "“notes.txt”:\n<<<\nThe green lamp burns.\n>>>" in asked
    assert Asset.objects.count() == 2  # the text stays with the turn, and so with its owner
    assert not Activity.objects.filter(message__contains="notes").exists()

    send_turn(actor=alice.actor, conversation=conversation, content="And now?")
    answer_of(conversation)
    assert "The green lamp burns." in requests[1].messages[0].text


def test_the_text_of_a_pdf_and_of_word_is_told_to_the_agent(
    alice: Membership, agents: SimpleNamespace, scripted: Any, answer_of: Any
) -> None:
    requests = scripted(lambda request: ["I see."])
    files = [
        look_at(pdf("The lamp is green.", "So is the mole."), "report.pdf"),
        look_at(word("Paint it red."), "order.docx"),
    ]
    conversation = start_conversation(
        actor=alice.actor, agent=agents.technical, content="What is it?", files=files
    )
    answer_of(conversation)
    asked = requests[0].messages[-1].text
    assert "“report.pdf”:\n<<<\nThe lamp is green.\n\nSo is the mole.\n>>>" in asked
    assert "“order.docx”:\n<<<\nPaint it red.\n>>>" in asked
    assert Asset.objects.count() == 0


def test_a_long_text_leaves_room_for_the_rest(
    alice: Membership, agents: SimpleNamespace, scripted: Any, answer_of: Any
) -> None:
    requests = scripted(lambda request: ["Long."])
    long = look_at(b"word " * 40_000, "long.txt")
    assert len(long.text) < LONGEST_TEXT + 40
    conversation = start_conversation(
        actor=alice.actor, agent=agents.technical, content="Read this", files=[long]
    )
    answer_of(conversation)
    assert len(requests[0].messages[-1].text) < 25_000
    assert "more characters" in requests[0].messages[-1].text
    send_turn(actor=alice.actor, conversation=conversation, content="So?")
    answer_of(conversation)
    assert len(requests[1].messages[0].text) < 1_000


def test_files_go_along_into_branches_and_exports(
    alice: Membership, agents: SimpleNamespace, scripted: Any, answer_of: Any
) -> None:
    scripted(lambda request: ["Yes."])
    conversation = start_conversation(
        actor=alice.actor,
        agent=agents.technical,
        content="One",
        files=[look_at(picture(), "a.png")],
    )
    answer_of(conversation)
    send_turn(actor=alice.actor, conversation=conversation, content="Two")
    answer_of(conversation)
    later = edit_turn(
        actor=alice.actor, turn=conversation.turns.get(index=2), content="Two, otherwise"
    )
    assert later.turns.get(index=0).files.get().name == "a.png"
    first = edit_turn(
        actor=alice.actor, turn=conversation.turns.get(index=0), content="One, otherwise"
    )
    assert first.turns.get(index=0).files.get().asset == Asset.objects.get()
    assert as_data(conversation)["turns"][0]["files"][0]["name"] == "a.png"
    assert "Sent along: a.png" in as_markdown(conversation)
    delete_asset(actor=alice.actor, asset=Asset.objects.get())
    answer_of(first)
    assert TurnFile.objects.filter(asset=None).count() == 3


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.txt"),
        (b"MZ\x90\0\x03", "a.exe"),
        (b"%PDF-1.7 x", "a.pdf"),
        (pdf("x", password=LOCKED_WITH), "a.pdf"),
        (b"\x89PNG\r\n\x1a\nx", "a.png"),
    ],
)
def test_what_cannot_be_taken_is_refused(content: bytes, name: str) -> None:
    with pytest.raises(MCError):
        look_at(content, name)


def test_a_person_sends_them_from_the_page(
    alice: Membership, agents: SimpleNamespace, scripted: Any
) -> None:
    scripted(lambda request: ["I see."])
    client = Client()
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    given = {
        "agent": str(agents.technical.pk),
        "content": "Look",
        "files": [
            SimpleUploadedFile("mole.png", picture()),
            SimpleUploadedFile("notes.md", b"# <b>Lamps</b>"),
        ],
    }
    client.post("/chat/new/", given)
    conversation = Conversation.objects.get()
    page = client.get(f"/chat/{conversation.pk}/").content.decode()
    assert "mole.png" in page
    assert "# &lt;b&gt;Lamps&lt;/b&gt;" in page
    work_off(1)
    more = {"content": "More", "files": [SimpleUploadedFile("a.exe", b"MZ\x90\0")]}
    refused = client.post(f"/chat/{conversation.pk}/send/", more, headers={"HX-Request": "true"})
    assert refused.status_code == 415
    assert conversation.turns.count() == 2
    many = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(MOST_FILES + 1)]
    refused = client.post(f"/chat/{conversation.pk}/send/", {"content": "x", "files": many})
    assert refused.status_code in (302, 400)
    assert conversation.turns.count() == 2


def test_a_program_names_assets(
    as_alice: Program,  # noqa: F811
    as_charlie: Program,  # noqa: F811
    alice: Membership,
    charlie: Membership,
    agents: SimpleNamespace,
    scripted: Any,
) -> None:
    scripted(lambda request: ["I see."])
    mine = create_asset(actor=alice.actor, prepared=prepare(picture(), name="a.png"))
    theirs = create_asset(actor=charlie.actor, prepared=prepare(picture(), name="b.png"))
    made = as_alice.post("conversations", {"agent": str(agents.technical.pk)}).body
    path = f"conversations/{made['id']}/turns"
    refused = as_alice.post(path, {"content": "Look", "assets": [str(theirs.pk)]})
    assert refused.status == 404
    said = as_alice.post(path, {"content": "Look", "assets": [str(mine.pk)]})
    assert said.status == 201, said
    turn = as_alice.get(path).body["results"][0]
    assert turn["files"] == [{"name": "a.png", "kind": "image", "asset": str(mine.pk), "text": ""}]


def test_too_many_are_refused(alice: Membership, agents: SimpleNamespace) -> None:
    with pytest.raises(Invalid, match="At most"):
        start_conversation(
            actor=alice.actor,
            agent=agents.technical,
            content="x",
            files=[look_at(b"x", "x.txt")] * (MOST_FILES + 1),
        )
    assert not Turn.objects.exists()
