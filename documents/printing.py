"""A document as a file to print, and the name of a file that it is taken away as."""

from django.template.loader import render_to_string
from django.utils.text import slugify

from core.pdf import font_address, print_pdf
from documents.models import Document, Version


def pdf_of(document: Document, version: Version | None = None) -> bytes:
    """The newest version as PDF, or the one given. Raises Invalid and Unavailable.

    What the page says of a version is that version's: who wrote it and when.
    """
    number = version.number if version else document.version
    author = version.author if version else document.created_by
    page = render_to_string(
        "documents/print.html",
        {
            "document": document,
            "shown": version or document,
            "number": number,
            "author": author.name,
            "changed": version.created_at if version else document.updated_at,
            "font": font_address(),
        },
    )
    return print_pdf(page)


def file_name(title: str, ending: str) -> str:
    """A name for a file that every system takes."""
    return f"{slugify(title)[:80] or 'document'}.{ending}"
