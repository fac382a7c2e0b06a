"""What people write on a task's screens, checked before a verb sees it."""

from typing import Any

from django import forms
from django.db.models import Case, Q, QuerySet, When

from accounts.colleagues import everyone
from accounts.models import Actor, Workspace
from tasks.models import Task

# A list to choose from; any other open task takes subtasks on its own page.
MOST_PARENTS = 200


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
        open_tasks = Task.objects.filter(workspace=workspace).exclude(status=Task.Status.DONE)
        self.fields["assignees"].queryset = everyone(workspace)  # type: ignore[attr-defined]
        self.fields["parent"].queryset = open_tasks  # type: ignore[attr-defined]
        self.fields["parent"].widget.choices = [("", "None"), *_parents(open_tasks, self)]

    def clean_criteria(self) -> list[str]:
        lines = str(self.cleaned_data["criteria"]).splitlines()
        return [line.strip(" -*•\t") for line in lines if line.strip(" -*•\t")]


def _parents(tasks: QuerySet[Task], form: TaskForm) -> list[tuple[str, str]]:
    """What a task is offered to be a part of: the phases and the newest of the others.

    A task that a link names, or that was chosen before the form came back, is among them.
    """
    chosen = str(form["parent"].value() or "")
    first = Q(number=int(chosen)) if chosen.isdecimal() and len(chosen) < 10 else Q(pk__in=[])
    turn = Case(When(first, then=0), When(kind=Task.Kind.PHASE, then=1), default=2)
    rows = tasks.order_by(turn, "-number").only("number", "title")[:MOST_PARENTS]
    return [(str(task.number), str(task)) for task in sorted(rows, key=lambda task: task.number)]
