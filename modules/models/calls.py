"""What models can do: endpoints with their prices, and a ledger of every call."""

from django.db import models
from django.db.models import Q

from accounts.models import Actor, Workspace
from core.ids import uuid7


class AIModel(models.Model):
    """An endpoint with its credentials and prices."""

    class Kind(models.TextChoices):
        LANGUAGE = "language"
        VISION = "vision"
        IMAGE = "image"
        MUSIC = "music"
        EMBEDDING = "embedding"

    class Provider(models.TextChoices):
        OPENAI = "openai", "OpenAI or compatible"
        ANTHROPIC = "anthropic", "Anthropic"
        SUNO = "suno", "Suno-style music server"
        SIMULATED = "simulated", "Simulated"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="ai_models")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.LANGUAGE)
    provider = models.CharField(max_length=10, choices=Provider.choices)
    # No URLField: it refuses the short names that servers have in a container network.
    base_url = models.CharField(
        max_length=200, blank=True, help_text="Empty for the provider's own address"
    )
    model_id = models.CharField(max_length=120, help_text="The provider's own name for it")
    credentials = models.TextField(blank=True, editable=False, help_text="Encrypted")
    input_price = models.BigIntegerField(
        default=0, help_text="Microdollars per million input tokens"
    )
    output_price = models.BigIntegerField(
        default=0, help_text="Microdollars per million output tokens"
    )
    context_window = models.PositiveIntegerField(default=128_000)
    max_output_tokens = models.PositiveIntegerField(default=4_096)
    timeout_s = models.PositiveSmallIntegerField(default=120)
    options = models.JSONField(default=dict, blank=True)
    is_default = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True)
    from_environment = models.BooleanField(
        default=False, editable=False, help_text="Kept as the environment says, at each start"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name = "model"
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="ai_model_name"),
            models.UniqueConstraint(
                fields=["workspace", "kind"],
                condition=Q(is_default=True),
                name="one_default_model_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def simulated(self) -> bool:
        return self.provider == self.Provider.SIMULATED

    @property
    def has_key(self) -> bool:
        return bool(self.credentials)

    @property
    def priced(self) -> bool:
        """Whether costs can be told. A simulated model costs nothing, and that is known."""
        return self.simulated or bool(self.input_price or self.output_price)


class Call(models.Model):
    """One entry of the ledger: a question put to a model, with all its tries."""

    class Status(models.TextChoices):
        OK = "ok"
        ERROR = "error"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="calls")
    model = models.ForeignKey(AIModel, null=True, on_delete=models.SET_NULL, related_name="calls")
    model_name = models.CharField(max_length=120)
    actor = models.ForeignKey(Actor, null=True, on_delete=models.SET_NULL, related_name="+")
    agent = models.ForeignKey(
        "agents.Agent", null=True, on_delete=models.SET_NULL, related_name="calls"
    )
    run = models.ForeignKey(
        "agents.Run", null=True, on_delete=models.SET_NULL, related_name="calls"
    )
    task = models.ForeignKey(
        "tasks.Task", null=True, on_delete=models.SET_NULL, related_name="calls"
    )
    status = models.CharField(max_length=10, choices=Status.choices)
    error_code = models.CharField(max_length=60, blank=True)
    attempts = models.PositiveSmallIntegerField(default=1)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cost = models.BigIntegerField(default=0, help_text="Microdollars")
    latency_ms = models.PositiveIntegerField(default=0)
    first_token_ms = models.PositiveIntegerField(null=True)
    simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["workspace", "-created_at"], name="call_newest"),
            models.Index(fields=["agent", "-created_at"], name="call_of_agent"),
        ]

    def __str__(self) -> str:
        return f"{self.model_name}: {self.status}"

    @property
    def error_words(self) -> str:
        """The code of the error as people read it."""
        return self.error_code.replace("_", " ")


class Breaker(models.Model):
    """Keeps everyone from calling an endpoint that is down. Shared by all processes."""

    class State(models.TextChoices):
        CLOSED = "closed"
        OPEN = "open"

    key = models.CharField(primary_key=True, max_length=200, help_text="Provider and address")
    state = models.CharField(max_length=6, choices=State.choices, default=State.CLOSED)
    failures = models.PositiveIntegerField(default=0, help_text="In a row")
    opened_at = models.DateTimeField(null=True, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True, help_text="When one probe is allowed")

    def __str__(self) -> str:
        return f"{self.key}: {self.state}"
