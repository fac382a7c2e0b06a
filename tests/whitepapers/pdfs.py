"""What can be told of a PDF without looking at it: fonts, links, and what stands off the page."""

import contextlib
import io
import re
import shutil
import subprocess
import zlib
from typing import Any

from pypdf import PdfReader
from pypdf.generic import DictionaryObject

WORD = re.compile(
    r'<(page|word)(?: xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)"'
    r'| width="([\d.]+)" height="([\d.]+)")>([^<]*)'
)
FILES = ("/FontFile", "/FontFile2", "/FontFile3")


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf), strict=True)


def inside(pdf: bytes) -> bytes:
    """A PDF with what is compressed in it laid open."""
    found = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        with contextlib.suppress(zlib.error):
            found.append(zlib.decompress(stream))
    return b"\n".join(found)


def fonts(reader: PdfReader) -> dict[str, bool]:
    """Each font by its name, and whether it lies in the file."""
    found: dict[str, bool] = {}
    for page in reader.pages:
        for font in _in(page, "/Resources", "/Font").values():
            one = font.get_object()
            for part in [x.get_object() for x in one.get("/DescendantFonts", [one])]:
                described = part.get("/FontDescriptor", DictionaryObject()).get_object()
                found[str(one["/BaseFont"])] = any(name in described for name in FILES)
    return found


def links(reader: PdfReader) -> tuple[list[str], list[str]]:
    """The places within the file that links lead to, and those of them that are nowhere."""
    there = reader.named_destinations
    wanted = []
    for page in reader.pages:
        for note in page.get("/Annots", []):
            target = note.get_object().get("/Dest") or _in(note.get_object(), "/A").get("/D")
            if isinstance(target, str):
                wanted.append(str(target))
    return wanted, [name for name in wanted if name not in there]


def off_the_page(pdf: bytes) -> list[str] | None:
    """Words that do not lie wholly on their page; None where no `pdftotext` is installed."""
    if not shutil.which("pdftotext"):
        return None
    done = subprocess.run(
        ["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True
    )
    lost, width, height = [], 0.0, 0.0
    for kind, x0, y0, x1, y1, wide, high, word in WORD.findall(done.stdout.decode()):
        if kind == "page":
            width, height = float(wide), float(high)
        elif min(float(x0), float(y0)) < 0 or float(x1) > width or float(y1) > height:
            lost.append(word)
    return lost


def _in(holder: Any, *names: str) -> Any:
    for name in names:
        holder = holder.get(name, DictionaryObject()).get_object()
    return holder
