"""Assets: kept once, found again, served to those with an address, and taken away."""

import time
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection

from accounts.models import Membership
from activity.models import Activity
from core.errors import Forbidden
from modules.assets import actions, addresses
from modules.assets.serving import span_of
from modules.models import Asset
from tests.api.client import Program
from tests.modules.assets.pictures import png, tone
from tests.modules.assets.test_attacks import content, fetched


def make(member: Membership, body: bytes = b"Two lamps.", name: str = "lamps.txt") -> Asset:
    return actions.create_asset(
        actor=member.actor, prepared=actions.prepare(body, name=name), meta={"prompt": "a lamp"}
    )


def test_a_picture_has_its_size_and_a_thumbnail(as_bob: Program) -> None:
    reply = as_bob.upload("assets", "wide.png", png(1_200, 300))
    assert (reply.body["width"], reply.body["height"]) == (1200, 300)
    response = fetched(as_bob, reply.body["thumbnail"])
    assert response.headers["Content-Type"] == "image/webp"
    assert Activity.objects.filter(verb="asset.created").count() == 1


def test_a_sound_has_its_duration(as_bob: Program) -> None:
    reply = as_bob.upload("assets", "tone.wav", tone(1.5))
    assert (reply.body["kind"], reply.body["duration_ms"]) == ("audio", 1500)


def test_the_same_content_lies_there_once(alice: Membership, settings: LazySettings) -> None:
    first, second = make(alice), make(alice, name="again.txt")
    assert first.file.name == second.file.name
    actions.delete_asset(actor=alice.actor, asset=first)
    with second.file.open("rb") as file:
        assert file.read() == b"Two lamps."


@pytest.mark.django_db(transaction=True)
def test_the_last_one_takes_the_file_along(alice: Membership, settings: LazySettings) -> None:
    asset = make(alice)
    path = Path(settings.MEDIA_ROOT) / str(asset.file.name)
    assert path.exists()
    actions.delete_asset(actor=alice.actor, asset=asset)
    assert not path.exists()


@pytest.mark.django_db(transaction=True)
def test_a_file_that_comes_again_while_it_is_taken_away_stays(
    alice: Membership, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last asset of a file is gone; before the file goes, another has found it there."""
    asset = make(alice)
    path = Path(settings.MEDIA_ROOT) / str(asset.file.name)
    gone, found, removed = Event(), Event(), Event()
    remove, put = actions._remove, actions._put

    def remove_later(asset: Asset) -> None:
        gone.set()
        found.wait(5)
        remove(asset)
        removed.set()

    def put_slowly(name: str, content: bytes) -> None:
        put(name, content)
        found.set()
        # In vain, where they take turns.
        removed.wait(0.5)

    monkeypatch.setattr(actions, "_remove", remove_later)
    deleting = Thread(target=_delete_and_close, args=(alice, asset))
    deleting.start()
    assert gone.wait(30)
    monkeypatch.setattr(actions, "_put", put_slowly)
    again = make(alice)
    deleting.join(10)
    assert again.file.name == asset.file.name
    assert path.exists()


def _delete_and_close(member: Membership, asset: Asset) -> None:
    actions.delete_asset(actor=member.actor, asset=asset)
    connection.close()


def test_assets_are_named_rated_tagged_and_found(
    as_bob: Program, alice: Membership, bob: Membership
) -> None:
    asset = make(alice)
    change = {"name": "Pier.png", "rating": 4, "tags": ["Harbour", "night", "harbour"]}
    body = as_bob.patch(f"assets/{asset.pk}", change).body
    assert (body["name"], body["rating"]) == ("Pier.txt", 4)
    assert body["tags"] == ["harbour", "night"]
    for query, count in (
        ("tag=harbour", 1),
        ("tag=day", 0),
        ("search=pier", 1),
        ("search=lamp", 1),
        ("search=moon", 0),
        ("least_rating=4", 1),
        ("least_rating=5", 0),
        ("kind=image", 0),
    ):
        assert as_bob.get(f"assets?{query}").body["count"] == count, query
    assert as_bob.patch(f"assets/{asset.pk}", {"rating": None}).body["rating"] is None


def test_an_agent_deletes_only_what_is_its_own(alice: Membership, agents: Any) -> None:
    with pytest.raises(Forbidden):
        actions.delete_asset(actor=agents.technical.actor, asset=make(alice))


def test_a_signed_address_holds_for_one_file_and_for_a_while(
    alice: Membership, nobody: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset, other = make(alice), make(alice, b"Three lamps.")
    address = addresses.address_of(asset)
    assert content(fetched(nobody, address)) == b"Two lamps."
    assert fetched(nobody, address.replace(str(asset.pk), str(other.pk))).status_code == 404
    assert fetched(nobody, address.replace("/file/", "/thumbnail/")).status_code == 404
    assert fetched(nobody, address[:-2] + "x/").status_code == 404
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 8_000)
    assert fetched(nobody, address).status_code == 404


@pytest.fixture
def nobody() -> Program:
    return Program()


def test_a_player_jumps_about_in_a_sound(alice: Membership, nobody: Program) -> None:
    body = tone(1)
    address = addresses.address_of(make(alice, body, "tone.wav"))
    whole = fetched(nobody, address)
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["Content-Type"] == "audio/wav"
    assert whole.headers["Cache-Control"].startswith("private")
    assert content(whole) == body
    part = fetched(nobody, address, Range="bytes=100-199")
    assert part.status_code == 206
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(body)}"
    assert content(part) == body[100:200]
    assert content(fetched(nobody, address, Range="bytes=-10")) == body[-10:]
    assert fetched(nobody, address, Range="bytes=99999999-").status_code == 416


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("", (0, 99)),
        ("bytes=0-0", (0, 0)),
        ("bytes=50-", (50, 99)),
        ("bytes=-200", (0, 99)),
        ("bytes=0-500", (0, 99)),
        ("bytes=100-", None),
        ("bytes=-0", None),
        ("bytes=0-1,5-6", (0, 99)),
        ("lines=1-2", (0, 99)),
        ("bytes=-", (0, 99)),
    ],
)
def test_ranges_are_read_as_the_standard_says(header: str, span: tuple[int, int] | None) -> None:
    assert span_of(header, 100) == span
