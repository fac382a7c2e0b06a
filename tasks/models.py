"""The board: tasks, what they wait for, who has them, and what is said about them."""

from typing import TYPE_CHECKING, Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from accounts.models import Actor, Workspace
from core.ids import uuid7
from tasks.inbound.models import InboundHook, InboundReceipt
from tasks.querysets import TaskQuerySet

if TYPE_CHECKING:
    from tasks.around import Around

__all__ = [
    "Assignment",
    "Attachment",
    "Dependency",
    "Evidence",
    "InboundHook",
    "InboundReceipt",
    "Mention",
    "Message",
    "Reaction",
    "Review",
    "Task",
    "TaskCounter",
    "WorkingVersion",
]


class Task(models.Model):
    """A piece of work on its way from inbox to done.

    Being blocked is no status of its own: a blocked task keeps its place on the board and
    says what it waits for. A task with children is done when all of them are.
    """

    class Status(models.TextChoices):
        INBOX = "inbox"
        ASSIGNED = "assigned"
        IN_PROGRESS = "in_progress", "in progress"
        REVIEW = "review"
        DONE = "done"

    class Kind(models.TextChoices):
        TASK = "task"
        PHASE = "phase"
        GOAL = "goal"
        BUG = "bug"

    class Priority(models.IntegerChoices):
        LOW = 0
        NORMAL = 1
        HIGH = 2
        URGENT = 3

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="tasks")
    number = models.PositiveIntegerField(help_text="Counts per workspace; shown as TASK-012")
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, help_text="Markdown")
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.TASK)
    status = models.CharField(max_length=11, choices=Status.choices, default=Status.INBOX)
    priority = models.PositiveSmallIntegerField(
        choices=Priority.choices, default=Priority.NORMAL, validators=[MaxValueValidator(3)]
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="children"
    )
    creator = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="tasks_created")
    assignees = models.ManyToManyField(
        Actor,
        through="Assignment",
        through_fields=("task", "actor"),
        related_name="tasks_assigned",
    )
    reviewer = models.ForeignKey(
        Actor, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks_to_review"
    )
    needs = models.JSONField(default=list, blank=True, help_text="Capabilities, lower case")
    checklist = models.JSONField(default=list, blank=True, help_text="[{text, done}]")
    criteria = models.JSONField(default=list, blank=True, help_text="[{text, met, where}]")
    estimate_low = models.FloatField(null=True, blank=True, help_text="Hours")
    estimate_high = models.FloatField(null=True, blank=True, help_text="Hours")
    due_at = models.DateTimeField(null=True, blank=True)
    position = models.FloatField(default=0, help_text="Order within its column, lowest first")
    source_key = models.CharField(
        max_length=200, null=True, blank=True, help_text="Where an import found it"
    )
    blocked_reason = models.CharField(max_length=300, blank=True)
    blocked_on = models.ForeignKey(
        Actor,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who can unblock it",
    )
    blocked_at = models.DateTimeField(null=True, blank=True)
    retry_at = models.DateTimeField(
        null=True, blank=True, help_text="No new run before this, after one failed"
    )
    failures = models.PositiveSmallIntegerField(default=0, help_text="Failed runs in a row")
    sent_back = models.PositiveSmallIntegerField(default=0, help_text="Times a review refused it")
    version = models.PositiveIntegerField(default=1, help_text="Raised by every change")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    moved_at = models.DateTimeField(help_text="When it reached its present status")
    started_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = TaskQuerySet.as_manager()

    # Whoever locked the row with its runs saw none under way.
    idle = False
    # What a verb has found around it (tasks/around.py), as long as that holds.
    around: "Around | None" = None

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "number"], name="task_number"),
            models.UniqueConstraint(fields=["workspace", "source_key"], name="task_source"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="task_not_its_own_parent"),
        ]
        indexes = [
            models.Index(fields=["workspace", "status", "position"], name="task_board"),
            models.Index(fields=["parent", "status"], name="task_children"),
            models.Index(
                fields=["status"],
                condition=Q(status__in=["inbox", "assigned", "in_progress", "review"]),
                name="task_open",
            ),
            # What was done lately: the figures of the day and of longer spans.
            models.Index(
                fields=["workspace", "-done_at"],
                condition=Q(done_at__isnull=False),
                name="task_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.title}"

    @property
    def key(self) -> str:
        return f"TASK-{self.number:03d}"

    @property
    def blocked(self) -> bool:
        return self.blocked_at is not None

    @property
    def done(self) -> bool:
        return self.status == self.Status.DONE


class TaskCounter(models.Model):
    """The newest task number of a workspace.

    A row of its own, so that numbering tasks does not hold the lock of the log.
    """

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.workspace}: {self.last}"


class Assignment(models.Model):
    """That an actor has a task, and why it was this one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="assignments")
    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="assignments")
    assigned_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    reasons = models.JSONField(
        default=dict, help_text="{capability, availability, load, total, text}, each 0 to 1"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "actor"], name="assigned_once")]

    def __str__(self) -> str:
        return f"{self.actor} has {self.task}"


class Dependency(models.Model):
    """`task` cannot start before `needs` is done."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="dependencies")
    needs = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="dependents")

    class Meta:
        verbose_name_plural = "dependencies"
        constraints = [
            models.UniqueConstraint(fields=["task", "needs"], name="dependency_once"),
            models.CheckConstraint(condition=~Q(task=F("needs")), name="dependency_on_another"),
        ]

    def __str__(self) -> str:
        return f"{self.task} needs {self.needs}"


