"""The modules against @copilotkit/aimock: both SDKs, as bytes on the wire."""

import base64
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from accounts.models import Membership
from modules.assets.actions import create_asset, prepare
from modules.credentials import encrypt
from modules.language.providers.anthropic import wire as anthropic_wire
from modules.language.providers.openai import wire as openai_wire
from modules.language.types import Message, Picture, Request, Text
from modules.models import AIModel, Asset, Call, Job
from modules.running import actions
from modules.running.driving import drive_now
from tests.modules.assets.pictures import png
from tests.modules.running.conftest import TEXT
from tests.modules.wire.servers import Aimock, why_no_aimock

pytestmark = pytest.mark.django_db(transaction=True)
OBJECTS = {"objects": [{"label": "lamp", "box": [0.1, 0.2, 0.3, 0.4]}]}
USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


def fixtures() -> dict[str, Any]:
    picture = base64.b64encode(png(1_024, 1_024, "purple")).decode()
    said = [
        ("harbour lamp is broken", "The lamp is broken; a new one comes on Thursday."),
        ("Describe this picture", "An orange square."),
        ("Find the lamp", json.dumps(OBJECTS)),
        ("Which label", '{"labels": ["harbour"]}'),
    ]
    found: list[dict[str, Any]] = [
        {"match": {"userMessage": words}, "response": {"content": text, "usage": USAGE}}
        for words, text in said
    ]
    found += [
        {
            "match": {"userMessage": "a purple harbour", "endpoint": "image"},
            "response": {"image": {"b64Json": picture}},
        },
        {"match": {"inputText": "lamp"}, "response": {"embedding": [0.1, 0.2, 0.3]}},
        {
            "match": {"userMessage": "forbidden thing", "endpoint": "image"},
            "response": {
                "error": {"message": "Refused by policy", "type": "invalid_request_error"},
                "status": 400,
            },
        },
    ]
    return {"fixtures": found}


@pytest.fixture(scope="module")
def aimock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aimock]:
    if reason := why_no_aimock():
        pytest.skip(reason)
    path: Path = tmp_path_factory.mktemp("wire") / "fixtures.json"
    path.write_text(json.dumps(fixtures()))
    server = Aimock(path)
    yield server
    server.stop()


Ask = Callable[..., Job]


@pytest.fixture
def ask(alice: Membership, workspace: Any, aimock: Aimock) -> Ask:
    """Do a job with a model of that provider at the stand-in."""

    def go(provider: str, kind: str, operation: str, **given: Any) -> Job:
        model = AIModel.objects.create(
            workspace=workspace,
            name=f"{provider} {kind}",
            kind=kind,
            provider=provider,
            model_id="some-model",
            base_url=aimock.url + ("/v1" if provider == "openai" else ""),
            credentials=encrypt("sk-canary-key-123456"),
            input_price=2_000_000,
            output_price=10_000_000,
            timeout_s=10,
            options={"unit_price": 40_000} if kind == "image" else {},
        )
        job = actions.start_job(
            actor=alice.actor, operation=operation, input=given, model=model.pk, push=False
        )
        drive_now(job.pk)
        job.refresh_from_db()
        return job

    return go


@pytest.fixture
def picture(alice: Membership) -> Asset:
    prepared = prepare(png(64, 48), name="given.png")
    return create_asset(actor=alice.actor, prepared=prepared)


BOTH = pytest.mark.parametrize("provider", ["openai", "anthropic"])


@BOTH
def test_a_summary_comes_over_the_wire(ask: Ask, provider: str) -> None:
    job = ask(provider, "language", "language.summarise", text=TEXT)
    assert job.result == {"text": "The lamp is broken; a new one comes on Thursday."}, job.error
    assert not job.simulated
    assert job.cost == Call.objects.get().cost > 0


@BOTH
def test_facts_are_checked_against_their_schema(ask: Ask, provider: str) -> None:
    job = ask(
        provider,
        "language",
        "language.classify",
        text="Which label fits the pier?",
        labels=["harbour", "taxes"],
    )
    assert job.result == {"label": "harbour", "labels": ["harbour"]}, job.error


@BOTH
def test_a_picture_is_looked_at_over_the_wire(ask: Ask, provider: str, picture: Asset) -> None:
    job = ask(provider, "vision", "vision.describe", image=str(picture.pk))
    assert job.result == {"text": "An orange square."}, job.error


def test_a_picture_is_sent_as_each_api_wants_it() -> None:
    """Asked of the form itself: the stand-in's journal leaves pictures out."""
    message = Message("user", (Picture("image/png", "aGk="), Text("What is it?")))
    request = Request("", (message,))
    assert openai_wire.messages(request) == [
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
                {"type": "text", "text": "What is it?"},
            ],
        }
    ]
    source = {"type": "base64", "media_type": "image/png", "data": "aGk="}
    assert anthropic_wire.messages(request) == [
        {
            "role": "user",
            "content": [
                {"type": "image", "source": source},
                {"type": "text", "text": "What is it?"},
            ],
        }
    ]
    assert Request.from_dict(request.to_dict()) == request


@BOTH
def test_boxes_come_back_as_shares(ask: Ask, provider: str, picture: Asset) -> None:
    job = ask(provider, "vision", "vision.find", image=str(picture.pk), what="the lamp")
    assert job.result["objects"] == OBJECTS["objects"], job.error


def test_a_picture_is_made_over_the_wire(ask: Ask) -> None:
    job = ask("openai", "image", "image.generate", prompt="a purple harbour")
    assert job.state == "succeeded", job.error
    asset = job.assets.get()
    assert (asset.width, asset.content_type, asset.simulated) == (1024, "image/webp", False)
    with asset.file.open("rb") as file:
        pixel: Any = Image.open(io.BytesIO(file.read())).convert("RGB").getpixel((9, 9))
    assert max(abs(a - b) for a, b in zip(pixel, (128, 0, 128), strict=True)) < 8
    assert job.cost == asset.cost >= 40_000
    assert Call.objects.get().cost == job.cost


@pytest.mark.parametrize("operation", ["image.edit", "image.vary"])
def test_a_picture_is_changed_over_the_wire(
    ask: Ask, operation: str, picture: Asset, aimock: Aimock
) -> None:
    job = ask(
        "openai", "image", operation, prompt="a purple harbour, changed", image=str(picture.pk)
    )
    assert job.state == "succeeded", job.error
    assert list(job.assets.get().parents.all()) == [picture]
    assert aimock.journal()[-1]["path"] == "/v1/images/edits"


def test_what_the_server_refuses_is_told_in_its_words(ask: Ask) -> None:
    job = ask("openai", "image", "image.generate", prompt="a forbidden thing")
    assert (job.state, job.attempts) == ("failed", 1)
    assert "Refused by policy" in job.error
    assert Call.objects.get().status == "error"


def test_vectors_come_with_their_model_and_dimension(ask: Ask) -> None:
    job = ask("openai", "embedding", "embedding.embed", texts=["a lamp", "two lamps"])
    assert job.state == "succeeded", job.error
    assert (job.result["model"], job.result["dimension"]) == ("some-model", 3)
    assert job.result["vectors"][0] == pytest.approx([0.1, 0.2, 0.3])
    assert len(job.result["vectors"]) == 2
