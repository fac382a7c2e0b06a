"""Jobs of the child that concern documents: the words in them."""

import io
import time
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

MOST_PAGES = 500
# Of the processor: what has not been read by then is left out, and said to be.
READING_S = 15.0
MOST_XML = 40 * 1024 * 1024
WORD_TEXT = "word/document.xml"
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LOCKED, BROKEN, EMPTY = "locked_document", "unreadable_document", "no_text"

Made = tuple[dict[str, Any], list[bytes]]


def refused(why: str, code: str) -> Exception:
    """The refusal that the child tells: it has put itself here, as `child`."""
    found: Exception = child.Refused(why, code)  # type: ignore[name-defined] # noqa: F821
    return found


def of_pdf(asked: dict[str, Any], blobs: list[bytes]) -> Made:
    """The text of a PDF, at most `most` characters, and how many of its pages were left out."""
    from pypdf import PdfReader

    locked = False
    texts: list[str] = []
    try:
        reader = PdfReader(io.BytesIO(blobs[0]))
        locked = bool(reader.is_encrypted) and not reader.decrypt("")
        count = len(reader.pages)
        for page in range(min(count, MOST_PAGES)):
            if sum(map(len, texts)) >= asked["most"] or time.process_time() > READING_S:
                break
            texts.append(reader.pages[page].extract_text().strip())
    except MemoryError:
        raise
    except Exception:
        if locked:
            raise refused(
                "This PDF is locked with a password. Send it without one.", LOCKED
            ) from None
        # What strangers send makes the reader raise whatever it likes.
        raise refused("This PDF is damaged and cannot be read.", BROKEN) from None
    if not any(texts):
        raise refused(
            "There is no text in this PDF; it may be scanned. Send its pages as pictures.", EMPTY
        )
    return _told(texts, asked["most"], left_out=count - len(texts))


def of_word(asked: dict[str, Any], blobs: list[bytes]) -> Made:
    """The text of a document of Word (.docx), a line for each paragraph."""
    try:
        with zipfile.ZipFile(io.BytesIO(blobs[0])) as parts, parts.open(WORD_TEXT) as file:
            content = file.read(MOST_XML + 1)
        # Entities could make much of little; a document of Word declares none.
        fit = len(content) <= MOST_XML and b"<!DOCTYPE" not in content[:2_000]
        texts = list(_paragraphs(ElementTree.fromstring(content))) if fit else []
    except MemoryError:
        raise
    except Exception:
        raise refused("This document is damaged and cannot be read.", BROKEN) from None
    if not fit:
        raise refused("This document takes too much memory.", "too_large")
    return _told(["\n".join(texts)], asked["most"], left_out=0)


def _paragraphs(root: ElementTree.Element) -> Iterator[str]:
    spoken = {f"{WORD}t": None, f"{WORD}tab": "\t", f"{WORD}br": "\n"}
    for paragraph in root.iter(f"{WORD}p"):
        runs = (one for one in paragraph.iter() if one.tag in spoken)
        yield "".join(spoken[one.tag] or one.text or "" for one in runs)


def _told(texts: list[str], most: int, *, left_out: int) -> Made:
    whole = "\n\n".join(text for text in texts if text)
    said = {"cut": len(whole) > most or left_out > 0, "left_out": left_out}
    return said, [whole[:most].encode("utf-8", "replace")]
