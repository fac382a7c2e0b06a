"""What people say of an agent, checked before a verb sees it."""

from typing import Any

from django import forms

from accounts.models import HANDLE, Actor, Workspace
from agents.models import Agent, Budget
from core.forms import PlainForm
from modules.models import AIModel

MILLION = 1_000_000
DUTIES = (
    (Agent.Duty.WORKER, "Worker: does what it is given"),
    (Agent.Duty.REVIEWER, "Reviewer: checks finished work"),
    (Agent.Duty.ORCHESTRATOR, "Orchestrator: breaks goals down and hands out work"),
)


class AgentForm(PlainForm):
    """An agent: who it is, what it can do, and how it works."""

    name = forms.CharField(
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Database expert"}),
    )
    role = forms.CharField(
        max_length=120,
        help_text="What it is, in a few words. The orchestrator reads this.",
        widget=forms.TextInput(attrs={"placeholder": "designs schemas and writes migrations"}),
    )
    duty = forms.ChoiceField(choices=DUTIES, initial=Agent.Duty.WORKER)
    capabilities = forms.CharField(
        required=False,
        help_text="One word each. Tasks that need one of them find their way here.",
        widget=forms.TextInput(
            attrs={"data-chips": "", "placeholder": "backend, database", "autocomplete": "off"}
        ),
    )
    persona = forms.CharField(
        required=False,
        max_length=20_000,
        help_text="How it thinks and writes. It is told this at the beginning of every run.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    memory_context = forms.CharField(
        required=False,
        max_length=20_000,
        label="Always in mind",
        help_text="Facts that it should never have to look up.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    model = forms.ModelChoiceField(
        queryset=AIModel.objects.none(),
        required=False,
        empty_label="The workspace’s default",
    )
    heartbeat_interval = forms.IntegerField(
        label="Heartbeat",
        min_value=5,
        max_value=86_400,
        initial=30,
        help_text="Seconds between two looks for work. What concerns it wakes it at once.",
    )
    concurrency = forms.IntegerField(
        label="At once",
        min_value=1,
        max_value=10,
        initial=1,
        help_text="Runs side by side, 1 to 10.",
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = workspace
        language = AIModel.objects.filter(workspace=workspace, kind=AIModel.Kind.LANGUAGE)
        self.fields["model"].queryset = language.filter(enabled=True)  # type: ignore[attr-defined]

    def clean_capabilities(self) -> list[str]:
        words = str(self.cleaned_data["capabilities"]).replace("\n", ",").split(",")
        return [word.strip() for word in words if word.strip()]


class NewAgentForm(AgentForm):
    """An agent that is not there yet."""

    handle = forms.CharField(
        required=False,
        max_length=39,
        validators=[HANDLE],
        help_text="What one writes behind an @. Made from the name if left out; it stays.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "placeholder": "database"}
        ),
    )
    external = forms.BooleanField(
        required=False,
        label="Runs elsewhere",
        help_text="A program of yours takes its work through the API; no model is called here.",
    )

    def clean_handle(self) -> str:
        handle = str(self.cleaned_data["handle"])
        if Actor.objects.filter(workspace=self.workspace, handle=handle).exists():
            raise forms.ValidationError(f"@{handle} is somebody already.")
        return handle


class BudgetForm(PlainForm):
    """What may be spent in a day. An empty field means no limit."""

    cost = forms.DecimalField(
        label="Dollars a day", required=False, min_value=0, max_value=1_000_000, decimal_places=2
    )
    tokens = forms.IntegerField(label="Tokens a day", required=False, min_value=0, max_value=10**15)
    runs = forms.IntegerField(label="Runs a day", required=False, min_value=0, max_value=10**9)

    @property
    def limits(self) -> dict[str, int | None]:
        """The limits as the verb takes them, once the form is valid; those that were sent."""
        cost = self.cleaned_data["cost"]
        limits = {
            "cost": ("cost_limit", None if cost is None else int(cost * MILLION)),
            "tokens": ("token_limit", self.cleaned_data["tokens"]),
            "runs": ("run_limit", self.cleaned_data["runs"]),
        }
        return dict(limit for field, limit in limits.items() if field in self.data)


def initial_of(agent: Agent) -> dict[str, Any]:
    """An agent as its form shows it."""
    return {
        "name": agent.name,
        "capabilities": ", ".join(agent.capabilities),
        "model": agent.model_id,
        **{
            field: getattr(agent, field)
            for field in (
                *("role", "duty", "persona", "memory_context"),
                *("heartbeat_interval", "concurrency"),
            )
        },
    }


def initial_of_budget(budget: Budget | None) -> dict[str, Any]:
    """A budget as its form shows it; money in dollars."""
    if budget is None:
        return {}
    cost = budget.cost_limit
    return {
        "cost": None if cost is None else cost / MILLION,
        "tokens": budget.token_limit,
        "runs": budget.run_limit,
    }
