"""The library: find, hear, rate, tag, put into lists; by screen and by API."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership
from activity.models import Activity
from core.errors import Conflict, Forbidden, Invalid, NotFound
from modules.assets.actions import create_asset, prepare
from modules.models import Asset, Playlist
from modules.music import playlists
from modules.music.library import wave
from tests.api.client import Program
from tests.api.conftest import token_of

pytestmark = pytest.mark.django_db
Piece = Callable[..., Asset]


@pytest.fixture
def piece(alice: Membership, workspace: Any, sound: bytes) -> Piece:
    """A piece of Alice's; each is a file of its own."""

    def make(title: str, **meta: Any) -> Asset:
        # What follows the last page of Ogg is no sound.
        prepared = prepare(sound + title.encode(), name=f"{title}.ogg", duration_ms=5_000)
        meta = {"title": title, "prompt": f"A piece about {title}", "peaks": [10, 100, 5], **meta}
        return create_asset(actor=alice.actor, prepared=prepared, meta=meta)

    return make


@pytest.fixture
def browser(alice: Membership, client: Client) -> Client:
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def titles(response: Any) -> list[str]:
    return [one.title for one in response.context["pieces"]]


# --- the screen -----------------------------------------------------------------------------


def test_pieces_are_there_with_outline_and_sound_the_newest_first(
    browser: Client, piece: Piece
) -> None:
    piece("Pier", key="D major", tempo=120)
    lamp = piece("Lamp")
    page = browser.get("/music/")
    assert titles(page) == ["Lamp", "Pier"]
    html = page.content.decode()
    assert f'data-src="/music/{lamp.pk}/sound/"' in html
    assert "0:05 · D major · 120 bpm" in html
    assert 'd="M40.0 18.1V21.9M120.0 1.0V39.0M200.0 19.1V20.9"' in html


def test_other_files_of_the_same_sound_are_offered_with_it(
    browser: Client, piece: Piece, alice: Membership
) -> None:
    main = piece("Pier")
    wav = prepare(b"RIFF\x24\0\0\0WAVEfmt " + bytes(40), name="Pier.wav", duration_ms=5_000)
    create_asset(actor=alice.actor, prepared=wav, parents=[main])
    page = browser.get("/music/")
    assert titles(page) == ["Pier"]
    assert [name for name, _ in page.context["pieces"][0].files] == ["OGG", "WAV"]


def test_an_empty_library_says_what_to_do(browser: Client, workspace: Any) -> None:
    assert "No music yet" in browser.get("/music/").content.decode()
    assert "Nothing like that" in browser.get("/music/?search=x").content.decode()


def test_pieces_are_found_by_words_tag_and_rating(browser: Client, piece: Piece) -> None:
    pier, _ = piece("Pier"), piece("Lamp")
    browser.post(f"/music/{pier.pk}/change/", {"tags": "calm, Evening"})
    browser.post(f"/music/{pier.pk}/change/", {"rating": "4"})
    for query in ("search=about+pier", "tag=evening", "least_rating=4"):
        assert titles(browser.get(f"/music/?{query}")) == ["Pier"], query
    assert titles(browser.get("/music/?least_rating=5")) == []


def test_the_same_star_again_takes_the_rating_back(browser: Client, piece: Piece) -> None:
    one = piece("Pier")
    for rating, kept in (("4", 4), ("2", 2), ("2", None)):
        answer = browser.post(
            f"/music/{one.pk}/change/", {"rating": rating}, headers={"HX-Request": "true"}
        )
        one.refresh_from_db()
        assert one.rating == kept
        assert f'id="piece-{one.pk}"' in answer.content.decode()


def test_the_way_to_the_sound_is_for_members_alone(
    browser: Client, piece: Piece, charlie: Membership, sound: bytes
) -> None:
    one = piece("Pier")
    way = browser.get(f"/music/{one.pk}/sound/")
    assert way.status_code == 302
    answer: Any = browser.get(way["Location"])
    heard = b"".join(answer.streaming_content)
    assert heard == sound + b"Pier"
    stranger = Client()
    stranger.force_login(charlie.user, backend="django.contrib.auth.backends.ModelBackend")
    assert stranger.get(f"/music/{one.pk}/sound/").status_code == 404
    assert "login" in Client().get(f"/music/{one.pk}/sound/")["Location"]


