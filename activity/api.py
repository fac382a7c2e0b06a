"""The log, one's notifications, and the way to the sockets, for programs."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import path

from accounts.endpoint import Endpoint
from activity import actions
from activity.keeping import first_kept
from activity.models import Activity, Notification
from activity.serializers import (
    ActivityAnswer,
    ActivityQuery,
    MarkedAnswer,
    MarkInput,
    NotificationAnswer,
    NotificationQuery,
    PreferencesAnswer,
    PreferencesInput,
    ReadInput,
    TicketAnswer,
    activities_of,
    notifications_of,
)
from activity.sockets import TICKET_AGE_S, make_ticket
from activity.webhooks import api as webhooks
from core.api.schema import op
from core.errors import Gone

FORGOTTEN = {
    410: ("gone", "The log begins with number 812 now. Load anew, and go on from its newest.")
}


class LogEndpoint(Endpoint):
    """A part of the log; the rooms above ask for theirs through it."""

    tag = "activities"
    needs = {"GET": "read"}
    logged = True

    def entries(self, query: dict[str, Any], **about: Any) -> dict[str, Any]:
        """One page of the log: the newest first, or the oldest first after a number.

        Raises Gone when something after that number is not kept any more.
        """
        rows: QuerySet[Activity] = Activity.objects.filter(workspace=self.workspace, **about)
        filters: dict[str, Any] = {
            key: query[key] for key in ("actor", "task", "agent", "run", "document") if key in query
        }
        if "after" in query:
            self._check_kept(query["after"])
            filters["number__gt"] = query["after"]
        if "before" in query:
            filters["number__lt"] = query["before"]
        if verb := query.get("verb"):
            filters["verb__startswith" if verb.endswith(".") else "verb"] = verb
        if words := query.get("search"):
            filters["message__icontains"] = words
        rows = rows.filter(**filters).order_by("number" if "after" in query else "-number")
        # The log has no gaps: its newest number says how long it is.
        whole = None if filters or about else self._length()
        return self.page(rows, activities_of, query, count=whole)

    def _length(self) -> int:
        return self.workspace.last_event - first_kept(self.workspace.pk) + 1

    def _check_kept(self, after: int) -> None:
        first, newest = first_kept(self.workspace.pk), self.workspace.last_event
        if 0 <= after < min(first - 1, newest):
            raise Gone(
                f"The log begins with number {first} now. Load anew, and go on from its newest.",
                details={"first": first, "last": newest},
            )


class Activities(LogEndpoint):
    @op("listActivities", query=ActivityQuery, page_of=ActivityAnswer, refuses=FORGOTTEN)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """What happened, by whom, in the order in which it was committed.

        With ?after=N, what came after the number N, the oldest first: ask again with the last
        number you have seen, and nothing is missed.
        """
        return self.entries(query)


class Notifications(Endpoint):
    tag = "notifications"
    needs = {"GET": "read"}

    @op("listNotifications", query=NotificationQuery, page_of=NotificationAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """One's own notifications, the newest first."""
        rows = Notification.objects.filter(recipient=self.actor)
        if "unread" in query:
            rows = rows.filter(read_at__isnull=query["unread"])
        if "kind" in query:
            rows = rows.filter(kind=query["kind"])
        return self.page(rows.order_by("-created_at", "-pk"), notifications_of, query)


class Reading(Endpoint):
    tag = "notifications"
    needs = {"PUT": "own"}

    @op("readNotification", takes=ReadInput, gives=NotificationAnswer)
    def put(self, request: Any, id: UUID, data: dict[str, bool]) -> Any:
        """Mark one as read, or as unread again."""
        mine = Notification.objects.filter(recipient=self.actor)
        found = self.fetch(mine, home="recipient__workspace", pk=id)
        actions.mark_read(actor=self.actor, notification=found, read=data.get("read", True))
        return notifications_of(mine.filter(pk=id))[0]


class ReadingAll(Endpoint):
    tag = "notifications"
    needs = {"POST": "own"}

    @op("readAllNotifications", takes=MarkInput, gives=MarkedAnswer)
    def post(self, request: Any, data: dict[str, Any]) -> Any:
        """Mark all of them as read, or some."""
        return {"marked": actions.mark_all_read(actor=self.actor, only=data.get("only"))}


class Preferences(Endpoint):
    tag = "notifications"
    needs = {"GET": "read", "PUT": "own"}

    @op("getPreferences", gives=PreferencesAnswer)
    def get(self, request: Any) -> Any:
        """How one wants to hear of each kind of notification."""
        wishes = actions.preferences_of(self.actor)
        return {"preferences": [{"kind": kind, **wish} for kind, wish in wishes.items()]}

    @op(
        "setPreferences",
        takes=PreferencesInput,
        gives=PreferencesAnswer,
        example={"preferences": [{"kind": "mention", "in_app": True, "email": "never"}]},
    )
    def put(self, request: Any, data: dict[str, Any]) -> Any:
        """Say for kinds of notifications whether to hear of them here and by e-mail."""
        wishes = {
            wish["kind"]: actions.Wish(in_app=wish["in_app"], email=wish["email"])
            for wish in data["preferences"]
        }
        actions.set_preferences(actor=self.actor, wishes=wishes)
        return self.get(request).data


class Ticket(Endpoint):
    tag = "auth"
    needs = {"POST": "read"}

    @op("createSocketTicket", gives=TicketAnswer, status=201)
    def post(self, request: Any) -> Any:
        """A ticket that opens one socket, as /api/v1/ws/activities?ticket=…, within 30 s."""
        return {"ticket": make_ticket(self.actor), "expires_in": TICKET_AGE_S}


urlpatterns = [
    path("activities", Activities.as_view()),
    path("auth/ws-ticket", Ticket.as_view()),
    path("notifications", Notifications.as_view()),
    path("notifications/mark-all-read", ReadingAll.as_view()),
    path("notifications/preferences", Preferences.as_view()),
    path("notifications/<uuid:id>/read", Reading.as_view()),
    *webhooks.urlpatterns,
]
