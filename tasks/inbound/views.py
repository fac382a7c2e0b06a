"""The secret address itself, and the screen of those who look after such addresses."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.guards import MemberRequest, fetch, member
from accounts.roles import require
from core.api import limits
from core.api.errors import plain_response
from core.blame import blame
from core.errors import MCError
from tasks.inbound import actions
from tasks.inbound.forms import HookForm
from tasks.inbound.models import InboundHook

MAX_BODY = 256 * 1024


@csrf_exempt
def receive(request: HttpRequest, token: str) -> HttpResponse:
    """Take in what another system sends: 201 with the task, 200 when it was there before."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    try:
        if refusal := _too_often(limits.of_address("hook", request.META.get("REMOTE_ADDR", ""))):
            return refusal
        hook = actions.find_hook(token)
        verdict = limits.meter.take(f"hook:{hook.pk}", settings.RATE_LIMITS["hook"])
        if refusal := _too_often(verdict):
            return refusal
        body = request.read(MAX_BODY + 1)
        if len(body) > MAX_BODY:
            return plain_response(413, "too_large", "A body has 256 KB at most.")
        received = actions.receive(
            hook=hook,
            body=body,
            content_type=request.headers.get("Content-Type", ""),
            headers={name.lower(): value for name, value in request.headers.items()},
        )
    except MCError as error:
        status = 415 if error.code == "unsupported_media_type" else error.status
        return plain_response(status, error.code, error.message)
    task = received.task
    said = {"task": task.key if task else None, "again": received.again}
    return JsonResponse(said, status=200 if received.again else 201)


def _too_often(verdict: limits.Verdict) -> HttpResponse | None:
    if verdict.allowed:
        return None
    response = plain_response(
        429, "rate_limited", f"Too many requests. Try again in {verdict.reset} s."
    )
    response["Retry-After"] = str(verdict.reset)
    return response


@member
@never_cache
@require_http_methods(["GET", "POST"])
def hooks(request: MemberRequest) -> HttpResponse:
    """The secret addresses, and making one."""
    require(request.member.actor, "webhooks")
    form = HookForm(request.POST or None)
    shown: dict[str, str] = {}
    if request.method == "POST" and form.is_valid():
        try:
            _, token, secret = actions.create_hook(actor=request.member.actor, **form.cleaned_data)
        except MCError as error:
            blame(form, error)
        else:
            # Shown with this answer and never again, so there is no redirect.
            shown = {"address": _address(request, token), "secret": secret}
            form = HookForm()
    return _page(request, form, shown)


@member
@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What becomes of what is sent to one of them."""
    require(request.member.actor, "webhooks")
    hook = fetch(InboundHook.objects.all(), request, pk=pk)
    initial = {name: getattr(hook, name) for name in ("name", "title", "description", "priority")}
    form = HookForm(request.POST or None, initial=initial)
    del form.fields["signed"]
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_hook(actor=request.member.actor, hook=hook, **form.cleaned_data)
        except MCError as error:
            blame(form, error)
        else:
            messages.success(request, "Saved")
            return HttpResponseRedirect(reverse("tasks:hooks"))
    return _page(request, form, {}, hook)


@member
@require_POST
def switch(request: MemberRequest, pk: UUID) -> HttpResponse:
    """On or off."""
    hook = fetch(InboundHook.objects.all(), request, pk=pk)
    hook = actions.edit_hook(actor=request.member.actor, hook=hook, enabled="on" in request.POST)
    messages.success(request, f"“{hook.name}” is switched {'on' if hook.enabled else 'off'}")
    return HttpResponseRedirect(reverse("tasks:hooks"))


@member
@never_cache
@require_POST
def replace(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Another address, shown once."""
    hook = fetch(InboundHook.objects.all(), request, pk=pk)
    _, token = actions.replace_address(actor=request.member.actor, hook=hook)
    return _page(request, HookForm(), {"address": _address(request, token), "secret": ""})


@member
@require_POST
def delete(request: MemberRequest, pk: UUID) -> HttpResponse:
    """End one."""
    hook = fetch(InboundHook.objects.all(), request, pk=pk)
    actions.delete_hook(actor=request.member.actor, hook=hook)
    messages.success(request, f"“{hook.name}” is deleted")
    return HttpResponseRedirect(reverse("tasks:hooks"))


def _address(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("tasks:receive", args=[token]))


def _page(
    request: MemberRequest,
    form: HookForm,
    shown: dict[str, str],
    hook: InboundHook | None = None,
) -> HttpResponse:
    rows = InboundHook.objects.filter(workspace=request.member.workspace)
    context = {"form": form, "hooks": rows, "hook": hook, "section": "webhooks", **shown}
    status = 422 if form.errors else 200
    return render(request, "tasks/hooks.html", context, status=status)
