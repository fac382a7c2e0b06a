"""Who there is: people, workspaces, and the actors that do things in them."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower

from core.clock import Now
from core.ids import uuid7

HANDLE = RegexValidator(
    r"^[a-z0-9][a-z0-9_-]{0,38}$",
    "A handle is 1 to 39 lower-case letters, digits, hyphens or underscores.",
)


class User(AbstractUser):
    """A person who can sign in; in each workspace they act through a membership."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(unique=True)
    timezone = models.CharField(max_length=64, default="UTC")

    class Meta(AbstractUser.Meta):
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the person; one that may not sign in any more is signed out everywhere."""
        super().save(*args, **kwargs)
        if not self.is_active:
            self.logins.filter(ended_at=None).update(ended_at=Now())


class Workspace(models.Model):
    """Everything belongs to exactly one workspace and is invisible from the others."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=50, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # The number of the newest activity. Raising it locks this row until commit, so that
    # numbers follow the order of commits and have no gaps.
    last_event = models.BigIntegerField(default=0, editable=False)
    # Stops every run of the workspace and keeps new ones from starting.
    halted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Actor(models.Model):
    """Whoever can act: a member, an agent, or the system itself.

    Creator, author, assignee, recipient and owner of a key are all actors, so nothing has
    to ask "person or agent?" twice.
    """

    class Kind(models.TextChoices):
        MEMBER = "member"
        AGENT = "agent"
        SYSTEM = "system"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="actors")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    handle = models.CharField(max_length=39, validators=[HANDLE])
    name = models.CharField(max_length=80)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    # Of this object alone, never kept, for the length of one request: the role, once it is
    # known, and what a key allows of what that role may do.
    known_role: str | None = None
    limited_to: frozenset[str] | None = None

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "handle"], name="actor_handle"),
        ]

    def __str__(self) -> str:
        return f"@{self.handle}"

    @property
    def is_agent(self) -> bool:
        return self.kind == self.Kind.AGENT

    @property
    def is_person(self) -> bool:
        return self.kind == self.Kind.MEMBER


class Membership(models.Model):
    """A person's place in a workspace: their role, and the actor they are there."""

    class Role(models.TextChoices):
        OWNER = "owner"
        ADMIN = "admin"
        MEMBER = "member"
        VIEWER = "viewer"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    actor = models.OneToOneField(Actor, on_delete=models.CASCADE, related_name="membership")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "workspace"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace} as {self.role}"


class ApiKey(models.Model):
    """A key with which a program acts as one actor. Only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the key")
    scopes = models.JSONField(default=list, help_text="Of read, write, run, admin")
    created_by = models.ForeignKey(
        Actor, null=True, on_delete=models.SET_NULL, related_name="api_keys_made"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Invitation(models.Model):
    """A one-time link: into a workspace with a role, or to the first account of all.

    Without a workspace it makes the first account of a fresh installation.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(
        Workspace, null=True, blank=True, on_delete=models.CASCADE, related_name="invitations"
    )
    role = models.CharField(
        max_length=10, choices=Membership.Role.choices, default=Membership.Role.MEMBER
    )
    email = models.EmailField(blank=True)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token")
    created_by = models.ForeignKey(
        Actor, null=True, blank=True, on_delete=models.SET_NULL, related_name="invitations_made"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"invitation to {self.workspace or 'a fresh installation'}"


class Login(models.Model):
    """A program that signed in with a password: what its tokens belong to.

    Tokens name this row, so that all of them end with it; none of them is kept. A refresh
    token carries `counter`, which each use raises: a second use of the same one shows that it
    was stolen, and ends the login.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="logins")
    stamp = models.CharField(max_length=64, help_text="Of the password it was made with")
    counter = models.PositiveIntegerField(default=0)
    address = models.GenericIPAddressField(null=True, blank=True)
    program = models.CharField(max_length=200, blank=True, help_text="As it called itself")
    created_at = models.DateTimeField(auto_now_add=True)
    refreshed_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["expires_at"], name="login_expiry")]

    def __str__(self) -> str:
        return f"{self.user} since {self.created_at:%Y-%m-%d %H:%M}"


class Receipt(models.Model):
    """What was answered to a request that carried an Idempotency-Key, for a day.

    Written with the change itself, in one transaction: where there is no answer yet, either
    the request is still under way or nothing of it has happened.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.CharField(max_length=80, help_text="Whose key it is: an actor, an address")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, help_text="SHA-256 of method, address and body")
    attempt = models.PositiveIntegerField(default=1)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    answer = models.BinaryField(default=bytes, help_text="Encrypted")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="receipt_once")]
        indexes = [models.Index(fields=["created_at"], name="receipt_age")]

    def __str__(self) -> str:
        return f"{self.key} of {self.owner}"
