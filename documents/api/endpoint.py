"""What the endpoints of one document have in common."""

from typing import Any
from uuid import UUID

from accounts.endpoint import Endpoint
from core.errors import NotFound
from documents.models import Document
from documents.serializers import documents_of


class DocumentEndpoint(Endpoint):
    """What the endpoints of one document share. What one may not read is not there."""

    tag = "documents"
    logged = True
    # Whoever asks decides which documents there are.
    personal = True

    def document(self, id: UUID, **by: Any) -> Document:
        rows = Document.objects.visible_to(self.actor).select_related(
            "task", "created_by", "workspace"
        )
        return self.fetch(rows, pk=id, **by)

    def answer(self, id: UUID, status: int = 200) -> Any:
        rows = Document.objects.visible_to(self.actor).filter(pk=id)
        found = documents_of(rows, content=True)
        if not found:
            raise NotFound("There is no such thing in this workspace.")
        return self.versioned(found[0], found[0]["version"], status)
