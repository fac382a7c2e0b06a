"""What one does with a conversation besides talking."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MemberRequest, member
from conversations import actions, page
from conversations.views.reading import find, find_turn
from conversations.views.talking import chosen_agents
from core.errors import Invalid
from core.refusals import toast


@member
@require_POST
def keep(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Rename, pin or put away, as the button says."""
    conversation = find(request, pk)
    actor, what = request.member.actor, request.POST.get("what", "")
    if what == "rename":
        title = request.POST.get("title", "")
        actions.rename(actor=actor, conversation=conversation, title=title)
    elif what in ("pin", "unpin"):
        actions.pin(actor=actor, conversation=conversation, pinned=what == "pin")
    elif what in ("archive", "restore"):
        archived = what == "archive"
        actions.archive(actor=actor, conversation=conversation, archived=archived)
        messages.success(request, "Put away" if archived else "Taken out again")
        if archived:
            return _go(request, reverse("conversations:home"))
    elif what == "unshare":
        actions.unshare(actor=actor, conversation=conversation)
        messages.success(request, "The link leads nowhere now")
    else:
        raise Invalid("There is nothing of that name to do.", field="what")
    return _go(request, reverse("conversations:detail", args=[pk]))


@member
@require_http_methods(["GET", "POST"])
def company(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Which agents take part; a form to say so."""
    conversation, actor = find(request, pk), request.member.actor
    if request.method == "POST":
        others = chosen_agents(request, "others")
        actions.gather(actor=actor, conversation=conversation, others=others)
        return _go(request, reverse("conversations:detail", args=[pk]))
    if not request.htmx:
        return HttpResponseRedirect(reverse("conversations:detail", args=[pk]))
    seated = [agent.pk for agent in conversation.table[1:]]
    others = [agent for agent in page.partners(actor) if agent.pk != conversation.agent_id]
    context = {"conversation": conversation, "others": others, "seated": seated}
    return render(request, "conversations/_company.html", context)


@member
@require_GET
def mentions(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Those who take part and whose handle or name begins like `q`, for the list under an @."""
    begins = request.GET.get("q", "").lower()[:39]
    actors = [agent.actor for agent in find(request, pk).table]
    found = [a for a in actors if a.handle.startswith(begins) or a.name.lower().startswith(begins)]
    return render(request, "tasks/_mentions.html", {"actors": found})


@member
@require_POST
def share(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Make the link to read it by, and show it this once."""
    token = actions.share(actor=request.member.actor, conversation=find(request, pk))
    url = request.build_absolute_uri(reverse("conversations:shared", args=[token]))
    return render(request, "conversations/_shared_link.html", {"url": url})


@member
@require_POST
def delete(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Remove it for good."""
    actions.delete_conversation(actor=request.member.actor, conversation=find(request, pk))
    messages.success(request, "Deleted")
    return _go(request, reverse("conversations:home"))


@member
@require_POST
def task(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Make a task of what was said."""
    made = actions.make_task(actor=request.member.actor, turn=find_turn(request, pk))
    url = reverse("tasks:detail", args=[made.number])
    if not request.htmx:
        return HttpResponseRedirect(url)
    response = render(request, "conversations/_made_task.html", {"task": made})
    return toast(response, f"{made.key} is in the inbox", description=made.title)


def _go(request: MemberRequest, url: str) -> HttpResponse:
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
