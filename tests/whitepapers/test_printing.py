"""Papers as PDF."""

import re
import resource
import subprocess
import zlib
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from core import pdf
from core.errors import Unavailable
from core.pdf_child import shipped
from tests.whitepapers.conftest import Write
from whitepapers.actions import create_whitepaper
from whitepapers.printing import pdf_of
from whitepapers.rendering import render
from whitepapers.seeding import shipped_papers

pytestmark = pytest.mark.django_db

SHIPPED = shipped_papers()
STATIC = "http://localhost:8000/static/"


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pdf, "_folder", lambda: tmp_path)


def inside(data: bytes) -> bytes:
    """A PDF with what is compressed in it laid open."""
    found = [data]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.S):
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(found)


def test_a_paper_becomes_a_pdf_with_fonts_and_contents(alice: Membership, write: Write) -> None:
    data = pdf_of(write(alice))

    assert data.startswith(b"%PDF-")
    text = inside(data)
    assert b"/FontFile2" in text or b"/FontFile3" in text
    # The contents lead to the headings, and so do the bookmarks.
    assert b"(s-first-part)" in text
    assert b"/Outlines" in text


@pytest.mark.parametrize("slug", SHIPPED)
def test_a_shipped_paper_prints_in_a_few_seconds(slug: str, alice: Membership) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    paper = create_whitepaper(actor=alice.actor, words=SHIPPED[slug], slug=slug)

    text = inside(pdf_of(paper))

    # The child's own time: a machine that is busy with other things says nothing about it.
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before <= 5
    headings = render(paper.content).headings
    # Each is led to from the contents and from the bookmarks.
    assert not [one.id for one in headings if f"({one.id})".encode() not in text]
    # A font whose name has a tag before it is embedded, as far as it is used.
    fonts = re.findall(rb"/BaseFont /([^\s/]+)", text)
    assert fonts
    assert all(b"+" in font for font in fonts)


def test_what_was_printed_once_is_not_printed_again(
    alice: Membership, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = write(alice)
    first = pdf_of(paper)
    monkeypatch.setattr(pdf, "_print", lambda html: pytest.fail("printed again"))

    assert pdf_of(paper) == first


def answer_with(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    done = subprocess.CompletedProcess([], code, b"", b"cannot load library 'libpango-1.0-0'")
    monkeypatch.setattr("core.pdf.subprocess.run", lambda *args, **kwargs: done)


def test_a_machine_without_pango_says_what_to_install(
    client: Client, alice: Membership, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_with(monkeypatch, pdf.MISSING)
    paper = write(alice)
    client.force_login(alice.user)

    with pytest.raises(Unavailable, match=r"libpango-1\.0-0"):
        pdf_of(paper)

    answer = client.get(reverse("whitepapers:pdf", args=[paper.slug]), follow=True)
    assert "libpango-1.0-0" in answer.content.decode()


def test_a_child_that_takes_too_long_is_stopped(
    alice: Membership, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "SECONDS", 0.05)

    with pytest.raises(Unavailable) as refused:
        pdf_of(write(alice))

    assert refused.value.code == "too_slow"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost:8000/admin/",
        f"{STATIC}../secret.svg",
        f"{STATIC}%2e%2e/secret.svg",
        f"{STATIC}notes.txt",
        f"{STATIC}absent.svg",
        "data:image/svg+xml,<svg/>",
    ],
)
def test_the_child_reads_nothing_but_shipped_pictures_and_fonts(url: str, tmp_path: Path) -> None:
    static = tmp_path / "static"
    static.mkdir()
    (static / "a.svg").write_text("<svg/>")
    (static / "notes.txt").write_text("x")
    (tmp_path / "secret.svg").write_text("<svg/>")

    assert shipped(f"{STATIC}a.svg?v=1", STATIC, [str(static)]) == static / "a.svg"
    with pytest.raises(ValueError, match=r"nothing is fetched|there is no"):
        shipped(url, STATIC, [str(static)])
