"""What agents and people write: Markdown with every version kept."""

from django.db import models

from accounts.models import Actor, Workspace
from core.ids import uuid7


class Document(models.Model):
    """A text with a history. `content` is the newest version's, for reading and searching."""

    class Kind(models.TextChoices):
        DELIVERABLE = "deliverable"
        RESEARCH = "research"
        PROTOCOL = "protocol"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="documents")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.DELIVERABLE)
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

    class Meta:
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["workspace", "-updated_at"], name="document_newest")]

    def __str__(self) -> str:
        return self.title


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
        return f"{self.title} v{self.number}"
