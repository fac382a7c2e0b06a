"""What people say of a webhook, checked before a verb sees it."""

from typing import Any

from django import forms


class WebhookForm(forms.Form):
    """Who hears of what."""

    name = forms.CharField(
        max_length=80, widget=forms.TextInput(attrs={"placeholder": "Who hears, e.g. Chat"})
    )
    url = forms.CharField(
        label="Address",
        max_length=2000,
        widget=forms.TextInput(
            attrs={"placeholder": "https://…", "inputmode": "url", "spellcheck": "false"}
        ),
        help_text="On the open internet; never an address of this network.",
    )
    events = forms.CharField(
        label="Events",
        initial="*",
        max_length=4000,
        help_text="Divided by commas or blanks: * is all of them, task.* all about tasks.",
    )

    def clean_events(self) -> list[str]:
        """The patterns one by one; the verb says what each must look like."""
        text: str = self.cleaned_data["events"]
        return text.replace(",", " ").split()

    @staticmethod
    def of(webhook: Any) -> dict[str, str]:
        """The fields of a webhook, as the form shows them."""
        return {"name": webhook.name, "url": webhook.url, "events": ", ".join(webhook.events)}
