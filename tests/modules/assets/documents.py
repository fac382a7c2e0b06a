"""Documents as people send them, made by hand: PDF of a few pages, Word of a few lines."""

import io
import zipfile

from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

LOCKED_WITH = "open sesame"
FONT = {"Type": "Font", "Subtype": "Type1", "BaseFont": "Helvetica"}


def pdf(*pages: str, password: str | None = None, owner: str | None = None) -> bytes:
    """A PDF with a line of text on each page; `owner` locks printing alone."""
    writer = PdfWriter()
    font = DictionaryObject({NameObject(f"/{k}"): NameObject(f"/{v}") for k, v in FONT.items()})
    fonts = DictionaryObject({NameObject("/F1"): font})
    for text in pages:
        page = writer.add_blank_page(595, 842)
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        drawn = DecodedStreamObject()
        drawn.set_data(f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode() if text else b"")
        page[NameObject("/Contents")] = writer._add_object(drawn)
    if password is not None or owner is not None:
        writer.encrypt(password or "", owner, algorithm="AES-256")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def word(*lines: str, before: str = "", extra: str = "") -> bytes:
    """A document of Word with these paragraphs."""
    name = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    xml = f'{before}<w:document xmlns:w="{name}"><w:body>{body}</w:body></w:document>'
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("[Content_Types].xml", "<Types/>")
        parts.writestr("word/document.xml", xml)
        if extra:
            parts.writestr(extra, b"x")
    return made.getvalue()
