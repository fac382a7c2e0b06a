"""What people write about themselves and their workspace, checked before a verb sees it."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils import timezone

from accounts.actions import login_name
from accounts.keys import SCOPES
from accounts.models import Membership
from core.forms import PlainForm

# Lengths of time that a key may live, in days; 0 stands for no end.
KEY_AGES = ((30, "30 days"), (90, "90 days"), (365, "One year"), (0, "Until it is revoked"))
SCOPE_WORDS = {
    "read": "See everything in the workspace",
    "write": "Change tasks, messages and documents",
    "run": "Start and stop agents",
    "admin": "Members, models and settings",
}


def _password(autocomplete: str) -> forms.PasswordInput:
    return forms.PasswordInput(attrs={"autocomplete": autocomplete})


class SignInForm(AuthenticationForm):
    """User name or e-mail address, and password."""

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username")
        if name:
            self.cleaned_data["username"] = login_name(name)
        return super().clean()


class AccountForm(PlainForm):
    """A new account."""

    username = forms.CharField(
        label="User name",
        max_length=39,
        help_text="Others mention you by it, as in @ada.",
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        ),
    )
    email = forms.EmailField(
        label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    password = forms.CharField(
        min_length=8,
        help_text="At least 8 characters, and none of the usual ones.",
        widget=_password("new-password"),
    )


class ProfileForm(PlainForm):
    """What people say of themselves."""

    name = forms.CharField(
        max_length=80, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    timezone = forms.ChoiceField(
        label="Time zone", help_text="Days begin at midnight here, and times are shown in it."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
        zones = [zone for zone in zones if not zone.startswith(("Etc/", "SystemV/", "US/"))]
        now = timezone.now()
        self.fields["timezone"].choices = [(zone, zone.replace("_", " ")) for zone in zones]  # type: ignore[attr-defined]
        self.fields[
            "timezone"
        ].help_text = (
            f"Days begin at midnight here. It is {timezone.localtime(now):%H:%M} for you now."
        )


class PasswordForm(PlainForm):
    """Another password."""

    old = forms.CharField(label="Present password", widget=_password("current-password"))
    new = forms.CharField(
        label="New password",
        min_length=8,
        help_text="Every other session of yours ends.",
        widget=_password("new-password"),
    )


class WorkspaceForm(PlainForm):
    """What a workspace is called."""

    name = forms.CharField(label="Name of the workspace", max_length=80)


class InviteForm(PlainForm):
    """Whom to let in, and as what."""

    role = forms.ChoiceField(
        initial=Membership.Role.MEMBER, widget=forms.Select(attrs={"class": "select"})
    )
    email = forms.EmailField(
        label="For",
        required=False,
        widget=forms.EmailInput(
            attrs={"placeholder": "E-mail, as a reminder (optional)", "class": "input"}
        ),
    )

    def __init__(self, *args: Any, role: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles_to_give(role)  # type: ignore[attr-defined]


class KeyForm(PlainForm):
    """What a program may do in one's name."""

    name = forms.CharField(
        max_length=80, widget=forms.TextInput(attrs={"placeholder": "What uses it, e.g. CI"})
    )
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=[(scope, SCOPE_WORDS[scope]) for scope in SCOPES],
        initial=["read"],
        widget=forms.CheckboxSelectMultiple,
    )
    age = forms.TypedChoiceField(label="For", coerce=int, choices=KEY_AGES, initial=90)

    @property
    def expires_at(self) -> datetime | None:
        """When the key ends, once the form is valid."""
        days = self.cleaned_data["age"]
        return timezone.now() + timedelta(days=days) if days else None


def roles_to_give(role: str) -> list[tuple[str, str]]:
    """The roles that somebody with `role` can give to others."""
    all_of_them = [(value, label) for value, label in Membership.Role.choices]
    return all_of_them if role == Membership.Role.OWNER else all_of_them[1:]
