"""A paper as a file to print."""

from django.template.loader import render_to_string

from core.pdf import font_address, print_pdf
from whitepapers.models import Whitepaper
from whitepapers.rendering import render


def pdf_of(paper: Whitepaper) -> bytes:
    """The newest version of `paper` as PDF: cover, contents, text. Raises Unavailable."""
    text = render(paper.content)
    page = render_to_string(
        "whitepapers/print.html",
        {
            "paper": paper,
            "html": text.for_print,
            "headings": text.headings,
            "font": font_address(),
        },
    )
    return print_pdf(page)
