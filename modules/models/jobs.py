"""Work that a module does, and when it is to be done again."""

from django.db import models
from django.db.models import Q

from accounts.models import Actor, Workspace
from core.clock import Now
from core.ids import uuid7
from modules.models.calls import AIModel


class JobQuerySet(models.QuerySet["Job"]):
    def open(self) -> "JobQuerySet":
        """Neither finished nor given up."""
        return self.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING, Job.State.WAITING])

    def open_to_all(self) -> "JobQuerySet":
        """All but what an agent had done in somebody's conversation: that is told there alone."""
        return self.filter(run__thread__isnull=True)

    def allowed(self) -> "JobQuerySet":
        """Those of workspaces in which not everything was stopped."""
        return self.filter(workspace__halted_at__isnull=True)

    def claimable(self) -> "JobQuerySet":
        """There to be taken: queued, and not to be left alone for a while yet."""
        return (
            self.allowed()
            .filter(state=Job.State.QUEUED)
            .filter(Q(not_before=None) | Q(not_before__lte=Now()))
        )

    def expired(self) -> "JobQuerySet":
        """Running, but whoever ran them has not been heard of."""
        return self.filter(state=Job.State.RUNNING, lease_expires_at__lt=Now())


class Job(models.Model):
    """One piece of work of a module: what was asked for, how far it is, what came of it."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        # For a person: nobody knows whether what it ordered was taken, and paid for.
        WAITING = "waiting"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Door(models.TextChoices):
        SCREEN = "screen"
        API = "api", "API"
        COMMAND = "command"
        TOOL = "tool"
        SCHEDULE = "schedule"
        ROOM = "room", "another room"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="jobs")
    actor = models.ForeignKey(Actor, null=True, on_delete=models.SET_NULL, related_name="jobs")
    operation = models.CharField(max_length=80)
    door = models.CharField(max_length=10, choices=Door.choices)
    model = models.ForeignKey(AIModel, null=True, blank=True, on_delete=models.SET_NULL)
    input = models.JSONField(default=dict)
    # A call of a tool that is repeated has no second effect.
    key = models.CharField(max_length=120, null=True, blank=True)

    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    progress = models.PositiveSmallIntegerField(default=0, help_text="Percent")
    progress_words = models.CharField(max_length=200, blank=True)
    result = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    cost = models.BigIntegerField(default=0, help_text="Microdollars")
    cost_reserved = models.BigIntegerField(default=0, help_text="Microdollars set aside")
    simulated = models.BooleanField(default=False)

    attempts = models.PositiveSmallIntegerField(default=0)
    token = models.PositiveIntegerField(default=0, help_text="Raised at every claim")
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)

    schedule = models.ForeignKey(
        "modules.Schedule", null=True, blank=True, on_delete=models.SET_NULL, related_name="jobs"
    )
    retry_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="retries"
    )
    agent = models.ForeignKey(
        "agents.Agent", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    run = models.ForeignKey(
        "agents.Run", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    task = models.ForeignKey(
        "tasks.Task", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    cause = models.ForeignKey(
        "activity.Activity",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_constraint=False,
        related_name="+",
    )
    hops = models.PositiveSmallIntegerField(default=0)

    created_at = models.DateTimeField(auto_now_add=True)
    enqueued_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], name="job_once_for_a_key"),
        ]
        indexes = [
            models.Index(fields=["workspace", "-created_at"], name="job_newest"),
            models.Index(fields=["workspace", "operation", "-created_at"], name="job_of_operation"),
            models.Index(
                fields=["state", "created_at"],
                name="job_open",
                condition=Q(state__in=["queued", "running"]),
            ),
            models.Index(fields=["workspace"], name="job_waits", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.operation} ({self.state})"

    @property
    def under_way(self) -> bool:
        """Queued or running: it goes on without anybody."""
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    @property
    def ended(self) -> bool:
        return not self.under_way and self.state != self.State.WAITING


class Schedule(models.Model):
    """A job that is started again and again. People edit it; the clock claims it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="schedules")
    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="schedules")
    name = models.CharField(max_length=120)
    operation = models.CharField(max_length=80)
    model = models.ForeignKey(AIModel, null=True, blank=True, on_delete=models.SET_NULL)
    input = models.JSONField(default=dict)
    cron = models.CharField(max_length=120, help_text="minute hour day month weekday")
    timezone = models.CharField(max_length=60, default="UTC")
    enabled = models.BooleanField(default=True)
    due_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True, help_text="Why the last one failed")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="schedule_name"),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="schedule_due", condition=Q(enabled=True)),
        ]

    def __str__(self) -> str:
        return self.name
