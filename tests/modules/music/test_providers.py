"""Providers of music on the wire: orders, patience, and never a second order."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership
from core.clock import from_now
from core.errors import Conflict, Forbidden, Invalid
from modules.models import AIModel, Asset, Call, Job
from modules.models.music import Order
from modules.music import orders
from modules.music.mapping import fill, mapping_of, path, pick
from modules.music.providers import suno as suno_provider
from modules.options import checked
from modules.running import deciding
from modules.running.driving import work_off
from modules.running.leases import claim
from modules.running.reconciling import reconcile
from tests.api.client import Program
from tests.api.conftest import token_of
from tests.modules.music.server import MusicServer, answer
from tests.outside import Heard, Say
from tests.ports import silent_port

Make = Callable[..., Job]
pytestmark = pytest.mark.django_db(transaction=True)


def drive(job: Job) -> Job:
    """Let the job be done, at once also where it would have to wait before another attempt."""
    for _ in range(5):
        Job.objects.filter(pk=job.pk).update(not_before=None)
        if not work_off(10):
            break
    job.refresh_from_db()
    return job


# --- Suno-style -----------------------------------------------------------------------------


def test_a_piece_is_ordered_awaited_and_fetched(
    suno: AIModel, server: MusicServer, compose: Make
) -> None:
    job = drive(compose(suno, title="", instrumental=False))
    assert job.state == "succeeded", job.error
    assert server.orders() == [
        {"prompt": "A quiet harbour", "make_instrumental": False, "wait_audio": False}
    ]
    assert server.polls() == 3
    asset = Asset.objects.get()
    assert asset.kind == "audio"
    assert asset.content_type == "audio/ogg"
    assert asset.file.read() == server.sound
    assert asset.duration_ms == 5_000
    assert asset.meta["title"] == "Harbour at Night"
    assert max(asset.meta["peaks"]) == 100
    assert not asset.simulated


def test_it_is_paid_once_and_stands_in_the_ledger_once(suno: AIModel, compose: Make) -> None:
    job = drive(compose(suno))
    assert job.cost == 50_000
    call = Call.objects.get()
    assert (call.status, call.cost, call.model) == ("ok", 50_000, suno)
    assert Asset.objects.get().cost == 50_000


def test_the_key_goes_to_the_provider_and_shows_nowhere_else(
    suno: AIModel, server: MusicServer, compose: Make
) -> None:
    from modules import credentials

    suno.credentials = credentials.encrypt("sk-music-123456")
    suno.save()
    server.react = lambda heard: (
        answer({"error": "bad key sk-music-123456"}, 401) if "generate" in heard.path else None
    )
    job = drive(compose(suno))
    assert server.heard[0].headers["authorization"] == "Bearer sk-music-123456"
    assert job.state == "failed"
    assert job.error_code == "wrong_key"
    assert "sk-music" not in job.error


def test_a_server_of_another_kind_is_spoken_with_by_its_mapping(
    suno: AIModel, server: MusicServer, compose: Make
) -> None:
    suno.options["music"] |= {
        "header": "X-Api-Key",
        "scheme": "",
        "submit_path": "/v2/songs?model={model}",
        "submit_body": {"gpt_description": "{prompt}", "options": {"length": "{seconds}"}},
        "ref": "data.taskId",
        "poll_path": "/v2/songs/{id}",
        "status": "data.state",
        "done": ["finished"],
        "audio": "data.clips.0.url",
        "title": "data.clips.0.name",
    }
    suno.save()

    def react(heard: Heard) -> Say | None:
        if heard.path == "/v2/songs?model=v4":
            return answer({"data": {"taskId": 17}})
        if heard.path == "/v2/songs/17":
            clip = {"url": f"{server.url}/files/17.ogg", "name": "Pier"}
            return answer({"data": {"state": "FINISHED", "clips": [clip]}})
        return None

    server.react = react
    job = drive(compose(suno))
    assert job.state == "succeeded", job.error
    assert json.loads(server.heard[0].body) == {
        "gpt_description": "A quiet harbour",
        "options": {"length": 5},
    }
    assert job.result["title"] == "Pier"


def test_a_worker_that_dies_while_it_waits_does_not_make_for_a_second_order(
    suno: AIModel, server: MusicServer, compose: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    job = compose(suno)
    with monkeypatch.context() as patch:
        patch.setattr(suno_provider, "_rest", die)
        with pytest.raises(Killed):
            work_off(1)
    assert Order.objects.get().ref == "song-1"
    Job.objects.filter(pk=job.pk).update(lease_expires_at=from_now(-1 * one_second()))
    reconcile()

    job = drive(job)
    assert job.state == "succeeded", job.error
    assert len(server.orders()) == 1
    assert job.cost == 50_000
    assert job.attempts == 2


def test_a_worker_that_dies_while_it_orders_leaves_the_question_to_a_person(
    suno: AIModel, server: MusicServer, compose: Make
) -> None:
    job = compose(suno)
    held = claim(only=job.pk)
    assert held is not None
    orders.intend(held)
    Job.objects.filter(pk=job.pk).update(lease_expires_at=from_now(-1 * one_second()))
    reconcile()

    job = drive(job)
    assert (job.state, job.error_code) == ("waiting", "unknown_outcome")
    assert server.orders() == []


def test_a_provider_that_knows_orders_again_is_simply_asked_again(
    suno: AIModel, server: MusicServer, compose: Make
) -> None:
    suno.options["music"]["idempotent"] = True
    suno.save()
    job = compose(suno)
    held = claim(only=job.pk)
    assert held is not None
    orders.intend(held)
    Job.objects.filter(pk=job.pk).update(lease_expires_at=from_now(-1 * one_second()))
    reconcile()

    assert drive(job).state == "succeeded"
    assert server.heard[0].headers["idempotency-key"] == str(job.pk)


def one_second() -> Any:
    from datetime import timedelta

    return timedelta(seconds=1)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_an_order_that_failed_in_an_unclear_way_is_not_sent_again(
    status: int, suno: AIModel, server: MusicServer, compose: Make
) -> None:
    server.react = lambda heard: answer({}, status) if "generate" in heard.path else None
    job = drive(compose(suno))
    assert (job.state, job.error_code) == ("waiting", "unknown_outcome")
    assert len(server.orders()) == 1


def test_an_order_that_was_clearly_not_taken_is_sent_again(
    suno: AIModel, server: MusicServer, compose: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modules.completion.pause", lambda cancel, seconds: False)

    def react(heard: Heard) -> Say | None:
        busy = "generate" in heard.path and len(server.orders()) < 3
        return answer({"error": "slow down"}, 429) if busy else None

    server.react = react
    assert drive(compose(suno)).state == "succeeded"
    assert len(server.orders()) == 3


def test_a_provider_that_cannot_be_reached_is_tried_again_later(
    suno: AIModel, server: MusicServer, compose: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modules.completion.pause", lambda cancel, seconds: False)
    AIModel.objects.filter(pk=suno.pk).update(base_url=f"http://127.0.0.1:{silent_port()}")
    job = compose(suno)
    work_off(1)
    job.refresh_from_db()
    assert (job.state, job.error_code) == ("queued", "unreachable")
    assert not Order.objects.exists()


def test_looks_that_fail_are_borne_and_those_that_go_on_failing_are_not(
    suno: AIModel, server: MusicServer, compose: Make
) -> None:
    def react(heard: Heard) -> Say | None:
        shaky = heard.path.startswith("/api/get") and server.polls() in (1, 2)
        return answer({}, 502) if shaky else None

    server.react = react
    assert drive(compose(suno)).state == "succeeded"

    server.react = lambda heard: answer({}, 502) if heard.path.startswith("/api/get") else None
    job = drive(compose(suno))
    assert job.state == "failed"
    assert len(server.orders()) == 2


def test_what_the_provider_says_of_its_failure_is_told(
    suno: AIModel, server: MusicServer, compose: Make
) -> None:
    said = [{"status": "error", "error_message": "The words are not allowed"}]
    server.react = lambda heard: answer(said) if heard.path.startswith("/api/get") else None
    job = drive(compose(suno))
    assert (job.state, job.error_code) == ("failed", "provider_failed")
    assert "The words are not allowed" in job.error


def test_a_file_that_is_no_sound_is_refused(
    suno: AIModel, server: MusicServer, compose: Make
) -> None:
    page = Say(headers={"Content-Type": "audio/mpeg"}, body=b"<html><script>1</script></html>")
    server.react = lambda heard: page if heard.path.startswith("/files/") else None
    job = drive(compose(suno))
    assert job.state == "failed"
    assert not Asset.objects.exists()
    assert len(server.orders()) == 1


@pytest.mark.parametrize(
    "address",
    ["http://169.254.169.254/latest", "http://127.0.0.1:1/x.mp3", "file:///etc/passwd", "nowhere"],
)
def test_a_provider_cannot_send_us_to_an_address_inside(
    address: str, suno: AIModel, server: MusicServer, compose: Make
) -> None:
    said = [{"status": "complete", "audio_url": address}]
    server.react = lambda heard: answer(said) if heard.path.startswith("/api/get") else None
    job = drive(compose(suno))
    assert (job.state, job.error_code) == ("failed", "address_refused")


def test_a_call_back_ends_the_wait(
    suno: AIModel, server: MusicServer, compose: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider calls as soon as it has been asked once; nobody waits an hour."""
    monkeypatch.setattr(suno_provider, "LOOK_FOR_CALLS_S", 0.01)
    suno.options["music"] |= {
        "poll_every_s": 3_600,
        "submit_body": {"prompt": "{prompt}", "callBackUrl": "{callback}"},
    }
    suno.save()
    server.looks = 1
    rest = suno_provider._rest

    def call_meanwhile(job: Any, seconds: float) -> None:
        address = server.orders()[0]["callBackUrl"]
        local = "/" + address.split("/", 3)[3]
        before = suno_provider._called_at
        asked = iter([True])

        def then_call(context: Any) -> Any:
            found = before(context)
            if next(asked, False):
                assert Client().post(local).status_code == 204
            return found

        monkeypatch.setattr(suno_provider, "_called_at", then_call)
        rest(job, seconds)

    monkeypatch.setattr(suno_provider, "_rest", call_meanwhile)
    assert drive(compose(suno)).state == "succeeded"
    assert server.polls() == 2


