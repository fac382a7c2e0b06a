"""Has a child process work on pictures and documents, one at a time, within limits.

Decoding what strangers send keeps a processor busy and has had holes in every library there
is.
"""

from pathlib import Path
from typing import Any

import structlog
from django.conf import settings

from core.errors import Unavailable
from modules import children
from modules.language.cancel import check_current
from modules.refusals import BadInput

log = structlog.get_logger(__name__)

CHILD = Path(__file__).with_name("child.py")
SECONDS = 30
MEMORY = 1_500 * 1024 * 1024

_turn = children.Turn(wait_s=30)


def work(
    job: str, blobs: list[bytes] | None = None, *, what: str = "picture", **asked: Any
) -> tuple[dict[str, Any], list[bytes]]:
    """Have the child do `job` with these files: what it says, and the files that it made.

    Raises BadInput in the child's words for a picture, or `what` it is, that cannot be taken,
    Unavailable when it takes too long, and Cancelled when the job that it is for shall not go
    on.
    """
    limits = {"pixels": settings.IMAGE_MAX_PIXELS, "memory": MEMORY, "seconds": SECONDS}
    question = {"job": job, "what": what, **limits, **asked}
    try:
        with _turn.taken(check_current, "Other files are being worked on. Try again soon."):
            said, made = children.run(CHILD, question, blobs or [], clock_s=SECONDS)
    except children.TooSlow:
        words = f"The {what} took more than {SECONDS} seconds."
        raise Unavailable(words, code="too_slow") from None
    except children.Failed as error:
        log.warning("pictures.failed", said=str(error)[-1_000:])
        raise BadInput(f"This {what} cannot be read.", code=_unreadable(what)) from None
    if "refused" in said:
        raise BadInput(said["refused"], code=said.get("code", _unreadable(what)))
    return said, made


def _unreadable(what: str) -> str:
    return "unreadable_image" if what == "picture" else f"unreadable_{what}"
