"""Files that people add to what they say."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.core.files.base import ContentFile, File

from accounts.models import Actor
from accounts.roles import require
from activity.log import record, verb
from core.errors import Forbidden, Invalid
from tasks.models import Attachment, Message

MAX_ATTACHMENT = 20 * 1024 * 1024


@contextmanager
def stored(actor: Actor, *files: File[bytes]) -> Iterator[list[Attachment]]:
    """Bring files to the storage before the transaction in which `attach` adds them.

    A bucket may be slow, and within a transaction others would wait for it. What is not added
    in the end is taken away again. Raises Invalid for a file that is too large.
    """
    require(actor, "comment")
    drafts: list[Attachment] = []
    try:
        for file in files:
            content = file.read()
            drafts.append(_draft(file, content))
            drafts[-1].file.save(f"{drafts[-1].pk}", ContentFile(content), save=False)
        yield drafts
    except BaseException:
        for draft in drafts:
            # What went wrong first is what is to be told.
            with suppress(Exception):
                draft.file.delete(save=False)
        raise


def _draft(file: File[bytes], content: bytes) -> Attachment:
    if len(content) > MAX_ATTACHMENT:
        raise Invalid(f"A file has {MAX_ATTACHMENT // 2**20} MB at most.", field="file")
    name = (file.name or "").replace("\\", "/").rsplit("/", 1)[-1]
    kind = getattr(file, "content_type", None) or "application/octet-stream"
    return Attachment(
        name=re.sub(r"[^\w. ()-]+", "_", name).strip(". ")[-200:] or "file",
        content_type=kind[:100],
        size=len(content),
        digest=hashlib.sha256(content).hexdigest(),
    )


@verb
def attach(*, actor: Actor, message: Message, file: Attachment) -> Attachment:
    """Add a `stored` file to one's own message."""
    require(actor, "comment")
    if message.author_id != actor.pk:
        raise Forbidden("Only its author can add to a message.")
    file.message = message
    file.save(force_insert=True)
    record(
        actor=actor,
        verb="message.attached",
        message=f"attached {file.name} to {message.task.key}",
        task=message.task,
        data={"message": str(message.pk), "attachment": str(file.pk)},
    )
    return file
