"""Keeping the list of models: who may, what is taken, and what never leaves the house."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import override_settings

from accounts.models import Membership, Workspace
from activity.models import Activity
from core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from modules import credentials
from modules.actions import (
    ModelFields,
    configure_from_environment,
    default_model,
    delete_model,
    model_for,
    save_model,
    test_model,
)
from modules.completion import endpoint_of
from modules.language.base import ProviderError
from modules.models import AIModel, Call
from tests.modules.conftest import ScriptedProvider, reply

CANARY = "sk-canary-0123456789"
FIELDS = ModelFields(
    name="House model",
    provider="openai",
    model_id="llama",
    base_url="http://ollama:11434/v1",
    api_key=CANARY,
)


@pytest.fixture
def saved(workspace: Workspace, alice: Membership) -> AIModel:
    return save_model(actor=alice.actor, fields=FIELDS)


def test_a_new_model_is_kept_and_recorded(saved: AIModel, workspace: Workspace) -> None:
    assert saved.workspace == workspace
    assert Activity.objects.filter(verb="model.created", data__model=str(saved.pk)).count() == 1


@pytest.mark.parametrize("who", ["bob", "viewer"])
def test_only_owners_and_admins_keep_models(
    saved: AIModel, request: pytest.FixtureRequest, who: str
) -> None:
    actor = request.getfixturevalue(who).actor
    with pytest.raises(Forbidden):
        save_model(actor=actor, fields=FIELDS)
    with pytest.raises(Forbidden):
        delete_model(actor=actor, model=saved)
    with pytest.raises(Forbidden):
        test_model(actor=actor, model=saved)


def test_a_model_of_another_workspace_is_not_found(saved: AIModel, charlie: Membership) -> None:
    with pytest.raises(NotFound):
        save_model(actor=charlie.actor, fields=FIELDS, model=saved)
    with pytest.raises(NotFound):
        delete_model(actor=charlie.actor, model=saved)
    with pytest.raises(NotFound):
        test_model(actor=charlie.actor, model=saved)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"provider": "oracle"}, "provider"),
        ({"kind": "smell"}, "kind"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"model_id": ""}, "model_id"),
        ({"base_url": "ftp://models.example"}, "base_url"),
        ({"base_url": "models.example/v1"}, "base_url"),
        ({"base_url": "http://me:secret@models.example"}, "base_url"),
        ({"base_url": "http://models.example/v1?key=1"}, "base_url"),
        ({"base_url": "http://169.254.169.254/latest"}, "base_url"),
        ({"base_url": "http://[::ffff:a9fe:a9fe]/"}, "base_url"),
        ({"base_url": "http://models.example:99999/"}, "base_url"),
        ({"input_price": -1}, "input_price"),
        ({"timeout_s": 0}, "timeout_s"),
        ({"max_output_tokens": 1}, "max_output_tokens"),
        ({"is_default": True, "enabled": False}, "enabled"),
        ({"options": {"colour": 1}}, "options"),
        ({"options": {"failure_rate": 2}}, "options"),
        ({"options": {"latency_ms": "fast"}}, "options"),
        ({"options": {"include_usage": 1}}, "options"),
        ({"options": {"max_tokens_field": "tokens"}}, "options"),
        ({"options": {"extra_body": []}}, "options"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_field(
    workspace: Workspace, alice: Membership, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        save_model(actor=alice.actor, fields=replace(FIELDS, **change))
    assert caught.value.field == field
    assert not AIModel.objects.filter(provider="openai").exists()


def test_two_models_of_one_name_are_a_conflict(saved: AIModel, alice: Membership) -> None:
    with pytest.raises(Conflict) as caught:
        save_model(actor=alice.actor, fields=FIELDS)
    assert caught.value.field == "name"


def test_a_new_default_takes_the_place_of_the_old(
    saved: AIModel, alice: Membership, workspace: Workspace
) -> None:
    assert default_model(workspace).simulated
    save_model(
        actor=alice.actor, model=saved, fields=replace(FIELDS, api_key=None, is_default=True)
    )
    assert default_model(workspace) == saved
    assert AIModel.objects.filter(workspace=workspace, is_default=True).count() == 1


def test_after_the_default_a_real_model_comes_before_the_simulated_one(
    saved: AIModel, workspace: Workspace
) -> None:
    AIModel.objects.update(is_default=False)
    assert default_model(workspace) == saved


def test_where_everything_is_switched_off_nothing_is_made_up(
    saved: AIModel, workspace: Workspace
) -> None:
    AIModel.objects.update(enabled=False, is_default=False)
    with pytest.raises(Unavailable):
        default_model(workspace)


def test_a_chosen_model_serves_while_it_is_switched_on(
    saved: AIModel, workspace: Workspace
) -> None:
    assert model_for(workspace, saved) == saved
    assert model_for(workspace, None).simulated
    saved.enabled = False
    assert model_for(workspace, saved).simulated


def test_other_kinds_have_no_simulated_stand_in(workspace: Workspace) -> None:
    with pytest.raises(Unavailable):
        default_model(workspace, "embedding")


def test_a_workspace_without_models_gets_the_simulated_one(elsewhere: Workspace) -> None:
    assert default_model(elsewhere).simulated
    assert default_model(elsewhere) == default_model(elsewhere)


# --- keys ---------------------------------------------------------------------------------


def test_a_key_is_encrypted_at_rest_and_comes_back(saved: AIModel) -> None:
    assert CANARY not in saved.credentials
    assert endpoint_of(saved).api_key == CANARY


def test_a_key_shows_nowhere(
    saved: AIModel, alice: Membership, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    save_model(actor=alice.actor, model=saved, fields=FIELDS)
    endpoint = endpoint_of(saved)
    told = [repr(saved), str(vars(saved)), repr(endpoint), caplog.text]
    told += [str(activity.data) + activity.message for activity in Activity.objects.all()]
    assert not any(CANARY in words for words in told)


def test_a_key_is_kept_unless_another_is_given(saved: AIModel, alice: Membership) -> None:
    save_model(actor=alice.actor, model=saved, fields=replace(FIELDS, api_key=None, name="New"))
    assert endpoint_of(saved).api_key == CANARY
    save_model(actor=alice.actor, model=saved, fields=replace(FIELDS, api_key=""))
    assert endpoint_of(saved).api_key == ""


@pytest.mark.parametrize(
    "change", [{"base_url": "https://evil.example"}, {"provider": "anthropic"}]
)
def test_a_stored_key_does_not_follow_to_another_address(
    saved: AIModel, alice: Membership, change: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as caught:
        save_model(actor=alice.actor, model=saved, fields=replace(FIELDS, api_key=None, **change))
    assert caught.value.field == "api_key"
    saved.refresh_from_db()
    assert saved.base_url == FIELDS.base_url


def test_keys_outlive_a_change_of_the_secret(settings: Any) -> None:
    import hashlib

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "old", []
    settings.CREDENTIALS_KEY = hashlib.blake2b(b"credentials", key=b"old").hexdigest()
    kept = credentials.encrypt(CANARY)
    settings.SECRET_KEY, settings.CREDENTIALS_KEY = "new", "new-credentials"
    with pytest.raises(credentials.Unreadable):
        credentials.decrypt(kept)
    settings.SECRET_KEY_FALLBACKS = ["old"]
    assert credentials.decrypt(kept) == CANARY


def test_a_key_under_a_lost_secret_is_told_not_guessed(saved: AIModel, settings: Any) -> None:
    settings.SECRET_KEY = settings.CREDENTIALS_KEY = "lost"
    with pytest.raises(ProviderError) as caught:
        endpoint_of(saved)
    assert caught.value.code == "key_unreadable"


# --- the environment ----------------------------------------------------------------------


def test_without_any_key_the_simulated_model_is_the_default(workspace: Workspace) -> None:
    assert [model.simulated for model in AIModel.objects.filter(workspace=workspace)] == [True]
    assert default_model(workspace).is_default


@override_settings(OPENAI_API_KEY=CANARY, OPENAI_MODEL="gpt-x")
def test_a_key_in_the_environment_makes_the_default_model(workspace: Workspace) -> None:
    (model,) = configure_from_environment(workspace)
    assert (model.model_id, model.is_default, model.from_environment) == ("gpt-x", True, True)
    assert endpoint_of(model).api_key == CANARY
    assert configure_from_environment(workspace) == [model]
    assert Activity.objects.filter(verb="model.configured").count() == 1


@override_settings(OPENAI_API_KEY=CANARY, ANTHROPIC_API_KEY=CANARY)
def test_both_may_stand_there_and_one_is_the_default(workspace: Workspace) -> None:
    models = configure_from_environment(workspace)
    assert [model.provider for model in models] == ["openai", "anthropic"]
    assert [model.is_default for model in models] == [True, False]


def test_a_changed_environment_is_followed(workspace: Workspace) -> None:
    with override_settings(OPENAI_API_KEY="old-key"):
        configure_from_environment(workspace)
    with override_settings(
        OPENAI_API_KEY=CANARY, OPENAI_BASE_URL="http://ollama:11434/v1", OPENAI_MODEL="llama"
    ):
        (model,) = configure_from_environment(workspace)
    assert (model.model_id, endpoint_of(model).api_key) == ("llama", CANARY)
    configure_from_environment(workspace)
    model.refresh_from_db()
    assert (model.enabled, model.is_default) == (False, False)
    assert default_model(workspace).simulated


def test_a_chosen_default_is_left_alone_at_the_next_start(
    workspace: Workspace, saved: AIModel, alice: Membership
) -> None:
    with override_settings(OPENAI_API_KEY=CANARY):
        configure_from_environment(workspace)
        save_model(
            actor=alice.actor, model=saved, fields=replace(FIELDS, api_key=None, is_default=True)
        )
        configure_from_environment(workspace)
    assert default_model(workspace) == saved


@override_settings(OPENAI_API_KEY=CANARY)
def test_a_model_of_the_environment_is_changed_there_alone(
    workspace: Workspace, alice: Membership
) -> None:
    (model,) = configure_from_environment(workspace)
    with pytest.raises(Conflict):
        save_model(actor=alice.actor, model=model, fields=FIELDS)
    with pytest.raises(Conflict):
        delete_model(actor=alice.actor, model=model)


@override_settings(OPENAI_BASE_URL="http://ollama:11434/v1")
def test_an_address_without_a_models_name_is_not_guessed_at(workspace: Workspace) -> None:
    assert configure_from_environment(workspace) == []


# --- trying one out -----------------------------------------------------------------------

Install = Callable[..., ScriptedProvider]


def failing(code: str, transient: bool = False) -> ProviderError:
    return ProviderError(code, "It did not go well.", transient=transient)


def test_a_model_that_answers_is_told_so(
    saved: AIModel, alice: Membership, provider: Install
) -> None:
    scripted = provider(reply())
    verdict = test_model(actor=alice.actor, model=saved)
    assert verdict.ok
    assert "some-model" in verdict.sentence
    assert scripted.calls == 1
    assert Call.objects.get().actor == alice.actor


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("wrong_key", "key"),
        ("unknown_model", "“llama”"),
        ("unreachable", "server is running"),
        ("out_of_credit", "credit"),
        ("garbage", "it is no model"),
        ("timeout", "loading"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_and_tried_once(
    saved: AIModel, alice: Membership, provider: Install, code: str, hint: str
) -> None:
    scripted = provider(failing(code, transient=True))
    verdict = test_model(actor=alice.actor, model=saved)
    assert not verdict.ok
    assert hint in verdict.sentence
    assert scripted.calls == 1


def test_trying_out_goes_past_an_open_breaker(
    saved: AIModel, alice: Membership, provider: Install
) -> None:
    from core.clock import from_now
    from modules import breakers
    from modules.models import Breaker

    key = breakers.key_of("openai", endpoint_of(saved))
    Breaker.objects.create(
        key=key, state="open", failures=5, retry_at=from_now(breakers.PROBE_EVERY)
    )
    provider(reply())
    assert test_model(actor=alice.actor, model=saved).ok
    assert Breaker.objects.get().state == "closed"


def test_the_simulated_model_can_be_tried_out(workspace: Workspace, alice: Membership) -> None:
    simulated = default_model(workspace)
    simulated.options = {"latency_ms": 0}
    assert test_model(actor=alice.actor, model=simulated).ok


def test_a_removed_model_leaves_its_ledger(
    saved: AIModel, alice: Membership, provider: Install
) -> None:
    provider(reply())
    test_model(actor=alice.actor, model=saved)
    delete_model(actor=alice.actor, model=saved)
    call = Call.objects.get()
    assert (call.model, call.model_name) == (None, "House model")
