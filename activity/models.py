"""The log: what happened, by whom, in which order; and whom it concerns."""

from django.db import models
from django.db.models import Q

from accounts.models import Actor, Workspace
from core.ids import uuid7


class Activity(models.Model):
    """One change, recorded in the transaction that made it.

    `number` counts per workspace in the order of commits, without gaps. What the change is
    about is linked upward by string reference: the log knows no other room.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="activities")
    number = models.BigIntegerField()
    actor = models.ForeignKey(Actor, null=True, on_delete=models.SET_NULL, related_name="+")
    verb = models.CharField(max_length=60)
    message = models.CharField(max_length=500)
    data = models.JSONField(default=dict)
    task = models.ForeignKey(
        "tasks.Task", null=True, on_delete=models.SET_NULL, related_name="activities"
    )
    agent = models.ForeignKey(
        "agents.Agent", null=True, on_delete=models.SET_NULL, related_name="activities"
    )
    run = models.ForeignKey(
        "agents.Run", null=True, on_delete=models.SET_NULL, related_name="activities"
    )
    document = models.ForeignKey(
        "documents.Document", null=True, on_delete=models.SET_NULL, related_name="activities"
    )
    cause = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="effects", db_constraint=False
    )
    hops = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "activities"
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "number"], name="activity_number"),
        ]
        indexes = [
            models.Index(fields=["task", "-number"], name="activity_of_task"),
            models.Index(fields=["agent", "-number"], name="activity_of_agent"),
            models.Index(fields=["workspace", "verb", "-number"], name="activity_by_verb"),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.verb}"


class Notification(models.Model):
    """An activity that somebody should hear of."""

    class Kind(models.TextChoices):
        MENTION = "mention"
        ASSIGNMENT = "assignment"
        REVIEW = "review", "review asked"
        QUESTION = "question"
        BLOCKED = "blocked"
        FAILED = "failed"
        APPROVAL = "approval", "approval asked"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recipient = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="notifications")
    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    emailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "activity", "kind"], name="notified_once"),
        ]
        indexes = [
            models.Index(
                fields=["recipient"], condition=Q(read_at__isnull=True), name="notification_unread"
            ),
            models.Index(fields=["recipient", "-created_at"], name="notification_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.recipient}"


class Preference(models.Model):
    """How somebody wants to hear of one kind of notification."""

    class Email(models.TextChoices):
        NEVER = "never"
        BATCHED = "batched", "in a digest"
        AT_ONCE = "at_once", "at once"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="preferences")
    kind = models.CharField(max_length=12, choices=Notification.Kind.choices)
    in_app = models.BooleanField(default=True)
    email = models.CharField(max_length=8, choices=Email.choices, default=Email.BATCHED)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "kind"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.kind} for {self.actor}"
