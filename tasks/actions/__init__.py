"""The verbs of the board, one module for each kind of change."""

from tasks.actions.assigning import assign_task, unassign_task
from tasks.actions.attaching import attach, stored
from tasks.actions.depending import add_dependency, remove_dependency, set_dependencies
from tasks.actions.editing import create_task, delete_task, edit_task, tick
from tasks.actions.moving import block_task, move_task, retry_task, unblock_task
from tasks.actions.reviewing import add_evidence, review_task, submit_for_review
from tasks.actions.talking import answer, ask, edit_message, post_message, react

__all__ = [
    "add_dependency",
    "add_evidence",
    "answer",
    "ask",
    "assign_task",
    "attach",
    "block_task",
    "create_task",
    "delete_task",
    "edit_message",
    "edit_task",
    "move_task",
    "post_message",
    "react",
    "remove_dependency",
    "retry_task",
    "review_task",
    "set_dependencies",
    "stored",
    "submit_for_review",
    "tick",
    "unassign_task",
    "unblock_task",
]
