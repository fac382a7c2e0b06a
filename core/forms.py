"""What the forms of all rooms have in common."""

from typing import Any

from django import forms


class PlainForm(forms.Form):
    """A form whose labels end without a colon, as everywhere on screen."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
