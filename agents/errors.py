"""How a run can leave the loop without having finished."""

from datetime import datetime


class LeaseLost(Exception):
    """Somebody else owns this run now, or it was stopped. Nothing more may be written."""


class Suspended(Exception):
    """The run must wait, for an answer, a provider, a budget or an approval."""

    def __init__(self, wait_for: str, reason: str, resume_at: datetime | None = None) -> None:
        super().__init__(reason)
        self.wait_for = wait_for
        self.reason = reason
        self.resume_at = resume_at


class Stuck(Exception):
    """The run goes in circles or has used up its steps; it ends as failed."""
