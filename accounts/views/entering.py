"""The ways in: the first account, an invitation, signing in, and out again."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import actions
from accounts.forms import AccountForm, SignInForm
from accounts.guards import SESSION_KEY, MemberRequest, as_uuid, membership_of, signed_in
from accounts.models import Invitation, Membership, User
from core.blame import blame
from core.errors import MCError

BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignIn(LoginView):
    """Sign in by user name or e-mail address."""

    authentication_form = SignInForm
    redirect_authenticated_user = True


class SignOut(LogoutView):
    """Sign out; by POST alone."""

    http_method_names = ["post", "options"]


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: Any = None
) -> HttpResponse:
    """What somebody sees who has guessed too often; a program gets the API's own answer."""
    if request.path.startswith("/api/") and response is not None:
        return response
    wait = settings.AXES_COOLOFF_TIME
    return render(request, "accounts/locked.html", {"wait": wait}, status=429)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest, token: str) -> HttpResponse:
    """The one-time link of a fresh installation: the first account, and straight in."""
    try:
        invitation = actions.open_invitation(token)
    except MCError:
        return _spent(request)
    if invitation.workspace_id is not None:
        return _spent(request)
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        workspace = actions.ensure_first_workspace()
        try:
            member = actions.create_first_account(
                token=token, workspace=workspace, **form.cleaned_data
            )
        except MCError as error:
            blame(form, error)
        else:
            _enter(request, member)
            return HttpResponseRedirect(reverse("dashboard:welcome"))
    return render(
        request, "accounts/set_up.html", {"form": form}, status=422 if form.errors else 200
    )


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """An invitation: for somebody new an account with it, for others a single press."""
    try:
        invitation = actions.open_invitation(token)
    except MCError:
        return _spent(request)
    if invitation.workspace is None:
        return _spent(request)
    if request.user.is_authenticated:
        return _join_as(request, request.user, token, invitation)
    form = AccountForm(request.POST or None, initial={"email": invitation.email})
    if request.method == "POST" and form.is_valid():
        try:
            member = actions.join_with_new_account(token=token, **form.cleaned_data)
        except MCError as error:
            blame(form, error)
        else:
            _enter(request, member)
            return HttpResponseRedirect("/")
    context = {"form": form, "invitation": invitation}
    return render(request, "accounts/join.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def switch(request: MemberRequest) -> HttpResponse:
    """Look at another of one's workspaces."""
    workspace = actions.switch_workspace(
        user=request.user, workspace=as_uuid(request.POST.get("workspace", ""))
    )
    request.session[SESSION_KEY] = str(workspace.pk)
    return HttpResponseRedirect("/")


@signed_in
def nowhere(request: MemberRequest) -> HttpResponse:
    """For somebody with an account and no workspace."""
    if membership_of(request) is not None:
        return HttpResponseRedirect("/")
    return render(request, "accounts/nowhere.html")


def _join_as(request: HttpRequest, user: User, token: str, invitation: Invitation) -> HttpResponse:
    if request.method == "POST":
        member = actions.accept_invitation(token=token, user=user)
        request.session[SESSION_KEY] = str(member.workspace_id)
        return HttpResponseRedirect("/")
    here = Membership.objects.filter(user=user, workspace=invitation.workspace).exists()
    return render(request, "accounts/join.html", {"invitation": invitation, "here": here})


def _enter(request: HttpRequest, member: Membership) -> None:
    login(request, member.user, backend=BACKEND)
    request.session[SESSION_KEY] = str(member.workspace_id)


def _spent(request: HttpRequest) -> HttpResponse:
    sign_in = resolve_url(settings.LOGIN_URL)
    return render(request, "accounts/spent.html", {"sign_in": sign_in}, status=404)
