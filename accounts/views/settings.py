"""The settings: oneself, the workspace, its members, its keys."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db.models import F, QuerySet
from django.forms import BaseForm
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import actions, keys
from accounts.forms import (
    InviteForm,
    KeyForm,
    PasswordForm,
    ProfileForm,
    WorkspaceForm,
    roles_to_give,
)
from accounts.guards import SESSION_KEY, MemberRequest, as_uuid, fetch, member
from accounts.models import ApiKey, Invitation, Membership
from accounts.roles import may
from core.blame import blame
from core.errors import MCError

SHOWN_KEYS = 100


@member
@require_http_methods(["GET", "POST"])
def profile(request: MemberRequest) -> HttpResponse:
    """One's own name, address and time zone."""
    user = request.user
    present = {
        "name": user.get_full_name() or user.get_username(),
        "email": user.email,
        "timezone": user.timezone,
    }
    form = ProfileForm(request.POST or None, initial=present)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_profile(user=user, **form.cleaned_data)
        except MCError as error:
            blame(form, error)
        else:
            messages.success(request, "Saved")
            return HttpResponseRedirect(reverse("accounts:settings"))
    return _page(request, "profile", {"form": form, "password_form": PasswordForm()}, form)


@member
@never_cache
@sensitive_post_parameters()
@require_POST
def password(request: MemberRequest) -> HttpResponse:
    """Another password; this session stays."""
    form = PasswordForm(request.POST)
    if form.is_valid():
        try:
            user = actions.change_password(user=request.user, **form.cleaned_data)
        except MCError as error:
            blame(form, error)
        else:
            update_session_auth_hash(request, user)
            messages.success(request, "Your password is changed")
            return HttpResponseRedirect(reverse("accounts:settings"))
    user = request.user
    initial = {"name": user.get_full_name(), "email": user.email, "timezone": user.timezone}
    return _page(
        request, "profile", {"form": ProfileForm(initial=initial), "password_form": form}, form
    )


@member
@require_http_methods(["GET", "POST"])
def workspace(request: MemberRequest) -> HttpResponse:
    """What the workspace is called; handing it over; leaving it."""
    here = request.member.workspace
    form = WorkspaceForm(request.POST or None, initial={"name": here.name})
    if request.method == "POST" and form.is_valid():
        try:
            actions.rename_workspace(actor=request.member.actor, **form.cleaned_data)
        except MCError as error:
            blame(form, error)
        else:
            messages.success(request, "Saved")
            return HttpResponseRedirect(reverse("accounts:workspace"))
    others = _members(request).exclude(pk=request.member.pk)
    context = {
        "form": form,
        "others": others,
        "may_rename": may(request.member.actor, "workspace"),
        "may_run": may(request.member.actor, "run"),
    }
    return _page(request, "workspace", context, form)


@member
@require_POST
def transfer(request: MemberRequest) -> HttpResponse:
    """Hand the workspace over to another member."""
    to = fetch(Membership.objects.all(), request, pk=as_uuid(request.POST.get("member", "")))
    theirs = actions.transfer_ownership(actor=request.member.actor, to=to)
    messages.success(request, f"@{theirs.actor.handle} owns the workspace now")
    return HttpResponseRedirect(reverse("accounts:workspace"))


@member
@require_POST
def leave(request: MemberRequest) -> HttpResponse:
    """Go."""
    actions.leave_workspace(actor=request.member.actor)
    request.session.pop(SESSION_KEY, None)
    messages.success(request, f"You have left {request.member.workspace.name}")
    return HttpResponseRedirect("/")


@member
@never_cache
@require_http_methods(["GET", "POST"])
def members(request: MemberRequest) -> HttpResponse:
    """Who is here, and the links by which others can join."""
    mine = request.member
    form = InviteForm(request.POST or None, role=mine.role)
    link = ""
    if request.method == "POST" and form.is_valid():
        try:
            invitation, token = actions.invite_member(actor=mine.actor, **form.cleaned_data)
        except MCError as error:
            blame(form, error)
        else:
            # Shown with this answer and never again, so there is no redirect.
            link = request.build_absolute_uri(reverse("accounts:join", args=[token]))
            form = InviteForm(role=mine.role, initial={"role": invitation.role})
    open_ones = Invitation.objects.filter(
        workspace=mine.workspace, used_at=None, expires_at__gt=timezone.now()
    )
    context = {
        "form": form,
        "link": link,
        "members": _members(request),
        "invitations": open_ones.select_related("created_by").order_by("-created_at"),
        "may_manage": may(mine.actor, "members"),
        "roles": roles_to_give(mine.role),
    }
    return _page(request, "members", context, form)


@member
@require_POST
def role(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Another role for a member."""
    whom = fetch(Membership.objects.all(), request, pk=pk)
    held = actions.change_role(
        actor=request.member.actor, membership=whom, role=request.POST.get("role", "")
    )
    messages.success(request, f"@{held.actor.handle} is {held.role} now")
    return HttpResponseRedirect(reverse("accounts:members"))


@member
@require_POST
def remove(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Take a member out of the workspace."""
    whom = fetch(Membership.objects.select_related("actor"), request, pk=pk)
    actions.remove_member(actor=request.member.actor, membership=whom)
    messages.success(request, f"@{whom.actor.handle} is no longer a member")
    return HttpResponseRedirect(reverse("accounts:members"))


@member
@require_POST
def withdraw(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Make an invitation void."""
    invitation = fetch(Invitation.objects.all(), request, pk=pk)
    actions.withdraw_invitation(actor=request.member.actor, invitation=invitation)
    messages.success(request, "The invitation is void now")
    return HttpResponseRedirect(reverse("accounts:members"))


@member
@never_cache
@require_http_methods(["GET", "POST"])
def api_keys(request: MemberRequest) -> HttpResponse:
    """One's keys for programs; for those who keep members, everybody's."""
    actor = request.member.actor
    form = KeyForm(request.POST or None)
    text = ""
    if request.method == "POST" and form.is_valid():
        try:
            _, text = keys.create_api_key(
                actor=actor,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=form.expires_at,
            )
        except MCError as error:
            blame(form, error, expires_at="age")
        else:
            form = KeyForm()
    rows = ApiKey.objects.filter(actor__workspace=request.member.workspace)
    if not may(actor, "members"):
        rows = rows.filter(actor=actor)
    shown = rows.select_related("actor").order_by(F("revoked_at").asc(nulls_first=True), "-pk")
    context = {"form": form, "text": text, "keys": shown[:SHOWN_KEYS], "now": timezone.now()}
    return _page(request, "keys", context, form)


@member
@require_POST
def revoke(request: MemberRequest, pk: UUID) -> HttpResponse:
    """End a key."""
    key = fetch(ApiKey.objects.select_related("actor"), request, home="actor__workspace", pk=pk)
    keys.revoke_api_key(actor=request.member.actor, key=key)
    messages.success(request, f"“{key.name}” is revoked")
    return HttpResponseRedirect(reverse("accounts:keys"))


def _members(request: MemberRequest) -> QuerySet[Membership]:
    rows = Membership.objects.filter(workspace=request.member.workspace)
    return rows.select_related("actor", "user").order_by("created_at")


def _page(
    request: MemberRequest, name: str, context: dict[str, object], form: BaseForm
) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(
        request,
        f"accounts/settings/{name}.html",
        {**context, "section": name, "mine": request.member},
        status=status,
    )
