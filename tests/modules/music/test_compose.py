"""A piece by the composer of ours, through every door."""

import io
import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import soundfile
from django.core.management import call_command

from accounts.models import Membership
from core.clock import db_now
from modules.models import Asset, Call, Job, Schedule
from modules.running.driving import work_off
from modules.running.schedules import Plan, fire_due, save_schedule
from modules.tools import ToolContext, registry
from tests.api.client import Program
from tests.api.conftest import token_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(compose: Callable[..., Job]) -> Callable[..., Job]:
    def make(**given: Any) -> Job:
        job = compose(**given)
        work_off(10)
        job.refresh_from_db()
        return job

    return make


def pieces() -> Any:
    return Asset.objects.filter(kind="audio", parents=None)


def test_a_piece_is_kept_as_ogg_with_the_wav_below_it(done: Callable[..., Job]) -> None:
    job = done(prompt="A happy harbour in D major at 120 bpm", title="Pier", seed=4)
    assert job.state == "succeeded", job.error
    main, wav = pieces().get(), Asset.objects.exclude(parents=None).get()
    assert (main.content_type, wav.content_type) == ("audio/ogg", "audio/wav")
    assert (main.name, wav.name) == ("Pier.ogg", "Pier.wav")
    for asset in (main, wav):
        assert soundfile.info(io.BytesIO(asset.file.read())).duration == pytest.approx(5)
        assert asset.duration_ms == 5_000
        assert asset.simulated
    assert main.meta["key"] == "D major"
    assert (main.meta["tempo"], main.meta["seed"]) == (120, 4)
    assert len(main.meta["peaks"]) == 240
    assert job.result["asset"] == str(main.pk)
    assert "D major" in job.result["text"]


def test_it_costs_nothing_and_stands_in_the_ledger_as_simulated(done: Callable[..., Job]) -> None:
    job = done()
    call = Call.objects.get()
    assert (job.cost, job.simulated) == (0, True)
    assert (call.status, call.simulated, call.cost) == ("ok", True, 0)


def test_the_same_seed_and_words_are_the_same_piece(done: Callable[..., Job]) -> None:
    done(seed=9)
    done(seed=9)
    done(seed=10)
    digests = list(pieces().order_by("created_at").values_list("digest", flat=True))
    assert digests[0] == digests[1] != digests[2]


def test_without_a_title_its_words_are_one(done: Callable[..., Job]) -> None:
    assert done(prompt="a *quiet* evening; rain").result["title"] == "A quiet evening rain"


def test_a_piece_that_gives_up_by_itself_is_not_kept_and_not_begun_again(
    compose: Callable[..., Job], alice: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    from modules.language.cancel import Cancelled
    from modules.music import working

    def cancelled(*_: Any, **__: Any) -> None:
        raise Cancelled

    job = compose()
    monkeypatch.setattr(working, "compose", cancelled)
    work_off(1)
    job.refresh_from_db()
    assert (job.state, job.error_code) == ("failed", "cancelled")
    assert not Asset.objects.exists()


def test_an_agent_composes(agents: Any, workspace: Any) -> None:
    agent = agents.technical
    ctx = ToolContext(actor=agent.actor, workspace=workspace, agent=agent, key="r1:0")
    answer = json.loads(registry.get("generate_music").call(ctx, {"prompt": "rain", "seconds": 5}))
    assert answer["simulated"] is True
    assert answer["assets"][0]["kind"] == "audio"
    assert Job.objects.get().door == "tool"
    assert pieces().get().owner == agent.actor


def test_a_program_orders_a_piece_and_fetches_it(bob: Membership) -> None:
    program = Program(token_of(bob))
    given = {"prompt": "rain", "seconds": 5}
    reply = program.post("modules/jobs", {"operation": "music.compose", "input": given})
    assert reply.status == 202, reply
    work_off(1)
    job = program.get(f"modules/jobs/{reply.body['id']}").body
    assert job["state"] == "succeeded"
    assert job["result"]["asset"] == str(pieces().get().pk)


def test_a_schedule_composes(alice: Membership, workspace: Any) -> None:
    plan = Plan("Mornings", "music.compose", {"prompt": "rain", "seconds": 5}, "0 9 * * *")
    save_schedule(actor=alice.actor, plan=plan)
    Schedule.objects.update(due_at=db_now() - timedelta(seconds=1))
    fire_due()
    work_off(1)
    job = Job.objects.get()
    assert (job.door, job.state) == ("schedule", "succeeded")
    assert pieces().get().job == job


def test_the_command_composes(workspace: Any) -> None:
    out = StringIO()
    given = ("prompt=rain in A minor", "seconds=5")
    call_command("module", "run", "music.compose", *given, "--json", stdout=out)
    said = json.loads(out.getvalue())
    assert said["state"] == "succeeded"
    assert Job.objects.get().door == "command"
    assert pieces().get().meta["key"] == "A minor"


@pytest.mark.parametrize("given", [{"seconds": 4}, {"seconds": 301}, {"seed": -1}])
def test_what_cannot_be_composed_is_refused_in_words(given: Any, bob: Membership) -> None:
    program = Program(token_of(bob))
    body = {"operation": "music.compose", "input": {"prompt": "rain", **given}}
    reply = program.post("modules/jobs", body)
    assert reply.status == 409
    assert min(given) in reply.body["error"]["message"]


def test_without_words_there_is_no_piece(done: Callable[..., Job]) -> None:
    job = done(prompt="  ")
    assert job.state == "failed"
    assert "sound like" in job.error
