"""Verbs on documents, one module for each concern."""

from documents.actions.sharing import (
    address_of,
    change_share,
    opened_by_link,
    revoke_share,
    set_visibility,
    share_by_link,
    share_document,
)
from documents.actions.writing import (
    MAX_CONTENT,
    archive_document,
    create_document,
    edit_document,
    restore_version,
)

__all__ = [
    "MAX_CONTENT",
    "address_of",
    "archive_document",
    "change_share",
    "create_document",
    "edit_document",
    "opened_by_link",
    "restore_version",
    "revoke_share",
    "set_visibility",
    "share_by_link",
    "share_document",
]
