"""What the forms of all rooms have in common."""

from typing import Any

from django import forms


class PlainForm(forms.Form):
    """A form whose labels end without a colon, as everywhere on screen."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class LinesField(forms.CharField):
    """A text of several lines.

    Browsers send the line ends of Windows; a text must not differ by those alone.
    """

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class MarkdownField(LinesField):
    """What the desk is for: a long text in Markdown, as it was typed."""

    def __init__(self) -> None:
        attributes = {"rows": 24, "placeholder": "Markdown", "spellcheck": "true"}
        widget = forms.Textarea(attrs=attributes)
        super().__init__(required=False, strip=False, label="Text", widget=widget)


class VersionForm(PlainForm):
    """A text whose versions are kept. `version` is the one that the person began from."""

    content = MarkdownField()
    note = forms.CharField(
        required=False,
        max_length=200,
        label="What you changed",
        widget=forms.TextInput(
            attrs={"placeholder": "What changed, in a few words (optional)", "class": "input"}
        ),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
