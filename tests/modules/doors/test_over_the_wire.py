"""Every operation with the real clients against aimock: openai, and anthropic where it can."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Membership
from modules.credentials import encrypt
from modules.models import AIModel, Call
from modules.music import working
from modules.operations import registry
from modules.running.calling import run_here
from tests.modules.doors.rows import BOTH, OPENAI, ROWS, Given, fixtures
from tests.modules.wire.servers import Aimock, why_no_aimock

pytestmark = pytest.mark.django_db(transaction=True)
CASES = [(name, provider) for name, row in ROWS.items() for provider in row.wire]


@pytest.fixture(scope="module")
def aimock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aimock]:
    if reason := why_no_aimock():
        pytest.skip(reason)
    path: Path = tmp_path_factory.mktemp("wire") / "fixtures.json"
    sound = working.compose("a happy tune", seed=1, seconds=5)[2]
    path.write_text(json.dumps(fixtures(sound)))
    server = Aimock(path)
    yield server
    server.stop()


@pytest.mark.parametrize(("name", "provider"), CASES)
def test_it_is_done_over_the_wire(
    name: str,
    provider: str,
    aimock: Aimock,
    alice: Membership,
    workspace: Any,
    input_of: Callable[[str], Given],
) -> None:
    one = registry.get(name)
    assert one.kind
    model = AIModel.objects.create(
        workspace=workspace,
        name=f"{provider} at the stand-in",
        kind=one.kind,
        provider=provider,
        model_id="some-model",
        base_url=aimock.url + ("/v1" if provider == "openai" else ""),
        credentials=encrypt("sk-canary-key-123456"),
        input_price=2_000_000,
        output_price=10_000_000,
        timeout_s=20,
        options={"unit_price": 40_000} if one.kind == "image" else {},
    )
    job = run_here(
        actor=alice.actor, operation=name, input=input_of(name), door="room", model=model.pk
    )
    assert (job.state, job.error) == ("succeeded", "")
    assert ROWS[name].shows(job)
    assert not job.simulated
    call = Call.objects.get()
    assert (call.status, call.model, call.cost) == ("ok", model, job.cost)


def test_each_kind_is_tried_with_all_that_serve_it() -> None:
    for name, row in ROWS.items():
        expected = BOTH if registry.get(name).kind in ("language", "vision") else OPENAI
        assert row.wire == expected, name
