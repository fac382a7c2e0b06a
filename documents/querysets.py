"""Who may read what: the questions that every door asks of documents."""

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Actor
from core.clock import Now

if TYPE_CHECKING:
    from documents.models import Document, Share  # noqa: F401 - named in the bases below


class DocumentQuerySet(QuerySet["Document"]):
    def open(self) -> "DocumentQuerySet":
        """Those that the whole workspace may read."""
        return self.filter(visibility="workspace")

    def visible_to(self, actor: Actor) -> "DocumentQuerySet":
        """Those of the actor's workspace that it may read: the open ones, a person's own, and
        those that are shared with them. No role sees more."""
        rows = self.filter(workspace=actor.workspace_id)
        if not actor.is_person:
            return rows.open()
        from documents.models import Share

        shared = Share.objects.current().filter(document=OuterRef("pk"), person=actor)
        return rows.filter(Q(visibility="workspace") | Q(created_by=actor) | Exists(shared))


class ShareQuerySet(QuerySet["Share"]):
    def current(self) -> "ShareQuerySet":
        """Those that have not run out."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=Now()))

    def links(self) -> "ShareQuerySet":
        return self.filter(person=None)

    def people(self) -> "ShareQuerySet":
        return self.filter(person__isnull=False)
