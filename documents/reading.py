"""The text of a document, for the modules below."""

from uuid import UUID

from accounts.models import Actor
from core.errors import NotFound
from documents.models import Document


def text_of(actor: Actor, document_id: UUID) -> str:
    """The newest version, as Markdown. Raises NotFound for another workspace's."""
    found = Document.objects.filter(workspace=actor.workspace_id, pk=document_id).first()
    if found is None:
        raise NotFound("There is no such document in this workspace.")
    return f"# {found.title}\n\n{found.content}"
