"""Refusals of what a caller sends: unlike `Invalid`, they hold whatever the house looks like."""

from core.errors import MCError


class BadInput(MCError):
    """The input or the file can never be taken as it is; says why."""

    status, code = 400, "invalid_input"
