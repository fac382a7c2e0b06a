"""The list of models, the form to a real one, and trying one out."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Workspace
from modules.actions import default_model
from modules.completion import endpoint_of
from modules.language.base import ProviderError
from modules.models import AIModel, Breaker, Call
from tests.modules.conftest import ScriptedProvider, reply

pytestmark = pytest.mark.django_db

Install = Callable[..., ScriptedProvider]
KEY = "sk-canary-0123456789"
FORM = {
    "provider": "openai",
    "name": "House model",
    "base_url": "http://ollama:11434/v1",
    "model_id": "llama",
    "api_key": KEY,
    "input_price": "2.5",
    "output_price": "10",
    "context_window": "8192",
    "max_output_tokens": "2048",
    "timeout_s": "60",
    "latency_ms": "150",
    "failure_percent": "0",
    "options": "",
    "enabled": "on",
}


def sign_in(who: Membership) -> Client:
    client = Client()
    client.force_login(who.user)
    return client


@pytest.fixture
def client(workspace: Workspace, alice: Membership) -> Client:
    return sign_in(alice)


def page(client: Client, name: str = "modules:models", *args: Any) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def saved(client: Client) -> AIModel:
    assert client.post(reverse("modules:model_new"), {**FORM, "save": ""}).status_code == 302
    return AIModel.objects.get(name="House model")


def test_a_stranger_is_sent_to_sign_in(workspace: Workspace) -> None:
    assert Client().get(reverse("modules:models")).status_code == 302


def test_a_fresh_workspace_says_that_it_runs_on_simulated(client: Client) -> None:
    text = page(client)
    assert "On simulated" in text
    assert 'class="simulated"' in text
    assert reverse("modules:model_new") in text


@pytest.mark.parametrize("who", ["bob", "viewer"])
def test_members_see_the_list_and_may_not_change_it(
    saved: AIModel, request: pytest.FixtureRequest, who: str
) -> None:
    theirs = sign_in(request.getfixturevalue(who))
    text = page(theirs)
    assert "House model" in text
    assert reverse("modules:model_new") not in text
    assert theirs.get(reverse("modules:model_new")).status_code == 403
    for name in ("model_test", "model_default", "model_delete"):
        assert theirs.post(reverse(f"modules:{name}", args=[saved.pk])).status_code == 403


def test_models_of_another_workspace_are_not_there(saved: AIModel, charlie: Membership) -> None:
    theirs = sign_in(charlie)
    assert "House model" not in page(theirs)
    assert theirs.get(reverse("modules:model", args=[saved.pk])).status_code == 404
    for name in ("model_test", "model_default", "model_delete"):
        assert theirs.post(reverse(f"modules:{name}", args=[saved.pk])).status_code == 404


@pytest.mark.parametrize("name", ["model_test", "model_default", "model_delete"])
def test_it_rejects_get(saved: AIModel, client: Client, name: str) -> None:
    assert client.get(reverse(f"modules:{name}", args=[saved.pk])).status_code == 405


def test_a_model_is_taken_from_one_form(saved: AIModel) -> None:
    assert endpoint_of(saved).api_key == KEY
    assert (saved.input_price, saved.output_price) == (2_500_000, 10_000_000)
    assert (saved.context_window, saved.max_output_tokens, saved.timeout_s) == (8192, 2048, 60)
    assert saved.enabled
    assert not saved.is_default


def test_the_key_is_on_no_screen(saved: AIModel, client: Client) -> None:
    shown = page(client) + page(client, "modules:model", saved.pk)
    assert KEY not in shown
    assert saved.credentials not in shown
    assert "leave empty to keep it" in shown


def test_a_refused_form_does_not_send_the_key_back(client: Client) -> None:
    response = client.post(reverse("modules:model_new"), {**FORM, "base_url": "nonsense"})
    assert response.status_code == 422
    assert KEY not in response.content.decode()
    assert "begins with http" in response.content.decode()


def test_an_empty_key_keeps_the_stored_one(saved: AIModel, client: Client) -> None:
    client.post(reverse("modules:model", args=[saved.pk]), {**FORM, "api_key": "", "name": "New"})
    saved.refresh_from_db()
    assert (saved.name, endpoint_of(saved).api_key) == ("New", KEY)


def test_a_key_can_be_forgotten(saved: AIModel, client: Client) -> None:
    client.post(
        reverse("modules:model", args=[saved.pk]), {**FORM, "api_key": "", "forget_key": "on"}
    )
    saved.refresh_from_db()
    assert not saved.has_key


def test_save_and_try_says_in_a_sentence_what_is_wrong(client: Client, provider: Install) -> None:
    provider(ProviderError("wrong_key", "The provider refused the key.", transient=False))
    response = client.post(reverse("modules:model_new"), {**FORM, "try": ""}, follow=True)
    text = response.content.decode()
    assert "Check the key" in text
    assert response.redirect_chain[-1][0] == reverse(
        "modules:model", args=[AIModel.objects.get(name="House model").pk]
    )


def test_save_and_try_goes_back_to_the_list_when_it_answers(
    client: Client, provider: Install
) -> None:
    provider(reply())
    response = client.post(reverse("modules:model_new"), {**FORM, "try": ""}, follow=True)
    assert "It answers as some-model" in response.content.decode()
    assert response.redirect_chain[-1][0] == reverse("modules:models")


def test_trying_out_answers_in_place(saved: AIModel, client: Client, provider: Install) -> None:
    provider(ProviderError("unreachable", "Nobody there.", transient=True))
    response = client.post(
        reverse("modules:model_test", args=[saved.pk]), headers={"HX-Request": "true"}
    )
    text = response.content.decode()
    assert f'id="verdict-{saved.pk}"' in text
    assert "server is running" in text
    assert "<html" not in text


def test_another_default_is_chosen(saved: AIModel, client: Client, workspace: Workspace) -> None:
    client.post(reverse("modules:model_default", args=[saved.pk]))
    assert default_model(workspace) == saved


def test_a_model_is_removed(saved: AIModel, client: Client) -> None:
    assert client.post(reverse("modules:model_delete", args=[saved.pk])).status_code == 302
    assert not AIModel.objects.filter(pk=saved.pk).exists()


def test_the_simulated_model_has_settings_of_its_own(client: Client, workspace: Workspace) -> None:
    model = default_model(workspace)
    text = page(client, "modules:model", model.pk)
    assert "milliseconds" in text
    data = {**FORM, "provider": "simulated", "name": "Slow", "latency_ms": "900"}
    client.post(
        reverse("modules:model", args=[model.pk]), {**data, "failure_percent": "25", "api_key": ""}
    )
    model.refresh_from_db()
    assert model.options == {"latency_ms": 900, "failure_rate": 0.25}
    assert (model.model_id, model.base_url) == ("simulated", "")


@pytest.mark.parametrize("preset", ["openai", "anthropic", "ollama", "openrouter", "simulated"])
def test_a_preset_fills_the_form_in(client: Client, preset: str) -> None:
    response = client.get(reverse("modules:model_new"), {"preset": preset})
    assert response.status_code == 200
    assert 'aria-current="true"' in response.content.decode()


def test_figures_and_rest_are_shown(saved: AIModel, client: Client) -> None:
    from core.clock import from_now
    from modules import breakers

    Call.objects.create(
        workspace=saved.workspace, model=saved, model_name="House model", status="error",
        error_code="rate_limited", input_tokens=1_200, output_tokens=300, cost=4_200_000,
    )  # fmt: skip
    key = breakers.key_of("openai", endpoint_of(saved))
    Breaker.objects.create(
        key=key, state="open", failures=5, retry_at=from_now(breakers.PROBE_EVERY)
    )
    text = page(client)
    assert "$4.20" in text
    assert "resting" in text
    assert "Failed lately" in text


def test_the_list_asks_the_database_as_much_for_three_models_as_for_one(
    saved: AIModel, client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(3):
        AIModel.objects.create(
            workspace=saved.workspace, name=f"Other {number}", provider="openai", model_id="m"
        )
    with django_assert_max_num_queries(12):
        page(client)


def test_prices_are_shown_in_dollars_as_they_were_entered(saved: AIModel, client: Client) -> None:
    from modules.forms import initial_of

    assert initial_of(saved)["input_price"] == Decimal("2.5")
    assert 'value="2.5"' in page(client, "modules:model", saved.pk)
