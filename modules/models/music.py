"""Music: what was ordered from providers that take their time, and lists of pieces."""

from django.db import models

from accounts.models import Actor, Workspace
from core.ids import uuid7
from modules.models.assets import Asset
from modules.models.jobs import Job


class Order(models.Model):
    """What a job has asked a provider for, who works on it at a place of his own.

    Written before the order goes out, and again once the provider has named it: so a job that
    is taken over asks how far the order is, and never orders, and pays, a second time.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="order")
    ref = models.CharField(
        max_length=300, blank=True, help_text="The provider's own id; empty until it said so"
    )
    called_at = models.DateTimeField(
        null=True, blank=True, help_text="When the provider last called back"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    placed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.ref or "not confirmed"


class Playlist(models.Model):
    """Pieces in an order, for everybody in the workspace."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="playlists")
    owner = models.ForeignKey(Actor, null=True, on_delete=models.SET_NULL, related_name="playlists")
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="playlist_name"),
        ]

    def __str__(self) -> str:
        return self.name


class PlaylistEntry(models.Model):
    """One piece in a list. A piece is in a list once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    playlist = models.ForeignKey(Playlist, on_delete=models.CASCADE, related_name="entries")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="playlist_entries")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["playlist", "asset"], name="playlist_entry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.asset}"
