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
        SHARE = "share", "document shared"

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


class Webhook(models.Model):
    """An address outside that hears of events, signed as Standard Webhooks say."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="webhooks")
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=2000)
    events = models.JSONField(default=list, help_text="Patterns: *, task.*, task.moved")
    secret = models.TextField(editable=False, help_text="Encrypted")
    old_secret = models.TextField(blank=True, editable=False, help_text="Encrypted")
    old_secret_until = models.DateTimeField(null=True, blank=True)
    enabled = models.BooleanField(default=True)
    disabled_because = models.CharField(max_length=200, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="Failed attempts in a row")
    failing_since = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(
        null=True, blank=True, help_text="The receiver asked to be left alone, or does not answer"
    )
    created_by = models.ForeignKey(Actor, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="webhook_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One event on its way to one webhook; written with the event, sent by a job."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    activity = models.ForeignKey(
        Activity, null=True, on_delete=models.SET_NULL, related_name="deliveries"
    )
    event = models.CharField(max_length=60, help_text="The verb")
    payload = models.TextField(help_text="The body, exactly as it is signed and sent")
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    claim = models.UUIDField(null=True, help_text="Whose attempt is under way")
    claimed_until = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True, help_text="Of the last answer")
    excerpt = models.CharField(max_length=500, blank=True, help_text="Of the last answer")
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=Q(state="waiting"), name="delivery_waiting"
            ),
            models.Index(fields=["webhook", "-created_at"], name="delivery_of_webhook"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook}"

    @property
    def message_id(self) -> str:
        """What the receiver knows it by; the same at every attempt."""
        return f"msg_{self.pk.hex}"
