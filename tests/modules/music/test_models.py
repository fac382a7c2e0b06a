"""Models of music on the screen and by the verb."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership
from core.errors import Invalid
from modules import actions
from modules.actions import ModelFields
from modules.models import AIModel

pytestmark = pytest.mark.django_db
SERVER = "http://suno.internal:3000"


@pytest.fixture
def browser(alice: Membership, client: Client) -> Client:
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def given(**changes: Any) -> dict[str, Any]:
    usual = {
        "kind": "music",
        "provider": "suno",
        "name": "Suno",
        "base_url": SERVER,
        "model_id": "v4",
        "context_window": 128_000,
        "max_output_tokens": 4_096,
        "timeout_s": 120,
        "options": '{"music": {"poll_every_s": 3}}',
        "enabled": "on",
    }
    return {**usual, **changes}


def test_a_server_of_music_is_entered_on_the_screen(browser: Client, workspace: Any) -> None:
    assert 'value="music" selected' in browser.get("/models/new/?preset=suno").content.decode()
    browser.post("/models/new/", given())
    model = AIModel.objects.get(name="Suno")
    assert (model.kind, model.provider, model.base_url) == ("music", "suno", SERVER)
    assert model.options == {"music": {"poll_every_s": 3}}


def test_a_model_keeps_its_kind_when_something_else_is_changed(
    browser: Client, workspace: Any
) -> None:
    browser.post("/models/new/", given())
    model = AIModel.objects.get(name="Suno")
    page = browser.get(f"/models/{model.pk}/").content.decode()
    assert 'value="music" selected' in page
    browser.post(f"/models/{model.pk}/", given(name="Songs"))
    model.refresh_from_db()
    assert (model.name, model.kind) == ("Songs", "music")


def test_such_a_server_makes_music_alone_and_is_somewhere(
    alice: Membership, workspace: Any
) -> None:
    fields: dict[str, Any] = {"name": "Suno", "provider": "suno", "model_id": "v4"}
    with pytest.raises(Invalid, match="music") as refused:
        actions.save_model(
            actor=alice.actor, fields=ModelFields(**fields, base_url=SERVER, kind="language")
        )
    assert refused.value.field == "kind"
    with pytest.raises(Invalid) as refused:
        actions.save_model(actor=alice.actor, fields=ModelFields(**fields, kind="music"))
    assert refused.value.field == "base_url"


def test_trying_it_orders_nothing(alice: Membership, workspace: Any) -> None:
    fields = ModelFields("Suno", "suno", "v4", kind="music", base_url=SERVER)
    model = actions.save_model(actor=alice.actor, fields=fields)
    verdict = actions.test_model(actor=alice.actor, model=model)
    assert verdict.ok
    assert "first music job" in verdict.sentence
