"""What people and agents say to one another, turn by turn."""

from functools import cached_property

from django.db import models
from django.db.models import Q

from accounts.models import Actor, Workspace
from agents.models import Agent, Run
from conversations.querysets import ConversationQuerySet
from core.ids import uuid7
from modules.models import Asset


class Conversation(models.Model):
    """One person's talk with an agent, or with several of whom `agent` is the first.

    It is its owner's alone, unless shared to be read.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="conversations")
    owner = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="conversations")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=120, blank=True)
    pinned = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    share_digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the token in the link to read it by"
    )
    shared_at = models.DateTimeField(null=True, blank=True)
    summary = models.TextField(blank=True, help_text="What was said up to `summary_upto`")
    summary_upto = models.IntegerField(default=-1, help_text="Index of the last turn in it")
    branch_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="branches"
    )
    branch_at = models.PositiveIntegerField(
        null=True, blank=True, help_text="Index of the first turn that differs"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(help_text="When something was last said")

    objects = ConversationQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["share_digest"], condition=~Q(share_digest=""), name="conversation_link"
            ),
        ]
        indexes = [models.Index(fields=["owner", "-updated_at"], name="conversation_newest")]

    def __str__(self) -> str:
        return self.title or "A new conversation"

    @cached_property
    def table(self) -> list[Agent]:
        """The agents who take part: the first, then the others as they were asked in."""
        seats = self.seats.select_related("agent__actor", "agent__model")
        return [self.agent, *(seat.agent for seat in seats)]


class Seat(models.Model):
    """Another agent who takes part in a conversation, and answers when mentioned."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="seats")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "agent"], name="one_seat_each"),
        ]

    def __str__(self) -> str:
        return f"{self.agent} at {self.conversation_id}"


class Turn(models.Model):
    """What one side said at once. An agent's turn is the work of a run."""

    class Role(models.TextChoices):
        PERSON = "person"
        AGENT = "agent"

    class State(models.TextChoices):
        STREAMING = "streaming"
        DONE = "done"
        CANCELLED = "cancelled"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    index = models.PositiveIntegerField()
    role = models.CharField(max_length=6, choices=Role.choices)
    agent = models.ForeignKey(
        Agent,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who answers, if it is not the first agent of the conversation",
    )
    content = models.TextField(blank=True, help_text="Markdown")
    parts = models.JSONField(
        default=list, help_text="An agent's words and tool calls in their order"
    )
    run = models.ForeignKey(
        Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="turns"
    )
    state = models.CharField(max_length=9, choices=State.choices, default=State.DONE)
    problem = models.CharField(max_length=300, blank=True, help_text="Why it failed")
    tries = models.PositiveSmallIntegerField(default=1)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    context_tokens = models.PositiveIntegerField(
        default=0, help_text="Tokens in the last request and its answer"
    )
    cost = models.BigIntegerField(default=0, help_text="Microdollars")
    simulated = models.BooleanField(default=False)
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The turn it was taken over from, or says otherwise, in a branch",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["index"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "index"], name="turn_index"),
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(state="streaming"),
                name="one_turn_under_way",
            ),
        ]

    def __str__(self) -> str:
        return f"turn {self.index} ({self.role})"

    @property
    def by_agent(self) -> bool:
        return self.role == self.Role.AGENT

    @property
    def speaker(self) -> Agent:
        """The agent whose turn it is."""
        return self.agent or self.conversation.agent

    @property
    def streaming(self) -> bool:
        return self.state == self.State.STREAMING


class TurnFile(models.Model):
    """A file that a person has sent along with what they said.

    Pictures and sound are assets of the workspace. The text of a document is kept here alone,
    and so is the person's, like their words.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, related_name="files")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Asset.Kind.choices)
    asset = models.ForeignKey(
        Asset, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["turn", "position"], name="turn_file_position"),
        ]

    def __str__(self) -> str:
        return self.name