class Message(models.Model):
    """Something said about a task. Questions stay open until they are answered."""

    class Kind(models.TextChoices):
        COMMENT = "comment"
        STATUS = "status_update", "status update"
        QUESTION = "question"
        ANSWER = "answer"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="messages")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=13, choices=Kind.choices, default=Kind.COMMENT)
    body = models.TextField(help_text="Markdown")
    reply_to = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="replies"
    )
    asked = models.ForeignKey(
        Actor, null=True, blank=True, on_delete=models.SET_NULL, related_name="questions"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    simulated = models.BooleanField(default=False, help_text="Written by the simulated model")
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
        indexes = [
            models.Index(fields=["task", "created_at"], name="message_thread"),
            models.Index(
                fields=["asked"],
                condition=Q(kind="question", answered_at__isnull=True),
                name="message_open_question",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author}: {self.body[:40]}"


class Mention(models.Model):
    """That a message names somebody; agents answer the ones not yet handled."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="mentions")
    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="mentions")
    hops = models.PositiveSmallIntegerField(default=0)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "actor"], name="mentioned_once")]
        indexes = [
            models.Index(
                fields=["actor"], condition=Q(handled_at__isnull=True), name="mention_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor} in {self.message_id}"


class Reaction(models.Model):
    """One actor's sign under a message."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reactions")
    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="+")
    sign = models.CharField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "actor", "sign"], name="reacted_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sign} by {self.actor}"


class Attachment(models.Model):
    """A file that belongs to a message."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    file = models.FileField(upload_to="attachments/%Y/%m/")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64, help_text="SHA-256")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Review(models.Model):
    """A verdict on finished work, with the evidence that was looked at."""

    class Verdict(models.TextChoices):
        APPROVED = "approved"
        SENT_BACK = "sent_back", "sent back"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="reviews")
    verdict = models.CharField(max_length=9, choices=Verdict.choices)
    reason = models.TextField(blank=True)
    evidence: models.ManyToManyField["Evidence", Any] = models.ManyToManyField(
        "Evidence", related_name="reviews"
    )
    checked = models.JSONField(default=list, help_text="[{criterion, met, where}]")
    run = models.ForeignKey(
        "agents.Run", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.reviewer}"


class Evidence(models.Model):
    """What shows that a task is done: a document, a file, or the result of a check."""

    class Kind(models.TextChoices):
        DOCUMENT = "document"
        FILE = "file"
        CHECK = "check", "check result"
        CHILDREN = "children", "finished subtasks"
        STATEMENT = "statement", "a person's word"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    document = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    document_version = models.PositiveIntegerField(null=True, blank=True)
    attachment = models.ForeignKey(
        Attachment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    summary = models.CharField(max_length=500)
    submitted_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "evidence"
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.kind}: {self.summary[:40]}"


class WorkingVersion(models.Model):
    """One state of WORKING.md. The newest one's notes are the ones in force."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="working_versions"
    )
    number = models.PositiveIntegerField()
    text = models.TextField()
    notes = models.JSONField(default=list, help_text="[{heading, body}]")
    author = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    base_number = models.PositiveIntegerField(null=True, blank=True)
    event_number = models.BigIntegerField(help_text="The newest activity when it was taken")
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "number"], name="working_version_number"),
        ]

    def __str__(self) -> str:
        return f"WORKING.md v{self.number}"
