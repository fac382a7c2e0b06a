"""Papers as PDF."""

import subprocess
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from core import pdf
from core.errors import Unavailable
from core.pdf_child import shipped
from tests.whitepapers import pdfs
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


def test_a_paper_becomes_a_pdf_with_fonts_and_contents(alice: Membership, write: Write) -> None:
    made = pdfs.read(pdf_of(write(alice)))

    assert all(pdfs.fonts(made).values())
    # The contents lead to the headings, and so do the bookmarks.
    assert "s-first-part" in pdfs.links(made)[0]
    assert made.outline


@pytest.mark.parametrize("slug", SHIPPED)
def test_a_shipped_paper_prints(slug: str, alice: Membership) -> None:
    paper = create_whitepaper(actor=alice.actor, words=SHIPPED[slug], slug=slug)

    printed = pdf_of(paper)

    made = pdfs.read(printed)
    leads, nowhere = pdfs.links(made)
    # Each heading is led to from the contents, and no link leads to nothing.
    assert {one.id for one in render(paper.content).headings} <= set(leads)
    assert nowhere == []
    fonts = pdfs.fonts(made)
    assert len(fonts) > 3
    assert all(fonts.values())
    assert not pdfs.off_the_page(printed)


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
