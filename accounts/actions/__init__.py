"""The verbs of people, workspaces and actors, one module for each.

They stand below the log and enter it through `accounts.journal`.
"""

from accounts.actions.actors import create_actor, free_handle, system_actor
from accounts.actions.first import (
    create_first_account,
    first_account_link,
    make_owner,
    open_invitation,
)
from accounts.actions.joining import add_member
from accounts.actions.members import (
    accept_invitation,
    change_role,
    invite_member,
    join_with_new_account,
    leave_workspace,
    remove_member,
    switch_workspace,
    transfer_ownership,
    withdraw_invitation,
)
from accounts.actions.people import (
    change_password,
    create_user,
    create_user_without_password,
    digest,
    edit_profile,
    login_name,
)
from accounts.actions.workspaces import (
    create_workspace,
    ensure_first_workspace,
    rename_workspace,
)

__all__ = [
    "accept_invitation",
    "add_member",
    "change_password",
    "change_role",
    "create_actor",
    "create_first_account",
    "create_user",
    "create_user_without_password",
    "create_workspace",
    "digest",
    "edit_profile",
    "ensure_first_workspace",
    "first_account_link",
    "free_handle",
    "invite_member",
    "join_with_new_account",
    "leave_workspace",
    "login_name",
    "make_owner",
    "open_invitation",
    "remove_member",
    "rename_workspace",
    "switch_workspace",
    "system_actor",
    "transfer_ownership",
    "withdraw_invitation",
]
