"""What people say about a task."""

from uuid import UUID

from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import MemberRequest, member
from activity.log import logged
from core.errors import Invalid, NotFound
from tasks import actions
from tasks.lookup import find_actor
from tasks.models import Attachment, Message, Task
from tasks.views.task import page_context, the_task

MOST_FILES = 10


@member
@require_POST
def post(request: MemberRequest, number: int) -> HttpResponse:
    """A message with its files, in one transaction."""
    task = the_task(request, number)
    actor = request.member.actor
    files = request.FILES.getlist("files")
    if len(files) > MOST_FILES:
        raise Invalid(f"A message carries {MOST_FILES} files at most.", field="files")
    reply_to = _reply(request, task)
    kind = request.POST.get("kind") or Message.Kind.COMMENT
    if reply_to and reply_to.kind == Message.Kind.QUESTION and not reply_to.answered_at:
        kind = Message.Kind.ANSWER
    asked = request.POST.get("asked", "")
    with actions.stored(actor, *files) as kept, logged():
        message = actions.post_message(
            actor=actor,
            task=task,
            body=request.POST.get("body", ""),
            kind=kind,
            reply_to=reply_to,
            asked=find_actor(task.workspace, asked, field="asked") if asked else None,
        )
        for file in kept:
            actions.attach(actor=actor, message=message, file=file)
    return _thread(request, task, status=201)


@member
@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One's own words, changed in place."""
    message = _message(request, pk)
    if request.method == "GET":
        return render(request, "tasks/_message_edit.html", {"message": message})
    actions.edit_message(
        actor=request.member.actor, message=message, body=request.POST.get("body", "")
    )
    return _thread(request, message.task)


@member
@require_POST
def react(request: MemberRequest, pk: UUID) -> HttpResponse:
    message = _message(request, pk)
    actions.react(actor=request.member.actor, message=message, sign=request.POST.get("sign", ""))
    return _thread(request, message.task)


@member
@require_GET
def attachment(request: MemberRequest, pk: UUID) -> FileResponse:
    """A file, always as a download: nothing that was uploaded is ever shown as a page."""
    found = Attachment.objects.filter(pk=pk, message__workspace=request.member.workspace).first()
    if found is None:
        raise NotFound("There is no such file.")
    return FileResponse(
        found.file.open("rb"),
        as_attachment=True,
        filename=found.name,
        content_type="application/octet-stream",
    )


def _thread(request: MemberRequest, task: Task, *, status: int = 200) -> HttpResponse:
    if not request.htmx:
        return HttpResponseRedirect(reverse("tasks:detail", args=[task.number]) + "#thread")
    context = page_context(request, the_task(request, task.number))
    return render(request, "tasks/_thread.html", context, status=status)


def _message(request: MemberRequest, pk: UUID) -> Message:
    message = (
        Message.objects.filter(pk=pk, workspace=request.member.workspace)
        .select_related("task__workspace", "author")
        .first()
    )
    if message is None:
        raise NotFound("There is no such message.")
    return message


def _reply(request: MemberRequest, task: Task) -> Message | None:
    text = request.POST.get("reply_to", "")
    if not text:
        return None
    try:
        return task.messages.get(pk=UUID(text))
    except (ValueError, Message.DoesNotExist) as error:
        raise NotFound("What you reply to is gone.", field="reply_to") from error
