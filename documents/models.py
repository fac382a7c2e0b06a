"""What agents and people write: Markdown with every version kept."""

from django.db import models
from django.db.models import Q

from accounts.models import Actor, Workspace
from core.ids import uuid7
from documents.querysets import DocumentQuerySet, ShareQuerySet


class Document(models.Model):
    """A text with a history. `content` is the newest version's, for reading and searching."""

    class Kind(models.TextChoices):
        DELIVERABLE = "deliverable"
        RESEARCH = "research"
        PROTOCOL = "protocol"

    class Visibility(models.TextChoices):
        WORKSPACE = "workspace"
        PRIVATE = "private"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="documents")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.DELIVERABLE)
    visibility = models.CharField(
        max_length=9,
        choices=Visibility.choices,
        default=Visibility.WORKSPACE,
        help_text="Private: for its author and those it is shared with",
    )
    content = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    task = models.ForeignKey(
        "tasks.Task", null=True, blank=True, on_delete=models.SET_NULL, related_name="documents"
    )
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="documents")
    simulated = models.BooleanField(default=False, help_text="Written by the simulated model")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    # Of this object alone: where the words stand that were looked for.
    found: str = ""

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["workspace", "-updated_at"], name="document_newest")]

    def __str__(self) -> str:
        return "a private document" if self.private else self.title

    @property
    def private(self) -> bool:
        """Whether it is for its author and those it is shared with alone."""
        return self.visibility == self.Visibility.PRIVATE


class Version(models.Model):
    """One state of a document. Never changed, never removed while the document lives."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    content = models.TextField(blank=True)
    author = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="version_number"),
        ]

    def __str__(self) -> str:
        return f"version {self.number}"


class Share(models.Model):
    """Leave to read a document, or to edit it: for a person, or for whoever has a link.

    A link is known by the hash of its secret alone, and is only ever for reading. The end of a
    share is its deletion; that it was there stands in the log.
    """

    class Role(models.TextChoices):
        READ = "read"
        EDIT = "edit"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="shares")
    person = models.ForeignKey(
        Actor, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    digest = models.CharField(
        max_length=64, blank=True, editable=False, help_text="SHA-256 of the token in the link"
    )
    role = models.CharField(max_length=4, choices=Role.choices, default=Role.READ)
    name = models.CharField(max_length=80, blank=True, help_text="Whom a link is for")
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True, help_text="When a link was last used")

    objects = ShareQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, digest="") | (Q(person=None) & ~Q(digest="")),
                name="share_person_or_link",
            ),
            models.UniqueConstraint(
                fields=["document", "person"],
                condition=Q(person__isnull=False),
                name="share_once",
            ),
            models.UniqueConstraint(fields=["digest"], condition=~Q(digest=""), name="share_link"),
        ]

    def __str__(self) -> str:
        return f"shared with {self.person}" if self.person else "shared by a link"


class Template(models.Model):
    """A text that documents begin from. It has no history, and a document no tie to it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="document_templates"
    )
    name = models.CharField(max_length=80)
    kind = models.CharField(
        max_length=12, choices=Document.Kind.choices, default=Document.Kind.DELIVERABLE
    )
    description = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="template_name"),
        ]

    def __str__(self) -> str:
        return self.name
