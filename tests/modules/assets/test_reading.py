"""The words in a file: of PDF and Word by the child, within bounds, or a refusal in words."""

import pytest

from modules.assets.kinds import WORD, WrongType, sniff
from modules.assets.reading import text_of_file
from modules.pictures import working
from modules.refusals import BadInput
from tests.modules.assets.documents import LOCKED_WITH, pdf, word

PDF = "application/pdf"


def test_the_text_of_a_pdf_is_read_page_after_page() -> None:
    found = text_of_file(pdf("The green lamp burns.", "The red one does not."), PDF, most=1_000)

    assert found == "The green lamp burns.\n\nThe red one does not."


def test_the_text_of_a_word_document_is_read_line_by_line() -> None:
    found = text_of_file(word("Lamps &amp; moles", "Second line"), WORD, most=1_000)

    assert found == "Lamps & moles\nSecond line"


def test_what_is_left_out_is_said() -> None:
    pages = [f"Page {number} of a long report." for number in range(9)]

    found = text_of_file(pdf(*pages), PDF, most=60)

    assert found.startswith("Page 0 of a long report.")
    assert found.endswith("… 6 more pages")
    assert text_of_file(b"word " * 100, "text/plain", most=20).endswith("… cut off here")
    assert text_of_file(word("x" * 500), WORD, most=20) == f"{'x' * 20}\n… cut off here"


def test_a_pdf_that_may_be_read_but_not_printed_is_read() -> None:
    assert text_of_file(pdf("Read me.", owner="printer"), PDF, most=100) == "Read me."


@pytest.mark.parametrize(
    ("content", "kind", "code", "words"),
    [
        (pdf("Secret", password=LOCKED_WITH), PDF, "locked_document", "locked with a password"),
        (b"%PDF-1.7 x", PDF, "unreadable_document", "damaged"),
        (pdf("Half")[:300], PDF, "unreadable_document", "damaged"),
        (pdf(""), PDF, "no_text", "may be scanned"),
        (word("Half")[:150], WORD, "unreadable_document", "damaged"),
        (word("x", before="<!DOCTYPE a [<!ENTITY b 'c'>]>"), WORD, "too_large", "memory"),
        (word("a" * 41 * 1024 * 1024), WORD, "too_large", "memory"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(
    content: bytes, kind: str, code: str, words: str
) -> None:
    with pytest.raises(BadInput, match=words) as refused:
        text_of_file(content, kind, most=1_000)

    assert refused.value.code == code


def test_a_document_that_fills_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "MEMORY", 90 * 1024 * 1024)

    with pytest.raises(BadInput, match="document"):
        text_of_file(word("a" * 30 * 1024 * 1024), WORD, most=1_000)


def test_of_archives_a_document_without_programs_alone_is_taken() -> None:
    assert sniff(word("x")).content_type == WORD
    for other in (word("x", extra="word/vbaProject.bin"), b"PK\x03\x04 something else \x00"):
        with pytest.raises(WrongType):
            sniff(other)
