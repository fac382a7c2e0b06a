"""Agents, what they are doing, and what they may spend."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.models import Actor, Workspace
from agents.querysets import AgentQuerySet, RunQuerySet
from core.ids import uuid7
from modules.models import AIModel


class Agent(models.Model):
    """An actor driven by a model, which wakes at its heartbeat when there is work for it."""

    class Status(models.TextChoices):
        IDLE = "idle"
        ACTIVE = "active"
        BLOCKED = "blocked"
        PAUSED = "paused"

    class Duty(models.TextChoices):
        ORCHESTRATOR = "orchestrator"
        WORKER = "worker"
        REVIEWER = "reviewer"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="agents")
    actor = models.OneToOneField(Actor, on_delete=models.CASCADE, related_name="agent")
    duty = models.CharField(
        max_length=12,
        choices=Duty.choices,
        default=Duty.WORKER,
        help_text="What the system asks of it: hand out work, do it, or check it",
    )
    role = models.CharField(max_length=120, help_text="What it is, in a few words")
    persona = models.TextField(blank=True, help_text="How it thinks and writes")
    capabilities = models.JSONField(default=list, blank=True, help_text="Lower-case words")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.IDLE)
    status_reason = models.CharField(max_length=300, blank=True)
    session_key = models.CharField(max_length=80)
    memory_context = models.TextField(blank=True, help_text="What it always keeps in mind")
    model = models.ForeignKey(
        AIModel, null=True, blank=True, on_delete=models.SET_NULL, related_name="agents"
    )
    external = models.BooleanField(
        default=False, help_text="Runs elsewhere and takes its work through the API"
    )
    heartbeat_interval = models.PositiveIntegerField(
        default=30,
        validators=[MinValueValidator(5), MaxValueValidator(86_400)],
        help_text="Seconds",
    )
    next_heartbeat_at = models.DateTimeField()
    last_heartbeat_at = models.DateTimeField(null=True, blank=True)
    last_active_at = models.DateTimeField(null=True, blank=True)
    concurrency = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    created_by = models.ForeignKey(Actor, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = AgentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "session_key"], name="agent_session_key"),
        ]
        indexes = [
            models.Index(
                fields=["next_heartbeat_at"],
                condition=Q(retired_at__isnull=True) & ~Q(status="paused"),
                name="agent_due",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.actor.name

    @property
    def handle(self) -> str:
        return self.actor.handle


class Run(models.Model):
    """One agent on one piece of work, owned by a lease.

    A queued run is the wish to act, written with the change that called for it. Whoever
    claims it raises `token`; every later write of the run carries that token, so that a
    worker which lost its lease cannot overwrite its successor.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        WAITING = "waiting"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"
        QUARANTINED = "quarantined"

    LIVE = (State.QUEUED, State.RUNNING, State.WAITING)
    # So many workers lost under it, without a step forward between, put it in quarantine.
    MAX_CRASHES = 3

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="runs")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=20, help_text="Names the handler: work, review, triage …")
    task = models.ForeignKey(
        "tasks.Task", null=True, blank=True, on_delete=models.CASCADE, related_name="runs"
    )
    thread = models.UUIDField(
        null=True, blank=True, help_text="The conversation it answers in, which runs by itself"
    )
    subject = models.JSONField(default=dict, help_text="What else the handler needs to know")
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it is in this state")
    wait_for = models.CharField(
        max_length=20, blank=True, help_text="answer, provider, budget, approval"
    )
    resume_at = models.DateTimeField(null=True, blank=True)

    token = models.PositiveIntegerField(default=0, help_text="Fencing: raised by each claim")
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    enqueued_at = models.DateTimeField(null=True, blank=True)
    crashes = models.PositiveSmallIntegerField(
        default=0, help_text="Workers lost under it in a row"
    )

    wake_reason = models.CharField(max_length=200, blank=True)
    cause = models.ForeignKey(
        "activity.Activity", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    hops = models.PositiveSmallIntegerField(default=0)
    brief = models.JSONField(default=dict, help_text="System text and messages, as given")
    outcome = models.JSONField(default=dict)
    simulated = models.BooleanField(default=False)

    step_count = models.PositiveIntegerField(default=0)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cost = models.BigIntegerField(default=0, help_text="Microdollars")

    cost_reserved = models.BigIntegerField(default=0, help_text="For the call under way")
    tokens_reserved = models.BigIntegerField(default=0)

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            # "One live run per agent and task", and more: per task and kind of work, so that
            # no two agents hold the same task.
            models.UniqueConstraint(
                fields=["task", "kind"],
                condition=Q(state__in=["queued", "running", "waiting"], task__isnull=False),
                name="one_live_run_per_task",
            ),
            models.UniqueConstraint(
                fields=["agent", "kind"],
                condition=Q(
                    state__in=["queued", "running", "waiting"],
                    task__isnull=True,
                    thread__isnull=True,
                ),
                name="one_live_run_without_task",
            ),
            # Many people may talk with one agent at a time, each in a thread of their own.
            models.UniqueConstraint(
                fields=["thread", "kind"],
                condition=Q(state__in=["queued", "running", "waiting"], thread__isnull=False),
                name="one_live_run_per_thread",
            ),
        ]
        indexes = [
            models.Index(
                fields=["lease_expires_at"], condition=Q(state="running"), name="run_lease"
            ),
            models.Index(fields=["created_at"], condition=Q(state="queued"), name="run_queued"),
            models.Index(fields=["resume_at"], condition=Q(state="waiting"), name="run_waiting"),
            models.Index(fields=["agent", "state"], name="run_of_agent"),
            models.Index(fields=["agent", "-created_at"], name="run_of_agent_newest"),
            models.Index(fields=["task", "-created_at"], name="run_of_task"),
            models.Index(fields=["workspace", "-created_at"], name="run_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} run {str(self.id)[-8:]}"

    @property
    def live(self) -> bool:
        return self.state in self.LIVE


class Step(models.Model):
    """One thing that happened in a run, saved before the next begins.

    A tool call is written as an intent, then gets its receipt. A run that starts again
    reads receipts instead of acting twice.
    """

    class Kind(models.TextChoices):
        MODEL = "model"
        TOOL = "tool"
        NOTE = "note"

    class State(models.TextChoices):
        INTENT = "intent"
        DONE = "done"
        ERROR = "error"
        UNKNOWN = "unknown"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    index = models.PositiveIntegerField()
    kind = models.CharField(max_length=5, choices=Kind.choices)
    state = models.CharField(max_length=7, choices=State.choices, default=State.DONE)
    call_id = models.CharField(max_length=120, blank=True, help_text="The model's id of the call")
    name = models.CharField(max_length=80, blank=True, help_text="The tool, or the model")
    content = models.JSONField(default=dict, help_text="Message, arguments or note")
    result = models.TextField(blank=True)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cost = models.BigIntegerField(default=0, help_text="Microdollars")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["index"]
        constraints = [models.UniqueConstraint(fields=["run", "index"], name="step_index")]

    def __str__(self) -> str:
        return f"{self.index} {self.kind} {self.name}"


class Approval(models.Model):
    """A decision that waits for a person; the run resumes exactly once when it is made."""

    class State(models.TextChoices):
        PENDING = "pending"
        APPROVED = "approved"
        DENIED = "denied"
        EXPIRED = "expired"

    class Kind(models.TextChoices):
        TOOL = "tool", "may this call be made?"
        UNKNOWN = "unknown", "did this call take effect?"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="approvals")
    step = models.OneToOneField(Step, on_delete=models.CASCADE, related_name="approval")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    question = models.CharField(max_length=300)
    decided_by = models.ForeignKey(
        Actor, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.question


class Budget(models.Model):
    """What may be spent within a rolling window: reserved before a call, settled after.

    Without an agent it holds for the whole workspace. A limit of null means none.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="budgets")
    agent = models.ForeignKey(
        Agent, null=True, blank=True, on_delete=models.CASCADE, related_name="budgets"
    )
    window_s = models.PositiveIntegerField(default=86_400, help_text="Length of the window")
    window_started_at = models.DateTimeField()
    cost_limit = models.BigIntegerField(null=True, blank=True, help_text="Microdollars")
    token_limit = models.BigIntegerField(null=True, blank=True)
    run_limit = models.PositiveIntegerField(null=True, blank=True)
    cost_spent = models.BigIntegerField(default=0)
    cost_reserved = models.BigIntegerField(default=0)
    tokens_spent = models.BigIntegerField(default=0)
    tokens_reserved = models.BigIntegerField(default=0)
    runs_started = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent"], name="budget_of_agent"),
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(agent__isnull=True), name="budget_of_workspace"
            ),
        ]

    def __str__(self) -> str:
        return f"budget of {self.agent or self.workspace}"


class Wake(models.Model):
    """That something concerns an agent now, before its next heartbeat.

    Written in the transaction of the change that concerns it and removed by the heartbeat
    that it causes. Rows are only ever added, so that waking somebody locks nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="wakes")
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.agent}: {self.reason}"


class Heartbeat(models.Model):
    """A heartbeat that found something to do. Idle ones leave no row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="heartbeats")
    at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="When it should have fired")
    trigger = models.CharField(max_length=12, help_text="beat, manual, event or api")
    runs = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["agent", "-at"], name="heartbeat_of_agent")]

    def __str__(self) -> str:
        return f"{self.agent} at {self.at}"
