"""What there was in VEGA comes into a workspace: whole, once, and without its secrets."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from accounts.models import Membership, User
from activity.models import Activity
from agents.models import Agent
from conversations.models import Conversation, Turn
from modules.models import AIModel

pytestmark = pytest.mark.django_db

EXAMPLE = django_settings.BASE_DIR / "examples" / "vega-export.json"


def bring(path: Path = EXAMPLE, *options: str) -> dict[str, Any]:
    out = StringIO()
    call_command("import_json", str(path), "--json", *options, stdout=out)
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[Callable[[Any], object]], Path]:
    """The example with a change, in a file of its own."""

    def write(change: Callable[[Any], object]) -> Path:
        data = json.loads(EXAMPLE.read_text())
        change(data)
        path = tmp_path / "export.json"
        path.write_text(json.dumps(data))
        return path

    return write


def counts() -> dict[str, int]:
    tables: list[Any] = [User, Membership, Agent, AIModel, Conversation, Turn, Activity]
    return {table.__name__: table._base_manager.count() for table in tables}


def test_the_example_is_taken_in(alice: Membership) -> None:
    report = bring()
    assert report["made"] == {
        "users": 2,
        "models": 2,
        "agents": 2,
        "personas": 2,
        "conversations": 1,
        "turns": 2,
    }
    roles = dict(Membership.objects.values_list("user__email", "role"))
    assert roles["mara@example.org"] == "admin"
    assert roles["jon@example.org"] == "member"
    assert report["new_people"] == ["mara@example.org", "jon@example.org"]


def test_a_core_becomes_the_persona_of_its_agent_with_its_model(alice: Membership) -> None:
    bring()
    agent = Agent.objects.get(actor__handle="librarian")
    assert agent.role == "Answers questions about the archive"
    assert "say where it stands" in agent.persona
    assert "Dry, exact, patient." in agent.persona
    assert agent.persona.endswith("Looks it up before it speaks.")
    assert agent.memory_context == "The archive closes at six."
    assert (agent.heartbeat_interval, agent.capabilities) == (300, ["research", "writing"])
    assert agent.model is not None
    assert (agent.model.provider, agent.model.model_id) == ("openai", "gpt-5.4-mini")


def test_a_core_without_an_agent_becomes_one(alice: Membership) -> None:
    bring()
    muse = Agent.objects.get(actor__handle="muse")
    assert "the third one odd" in muse.persona
    assert muse.model is not None
    assert (muse.model.provider, muse.model.base_url) == ("openai", "http://ollama:11434/v1")


def test_a_model_without_a_key_is_off_until_somebody_enters_one(alice: Membership) -> None:
    report = bring()
    models = AIModel.objects.exclude(provider="simulated")
    assert {model.enabled for model in models} == {False}
    assert set(report["models_without_key"]) == set(models.values_list("name", flat=True))


def test_a_conversation_keeps_its_words_and_its_moments(alice: Membership) -> None:
    bring()
    talk = Conversation.objects.get()
    assert talk.owner.handle == "mara"
    assert talk.agent.handle == "librarian"
    assert talk.created_at.isoformat() == "2025-11-03T10:00:00+00:00"
    turns = list(talk.turns.values_list("role", "content", "state"))
    assert turns == [
        ("person", "Where is the ledger of 1911?", "done"),
        ("agent", "On shelf **C4**, behind the maps.", "done"),
    ]
    answer = talk.turns.get(role="agent")
    assert answer.created_at.isoformat() == "2025-11-03T10:00:04+00:00"
    assert answer.parts == [{"kind": "text", "text": answer.content}]


def test_a_second_run_changes_nothing(alice: Membership) -> None:
    bring()
    before = counts()
    report = bring()
    assert report["made"] == {}
    assert report["known"]["users"] == 2
    assert report["known"]["conversations"] == 1
    assert counts() == before


def test_a_dry_run_tells_the_same_and_leaves_nothing(alice: Membership) -> None:
    before = counts()
    report = bring(EXAMPLE, "--dry-run")
    assert counts() == before
    assert report["made"] == bring()["made"]


def test_what_was_skipped_is_told_with_the_reason(alice: Membership) -> None:
    said = {one["what"]: one["why"] for one in bring()["skipped"]}
    assert said == {
        "users[0].password_hash": "secrets are never taken over",
        "conversations[0].messages[0]": "what the system said is in the persona",
        "modules[1]": "it names no model, and the module itself is here",
    }


def test_nobody_brings_a_password_along(alice: Membership, changed: Any) -> None:
    known = "pbkdf2_sha256$1$salt$hash"
    bring(changed(lambda data: data["users"][0].update(password=known, password_hash=known)))
    user = User.objects.get(email="mara@example.org")
    assert not user.has_usable_password()
    assert known not in user.password


def test_who_is_known_by_the_address_keeps_account_password_and_role(
    alice: Membership, changed: Any
) -> None:
    before = User.objects.get(pk=alice.user_id).password
    bring(changed(lambda data: data["users"][0].update(email="Alice@Example.org", role="viewer")))
    alice.refresh_from_db()
    assert (alice.role, alice.user.username) == ("owner", "alice")
    assert User.objects.get(pk=alice.user_id).password == before
    assert Conversation.objects.get().owner == alice.actor


def test_nobody_becomes_an_owner_by_an_import(alice: Membership, changed: Any) -> None:
    bring(changed(lambda data: data["users"][1].update(role="owner")))
    assert Membership.objects.get(user__email="jon@example.org").role == "admin"


def test_a_user_name_that_is_taken_gets_a_number(alice: Membership, changed: Any) -> None:
    bring(changed(lambda data: data["users"][1].update(username="Alice")))
    assert User.objects.get(email="jon@example.org").username == "Alice-2"


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (lambda data: data.update(format="other"), "format"),
        (lambda data: data.update(users={}), "users is no list"),
        (lambda data: data["users"][1].update(email="nobody"), "users[1].email"),
        (lambda data: data["users"][1].update(email="mara@example.org"), "users[1].email"),
        (lambda data: data["users"][1].update(id=1), "users[1].id"),
        (lambda data: data["users"][1].update(username="a b"), "users[1].username"),
        (lambda data: data["users"][1].update(role="king"), "users[1].role"),
        (lambda data: data["cores"][0].update(name=""), "cores[0].name"),
        (lambda data: data["cores"][0].update(traits="calm"), "cores[0].traits"),
        (lambda data: data["cores"][1]["model"].pop("base_url"), "cores[1].model.provider"),
        (lambda data: data["cores"][1]["model"].update(base_url="x"), "cores[1].model.base_url"),
        (lambda data: data["agents"][0].update(core=9), "agents[0].core"),
        (lambda data: data["agents"][0].update(name="a\x00b"), "agents[0].name"),
        (lambda data: data["agents"][0].update(name="a\ud800b"), "agents[0].name"),
        (lambda data: data["agents"][0].update(interval_seconds=1), "agents[0].interval_seconds"),
        (lambda data: data["agents"][0].update(interval_seconds=1e9), "agents[0].interval_seconds"),
        (lambda data: data["agents"][0].update(handle="alice"), "agents[0].handle"),
        (lambda data: data["modules"][0].update(type="smell"), "modules[0].type"),
        (lambda data: data["conversations"][0].update(user=9), "conversations[0].user"),
        (
            lambda data: data["conversations"][0]["messages"][1].update(created_at="soon"),
            "conversations[0].messages[1].created_at",
        ),
        (
            lambda data: data["conversations"][0]["messages"].append("hello"),
            "conversations[0].messages[3]",
        ),
    ],
)
def test_bad_input_names_its_field_and_leaves_nothing(
    alice: Membership, changed: Any, spoil: Callable[[Any], object], field: str
) -> None:
    before = counts()
    with pytest.raises(CommandError) as refused:
        bring(changed(spoil))
    assert field in str(refused.value)
    assert counts() == before


def test_no_json_is_refused(alice: Membership, tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text("[1, NaN")
    with pytest.raises(CommandError, match="no JSON"):
        bring(path)
    path.write_text('{"format": "vega", "version": 1, "users": [], "users": []}')
    with pytest.raises(CommandError, match="“users” stands twice"):
        bring(path)
    with pytest.raises(CommandError, match="no file"):
        bring(tmp_path / "nothing.json")


def test_only_an_owner_brings_it_in(alice: Membership, bob: Membership) -> None:
    with pytest.raises(CommandError):
        bring(EXAMPLE, "--as", "bob")


def test_two_exports_with_the_same_ids_do_not_pass_for_one_another(
    alice: Membership, changed: Any
) -> None:
    bring()
    bring(changed(lambda data: data.update(source="another.example.org")))
    assert Conversation.objects.count() == 2


def test_people_read_what_was_done(alice: Membership) -> None:
    out = StringIO()
    call_command("import_json", str(EXAMPLE), stdout=out)
    said = out.getvalue()
    assert "Into harbour: 2 users" in said
    assert "New here, without a password: mara@example.org, jon@example.org." in said
    assert "Skipped users[0].password_hash: secrets are never taken over." in said
