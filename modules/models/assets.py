"""Files that people brought or modules made."""

from django.db import models

from accounts.models import Actor, Workspace
from core.ids import uuid7


def place_of(asset: "Asset", name: str) -> str:
    """Where a file lies: by its workspace and content, so that no name of anybody's counts."""
    return f"assets/{asset.workspace_id}/{asset.digest[:2]}/{asset.digest}{asset.extension}"


def place_of_thumbnail(asset: "Asset", name: str) -> str:
    """Where the small picture of it lies."""
    return f"assets/{asset.workspace_id}/{asset.digest[:2]}/{asset.digest}.thumb.webp"


class Asset(models.Model):
    """A file with its owner, its sniffed type, and what it came from.

    Two assets of one workspace with the same content share one file.
    """

    class Kind(models.TextChoices):
        IMAGE = "image"
        AUDIO = "audio"
        DOCUMENT = "document"
        DATA = "data"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="assets")
    owner = models.ForeignKey(Actor, null=True, on_delete=models.SET_NULL, related_name="assets")
    job = models.ForeignKey(
        "modules.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="assets"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    content_type = models.CharField(max_length=100, help_text="Sniffed, never as claimed")
    name = models.CharField(max_length=200)
    file = models.FileField(upload_to=place_of, max_length=200)
    thumbnail = models.FileField(upload_to=place_of_thumbnail, max_length=200, blank=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file")
    size = models.PositiveBigIntegerField(help_text="Bytes")
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    parents = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="children")
    # Of what was made here: prompt, model, seed, provider and whatever else belongs to it.
    meta = models.JSONField(default=dict, blank=True)
    cost = models.BigIntegerField(default=0, help_text="Microdollars")
    simulated = models.BooleanField(default=False)
    rating = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 to 5")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["workspace", "kind", "-created_at"], name="asset_newest"),
            models.Index(fields=["workspace", "digest"], name="asset_by_content"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def extension(self) -> str:
        """The ending of its type, with the dot."""
        from modules.assets.kinds import extension_of

        return extension_of(self.content_type)


class AssetTag(models.Model):
    """A word by which assets are found again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=40)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["asset", "name"], name="asset_tagged_once")]
        indexes = [models.Index(fields=["name"], name="asset_by_tag")]

    def __str__(self) -> str:
        return self.name
