"""What can be done with conversations."""

from conversations.actions.keeping import (
    archive,
    delete_conversation,
    make_task,
    pin,
    rename,
    share,
    shared_by,
    unshare,
)
from conversations.actions.talking import (
    LONGEST_MESSAGE,
    cancel_turn,
    edit_turn,
    gather,
    retry_turn,
    send_turn,
    start_conversation,
)

__all__ = [
    "LONGEST_MESSAGE",
    "archive",
    "cancel_turn",
    "delete_conversation",
    "edit_turn",
    "gather",
    "make_task",
    "pin",
    "rename",
    "retry_turn",
    "send_turn",
    "share",
    "shared_by",
    "start_conversation",
    "unshare",
]
