"""The child that prints: HTML comes in as JSON, PDF goes out, nothing else is reachable.

Started by core.pdf as a program of its own, without Django and without our environment.
"""

import json
import mimetypes
import re
import resource
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

MISSING, OUT_OF_MEMORY = 3, 4
# Formulas are drawn at this size and scaled to that of the text.
POINTS = 24.0
READABLE = {".svg", ".png", ".jpg", ".jpeg", ".webp", ".woff2", ".ttf", ".otf"}


def shipped(url: str, static: str, folders: list[str]) -> Path:
    """The file of ours that `url` means. Raises ValueError for everything else."""
    plain = urlsplit(url)._replace(query="", fragment="").geturl()
    if not plain.startswith(static):
        raise ValueError(f"nothing is fetched from {url[:200]}")
    name = unquote(plain[len(static) :])
    for folder in folders:
        path = (Path(folder) / name).resolve()
        inside = path.is_relative_to(Path(folder))
        if inside and path.suffix.lower() in READABLE and path.is_file():
            return path
    raise ValueError(f"there is no {name[:200]}")


def with_formulas(html: str) -> str:
    """`html` with MathML, which the printer does not know, as pictures of outlines."""
    if "<math" not in html:
        return html
    from ziamath.config import config
    from ziamath.zmath import Math

    # Outlines in place: the printer takes no symbols that are used by reference.
    config.svg2 = False

    def drawn(match: re.Match[str]) -> str:
        try:
            formula = Math(match[0], size=POINTS)
            picture, below = formula.svg(), formula.getyofst()
        except Exception:
            # It raises whatever it likes; the formula is then read as it was written.
            written = re.search(r'alttext="([^"]*)"', match[0])
            return f"<code>{written[1] if written else ''}</code>"
        # In parts of the letters around it, on whose line it stands.
        return re.sub(
            r'<svg ([^>]*?)width="([\d.]+)" height="([\d.]+)"',
            lambda m: (
                f'<svg {m[1]}style="width: {float(m[2]) / POINTS:.3f}em; '
                f'height: {float(m[3]) / POINTS:.3f}em; vertical-align: {below / POINTS:.3f}em"'
            ),
            picture,
            count=1,
        )

    return re.sub(r"<math\b.*?</math>", drawn, html, flags=re.S)


def main() -> int:
    asked: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    resource.setrlimit(resource.RLIMIT_AS, (asked["memory"], asked["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (asked["seconds"], asked["seconds"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher, URLFetcherResponse
    except OSError as error:
        sys.stderr.write(str(error))
        return MISSING

    class Shipped(URLFetcher):  # type: ignore[misc]
        """Reads our own files and knows no other way."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            path = shipped(url, asked["static"], asked["folders"])
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})

    try:
        page = HTML(
            string=with_formulas(asked["html"]), base_url=asked["base"], url_fetcher=Shipped()
        )
        sys.stdout.buffer.write(page.write_pdf(pdf_tags=True))
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main())
