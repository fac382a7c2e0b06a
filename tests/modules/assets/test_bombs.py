"""Small files that promise to be large, and files that are two things at once."""

import io

import pytest
from PIL import Image

from modules.models import Asset
from tests.api.client import Program
from tests.modules.assets.measuring import taken
from tests.modules.assets.pictures import bomb_of, jpeg_with_place, png, webp_bomb, words_bomb
from tests.modules.assets.test_attacks import fetched, kept

MOST_MB = 100


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_a_bomb_of_any_form_takes_no_memory(form: str) -> None:
    blob = bomb_of(form)
    assert len(blob) < 2_000
    said, most = taken(blob)
    plain = taken(png(8, 8))[1]
    assert said["code"] == "too_many_pixels"
    assert most - plain <= MOST_MB, f"{most:.0f} MB against {plain:.0f} MB"


@pytest.mark.parametrize("kind", ["VP8X", "VP8L"])
def test_each_header_of_a_webp_is_read_before_its_library_makes_room(kind: str) -> None:
    said, most = taken(webp_bomb(kind))
    assert said["code"] == "too_many_pixels"
    assert most - taken(png(8, 8))[1] <= MOST_MB


@pytest.mark.parametrize("lossless", [False, True])
def test_an_honest_webp_is_taken(lossless: bool) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (300, 200), (9, 99, 199, 100)).save(out, "WEBP", lossless=lossless)
    assert taken(out.getvalue())[0]["width"] == 300


def test_words_that_unfold_within_a_picture_take_no_memory() -> None:
    blob = words_bomb()
    assert len(blob) < 500_000
    said, most = taken(blob)
    assert said.get("code") == "unreadable_image" or said["width"] == 8
    assert most - taken(png(8, 8))[1] <= MOST_MB


def test_what_is_decoded_does_take_memory_and_that_shows() -> None:
    """The control of the two above."""
    said, most = taken(png(6_000, 6_000))
    assert said["width"] == 6_000
    assert most - taken(png(8, 8))[1] > MOST_MB


def test_a_script_that_looks_like_a_gif_is_refused(as_bob: Program) -> None:
    reply = as_bob.upload("assets", "a.gif", b"GIF89a/*" + b"\0" * 40 + b"*/=1;alert(1)")
    assert (reply.status, reply.code) == (400, "unreadable_image")
    assert not Asset.objects.exists()


def test_a_document_that_holds_a_picture_stays_a_document(as_bob: Program) -> None:
    reply = as_bob.upload("assets", "a.png", b"%PDF-1.7\n" + png())
    assert (reply.status, reply.body["kind"], reply.body["name"]) == (201, "document", "a.pdf")
    response = fetched(as_bob, reply.body["url"])
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Content-Type"] == "application/octet-stream"


def test_an_archive_behind_a_photograph_is_cut_off(as_bob: Program) -> None:
    reply = as_bob.upload("assets", "a.jpg", jpeg_with_place() + b"PK\x03\x04evil.exe")
    assert reply.status == 201
    assert b"evil.exe" not in kept(reply)


@pytest.mark.parametrize("name", ["../../../etc/cron.d/evil.png", "..\\..\\evil.png", "/evil.png"])
def test_a_path_in_the_name_of_an_upload_is_gone_from_the_answer(
    as_bob: Program, name: str
) -> None:
    reply = as_bob.upload("assets", name, png())
    assert reply.body["name"] == "evil.png"
    assert ".." not in str(Asset.objects.get().file.name)
