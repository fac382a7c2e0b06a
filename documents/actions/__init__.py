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
from documents.actions.templates import (
    Outline,
    create_template,
    delete_template,
    edit_template,
    outline_of,
    seed_templates,
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
    "Outline",
    "address_of",
    "archive_document",
    "change_share",
    "create_document",
    "create_template",
    "delete_template",
    "edit_document",
    "edit_template",
    "opened_by_link",
    "outline_of",
    "restore_version",
    "revoke_share",
    "seed_templates",
    "set_visibility",
    "share_by_link",
    "share_document",
]
