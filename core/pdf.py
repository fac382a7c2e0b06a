"""HTML to PDF, in a process of its own.

Layout keeps a processor busy for seconds and reads whatever it is given, so it happens in a
child that has a limit of time and memory, no environment, and no way to fetch anything but
the fonts and pictures that we ship. What was printed once is kept.
"""

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import threading
from functools import cache
from hashlib import blake2b
from pathlib import Path

import structlog
from django.conf import settings
from django.contrib.staticfiles import finders

from core.errors import Invalid, Unavailable

log = structlog.get_logger(__name__)

CHILD = Path(__file__).with_name("pdf_child.py")
FONT = "dist/fonts/inter-latin-opsz-normal.woff2"
SECONDS = 30
MEMORY = 1_500 * 1024 * 1024
LONGEST = 4_000_000
KEPT = 50

# Exit codes by which the child says what is the matter.
MISSING, OUT_OF_MEMORY = 3, 4

# One at a time: each keeps a processor busy, and requests must still be answered.
_turn = threading.BoundedSemaphore(1)
WAIT = 20


def print_pdf(html: str) -> bytes:
    """`html`, a whole page with its styles, as PDF.

    Pictures and fonts are read from our static files alone, by addresses below
    `settings.STATIC_URL`. Raises Invalid for what is too large and Unavailable when the
    machine lacks a library, or when it takes too long.
    """
    if len(html) > LONGEST:
        raise Invalid("This is too long to be printed.", code="too_long")
    name = blake2b(html.encode(), digest_size=20, person=b"pdf-1").hexdigest()
    kept = _folder() / f"{name}.pdf"
    if kept.exists():
        os.utime(kept)
        return kept.read_bytes()
    if not _turn.acquire(timeout=WAIT):
        raise Unavailable("Other papers are being printed. Try again soon.", code="busy")
    try:
        pdf = _print(html)
    finally:
        _turn.release()
    _keep(kept, pdf)
    return pdf


def font_address() -> str:
    """Where the style of a printed page finds our font, or nothing when it was not built."""
    return f"{settings.STATIC_URL}{FONT}" if finders.find(FONT) else ""


def _print(html: str) -> bytes:
    asked = {
        "html": html,
        "base": f"{settings.SITE_URL}/",
        "static": f"{settings.SITE_URL}{settings.STATIC_URL}",
        "folders": _static_folders(),
        # Of the processor, whole ones; the clock is watched from here.
        "seconds": math.ceil(SECONDS),
        "memory": MEMORY,
    }
    with tempfile.TemporaryDirectory(prefix="pdf-") as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-I", str(CHILD)],
                input=json.dumps(asked).encode(),
                capture_output=True,
                timeout=SECONDS,
                cwd=folder,
                # None of our secrets; only where to put what fontconfig wants to keep.
                env={"PATH": os.defpath, "HOME": folder, "LANG": "C.UTF-8"},
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise _too_slow() from error
    if done.returncode == 0 and done.stdout.startswith(b"%PDF-"):
        return done.stdout
    said = done.stderr.decode(errors="replace")[-2_000:]
    log.warning("pdf_failed", code=done.returncode, said=said)
    if done.returncode == MISSING:
        raise Unavailable(
            "This machine cannot make PDF: it lacks the library Pango. Install the packages "
            "libpango-1.0-0 and libpangoft2-1.0-0 and a font, such as fonts-dejavu-core.",
            code="pango_missing",
        )
    if done.returncode == OUT_OF_MEMORY:
        raise Unavailable("Printing this takes too much memory.", code="too_large")
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise _too_slow()
    raise Unavailable("Printing failed. The log of the server says more.", code="print_failed")


def _too_slow() -> Unavailable:
    return Unavailable(
        f"Printing took more than {SECONDS} seconds and was stopped.", code="too_slow"
    )


@cache
def _static_folders() -> list[str]:
    """The folders that static files lie in: as they are written, and as they are collected."""
    folders = [*settings.STATICFILES_DIRS, settings.STATIC_ROOT]
    return [str(Path(folder).resolve()) for folder in folders if folder and Path(folder).is_dir()]


def _folder() -> Path:
    folder: Path = settings.VAR_DIR / "printed"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _keep(path: Path, pdf: bytes) -> None:
    """Keep what was printed, and of all only the newest. A disk that is full is no failure."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(pdf)
        Path(file.name).replace(path)
        newest = sorted(path.parent.glob("*.pdf"), key=_age, reverse=True)
        for old in newest[KEPT:]:
            old.unlink(missing_ok=True)
    except OSError as error:
        log.warning("pdf_not_kept", error=str(error))


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