def test_nobody_else_can_call_back(suno: AIModel) -> None:
    assert Client().post("/music/called/forged:token/").status_code == 404
    assert Client().get("/music/called/forged:token/").status_code == 405


# --- speech ---------------------------------------------------------------------------------


@pytest.fixture
def speech(workspace: Any, server: MusicServer) -> AIModel:
    return AIModel.objects.create(
        workspace=workspace,
        name="Speech",
        kind="music",
        provider="openai",
        model_id="tts-1",
        base_url=f"{server.url}/v1",
        input_price=15_000_000,
    )


def test_words_are_spoken_by_a_compatible_endpoint(
    speech: AIModel, server: MusicServer, compose: Make
) -> None:
    job = drive(compose(speech, prompt="Good morning, harbour.", voice="nova"))
    assert job.state == "succeeded", job.error
    [heard] = server.heard
    assert heard.path == "/v1/audio/speech"
    assert json.loads(heard.body) == {
        "model": "tts-1",
        "input": "Good morning, harbour.",
        "voice": "nova",
        "response_format": "mp3",
    }
    asset = Asset.objects.get()
    assert asset.file.read() == server.sound
    assert asset.meta["title"] == "Good morning, harbour"
    # $15 for a million characters.
    assert job.cost == 22 * 15


def test_an_endpoint_that_answers_with_words_has_not_spoken(
    speech: AIModel, server: MusicServer, compose: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modules.completion.pause", lambda cancel, seconds: False)
    server.react = lambda heard: answer({"error": "no voice"})
    job = compose(speech)
    work_off(1)
    job.refresh_from_db()
    assert (job.state, job.error_code) == ("queued", "garbage")
    assert not Asset.objects.exists()


def test_an_endpoint_that_refuses_says_why(
    speech: AIModel, server: MusicServer, compose: Make
) -> None:
    server.react = lambda heard: answer({"error": {"message": "No such voice"}}, 400)
    job = drive(compose(speech))
    assert (job.state, job.error_code) == ("failed", "bad_request")
    assert "No such voice" in job.error
    assert len(server.heard) == 1


def test_a_worker_that_dies_while_words_are_spoken_leaves_the_question_to_a_person(
    speech: AIModel, server: MusicServer, compose: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer came, and was paid for; the worker died before it was saved."""

    class Killed(BaseException):
        pass

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    job = compose(speech)
    with monkeypatch.context() as patch:
        patch.setattr("modules.running.context.JobContext.save_asset", die)
        with pytest.raises(Killed):
            work_off(1)
    lose_worker(job)
    job = drive(job)
    assert (job.state, job.error_code) == ("waiting", "unknown_outcome")
    assert len(server.heard) == 1, "it was not bought a second time"


def test_a_worker_that_dies_after_the_piece_was_saved_buys_nothing_more(
    speech: AIModel, server: MusicServer, compose: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    job = compose(speech)
    with monkeypatch.context() as patch:
        patch.setattr("modules.running.actions.finish_job", die)
        with pytest.raises(Killed):
            work_off(1)
    lose_worker(job)
    job = drive(job)
    assert job.state == "succeeded", job.error
    assert len(server.heard) == 1
    assert Asset.objects.count() == 1


@pytest.mark.parametrize("status", [500, 502, 504])
def test_words_whose_speaking_failed_in_an_unclear_way_are_not_bought_again(
    status: int, speech: AIModel, server: MusicServer, compose: Make
) -> None:
    server.react = lambda heard: answer({}, status)
    job = drive(compose(speech))
    assert (job.state, job.error_code) == ("waiting", "unknown_outcome")
    assert len(server.heard) == 1


def lose_worker(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_expires_at=from_now(-1 * one_second()))
    reconcile()


# --- a decision -----------------------------------------------------------------------------


@pytest.fixture
def waiting(speech: AIModel, server: MusicServer, compose: Make) -> Job:
    """A job of which nobody knows whether it was paid for."""
    server.react = lambda heard: answer({}, 502)
    job = drive(compose(speech))
    assert job.state == "waiting"
    server.react = lambda heard: None
    return job


def test_whoever_decides_has_it_ordered_again(
    waiting: Job, alice: Membership, server: MusicServer
) -> None:
    assert work_off(5) == 0, "it waits, whoever looks"
    deciding.decide_job(actor=alice.actor, job=waiting, again=True)
    job = drive(waiting)
    assert job.state == "succeeded", job.error
    assert len(server.heard) == 2
    with pytest.raises(Conflict):
        deciding.decide_job(actor=alice.actor, job=waiting, again=True)


def test_or_has_it_taken_as_failed(waiting: Job, alice: Membership, server: MusicServer) -> None:
    job = deciding.decide_job(actor=alice.actor, job=waiting, again=False)
    assert job.state == "failed"
    assert job.ended
    assert len(server.heard) == 1


def test_nobody_decides_who_may_not(waiting: Job, viewer: Membership, agents: Any) -> None:
    for actor in (viewer.actor, agents.technical.actor):
        with pytest.raises(Forbidden):
            deciding.decide_job(actor=actor, job=waiting, again=True)


def test_the_page_of_the_job_asks_and_the_button_answers(waiting: Job, alice: Membership) -> None:
    client = Client()
    client.force_login(alice.user)
    page = client.get(f"/modules/jobs/{waiting.pk}/").content.decode()
    assert "Order again" in page
    assert "every 1s" not in page
    client.post(f"/modules/jobs/{waiting.pk}/decide/", {"fail": "1"})
    waiting.refresh_from_db()
    assert waiting.state == "failed"


def test_a_program_decides_as_well(waiting: Job, alice: Membership) -> None:
    program = Program(token_of(alice))
    assert program.get("modules/jobs?state=waiting").body["count"] == 1
    reply = program.post(f"modules/jobs/{waiting.pk}/decide", {"again": False})
    assert (reply.status, reply.body["state"]) == (200, "failed")
    assert program.post(f"modules/jobs/{waiting.pk}/decide", {"again": False}).status == 409


# --- mapping --------------------------------------------------------------------------------


def test_words_are_filled_into_bodies_and_quoted_in_paths() -> None:
    values = {"prompt": "a {title} & b/c", "seconds": 60, "instrumental": True}
    body = {"p": "{prompt}", "s": "{seconds}", "i": ["{instrumental}"], "t": "{seconds} s", "n": 1}
    filled = {"p": "a {title} & b/c", "s": 60, "i": [True], "t": "60 s", "n": 1}
    assert fill(body, values) == filled
    assert path("/make?q={prompt}", values) == "/make?q=a%20%7Btitle%7D%20%26%20b%2Fc"
    assert path("{prompt}", {"prompt": "../x"}) == "..%2Fx"


def test_ways_lead_through_answers() -> None:
    found = {"data": [{"id": 7}]}
    assert pick(found, "data.0.id") == 7
    assert pick(found, "data.1.id") is None
    assert pick(found, "data.0.id.x") is None
    assert pick([], "0") is None


def test_options_that_are_no_mapping_are_refused() -> None:
    good = {"music": {"poll_path": "/x/{id}", "done": ["ok"], "poll_every_s": 2}}
    assert checked(good) == good
    assert mapping_of(good).done == ("ok",)
    wrong: list[Any] = [{"nonsense": 1}, {"done": "ok"}, {"poll_every_s": 0}, {"submit_body": []}]
    for bad in [*wrong, []]:
        with pytest.raises(Invalid, match=r"docs/music\.md"):
            checked({"music": bad})
