"""One row for each operation: what it is given, what comes of it, what a model says over the wire.

`tests/modules/doors` does each by every door; an operation without a row fails there.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from modules.models import Job
from tests.modules.assets.pictures import png

Given = dict[str, Any]
TEXT = "The harbour lamp is broken. Ships cannot see the pier. A new lamp comes on Thursday."
BOTH, OPENAI = ("openai", "anthropic"), ("openai",)


@dataclass(frozen=True)
class Row:
    """`given` is the input, where "@picture", "@other" and "@mask" stand for assets.

    `shows` looks at the job that is done; `hears` is by what the stand-in knows the question,
    `says` what it answers.
    """

    given: Given
    shows: Callable[[Job], object]
    wire: tuple[str, ...] = BOTH
    hears: str = ""
    says: Any = ""
    match: Given = field(default_factory=dict)


def _text(job: Job) -> object:
    return job.result["text"]


def _assets(job: Job) -> object:
    return job.assets.exists()


def _spoken(words: str) -> Given:
    return {"text": f"{words}. {TEXT}"}


SCHEMA = {
    "type": "object",
    "properties": {"day": {"type": "string"}},
    "required": ["day"],
}
PICTURE = {"image": {"b64Json": base64.b64encode(png(64, 48, "purple")).decode()}}
PICTURES = {"endpoint": "image"}

ROWS: dict[str, Row] = {
    "language.summarise": Row(
        _spoken("Row summarise"), _text, hears="Row summarise", says="Lamp broken."
    ),
    "language.translate": Row(
        _spoken("Row translate") | {"target": "German"},
        _text,
        hears="Row translate",
        says="Die Lampe ist kaputt.",
    ),
    "language.classify": Row(
        _spoken("Row classify") | {"labels": ["harbour", "taxes"]},
        lambda job: job.result["label"] in ("harbour", "taxes"),
        hears="Row classify",
        says=json.dumps({"labels": ["harbour"]}),
    ),
    "language.extract": Row(
        _spoken("Row extract") | {"schema": SCHEMA},
        lambda job: isinstance(job.result["data"]["day"], str),
        hears="Row extract",
        says=json.dumps({"day": "Thursday"}),
    ),
    "language.rewrite": Row(
        _spoken("Row rewrite") | {"tone": "friendly"}, _text, hears="Row rewrite", says="Oh dear."
    ),
    "language.draft": Row(
        {"about": "Row draft: a new lamp", "words": 60}, _text, hears="Row draft", says="Dear all,"
    ),
    "vision.describe": Row(
        {"image": "@picture"}, _text, hears="Describe this picture", says="An orange square."
    ),
    "vision.read": Row({"image": "@picture"}, _text, hears="Write down all text", says="(no text)"),
    "vision.answer": Row(
        {"image": "@picture", "question": "Which colour has row answer?"},
        _text,
        hears="row answer",
        says="Orange.",
    ),
    "vision.compare": Row(
        {"first": "@picture", "second": "@other"},
        _text,
        hears="have in common",
        says="Both are squares.",
    ),
    "vision.find": Row(
        {"image": "@picture", "what": "the lamp"},
        lambda job: isinstance(job.result["objects"], list),
        hears="Find the lamp",
        says=json.dumps({"objects": [{"label": "lamp", "box": [0.1, 0.1, 0.2, 0.2]}]}),
    ),
    "image.generate": Row(
        {"prompt": "row generate, a purple lamp", "seed": 7},
        _assets,
        OPENAI,
        "row generate",
        PICTURE,
        PICTURES,
    ),
    "image.edit": Row(
        {"prompt": "row edit, a lamp", "image": "@picture", "mask": "@mask"},
        _assets,
        OPENAI,
        "row edit",
        PICTURE,
        PICTURES,
    ),
    "image.vary": Row(
        {"prompt": "row vary, bluer", "image": "@picture"},
        _assets,
        OPENAI,
        "row vary",
        PICTURE,
        PICTURES,
    ),
    "music.compose": Row(
        {"prompt": "row compose, a calm lamp", "seconds": 5, "seed": 7},
        _assets,
        OPENAI,
        "row compose",
        match={"endpoint": "speech"},
    ),
    "embedding.embed": Row(
        {"texts": ["row embed, one lamp", "row embed, two lamps"]},
        lambda job: job.result["dimension"] == 3 and len(job.result["vectors"]) == 2,
        OPENAI,
        "row embed",
        {"embedding": [0.1, 0.2, 0.3]},
    ),
    "embedding.compare": Row(
        {"first": "row likeness, one lamp", "second": "row likeness, one lamp"},
        lambda job: job.result["likeness"] == 1.0,
        OPENAI,
        "row likeness",
        {"embedding": [0.1, 0.2, 0.3]},
    ),
}
# Lists of numbers are nothing that an agent can read.
WITHOUT_TOOL = {"embedding.embed"}


def fixtures(sound: bytes) -> dict[str, Any]:
    """What the stand-in answers, for all rows."""
    rows = []
    for name, row in ROWS.items():
        said = row.says
        if isinstance(said, str):
            said = {"content": said}
        key = "inputText" if name.startswith("embedding.") else "userMessage"
        if name.startswith("music."):
            said = {"audio": base64.b64encode(sound).decode(), "format": "opus"}
        rows.append({"match": {key: row.hears, **row.match}, "response": said})
    return {"fixtures": rows}
