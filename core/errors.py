"""What can go wrong in a verb, in terms that every door can put in its own form."""

import errno
from typing import Any

from django.db import DataError, OperationalError


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


class Gone(MCError):
    """It was here, and is not kept any more."""

    status, code = 410, "gone"


class LimitReached(MCError):
    """A quota, a rate or a budget is used up."""

    status, code = 429, "limit_reached"


class Unavailable(MCError):
    """Something that this depends on is out of reach for now."""

    status, code = 503, "unavailable"


class DiskFull(Unavailable):
    """Nothing more can be written until somebody makes room."""

    code = "disk_full"

    def __init__(self) -> None:
        super().__init__("There is no room left on the disk. Nothing was changed; try again later.")


def refusal_of(error: Exception) -> MCError | None:
    """What an error means to whoever asked, where it is none of ours; None if that is unknown."""
    if isinstance(error, MCError):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull()
    if isinstance(error, OperationalError) and _is_full(error):
        return DiskFull()
    if isinstance(error, DataError) and "NUL" in str(error):
        # PostgreSQL keeps no such text, whichever field of a screen it came by.
        return Invalid("A text has a NUL in it, a character that cannot be kept.")
    return None


def _is_full(error: OperationalError) -> bool:
    # As PostgreSQL calls it, and SQLite.
    return getattr(error.__cause__, "sqlstate", "") == "53100" or "disk is full" in str(error)
