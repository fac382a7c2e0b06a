"""Saying something: beginning, going on, stopping, asking again, saying it otherwise."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.guards import MemberRequest, as_uuid, member
from agents.models import Agent
from conversations import actions, page
from conversations.files import MOST_FILES, Sent, brought, look_at
from conversations.models import Turn
from conversations.views.reading import find, find_turn, turn_answer
from core.errors import Invalid, NotFound
from modules.assets.kinds import TooLarge, largest_mb


@member
@require_POST
def start(request: MemberRequest) -> HttpResponse:
    """Begin to talk with an agent."""
    agent = chosen_agents(request, "agent")[:1]
    if not agent:
        raise NotFound("There is no such agent.", field="agent")
    content = request.POST.get("content", "")
    if not content.strip():
        raise Invalid("Say something.", field="content")
    files = sent_along(request)
    with brought(request.member.actor, files):
        conversation = actions.start_conversation(
            actor=request.member.actor,
            agent=agent[0],
            others=chosen_agents(request, "others"),
            content=content,
            files=files,
        )
    return _go(request, conversation.pk)


@member
@require_POST
def send(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Say something; the page gets both turns, the agent's with nothing in it yet."""
    conversation = find(request, pk)
    files = sent_along(request)
    with brought(request.member.actor, files):
        answer = actions.send_turn(
            actor=request.member.actor,
            conversation=conversation,
            content=request.POST.get("content", ""),
            files=files,
        )
    if not request.htmx:
        return HttpResponseRedirect(reverse("conversations:detail", args=[pk]))
    rows = conversation.turns.select_related("run").filter(index__gte=answer.index - 1)
    context = {
        "conversation": find(request, pk),
        "turns": [page.shown(turn, newest=turn.pk == answer.pk) for turn in rows],
        "may_talk": True,
    }
    return render(request, "conversations/_sent.html", context, status=201)


@member
@require_POST
def stop(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Stop the answer under way."""
    actions.cancel_turn(actor=request.member.actor, turn=find_turn(request, pk))
    return _turn(request, pk)


@member
@require_POST
def retry(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask for the newest answer again."""
    actions.retry_turn(actor=request.member.actor, turn=find_turn(request, pk))
    return _turn(request, pk)


@member
@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Say something otherwise; it leads into a branch."""
    turn = find_turn(request, pk)
    if request.method == "GET":
        return render(request, "conversations/_edit.html", {"turn": turn})
    branch = actions.edit_turn(
        actor=request.member.actor, turn=turn, content=request.POST.get("content", "")
    )
    return _go(request, branch.pk)


def sent_along(request: MemberRequest) -> list[Sent]:
    """The files of a form, checked."""
    given = request.FILES.getlist("files")
    if len(given) > MOST_FILES:
        raise Invalid(f"At most {MOST_FILES} files come along.", field="files")
    found = []
    for one in given:
        if (one.size or 0) > largest_mb() * 1024 * 1024:
            raise TooLarge(f"“{one.name}” is too large: at most {largest_mb()} MB are taken.")
        found.append(look_at(one.read(), one.name or "file"))
    return found


def chosen_agents(request: MemberRequest, field: str) -> list[Agent]:
    """The agents of the workspace that a form names, in its order."""
    wanted = [key for key in map(as_uuid, request.POST.getlist(field)) if key]
    rows = Agent.objects.filter(workspace=request.member.workspace_id, pk__in=wanted)
    known = {agent.pk: agent for agent in rows.select_related("actor", "workspace")}
    return [known[key] for key in wanted if key in known]


def _turn(request: MemberRequest, pk: UUID) -> HttpResponse:
    turn: Turn = find_turn(request, pk)
    if request.htmx:
        return turn_answer(request, turn)
    return HttpResponseRedirect(reverse("conversations:detail", args=[turn.conversation_id]))


def _go(request: MemberRequest, pk: UUID) -> HttpResponse:
    url = reverse("conversations:detail", args=[pk])
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
