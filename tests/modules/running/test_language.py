"""The language module with the simulated model: sensible, deterministic, and it says so."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Membership
from core.errors import Invalid
from modules.assets.actions import create_asset, prepare
from modules.models import AIModel, Job
from modules.operations import registry
from modules.running import actions
from modules.running.driving import work_off
from tests.modules.assets.documents import pdf
from tests.modules.conftest import reply
from tests.modules.running.conftest import TEXT

Make = Callable[..., Job]
PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "email": {"type": "string"},
        "age": {"type": "integer"},
        "role": {"enum": ["keeper", "captain"]},
    },
    "required": ["name", "email"],
}
LETTER = "Anna Berg is the captain. Write to anna@example.org. Her age is 42."


def test_every_operation_of_the_module_is_a_tool_with_a_schema() -> None:
    found = {one.name: one for one in registry if one.module == "language"}
    assert set(found) == {
        f"language.{name}"
        for name in ("summarise", "translate", "classify", "extract", "rewrite", "draft")
    }
    for one in found.values():
        assert one.tool
        assert one.description
        assert all(field.get("description") for field in one.schema["properties"].values())


def test_a_summary_is_shorter_and_of_the_text(done: Make) -> None:
    said = done(text=TEXT, length="sentence").result["text"]
    assert said in TEXT
    bullets = done(text=TEXT, length="bullets").result["text"].splitlines()
    assert len(bullets) >= 4
    assert all(line.startswith("- ") for line in bullets)


def test_a_simulated_translation_says_that_it_is_none(done: Make) -> None:
    job = done("language.translate", text="Good morning.", target="German")
    assert "cannot translate into German" in job.result["text"]
    assert job.simulated


def test_the_label_that_fits_is_chosen(done: Make) -> None:
    job = done("language.classify", text=TEXT, labels=["weather", "harbour and ships", "taxes"])
    assert job.result["label"] == "harbour and ships"


def test_facts_come_in_the_form_of_the_schema(done: Make) -> None:
    job = done("language.extract", text=LETTER, schema=PERSON)
    assert job.state == "succeeded", job.error
    assert job.result["data"] == {
        "name": "Anna Berg",
        "email": "anna@example.org",
        "age": 42,
        "role": "captain",
    }


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "array"}, "of type object"),
        ({"type": "object", "properties": {"a": {"type": "nonsense"}}}, "no JSON schema"),
        ({"type": "object", "properties": {"a": {"$ref": "http://x"}}}, r"no \$ref"),
        ({"type": "object", "properties": {"a": {"pattern": "(a+)+$"}}}, "no pattern"),
    ],
)
def test_a_schema_that_cannot_be_kept_is_refused(done: Make, schema: Any, why: str) -> None:
    job = done("language.extract", text=LETTER, schema=schema)
    assert (job.state, job.attempts) == ("failed", 1)
    assert re.search(why, job.error)


@pytest.fixture
def real(workspace: Any, model: AIModel) -> AIModel:
    AIModel.objects.filter(workspace=workspace, provider="simulated").update(enabled=False)
    return model


def test_an_answer_that_does_not_fit_is_repaired_once(
    real: AIModel, provider: Any, done: Make
) -> None:
    good = json.dumps({"name": "Anna", "email": "a@b.c"})
    scripted = provider(reply('{"name": 7}'), reply(f"Here:\n```json\n{good}\n```"))
    job = done("language.extract", text=LETTER, schema=PERSON)
    assert job.result["data"] == {"name": "Anna", "email": "a@b.c"}
    assert scripted.calls == 2
    assert job.cost == 2 * 3_000


def test_one_that_never_fits_is_a_clear_error(real: AIModel, provider: Any, done: Make) -> None:
    scripted = provider(reply("I would rather not."))
    job = done("language.extract", text=LETTER, schema=PERSON)
    assert (job.state, job.error_code, scripted.calls) == ("failed", "bad_answer", 2)
    assert "after one more try" in job.error


def test_a_tone_changes_words_and_no_facts(done: Make) -> None:
    text = "Hey team, I think we can't ship on Monday, thanks!"
    formal = done("language.rewrite", text=text, tone="formal").result["text"]
    assert "cannot ship on Monday" in formal
    assert "thank you" in formal.lower()


def test_a_draft_holds_the_points(done: Make) -> None:
    said = done("language.draft", about="The lamp is back. The pier opens on Friday.").result
    assert said["text"].startswith("Subject: The lamp is back")
    assert "The pier opens on Friday." in said["text"]


def test_the_text_may_lie_in_a_file_or_a_document(done: Make, alice: Membership) -> None:
    from documents.actions import create_document

    asset = create_asset(actor=alice.actor, prepared=prepare(TEXT.encode(), name="harbour.txt"))
    assert done(asset=str(asset.pk), length="sentence").result["text"] in TEXT
    paper = create_asset(actor=alice.actor, prepared=prepare(pdf(TEXT), name="harbour.pdf"))
    assert done(asset=str(paper.pk), length="sentence").result["text"] in TEXT
    document = create_document(actor=alice.actor, title="Harbour", content=TEXT)
    assert done(document=str(document.pk), length="sentence").result["text"] in TEXT


def test_what_belongs_to_others_is_not_there(
    workspace: Any, alice: Membership, charlie: Membership
) -> None:
    from documents.actions import create_document

    asset = create_asset(actor=charlie.actor, prepared=prepare(b"Secret.", name="s.txt"))
    with pytest.raises(Invalid, match="no such asset"):
        actions.start_job(
            actor=alice.actor, operation="language.summarise", input={"asset": str(asset.pk)}
        )
    document = create_document(actor=charlie.actor, title="Secret", content="Secret.")
    job = actions.start_job(
        actor=alice.actor, operation="language.summarise", input={"document": str(document.pk)}
    )
    work_off(1)
    job.refresh_from_db()
    assert (job.state, job.error_code) == ("failed", "not_found")
