"""The screens of webhooks: who hears of what, and what became of each message."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.guards import MemberRequest, fetch, member
from accounts.roles import require
from activity.models import Delivery, Webhook
from activity.webhooks import actions
from activity.webhooks.forms import WebhookForm
from core.blame import blame
from core.errors import MCError

PAGE = 50


@member
@never_cache
@require_http_methods(["GET", "POST"])
def webhooks(request: MemberRequest) -> HttpResponse:
    """The webhooks, and making one."""
    require(request.member.actor, "webhooks")
    form, secret = WebhookForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            _, secret = actions.create_webhook(actor=request.member.actor, **form.cleaned_data)
        except MCError as error:
            blame(form, error)
        else:
            # Shown with this answer and never again, so there is no redirect.
            form = WebhookForm()
    rows = Webhook.objects.filter(workspace=request.member.workspace)
    context = {"form": form, "webhooks": rows, "text": secret, "section": "webhooks"}
    return render(request, "activity/webhooks.html", context, status=422 if form.errors else 200)


@member
@never_cache
@require_http_methods(["GET", "POST"])
def webhook(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One webhook, with the log of its deliveries."""
    require(request.member.actor, "webhooks")
    found = fetch(Webhook.objects.all(), request, pk=pk)
    form = WebhookForm(request.POST or None, initial=WebhookForm.of(found))
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_webhook(actor=request.member.actor, webhook=found, **form.cleaned_data)
        except MCError as error:
            blame(form, error)
        else:
            messages.success(request, "Saved")
            return _back(found.pk)
    return _page(request, found, form)


@member
@require_POST
def switch(request: MemberRequest, pk: UUID) -> HttpResponse:
    """On or off."""
    found = fetch(Webhook.objects.all(), request, pk=pk)
    on = "on" in request.POST
    actions.edit_webhook(actor=request.member.actor, webhook=found, enabled=on)
    messages.success(request, f"“{found.name}” is switched {'on' if on else 'off'}")
    return _back(pk)


@member
@never_cache
@require_POST
def rotate(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Another secret, shown once."""
    found = fetch(Webhook.objects.all(), request, pk=pk)
    found, secret = actions.rotate_secret(actor=request.member.actor, webhook=found)
    return _page(request, found, WebhookForm(initial=WebhookForm.of(found)), secret)


@member
@require_POST
def test(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Send something that means nothing."""
    found = fetch(Webhook.objects.all(), request, pk=pk)
    actions.send_test(actor=request.member.actor, webhook=found)
    messages.success(request, "A test is on its way")
    return _back(pk)


@member
@require_POST
def delete(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Remove one with its log."""
    found = fetch(Webhook.objects.all(), request, pk=pk)
    actions.delete_webhook(actor=request.member.actor, webhook=found)
    messages.success(request, f"“{found.name}” is deleted")
    return HttpResponseRedirect(reverse("activity:webhooks"))


@member
@require_POST
def replay(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Send a delivery again."""
    rows = Delivery.objects.select_related("webhook")
    found = fetch(rows, request, home="webhook__workspace", pk=pk)
    actions.replay_delivery(actor=request.member.actor, delivery=found)
    messages.success(request, "It is on its way again")
    return _back(found.webhook_id)


def _back(pk: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("activity:webhook", args=[pk]))


def _page(
    request: MemberRequest, found: Webhook, form: WebhookForm, secret: str = ""
) -> HttpResponse:
    rows = Delivery.objects.filter(webhook=found).order_by("-created_at", "-pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "webhook": found,
        "deliveries": page,
        "text": secret,
        "section": "webhooks",
    }
    status = 422 if form.errors else 200
    return render(request, "activity/webhook.html", context, status=status)
