"""Questions that the room asks of its tables."""

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Actor

if TYPE_CHECKING:
    from conversations.models import Conversation  # noqa: F401 - named in the base below

MOST_WORDS = 8


class ConversationQuerySet(QuerySet["Conversation"]):
    def of(self, actor: Actor) -> "ConversationQuerySet":
        """Those of one person, in the workspace at hand. Nobody else's are there."""
        return self.filter(owner=actor, workspace=actor.workspace_id)

    def put_away(self, archived: bool) -> "ConversationQuerySet":
        """Those that were put away, or those that were not."""
        return self.filter(archived_at__isnull=not archived)

    def saying(self, words: str) -> "ConversationQuerySet":
        """Those in whose title or turns each of these words stands."""
        from conversations.models import Turn

        rows = self
        for word in words.split()[:MOST_WORDS]:
            said = Turn.objects.filter(conversation=OuterRef("pk"), content__icontains=word)
            rows = rows.filter(Q(title__icontains=word) | Exists(said))
        return rows
