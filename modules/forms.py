"""What people say of a model, checked before a verb sees it."""

from decimal import Decimal
from typing import Any

from django import forms

from modules.actions import USUAL_MODELS, ModelFields
from modules.models import AIModel

MILLION = 1_000_000

# Where models usually are: a link fills the form in.
PRESETS: dict[str, dict[str, Any]] = {
    "openai": {
        "label": "OpenAI",
        "provider": "openai",
        "model_id": USUAL_MODELS["openai"],
    },
    "anthropic": {
        "label": "Anthropic",
        "provider": "anthropic",
        "model_id": USUAL_MODELS["anthropic"],
    },
    "ollama": {
        "label": "Ollama",
        "provider": "openai",
        "base_url": "http://localhost:11434/v1",
        "model_id": "llama3.2",
        "context_window": 8_192,
    },
    "vllm": {
        "label": "vLLM",
        "provider": "openai",
        "base_url": "http://localhost:8000/v1",
    },
    "openrouter": {
        "label": "OpenRouter",
        "provider": "openai",
        "base_url": "https://openrouter.ai/api/v1",
    },
    "suno": {"label": "Music server", "provider": "suno", "kind": "music"},
    "simulated": {"label": "Simulated", "provider": "simulated", "model_id": "simulated"},
}


def _mono(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", **attrs})


class ModelForm(forms.Form):
    """A model: what it does, where it is, the key, its prices and limits."""

    kind = forms.ChoiceField(
        label="For", choices=AIModel.Kind.choices, initial=AIModel.Kind.LANGUAGE, required=False
    )

    provider = forms.ChoiceField(
        label="Speaks", choices=AIModel.Provider.choices, widget=forms.RadioSelect
    )
    name = forms.CharField(
        max_length=80,
        required=False,
        help_text="What people call it here; empty for the model's own name.",
    )
    base_url = forms.CharField(
        label="Address",
        max_length=200,
        required=False,
        help_text="Empty for the provider's own. A compatible server's mostly ends in /v1.",
        widget=_mono(placeholder="https://…/v1", inputmode="url"),
    )
    model_id = forms.CharField(
        label="Model",
        max_length=120,
        required=False,
        help_text="As its provider calls it.",
        widget=_mono(),
    )
    api_key = forms.CharField(
        label="Key",
        max_length=500,
        required=False,
        strip=True,
        help_text="Encrypted at rest and never shown again.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    forget_key = forms.BooleanField(label="Forget the stored key", required=False)
    input_price = forms.DecimalField(
        label="Input, $ per million tokens",
        min_value=0,
        max_value=1_000_000,
        max_digits=13,
        decimal_places=6,
        required=False,
    )
    output_price = forms.DecimalField(
        label="Output, $ per million tokens",
        min_value=0,
        max_value=1_000_000,
        max_digits=13,
        decimal_places=6,
        required=False,
    )
    context_window = forms.IntegerField(label="Context window, tokens", initial=128_000)
    max_output_tokens = forms.IntegerField(label="Longest reply, tokens", initial=4_096)
    timeout_s = forms.IntegerField(label="A call may take, seconds", initial=120)
    latency_ms = forms.IntegerField(
        label="A reply takes, milliseconds",
        min_value=0,
        max_value=60_000,
        initial=150,
        required=False,
    )
    failure_percent = forms.IntegerField(
        label="Calls that fail, %",
        min_value=0,
        max_value=100,
        initial=0,
        required=False,
        help_text="To see how the house copes.",
    )
    options = forms.JSONField(
        label="Options",
        required=False,
        help_text="JSON; docs/models.md lists them.",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    is_default = forms.BooleanField(label="Use it wherever no other is named", required=False)
    enabled = forms.BooleanField(label="Switched on", required=False, initial=True)

    def __init__(self, *args: Any, has_key: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        if has_key:
            self.fields["api_key"].widget.attrs["placeholder"] = "Stored; leave empty to keep it"
        else:
            del self.fields["forget_key"]

    @property
    def model_fields(self) -> ModelFields:
        """What the verb takes, once the form is valid."""
        data = self.cleaned_data
        simulated = data["provider"] == AIModel.Provider.SIMULATED
        key = "" if data.get("forget_key") else (data["api_key"] or None)
        return ModelFields(
            name=data["name"] or ("Simulated" if simulated else data["model_id"]),
            provider=data["provider"],
            kind=data["kind"] or AIModel.Kind.LANGUAGE,
            model_id="simulated" if simulated else data["model_id"],
            base_url=data["base_url"],
            api_key=key,
            input_price=_micro(data["input_price"]),
            output_price=_micro(data["output_price"]),
            context_window=data["context_window"],
            max_output_tokens=data["max_output_tokens"],
            timeout_s=data["timeout_s"],
            options=self._simulated_options() if simulated else data["options"] or {},
            is_default=data["is_default"],
            enabled=data["enabled"],
        )

    def _simulated_options(self) -> dict[str, Any]:
        data, options = self.cleaned_data, {}
        if data["latency_ms"] is not None:
            options["latency_ms"] = data["latency_ms"]
        if data["failure_percent"]:
            options["failure_rate"] = data["failure_percent"] / 100
        return options


def initial_of(model: AIModel) -> dict[str, Any]:
    """A model as the form shows it. Never its key."""
    options = dict(model.options)
    return {
        "kind": model.kind,
        "provider": model.provider,
        "name": model.name,
        "base_url": model.base_url,
        "model_id": model.model_id,
        "input_price": _dollars(model.input_price),
        "output_price": _dollars(model.output_price),
        "context_window": model.context_window,
        "max_output_tokens": model.max_output_tokens,
        "timeout_s": model.timeout_s,
        "latency_ms": options.pop("latency_ms", 150),
        "failure_percent": round(options.pop("failure_rate", 0) * 100),
        "options": options or None,
        "is_default": model.is_default,
        "enabled": model.enabled,
    }


def _micro(dollars: Decimal | None) -> int:
    return int((dollars or Decimal(0)) * MILLION)


def _dollars(micro: int) -> Decimal | None:
    return (Decimal(micro) / MILLION).normalize() if micro else None
