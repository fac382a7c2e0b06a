"""What strangers send: refused, or made harmless."""

import io
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from PIL import Image

from modules.assets.kinds import WrongType, harmless_name, sniff
from modules.models import Asset
from tests.api.client import Program, Reply
from tests.modules.assets.pictures import bomb, jpeg_with_place, png, tone


def fetched(program: Program, address: str, **headers: str) -> Any:
    return program.client.get(address.removeprefix("http://localhost:8000"), headers=headers)


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def kept(reply: Reply) -> bytes:
    with Asset.objects.get(pk=reply.body["id"]).file.open("rb") as file:
        return bytes(file.read())


def test_a_pixel_bomb_is_refused_before_a_pixel_is_decoded(as_bob: Program) -> None:
    begun = time.monotonic()
    reply = as_bob.upload("assets", "small.png", bomb())
    assert (reply.status, reply.code) == (400, "too_many_pixels")
    assert "60,000 × 60,000 pixels; at most 40,000,000" in reply.body["error"]["message"]
    assert time.monotonic() - begun < 15
    assert not Asset.objects.exists()


def test_a_polyglot_keeps_nothing_but_its_pixels(as_bob: Program) -> None:
    evil = b"<script>alert(1)</script>PK\x03\x04"
    reply = as_bob.upload("assets", "both.png", png(comment="<html>") + evil)
    assert reply.status == 201
    stored = kept(reply)
    assert b"script" not in stored
    assert b"html" not in stored
    assert b"PK\x03\x04" not in stored
    assert Image.open(io.BytesIO(stored)).size == (64, 48)


def test_a_photograph_tells_no_longer_where_it_was_taken(as_bob: Program) -> None:
    reply = as_bob.upload("assets", "me.jpg", jpeg_with_place())
    stored = kept(reply)
    assert b"SecretCamera" not in stored
    assert not Image.open(io.BytesIO(stored)).getexif()
    assert (reply.body["width"], reply.body["height"]) == (40, 80), "upright"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("photo.png", b"MZ\x90\x00\x03\x00\x00\x00\x04"),
        ("song.mp3", b"PK\x03\x04\x14\x00\x00\x00\x08\x00"),
        ("page.png", b"\x7fELF\x02\x01\x01\x00"),
        ("film.mp4", b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00"),
    ],
)
def test_what_is_no_file_of_ours_is_refused_whatever_it_is_called(
    as_bob: Program, name: str, body: bytes
) -> None:
    reply = as_bob.upload("assets", name, body)
    assert reply.status == 415
    assert "PNG" in reply.body["error"]["message"]


def test_a_file_is_what_it_holds_and_not_what_it_says(as_bob: Program) -> None:
    reply = as_bob.upload("assets", "innocent.png", b"<html><script>alert(1)</script></html>")
    assert (reply.body["content_type"], reply.body["kind"]) == ("text/html", "data")
    assert reply.body["name"] == "innocent.html"


def test_half_a_picture_is_refused(as_bob: Program) -> None:
    reply = as_bob.upload("assets", "half.png", png(400, 400)[:300])
    assert (reply.status, reply.code) == (400, "unreadable_image")


@pytest.mark.parametrize(
    "body",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b'<?xml version="1.0"?>\n<!-- x --><svg onload="alert(1)"/>',
        b"<!doctype html><script>alert(1)</script>",
        b"Some words first <script>alert(1)</script>",
    ],
)
def test_svg_and_html_are_never_shown_within_a_page(as_bob: Program, body: bytes) -> None:
    reply = as_bob.upload("assets", "pic.svg", body)
    assert reply.status == 201
    assert reply.body["thumbnail"] is None
    response = fetched(as_bob, reply.body["url"])
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert content(response) == body


def test_a_hundred_megabytes_of_sound_are_refused_with_the_limit(as_bob: Program) -> None:
    reply = as_bob.upload("assets", "long.wav", tone(0.1) + b"\0" * 100 * 1024 * 1024)
    assert reply.status == 413
    assert reply.body["error"]["details"]["limit_mb"] == 50
    assert not Asset.objects.exists()


def test_each_kind_has_its_own_limit(as_bob: Program, settings: LazySettings) -> None:
    settings.ASSET_LIMITS_MB = {"image": 5, "audio": 1, "document": 2, "data": 2}
    reply = as_bob.upload("assets", "long.wav", tone(80))
    assert reply.status == 413
    assert "At most 1 MB are taken for an audio file" in reply.body["error"]["message"]
    assert as_bob.upload("assets", "note.txt", b"x" * 1_200_000).status == 201


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd.txt"),
        ("..\\..\\windows\\win.ini", "win.txt"),
        ("/etc/cron.d/job", "job.txt"),
        ("a\x00b\r\nSet-Cookie: x=1.txt", "abSet-Cookie_ x=1.txt"),
        ("‮gnp.exe", "gnp.txt"),
        ("....", "file.txt"),
        ("x" * 400 + ".txt", "x" * 150 + ".txt"),
        ('"; rm -rf ~', "__ rm -rf ~.txt"),
    ],
)
def test_a_path_in_a_name_leads_nowhere(name: str, safe: str) -> None:
    assert harmless_name(name, "text/plain") == safe


def test_a_file_lies_where_its_content_says(as_bob: Program, settings: LazySettings) -> None:
    reply = as_bob.upload("assets", "..%2f..%2fevil.txt", b"hello")
    asset = Asset.objects.get(pk=reply.body["id"])
    assert asset.file.name == f"assets/{asset.workspace_id}/{asset.digest[:2]}/{asset.digest}.txt"
    assert (Path(settings.MEDIA_ROOT) / asset.file.name).read_bytes() == b"hello"


def test_nothing_is_a_type_by_half_of_its_marks() -> None:
    for body in (b"RIFF\x00\x00\x00\x00AVI LIST", b"", b"\x00\x01\x02\x03"):
        with pytest.raises(WrongType):
            sniff(body)
