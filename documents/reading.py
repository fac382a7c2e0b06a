"""The text of a document, for the modules below."""

from uuid import UUID

from accounts.models import Actor
from core.errors import Invalid, NotFound
from documents.models import Document


def text_of(actor: Actor, document_id: UUID) -> str:
    """The newest version, as Markdown. Raises NotFound for what the actor may not read.

    What comes of a job is for the whole workspace to see, so a private document is refused.
    """
    found = Document.objects.visible_to(actor).filter(pk=document_id).first()
    if found is None:
        raise NotFound("There is no such document in this workspace.")
    if found.private:
        raise Invalid(
            "This document is private, and all can see what comes of a job. Open it to the "
            "workspace first.",
            field="document",
            code="private",
        )
    return f"# {found.title}\n\n{found.content}"
