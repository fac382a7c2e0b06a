"""What people write on a task's screens, checked before a verb sees it."""

from typing import Any

from django import forms

from accounts.models import Actor, Workspace
from tasks.models import Task


class TaskForm(forms.Form):
    """A new task."""

    title = forms.CharField(
        max_length=200,
        widget=forms.TextInput(
            attrs={"placeholder": "What should be done?", "autofocus": True, "autocomplete": "off"}
        ),
    )
    description = forms.CharField(
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 5, "placeholder": "Details, in Markdown"}),
    )
    criteria = forms.CharField(
        required=False,
        label="Done when",
        help_text="One criterion a line. The review checks each of them.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    priority = forms.TypedChoiceField(
        coerce=int, choices=Task.Priority.choices, initial=Task.Priority.NORMAL
    )
    assignees = forms.ModelMultipleChoiceField(
        queryset=Actor.objects.none(), required=False, to_field_name="handle"
    )
    parent = forms.ModelChoiceField(
        queryset=Task.objects.none(), required=False, to_field_name="number", empty_label="None"
    )
    due_at = forms.DateField(
        required=False, label="Due", widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        actors = Actor.objects.filter(workspace=workspace, active=True).exclude(kind="system")
        open_tasks = Task.objects.filter(workspace=workspace).exclude(status=Task.Status.DONE)
        self.fields["assignees"].queryset = actors.order_by("kind", "name")  # type: ignore[attr-defined]
        self.fields["parent"].queryset = open_tasks.order_by("number")  # type: ignore[attr-defined]

    def clean_criteria(self) -> list[str]:
        lines = str(self.cleaned_data["criteria"]).splitlines()
        return [line.strip(" -*•\t") for line in lines if line.strip(" -*•\t")]
