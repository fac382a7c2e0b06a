"""The shipped papers, each printed anew by a child process: seconds, pages, fonts, links.

Words that do not lie on their page are counted where `pdftotext` (poppler-utils) is installed.
"""

import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from django.utils import timezone

from accounts.models import Workspace
from core import pdf
from scripts.benches import Figure
from tests.whitepapers import pdfs
from whitepapers.models import Whitepaper
from whitepapers.printing import pdf_of
from whitepapers.rendering import render
from whitepapers.seeding import shipped_papers


def measure() -> Iterator[Figure]:
    for slug, words in shipped_papers().items():
        paper = Whitepaper(
            workspace=Workspace(name="Harbour", slug="harbour"),
            slug=slug,
            title=words.title,
            subtitle=words.subtitle,
            authors=words.authors,
            summary=words.summary,
            content=words.content,
            status=Whitepaper.Status.PUBLISHED,
            updated_at=timezone.now(),
        )
        yield from _figures(slug, paper)


def _figures(slug: str, paper: Whitepaper) -> Iterator[Figure]:
    with (
        tempfile.TemporaryDirectory() as empty,
        patch.object(pdf, "_folder", lambda: Path(empty)),
    ):
        began, spent = time.perf_counter(), _spent()
        printed = pdf_of(paper)
        took, spent = time.perf_counter() - began, _spent() - spent
    made = pdfs.read(printed)
    leads, nowhere = pdfs.links(made)
    wanted = {one.id for one in render(paper.content).headings}
    yield Figure(f"{slug}: printed", took, "s", 5)
    yield Figure(f"{slug}: of the processor", spent, "s")
    yield Figure(f"{slug}: words", len(paper.content.split()), "", least=1_500)
    yield Figure(f"{slug}: pages", len(made.pages), "")
    yield Figure(f"{slug}: fonts not embedded", list(pdfs.fonts(made).values()).count(False), "", 0)
    missing = len(nowhere) + len(wanted - set(leads))
    yield Figure(f"{slug}: links that lead nowhere", missing, "", 0)
    if (lost := pdfs.off_the_page(printed)) is not None:
        yield Figure(f"{slug}: words off the page", len(lost), "", 0)


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
