"""What people write into a paper, checked before a verb sees it."""

from django import forms

from core.forms import PlainForm
from whitepapers.actions import MAX_LINE, MAX_SUMMARY, WORDS, Words


class PaperForm(PlainForm):
    """A paper as it is edited. `version` is the one that the person began from."""

    title = forms.CharField(
        max_length=MAX_LINE,
        widget=forms.TextInput(attrs={"placeholder": "What it is about", "autocomplete": "off"}),
    )
    subtitle = forms.CharField(
        max_length=MAX_LINE,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "Optional", "autocomplete": "off"}),
    )
    authors = forms.CharField(
        max_length=MAX_LINE,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "Who signs it", "autocomplete": "off"}),
    )
    summary = forms.CharField(
        max_length=MAX_SUMMARY,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "Two or three sentences"}),
    )
    content = forms.CharField(
        required=False,
        strip=False,
        label="Text",
        widget=forms.Textarea(attrs={"rows": 24, "placeholder": "Markdown", "spellcheck": "true"}),
    )
    note = forms.CharField(
        required=False,
        max_length=MAX_LINE,
        label="What you changed",
        widget=forms.TextInput(
            attrs={"placeholder": "What changed, in a few words (optional)", "class": "input"}
        ),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean_content(self) -> str:
        # Browsers send the line ends of Windows; a text must not differ by those alone.
        return str(self.cleaned_data["content"]).replace("\r\n", "\n")

    def clean_summary(self) -> str:
        return str(self.cleaned_data["summary"]).replace("\r\n", "\n")

    @property
    def words(self) -> Words:
        """What was written."""
        return Words(**{name: self.cleaned_data[name] for name in WORDS})
