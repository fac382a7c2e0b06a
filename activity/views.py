"""The screens of the log: the feed, notifications, and how one wants to hear of things."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MemberRequest, fetch, member
from accounts.models import Actor
from activity import actions
from activity.feed import GROUPS, MOST_NEW, PAGE, Chosen, entries, page_before
from activity.models import Notification, Preference

BELL = 8
# What each kind of notification is about, in the words of the person who gets it.
KINDS = {
    Notification.Kind.APPROVAL: "A run waits for your decision",
    Notification.Kind.QUESTION: "Somebody asks you something",
    Notification.Kind.REVIEW: "Finished work waits for your review",
    Notification.Kind.BLOCKED: "A task is blocked and you can help",
    Notification.Kind.FAILED: "A run failed for good",
    Notification.Kind.MENTION: "Somebody mentions you",
    Notification.Kind.ASSIGNMENT: "A task is given to you",
    Notification.Kind.SHARE: "A document is shared with you",
}


@member
@require_GET
def feed(request: MemberRequest) -> HttpResponse:
    """The log under a filter. `before` asks for an older page, `after` for what is new."""
    workspace = request.member.workspace
    chosen = Chosen.of(request.GET)
    rows = entries(workspace, chosen)
    after = _number(request, "after")
    if after is not None:
        return _newer(request, chosen, after)
    shown = page_before(rows, _number(request, "before"))
    context = {
        "entries": shown,
        "chosen": chosen,
        "next_before": shown[-1].number if len(shown) == PAGE else None,
        # What was counted before the rows were read, or the newest of them.
        "last": max([workspace.last_event, *(entry.number for entry in shown[:1])]),
        "live": "before" not in request.GET,
    }
    if request.htmx and "before" in request.GET:
        return render(request, "activity/_page.html", context)
    if request.htmx and not request.htmx.history_restore_request:
        response = render(request, "activity/_feed.html", context)
        query = f"?{chosen.query}" if chosen.query else ""
        response.headers["HX-Replace-Url"] = f"{reverse('activity:feed')}{query}"
        return response
    actors = Actor.objects.filter(workspace=workspace, active=True).order_by("kind", "name")
    return render(
        request, "activity/feed.html", {**context, "actors": actors[:300], "groups": GROUPS}
    )


@member
@require_GET
def notifications(request: MemberRequest) -> HttpResponse:
    """What one should hear of, the unread alone or all."""
    mine = _mine(request)
    only = request.GET.get("show") != "all"
    rows = mine.filter(read_at=None) if only else mine
    before = _number(request, "page") or 0
    shown = list(rows[before * PAGE : (before + 1) * PAGE + 1])
    context = {
        "notifications": shown[:PAGE],
        "next_page": before + 1 if len(shown) > PAGE else None,
        "only_unread": only,
        "unread": mine.filter(read_at=None).count(),
    }
    if request.htmx and before:
        return render(request, "activity/_notification_page.html", context)
    name = "activity/_notifications.html" if request.htmx else "activity/notifications.html"
    return render(request, name, context)


@member
@require_GET
def bell(request: MemberRequest) -> HttpResponse:
    """The newest unread notifications, for the small list behind the bell."""
    rows = list(_mine(request).filter(read_at=None)[:BELL])
    return render(request, "activity/_bell_list.html", {"notifications": rows})


@member
@require_GET
def unread(request: MemberRequest) -> HttpResponse:
    """The numbers of the frame: on the bell, and beside the menu."""
    return render(request, "activity/_numbers.html")


@member
@require_POST
def read(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Mark one as read, or with `unread` the other way round."""
    found = fetch(
        Notification.objects.filter(recipient=request.member.actor),
        request,
        home="recipient__workspace",
        pk=pk,
    )
    actions.mark_read(
        actor=request.member.actor, notification=found, read="unread" not in request.POST
    )
    if not request.htmx:
        return HttpResponseRedirect(reverse("activity:notifications"))
    row = _mine(request).get(pk=pk)
    return render(request, "activity/_notification.html", {"one": row, "fresh_count": True})


@member
def open_notification(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Go to what a notification is about. It is read once it was opened by a press."""
    found = fetch(
        Notification.objects.filter(recipient=request.member.actor).select_related(
            "activity__task"
        ),
        request,
        home="recipient__workspace",
        pk=pk,
    )
    if request.method == "POST":
        actions.mark_read(actor=request.member.actor, notification=found)
    return HttpResponseRedirect(place_of(found))


@member
@require_POST
def read_all(request: MemberRequest) -> HttpResponse:
    """Mark all as read."""
    actions.mark_all_read(actor=request.member.actor)
    if request.htmx:
        response = HttpResponse(status=204)
        response.headers["HX-Refresh"] = "true"
        return response
    return HttpResponseRedirect(reverse("activity:notifications"))


@member
@require_http_methods(["GET", "POST"])
def preferences(request: MemberRequest) -> HttpResponse:
    """How one wants to hear of each kind of thing."""
    actor = request.member.actor
    if request.method == "POST":
        actions.set_preferences(
            actor=actor,
            wishes={
                kind: {
                    "in_app": f"{kind}-in_app" in request.POST,
                    "email": request.POST.get(f"{kind}-email", Preference.Email.BATCHED),
                }
                for kind in Notification.Kind.values
            },
        )
        messages.success(request, "Saved")
        return HttpResponseRedirect(reverse("activity:preferences"))
    wishes = actions.preferences_of(actor)
    context = {
        "section": "notifications",
        "mine": request.member,
        "rows": [{"kind": kind, "words": words, **wishes[kind]} for kind, words in KINDS.items()],
        "emails": Preference.Email.choices,
        "mail_is_sent": bool(settings.EMAIL_URL),
    }
    return render(request, "activity/preferences.html", context)


def place_of(notification: Notification) -> str:
    """The address of what a notification is about."""
    activity = notification.activity
    if activity.task is not None:
        return reverse("tasks:detail", args=[activity.task.number])
    if activity.run_id is not None:
        return reverse("agents:run", args=[activity.run_id])
    if activity.document_id is not None:
        return reverse("documents:detail", args=[activity.document_id])
    if activity.verb == "webhook.disabled":
        return reverse("activity:webhook", args=[activity.data["webhook"]])
    return reverse("activity:notifications")


def _newer(request: MemberRequest, chosen: Chosen, after: int) -> HttpResponse:
    """What came in after a number, above the rows that are there already."""
    rows = entries(request.member.workspace, chosen).filter(number__gt=after)
    new = list(rows[: MOST_NEW + 1])
    if len(new) > MOST_NEW:
        response = HttpResponse(status=204)
        response.headers["HX-Refresh"] = "true"
        return response
    last = max([entry.number for entry in new], default=after)
    return render(
        request,
        "activity/_newer.html",
        {"entries": new, "chosen": chosen, "last": last, "fresh": True},
    )


def _mine(request: MemberRequest) -> QuerySet[Notification]:
    return (
        Notification.objects.filter(recipient=request.member.actor)
        .select_related("activity__actor", "activity__task")
        .order_by("-created_at", "-pk")
    )


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else None
