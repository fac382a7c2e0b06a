"""What people write into a paper, checked before a verb sees it."""

from django import forms

from core.forms import LinesField, VersionForm
from whitepapers.actions import MAX_LINE, MAX_SUMMARY, WORDS, Words


class PaperForm(VersionForm):
    """A paper as it is edited."""

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
    summary = LinesField(
        max_length=MAX_SUMMARY,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "Two or three sentences"}),
    )

    @property
    def words(self) -> Words:
        """What was written."""
        return Words(**{name: self.cleaned_data[name] for name in WORDS})
