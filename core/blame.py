"""Putting a verb's refusal where the person sees it."""

from django import forms

from core.errors import MCError


def blame(form: forms.BaseForm, error: MCError, **names: str) -> None:
    """Show `error` at the field at fault, else on top of the form.

    `names` says which field of the form stands for which argument of the verb.
    """
    field = names.get(error.field or "", error.field)
    form.add_error(field if field in form.fields else None, error.message)
