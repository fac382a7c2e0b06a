"""What people write into a document, checked before a verb sees it."""

from django import forms

from core.forms import PlainForm
from documents.models import Document


class DocumentForm(PlainForm):
    """A document as it is edited. `version` is the one that the person began from."""

    title = forms.CharField(
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "What it is about", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        choices=[(value, str(label).capitalize()) for value, label in Document.Kind.choices],
        initial=Document.Kind.DELIVERABLE,
    )
    content = forms.CharField(
        required=False,
        strip=False,
        label="Text",
        widget=forms.Textarea(attrs={"rows": 24, "placeholder": "Markdown", "spellcheck": "true"}),
    )
    note = forms.CharField(
        required=False,
        max_length=200,
        label="What you changed",
        widget=forms.TextInput(
            attrs={"placeholder": "What changed, in a few words (optional)", "class": "input"}
        ),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean_content(self) -> str:
        # Browsers send the line ends of Windows; a text must not differ by those alone.
        return str(self.cleaned_data["content"]).replace("\r\n", "\n")
