"""Secret addresses that make tasks, and what was received at them."""

from django.db import models

from accounts.models import Actor, Workspace
from core.ids import uuid7


class InboundHook(models.Model):
    """A secret address: what is sent there becomes a task after a template.

    Of the address only the hash of its token is kept. Where the sender signs as Standard
    Webhooks say, `secret` is what it signs with, and nothing else is taken.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="inbound_hooks")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token")
    secret = models.TextField(blank=True, editable=False, help_text="Encrypted")
    title = models.CharField(max_length=200, help_text="With {{ field.path }}")
    description = models.TextField(blank=True, help_text="Markdown with {{ field.path }}")
    priority = models.PositiveSmallIntegerField(default=1)
    enabled = models.BooleanField(default=True)
    received = models.PositiveIntegerField(default=0)
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(Actor, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="inbound_hook_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def signed(self) -> bool:
        """Whether only what is signed is taken."""
        return bool(self.secret)


class InboundReceipt(models.Model):
    """That a message of this id was received, so that it makes one task however often it comes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    hook = models.ForeignKey(InboundHook, on_delete=models.CASCADE, related_name="receipts")
    key = models.CharField(max_length=200)
    task = models.ForeignKey("tasks.Task", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hook", "key"], name="received_once")]
        indexes = [models.Index(fields=["hook", "created_at"], name="inbound_receipt_age")]

    def __str__(self) -> str:
        return f"{self.key} at {self.hook}"
