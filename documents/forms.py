"""What people type about documents."""

from django import forms

from documents.models import Document


class DocumentForm(forms.Form):
    """A document as its editor shows it. Limits are the verbs' own."""

    title = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"class": "input"}))
    kind = forms.ChoiceField(
        choices=Document.Kind.choices, widget=forms.Select(attrs={"class": "select"})
    )
    content = forms.CharField(required=False, strip=False, widget=forms.Textarea)
    note = forms.CharField(required=False, max_length=200)
    version = forms.IntegerField(required=False, min_value=1)

    def clean_content(self) -> str:
        """Browsers send line ends of their own; documents have one kind."""
        content: str = self.cleaned_data["content"]
        return content.replace("\r\n", "\n")
