"""What people say of an incoming webhook, checked before a verb sees it."""

from django import forms

from tasks.inbound.actions import MAX_TEMPLATE, USUAL_TITLE
from tasks.models import Task


class HookForm(forms.Form):
    """A name, and how tasks are made of what comes in."""

    name = forms.CharField(
        max_length=80, widget=forms.TextInput(attrs={"placeholder": "What sends here, e.g. Alarms"})
    )
    title = forms.CharField(
        label="Title of the tasks",
        max_length=200,
        initial=USUAL_TITLE,
        help_text="{{ issue.title }} stands for that field of what is sent.",
    )
    description = forms.CharField(
        label="Description",
        max_length=MAX_TEMPLATE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "{{ issue.body }}"}),
        help_text="Markdown, with places of the same kind. Plain text is {{ text }}.",
    )
    priority = forms.TypedChoiceField(
        coerce=int, choices=Task.Priority.choices, initial=Task.Priority.NORMAL
    )
    signed = forms.BooleanField(
        label="Take only what is signed as Standard Webhooks say", required=False
    )
