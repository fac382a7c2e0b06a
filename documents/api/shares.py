"""Who a document is shared with, for programs."""

from typing import Any
from uuid import UUID

from accounts.endpoint import by_id
from accounts.models import Actor
from core.api.fields import ListQuery
from core.api.schema import op
from core.errors import Invalid
from documents import actions
from documents.api.endpoint import DocumentEndpoint
from documents.models import Share
from documents.serializers import (
    ShareAnswer,
    ShareChange,
    ShareInput,
    ShareMade,
    shares_of,
)


class Shares(DocumentEndpoint):
    needs = {"GET": "read", "POST": "decide"}

    @op("listDocumentShares", query=ListQuery, page_of=ShareAnswer)
    def get(self, request: Any, id: UUID, query: dict[str, Any]) -> Any:
        """The people and the links that a document is shared with."""
        rows = self.document(id).shares.current().order_by("created_at", "pk")
        return self.page(rows, shares_of, query)

    @op("shareDocument", takes=ShareInput, gives=ShareMade, status=201)
    def post(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Share a document with a person of the workspace, or by a link for everybody.

        The token and the address of a link are told this once; only a hash is kept.
        """
        document, kind = self.document(id, archived_at=None), data.pop("kind")
        person, role = data.pop("person", None), data.pop("role", None)
        if kind == "link":
            if person or role == Share.Role.EDIT:
                raise Invalid("A link is for everybody who has it, to read.", field="kind")
            share, token = actions.share_by_link(actor=self.actor, document=document, **data)
            url = request.build_absolute_uri(actions.address_of(token))
            return {**self._row(share), "token": token, "url": url}
        if person is None or "name" in data:
            raise Invalid("Say which person it is shared with, without a name.", field="person")
        people = Actor.objects.filter(workspace=self.workspace)
        share = actions.share_document(
            actor=self.actor,
            document=document,
            person=by_id(people, [person], field="person")[0],
            role=role or Share.Role.READ,
            **data,
        )
        return {**self._row(share), "token": None, "url": None}

    def _row(self, share: Share) -> dict[str, Any]:
        return shares_of(Share.objects.filter(pk=share.pk))[0]


class OneShare(DocumentEndpoint):
    needs = {"PATCH": "decide", "DELETE": "decide"}

    @op("changeDocumentShare", takes=ShareChange, gives=ShareAnswer)
    def patch(self, request: Any, id: UUID, share: UUID, data: dict[str, Any]) -> Any:
        """Another role, name or end of a share."""
        actions.change_share(actor=self.actor, share=self._share(id, share), **data)
        return shares_of(Share.objects.filter(pk=share))[0]

    @op("revokeDocumentShare", status=204)
    def delete(self, request: Any, id: UUID, share: UUID) -> Any:
        """Take a document back from a person, or let a link lead nowhere. At once."""
        actions.revoke_share(actor=self.actor, share=self._share(id, share))

    def _share(self, id: UUID, share: UUID) -> Share:
        rows = Share.objects.filter(document=self.document(id)).select_related("document")
        return self.fetch(rows, home="document__workspace", pk=share)
