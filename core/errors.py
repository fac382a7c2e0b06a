"""What can go wrong in a verb, in terms that every door can put in its own form."""

from typing import Any


class MCError(Exception):
    """A refusal with a reason that a person can act on.

    `field` names the input at fault, `details` carries whatever helps to mend it
    (JSON-serialisable). Screens show a message, the API its error format, tools tell the
    model.
    """

    status = 400
    code = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        field: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.details = details or {}
        if code:
            self.code = code


class Invalid(MCError):
    """The input cannot be taken as it is."""

    status, code = 400, "invalid"


class Forbidden(MCError):
    """This actor may not do that."""

    status, code = 403, "forbidden"


class NotFound(MCError):
    """There is no such thing in this workspace."""

    status, code = 404, "not_found"


class Conflict(MCError):
    """The thing has changed since, or is in a state that does not allow this."""

    status, code = 409, "conflict"


class LimitReached(MCError):
    """A quota, a rate or a budget is used up."""

    status, code = 429, "limit_reached"


class Unavailable(MCError):
    """Something that this depends on is out of reach for now."""

    status, code = 503, "unavailable"