def test_lists_are_made_filled_renamed_and_deleted_on_screen(browser: Client, piece: Piece) -> None:
    pier, lamp = piece("Pier"), piece("Lamp")
    browser.post("/music/playlists/", {"name": "Evenings"})
    made = Playlist.objects.get()
    for one in (pier, lamp, pier):
        browser.post(f"/music/{one.pk}/add/", {"playlist": str(made.pk)})
    assert titles(browser.get(f"/music/playlists/{made.pk}/")) == ["Pier", "Lamp"]
    browser.post(f"/music/playlists/{made.pk}/remove/{pier.pk}/")
    assert titles(browser.get(f"/music/playlists/{made.pk}/")) == ["Lamp"]
    browser.post(f"/music/playlists/{made.pk}/rename/", {"name": "Nights"})
    made.refresh_from_db()
    assert made.name == "Nights"
    browser.post(f"/music/playlists/{made.pk}/delete/")
    assert not Playlist.objects.exists()
    assert Asset.objects.count() == 2


def test_who_may_only_look_changes_nothing(viewer: Membership, piece: Piece) -> None:
    one = piece("Pier")
    client = Client()
    client.force_login(viewer.user, backend="django.contrib.auth.backends.ModelBackend")
    html = client.get("/music/").content.decode()
    assert "data-play" in html
    assert 'name="rating"' not in html
    client.post(f"/music/{one.pk}/change/", {"rating": "5"})
    client.post("/music/playlists/", {"name": "x"})
    one.refresh_from_db()
    assert one.rating is None
    assert not Playlist.objects.exists()


def test_the_questions_do_not_grow_with_the_pieces(
    browser: Client, piece: Piece, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    piece("Pier")
    with CaptureQueriesContext(
        connection,
    ) as few:
        browser.get("/music/")
    for number in range(8):
        piece(f"Piece {number}")
    with django_assert_max_num_queries(len(few)):
        browser.get("/music/")


def test_an_outline_that_is_none_is_a_line() -> None:
    assert wave(None) == wave([]) == wave("x") == "M0 20H240"
    assert wave([1_000]) == "M120.0 1.0V39.0"


# --- verbs ----------------------------------------------------------------------------------


def test_a_list_keeps_its_order_and_each_piece_once(alice: Membership, piece: Piece) -> None:
    one, two = piece("One"), piece("Two")
    made = playlists.create_playlist(
        actor=alice.actor, name=" Evenings ", assets=[two.pk, one.pk, two.pk]
    )
    assert made.name == "Evenings"
    assert list(made.entries.values_list("asset", flat=True)) == [two.pk, one.pk]
    assert Activity.objects.latest("number").verb == "playlist.created"


def test_a_name_is_taken_once(alice: Membership, workspace: Any) -> None:
    playlists.create_playlist(actor=alice.actor, name="Evenings")
    with pytest.raises(Conflict, match="Evenings"):
        playlists.create_playlist(actor=alice.actor, name="Evenings")
    with pytest.raises(Invalid):
        playlists.create_playlist(actor=alice.actor, name="  ")


def test_nothing_of_another_workspace_comes_into_a_list(
    alice: Membership, charlie: Membership, viewer: Membership, piece: Piece
) -> None:
    one = piece("One")
    theirs = playlists.create_playlist(actor=charlie.actor, name="Theirs")
    with pytest.raises(Invalid, match="no piece"):
        playlists.change_playlist(actor=charlie.actor, playlist=theirs, assets=[one.pk])
    with pytest.raises(NotFound):
        playlists.add_piece(actor=alice.actor, playlist=theirs, asset=one)
    with pytest.raises(Forbidden):
        playlists.create_playlist(actor=viewer.actor, name="Mine")


def test_only_sounds_come_into_a_list(alice: Membership, workspace: Any) -> None:
    text = create_asset(actor=alice.actor, prepared=prepare(b"Two lamps.", name="lamps.txt"))
    with pytest.raises(Invalid, match="no piece"):
        playlists.create_playlist(actor=alice.actor, name="Words", assets=[text.pk])


# --- the API --------------------------------------------------------------------------------


def test_a_program_keeps_lists(bob: Membership, piece: Piece) -> None:
    one, two = piece("One"), piece("Two")
    program = Program(token_of(bob))
    made = program.post("playlists", {"name": "Evenings", "assets": [str(one.pk)]})
    assert made.status == 201, made
    way = f"playlists/{made.body['id']}"
    added = program.post(f"{way}/entries", {"asset": str(two.pk)})
    assert added.body["assets"] == [str(one.pk), str(two.pk)]
    assert added.body["duration_ms"] == 10_000
    turned = program.patch(way, {"assets": [str(two.pk), str(one.pk)]})
    assert turned.body["assets"] == [str(two.pk), str(one.pk)]
    assert program.delete(f"{way}/entries/{one.pk}").status == 204
    assert program.get(way).body["assets"] == [str(two.pk)]
    assert program.get("playlists").body["count"] == 1
    assert program.patch(way, {"name": ""}).status == 400
    assert program.delete(way).status == 204
    assert Asset.objects.count() == 2
