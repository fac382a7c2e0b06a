"""From the schema of an operation to a form, and from the form to its input."""

import json
from typing import Any
from uuid import UUID

from django import forms

from accounts.models import Actor, Workspace
from core.forms import PlainForm
from modules.assets.uploading import take_upload
from modules.models import AIModel, Asset, Job
from modules.operations import Operation
from modules.running.choosing import serving

OFFERED = 60
_FILE = "__file"


class OperationForm(PlainForm):
    """The fields of one operation and the choice of its model."""

    def __init__(self, *args: Any, operation: Operation, workspace: Workspace, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.operation = operation
        self.workspace = workspace
        required = operation.schema.get("required", [])
        for name, schema in operation.schema["properties"].items():
            self.fields[name] = self._field(name, schema, name in required)
            if _asset_kind(schema):
                self.fields[name + _FILE] = _upload(name, schema)
        if operation.kind:
            self.fields["model"] = self._models(operation.kind)

    def _field(self, name: str, schema: dict[str, Any], required: bool) -> forms.Field:
        words = {
            "label": name.replace("_", " ").capitalize(),
            "help_text": schema.get("description", ""),
            "required": required,
            "initial": schema.get("default"),
        }
        if kind := _asset_kind(schema):
            many = schema.get("type") == "array"
            # A file may be sent instead, so that none need be chosen.
            return self._assets(kind, many, {**words, "required": False})
        if "enum" in schema:
            return forms.ChoiceField(
                choices=[(one, str(one).replace("_", " ").capitalize()) for one in schema["enum"]],
                **words,
            )
        return _plain(schema, words)

    def _assets(self, kind: str, many: bool, words: dict[str, Any]) -> forms.Field:
        rows = Asset.objects.filter(workspace=self.workspace)
        if kind != "any":
            rows = rows.filter(kind=kind)
        else:
            rows = rows.filter(kind__in=[Asset.Kind.DOCUMENT, Asset.Kind.DATA])
        known = [(str(one.pk), one.name) for one in rows.only("name")[:OFFERED]]
        chosen = str(self.initial.get(words["label"].lower()) or "")
        if chosen and chosen not in dict(known):
            found = Asset.objects.filter(workspace=self.workspace, pk=chosen).first()
            known = [(chosen, found.name), *known] if found else known
        if many:
            return forms.MultipleChoiceField(choices=known, **words)
        return forms.ChoiceField(choices=[("", "None"), *known], **words)

    def _models(self, kind: str) -> forms.Field:
        found = AIModel.objects.filter(
            workspace=self.workspace, enabled=True, kind__in=serving(kind)
        )
        known = [(str(one.pk), one.name) for one in found.order_by("-is_default", "name")]
        return forms.ChoiceField(
            label="Model", choices=[("", "The default"), *known], required=False
        )

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [one for one in self if not one.name.endswith(_FILE) and one.name != "model"]

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField | None]]:
        """Each field with the one that uploads for it."""
        return [
            (one, self[one.name + _FILE] if one.name + _FILE in self.fields else None)
            for one in self.main_fields
        ]

    @property
    def chosen_model(self) -> UUID | None:
        chosen = self.cleaned_data.get("model")
        return UUID(chosen) if chosen else None

    def input(self, actor: Actor, *, keep_files: bool = True) -> dict[str, Any]:
        """What the form says as the operation's input. Files that were sent become assets."""
        given: dict[str, Any] = {}
        for name, schema in self.operation.schema["properties"].items():
            value = self.cleaned_data.get(name)
            file = self.cleaned_data.get(name + _FILE)
            if file is not None and keep_files:
                kept = str(take_upload(actor, file).pk)
                value = [kept, *(value or [])] if schema.get("type") == "array" else kept
            if value not in (None, "", [], {}) or schema.get("type") == "boolean":
                given[name] = value
        return given


def _asset_kind(schema: dict[str, Any]) -> str:
    return str(schema.get("x-asset") or schema.get("items", {}).get("x-asset") or "")


def _upload(name: str, schema: dict[str, Any]) -> forms.FileField:
    kind = _asset_kind(schema)
    accept = {"image": "image/*", "audio": "audio/*"}.get(
        kind, ".pdf,.docx,.txt,.md,.json,.html,.csv"
    )
    return forms.FileField(
        label=f"{name.replace('_', ' ').capitalize()}, from this device",
        required=False,
        widget=forms.FileInput(attrs={"accept": accept}),
    )


def _plain(schema: dict[str, Any], words: dict[str, Any]) -> forms.Field:
    kind = schema.get("type")
    if kind == "boolean":
        return forms.BooleanField(**{**words, "required": False})
    if kind in ("integer", "number"):
        limits = {"min_value": schema.get("minimum"), "max_value": schema.get("maximum")}
        made: Any = forms.IntegerField if kind == "integer" else forms.FloatField
        field: forms.Field = made(**limits, **words)
        return field
    if kind == "array":
        return _Lines(**words)
    if kind == "object":
        return _Object(**words)
    long = schema.get("x-widget") == "long"
    attrs: dict[str, Any] = {"rows": 6, "data-grow": ""} if long else {"autocomplete": "off"}
    widget = forms.Textarea(attrs=attrs) if long else forms.TextInput(attrs=attrs)
    return forms.CharField(widget=widget, max_length=schema.get("maxLength"), strip=False, **words)


class _Lines(forms.CharField):
    """A list of texts, one on each line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, **words: Any) -> None:
        words["help_text"] = f"{words['help_text']}; one on each line"
        super().__init__(**words)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]


class _Object(forms.CharField):
    """A JSON object."""

    widget = forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "font-mono"})

    def prepare_value(self, value: Any) -> Any:
        return json.dumps(value, indent=2, ensure_ascii=False) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> Any:
        if not value:
            return {}
        try:
            found = json.loads(value)
        except ValueError as error:
            raise forms.ValidationError(f"This is no JSON: {error}.") from None
        if not isinstance(found, dict):
            raise forms.ValidationError("This is no JSON object.")
        return found


def initial_of(job: Job | None) -> dict[str, Any]:
    """What a form begins with when something is to be done again, with changes."""
    if job is None:
        return {}
    return {**job.input, "model": str(job.model_id or "")}
