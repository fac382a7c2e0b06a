"""Music in a browser: it goes on while one moves through the pages."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Membership
from modules.assets.actions import create_asset, prepare
from modules.models import Asset
from modules.music import working
from modules.music.playlists import add_piece, create_playlist
from tests.ui.conftest import Look
from tests.ui.stage import PHONE, WIDE

Heard = Callable[[Page], dict[str, Any]]


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


TITLES = ("A very quiet evening by the harbour with all of its lamps", "Pier")
SECONDS = 12


@pytest.fixture(scope="session")
def composed() -> list[tuple[dict[str, Any], bytes]]:
    """A piece for each title."""
    found = [working.compose(title, seed=1, seconds=SECONDS) for title in TITLES]
    return [(said, ogg) for said, _, ogg in found]


@pytest.fixture
def pieces(
    alice: Membership, workspace: Any, composed: list[tuple[dict[str, Any], bytes]]
) -> list[Asset]:
    """Two pieces, the newest last."""
    made = []
    for title, (said, ogg) in zip(TITLES, composed, strict=True):
        prepared = prepare(ogg, name=f"{title}.ogg", duration_ms=SECONDS * 1_000)
        meta = {**said, "title": title, "prompt": title}
        made.append(create_asset(actor=alice.actor, prepared=prepared, meta=meta, simulated=True))
    return made


def heard(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(
        """() => {
          const audio = document.querySelector("#player audio");
          return {time: audio.currentTime, paused: audio.paused,
                  title: document.querySelector(".player-title").textContent};
        }"""
    )
    return found


def until(page: Page, seconds: float) -> None:
    """Listen until so much of the piece has been heard."""
    page.wait_for_function(
        """seconds => {
          const audio = document.querySelector("#player audio");
          return audio && !audio.paused && audio.currentTime >= seconds;
        }""",
        arg=seconds,
    )


def test_the_sound_goes_on_without_a_gap_across_pages(
    look: Look, alice: Membership, pieces: list[Asset]
) -> None:
    screen = look(alice)
    page = screen.open("/music/")
    page.get_by_role("button", name="Play Pier").click()
    until(page, 0.3)
    page.evaluate(
        """() => {
          window.theSamePage = true;
          window.stops = 0;
          // However long it takes here, the piece is not over.
          document.querySelector("#player audio").loop = true;
          document.querySelector("#player audio").addEventListener("pause", () => window.stops++);
        }"""
    )
    before = heard(page)["time"]

    page.get_by_role("link", name="Documents").click()
    page.wait_for_url("**/documents/")
    page.get_by_role("heading", level=1, name="Documents").wait_for()
    page.get_by_role("link", name="Activity").click()
    page.wait_for_url("**/activity/")
    until(page, before + 0.2)
    page.go_back()
    page.get_by_role("heading", level=1, name="Documents").wait_for()

    assert page.evaluate("window.theSamePage") is True
    assert page.evaluate("window.stops") == 0
    assert heard(page)["title"] == "Pier"
    expect(page.locator("#side a[aria-current=page]")).to_have_text("Documents")
    # The page that came is a whole one: its parts are alive.
    page.locator("input[type=search]").fill("nothing like it")
    page.get_by_text("Nothing", exact=False).first.wait_for()
    screen.live()


def test_on_a_page_with_scripts_of_its_own_it_takes_up_where_it_was(
    look: Look, alice: Membership, pieces: list[Asset]
) -> None:
    screen = look(alice)
    page = screen.open("/music/")
    page.get_by_role("button", name="Play Pier").click()
    until(page, 1.0)
    before = heard(page)["time"]
    page.get_by_role("link", name="Board").click()
    page.wait_for_url("**/board/")
    page.locator("#player").wait_for()
    until(page, before)
    assert heard(page)["title"] == "Pier"


def test_one_piece_follows_the_other_and_the_player_can_be_closed(
    look: Look, alice: Membership, pieces: list[Asset]
) -> None:
    screen = look(alice)
    page = screen.open("/music/")
    page.get_by_role("button", name="Play Pier").click()
    until(page, 0.1)
    page.evaluate("() => { document.querySelector('#player audio').currentTime = 11.8 }")
    page.locator(".player-title", has_text="quiet").wait_for()
    until(page, 0.1)
    page.get_by_role("button", name="Pause", exact=True).click()
    page.wait_for_function("document.querySelector('#player audio').paused")
    page.get_by_role("button", name="Stop and close the player").click()
    expect(page.locator("#player")).to_have_count(0)
    page.reload()
    expect(page.locator("#player")).to_have_count(0)


def test_a_piece_is_rated_and_tagged_while_it_plays(
    look: Look, alice: Membership, pieces: list[Asset]
) -> None:
    screen = look(alice)
    page = screen.open("/music/")
    page.get_by_role("button", name="Play Pier").click()
    until(page, 0.1)
    page.evaluate("() => { document.querySelector('#player audio').loop = true }")
    row = page.locator(f"#piece-{pieces[1].pk}")
    row.get_by_role("button", name="4 of 5").click()
    row.locator('button[aria-pressed="true"]').wait_for()
    row.get_by_role("button", name="More about Pier").click()
    row.get_by_label("Tags").fill("calm")
    row.get_by_role("button", name="Save").click()
    page.locator(f"#more-{pieces[1].pk}").wait_for(state="hidden")
    expect(row).to_have_attribute("data-heard", "playing")
    pieces[1].refresh_from_db()
    assert pieces[1].rating == 4
    assert [tag.name for tag in pieces[1].tags.all()] == ["calm"]
    assert heard(page)["paused"] is False


@pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (WIDE, False)], ids=["phone", "wide"])
def test_the_screens_of_music_are_in_order(
    look: Look,
    alice: Membership,
    pieces: list[Asset],
    size: tuple[int, int],
    dark: bool,
) -> None:
    evenings = create_playlist(actor=alice.actor, name="Evenings with quite a long name to them")
    add_piece(actor=alice.actor, playlist=evenings, asset=pieces[0])
    empty = create_playlist(actor=alice.actor, name="Empty")
    screen = look(alice, size=size, dark=dark)
    for place in ("/music/", f"/music/playlists/{evenings.pk}/", f"/music/playlists/{empty.pk}/"):
        page = screen.open(place)
        assert page.locator("h1").first.inner_text().strip(), place
        assert screen.overflow() <= 0, place
    page = screen.open("/music/")
    page.get_by_role("button", name="Play Pier").click()
    until(page, 0.1)
    assert screen.overflow() <= 0
