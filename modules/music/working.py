"""Has a child process make and read sound, within limits of time and memory.

Synthesis keeps a processor busy for seconds, and decoding what comes from elsewhere has had
holes in every library there is: neither happens where requests are answered.
"""

from pathlib import Path
from typing import Any

import structlog

from core.errors import Unavailable
from modules import children
from modules.language.cancel import check_current

log = structlog.get_logger(__name__)

CHILD = Path(__file__).with_name("child.py")
LIMITS = {"memory": 1_500 * 1024 * 1024, "cpu_s": 60}
CLOCK_S = 120.0
PEAKS = 240

_turn = children.Turn(wait_s=60)


def compose(
    prompt: str, *, seed: int, seconds: float, check: children.Check = check_current
) -> tuple[dict[str, Any], bytes, bytes]:
    """A piece of our own composer: what it is, as WAV and as OGG. Raises Unavailable."""
    asked = {"job": "compose", "prompt": prompt, "seed": seed, "seconds": seconds}
    said, (wav, ogg) = _work(asked, [], check)
    return said, wav, ogg


def outline(content: bytes, *, check: children.Check = check_current) -> dict[str, Any]:
    """`duration_ms` and `peaks` of a sound; nothing where it cannot be read."""
    try:
        said, _ = _work({"job": "outline", "peaks": PEAKS}, [content], check)
    except Unavailable as error:
        # A player does without; whoever has paid for the piece shall have it.
        log.warning("music.no_outline", why=error.code)
        return {}
    return said


def _work(
    asked: dict[str, Any], files: list[bytes], check: children.Check
) -> tuple[dict[str, Any], list[bytes]]:
    try:
        with _turn.taken(check, "Other pieces are being made. Try again soon."):
            return children.run(CHILD, {**asked, **LIMITS}, files, clock_s=CLOCK_S, check=check)
    except children.TooSlow:
        raise Unavailable("The sound took too long and was given up.", code="too_slow") from None
    except children.Failed as error:
        log.warning("music.child_failed", said=str(error))
        words = "The sound could not be made. The log says more."
        raise Unavailable(words, code="sound_failed") from None
