"""Documents as PDF."""

import subprocess
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from core import pdf
from core.errors import Unavailable
from documents.actions import create_document, edit_document
from documents.printing import file_name, pdf_of
from tests.api.client import Program
from tests.whitepapers.pdfs import inside

pytestmark = pytest.mark.django_db

TEXT = """\
# Tides

Words, a [link](https://example.org/), `code`, and a list:

- [x] seen
- [ ] not yet

| what | how much |
|---|---|
| boats | 3 |

```python
x = 1
```
"""


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pdf, "_folder", lambda: tmp_path)


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that were to be printed, instead of printing them."""
    pages: list[str] = []

    def keep(html: str) -> bytes:
        pages.append(html)
        return b"%PDF-kept"

    monkeypatch.setattr("documents.printing.print_pdf", keep)
    return pages


def test_a_document_becomes_a_pdf_with_its_title_in_it(alice: Membership) -> None:
    data = pdf_of(create_document(actor=alice.actor, title="Tides", content=TEXT))

    assert data.startswith(b"%PDF-")
    assert b"(Tides)" in inside(data)


def test_the_page_names_author_version_and_date_and_repeats_no_title(
    alice: Membership, printed: list[str]
) -> None:
    pdf_of(create_document(actor=alice.actor, title="Tides", content=TEXT))

    (page,) = printed
    assert "alice · Version 1 · " in page
    assert page.count(">Tides</h1>") == 1
    assert "counter(page)" in page
    assert "<td>boats</td>" in page


def test_an_old_version_is_printed_in_its_own_words(
    client: Client, alice: Membership, bob: Membership, printed: list[str]
) -> None:
    document = create_document(actor=alice.actor, title="Tides", content="the first words")
    edit_document(actor=bob.actor, document=document, title="Ebb", content="others")
    client.force_login(alice.user)
    address = reverse("documents:pdf", args=[document.pk])

    answer = client.get(f"{address}?version=1")

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'inline; filename="tides.pdf"'
    assert "the first words" in printed[0]
    assert "alice · Version 1 of 2" in printed[0]
    assert client.get(f"{address}?version=9").status_code == 404


def test_a_program_gets_the_pdf_and_another_workspace_nothing(
    alice: Membership, as_alice: Program, as_charlie: Program, printed: list[str]
) -> None:
    document = create_document(actor=alice.actor, title="Tides", content=TEXT)
    address = f"documents/{document.pk}/pdf"

    answer = Client().get(f"/api/v1/{address}?version=1", headers=as_alice.headers)

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content == b"%PDF-kept"
    assert as_alice.get(f"{address}?version=2").status == 404
    assert as_charlie.get(address).status == 404


def test_a_machine_that_cannot_print_says_what_it_lacks(
    alice: Membership, as_alice: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = create_document(actor=alice.actor, title="Tides", content=TEXT)
    without = subprocess.CompletedProcess([], pdf.MISSING, b"", b"cannot load libpango")
    monkeypatch.setattr("core.pdf.subprocess.run", lambda *_, **__: without)

    with pytest.raises(Unavailable, match="lacks the library Pango"):
        pdf_of(document)
    answer = as_alice.get(f"documents/{document.pk}/pdf")

    assert (answer.status, answer.code) == (503, "pango_missing")


def test_a_file_has_a_name_that_every_system_takes() -> None:
    assert file_name("../Tide & Ebb/2", "md") == "tide-ebb2.md"
    assert file_name("—", "pdf") == "document.pdf"
