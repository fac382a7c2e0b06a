"""Papers that are published: Markdown with a summary, every version kept."""

from django.db import models

from accounts.models import Actor, Workspace
from core.ids import uuid7


class Whitepaper(models.Model):
    """A paper. `content` is the newest version's; it is named by its slug within a workspace."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="whitepapers")
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=200)
    subtitle = models.CharField(max_length=200, blank=True)
    authors = models.CharField(max_length=200, blank=True)
    summary = models.TextField(blank=True)
    content = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    public = models.BooleanField(
        default=False, help_text="Whoever has the address may read it, once it is published"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    # What seeding wrote last; a text that still matches it was changed by nobody since.
    shipped_hash = models.CharField(max_length=64, blank=True, editable=False)
    simulated = models.BooleanField(default=False, help_text="Written by the simulated model")
    created_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="whitepapers")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "slug"], name="whitepaper_slug"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def readable_by_all(self) -> bool:
        """Whether it may be read without an account."""
        return self.public and self.status == self.Status.PUBLISHED


class WhitepaperVersion(models.Model):
    """One state of a paper. Never changed, never removed while the paper lives."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    whitepaper = models.ForeignKey(Whitepaper, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    subtitle = models.CharField(max_length=200, blank=True)
    authors = models.CharField(max_length=200, blank=True)
    summary = models.TextField(blank=True)
    content = models.TextField(blank=True)
    author = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["whitepaper", "number"], name="whitepaper_version_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"
