"""The forms of the first page and of the command center."""

from typing import Any

from django import forms

from core.forms import PlainForm
from modules.actions import USUAL_MODELS, ModelFields

KINDS = (
    ("openai", "OpenAI"),
    ("anthropic", "Anthropic"),
    ("compatible", "Compatible server"),
)


class FirstModelForm(PlainForm):
    """The model that the agents think with, in as few words as possible."""

    kind = forms.ChoiceField(
        label="Provider", choices=KINDS, initial="openai", widget=forms.RadioSelect
    )
    base_url = forms.CharField(
        label="Address",
        required=False,
        max_length=200,
        help_text="Of Ollama, vLLM, OpenRouter or any server that speaks OpenAI’s language.",
        widget=forms.TextInput(
            attrs={"placeholder": "http://localhost:11434/v1", "autocomplete": "off"}
        ),
    )
    api_key = forms.CharField(
        label="Key",
        required=False,
        max_length=500,
        help_text="Encrypted at rest and never shown again.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    model_id = forms.CharField(
        label="Model",
        required=False,
        max_length=120,
        help_text="Empty for the usual one of the provider.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("kind") == "compatible":
            if not said.get("base_url"):
                self.add_error("base_url", "Say where the server is.")
            if not said.get("model_id"):
                self.add_error("model_id", "Say which of its models to use.")
        elif not said.get("api_key"):
            self.add_error("api_key", "This provider asks for a key.")
        return said

    @property
    def model_fields(self) -> ModelFields:
        """What the verb takes, once the form is valid."""
        said = self.cleaned_data
        compatible = said["kind"] == "compatible"
        provider = "openai" if compatible else said["kind"]
        model_id = said["model_id"] or USUAL_MODELS[provider]
        return ModelFields(
            name=model_id[:80],
            provider=provider,
            model_id=model_id,
            base_url=said["base_url"] if compatible else "",
            api_key=said["api_key"],
        )


class GoalForm(PlainForm):
    """What should be done, in one's own words."""

    goal = forms.CharField(
        max_length=20_000,
        label="What should be done?",
        widget=forms.Textarea(
            attrs={
                "rows": 1,
                "placeholder": "What should be done? The orchestrator breaks it down…",
                "data-grow": "",
            }
        ),
    )

    @property
    def title_and_details(self) -> tuple[str, str]:
        """The first line as a title; the whole of it as details, where it says more."""
        text = str(self.cleaned_data["goal"]).strip()
        first = " ".join(text.splitlines()[0].split())
        title = first if len(first) <= 120 else f"{first[:117].rsplit(' ', 1)[0]}…"
        return title, "" if title == text else text
