"""Looking at conversations: the list, one of them, older turns, a shared one, one to take away."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from accounts.guards import MemberRequest, fetch, member
from accounts.roles import may
from conversations import actions, exporting, page
from conversations.branches import versions
from conversations.models import Conversation, Turn
from core.errors import NotFound

FORMS = {"md": "text/markdown", "json": "application/json"}


@member
@require_GET
def home(request: MemberRequest) -> HttpResponse:
    """The list, and the place to begin to talk with an agent."""
    context = list_context(request)
    if request.htmx.target == "chat-list":
        return render(request, "conversations/_list.html", context)
    agents = page.partners(request.member.actor)
    chosen = request.GET.get("agent", "")
    context["agents"] = agents
    context["chosen"] = next((one for one in agents if one.handle == chosen), None)
    return render(request, "conversations/home.html", context)


@member
@require_GET
def detail(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One conversation with its newest turns."""
    conversation = find(request, pk)
    context = list_context(request, conversation)
    context |= {
        "conversation": conversation,
        "stretch": page.stretch(conversation, ways=versions(conversation)),
        "window": page.window(conversation),
        "longest": actions.LONGEST_MESSAGE,
    }
    return render(request, "conversations/detail.html", context)


@member
@require_GET
def turns(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The turns before `before`, for whoever scrolls up."""
    conversation = find(request, pk)
    text = request.GET.get("before", "")
    before = int(text) if text.isdecimal() and len(text) < 10 else 0
    context = {
        "conversation": conversation,
        "stretch": page.stretch(conversation, before=before, ways=versions(conversation)),
        "may_talk": may(request.member.actor, "comment"),
    }
    return render(request, "conversations/_stretch.html", context)


@member
@require_GET
def turn(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One turn as it stands, with what around it changes with it."""
    return turn_answer(request, find_turn(request, pk))


@member
@require_GET
def shared(request: MemberRequest, token: str) -> HttpResponse:
    """A conversation to read, by a link that its owner gave away."""
    conversation = actions.shared_by(request.member.actor, token)
    text = request.GET.get("before", "")
    before = int(text) if text.isdecimal() and len(text) < 10 else None
    context = {
        "conversation": conversation,
        "stretch": page.stretch(conversation, before=before),
        "token": token,
        "reading": True,
    }
    name = "conversations/_stretch.html" if request.htmx else "conversations/shared.html"
    response = render(request, name, context)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@member
@require_GET
def export(request: MemberRequest, pk: UUID, form: str) -> HttpResponse:
    """The whole conversation as a file."""
    conversation = find(request, pk)
    if form not in FORMS:
        raise NotFound("There is no such form.")
    make = exporting.as_json if form == "json" else exporting.as_markdown
    name = slugify(str(conversation))[:60] or "conversation"
    return HttpResponse(
        make(conversation),
        content_type=f"{FORMS[form]}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.{form}"'},
    )


def list_context(request: MemberRequest, present: Conversation | None = None) -> dict[str, Any]:
    """What the list beside every conversation needs."""
    actor = request.member.actor
    q = request.GET.get("q", "").strip()[:100]
    archived = request.GET.get("archived") == "1"
    return {
        "conversations": page.listed(actor, q=q, archived=archived),
        "present": present,
        "q": q,
        "archived": archived,
        "may_talk": may(actor, "comment"),
    }


def find(request: MemberRequest, pk: UUID) -> Conversation:
    """One's own conversation, or nothing."""
    rows = Conversation.objects.of(request.member.actor)
    links = ("owner", "workspace", "agent__actor", "agent__model", "branch_of")
    return fetch(rows.select_related(*links), request, pk=pk)


def find_turn(request: MemberRequest, pk: UUID) -> Turn:
    """A turn of one's own conversation, or nothing."""
    mine = Turn.objects.filter(conversation__owner=request.member.actor)
    links = (
        "run",
        "agent__actor",
        "conversation__owner",
        "conversation__agent__actor",
        "conversation__workspace",
    )
    rows = mine.select_related(*links, "conversation__agent__model").defer("run__brief")
    return fetch(rows, request, home="conversation__workspace", pk=pk)


def turn_answer(request: MemberRequest, turn: Turn) -> HttpResponse:
    """The part of a page that shows a turn, and the foot of the page beside it."""
    conversation = turn.conversation
    newest = not conversation.turns.filter(index__gt=turn.index).exists()
    context = {
        "conversation": conversation,
        "one": page.shown(turn, newest=newest),
        "window": page.window(conversation),
        "may_talk": may(request.member.actor, "comment"),
        "aside": True,
    }
    return render(request, "conversations/_turn_answer.html", context)
