"""What belongs to a workspace: which tables go along, and which stay behind and why.

Everything else is found by walking from a model to the workspace over its foreign keys. A
new model has to be entered in one of the two lists; a test asks for it.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db.models import AutoField, Field, FileField, ForeignKey, Model, QuerySet

from accounts.models import Workspace

WORKSPACE = "accounts.Workspace"
PEOPLE = "accounts.User"
# People are shared by all workspaces: they are recognised by their address, never overwritten.
OF_PEOPLE = ("id", "username", "email", "first_name", "last_name", "timezone")


@dataclass(frozen=True)
class Table:
    """One model of a workspace.

    `blank` are fields that are not exported and arrive empty; `fresh` are values that rows
    get on arrival, whatever they had: what is under way here is not under way there. `only`
    says which rows go along, where it is not all of them.
    """

    label: str
    blank: frozenset[str] = frozenset()
    fresh: dict[str, Any] = field(default_factory=dict)
    only: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def model(self) -> type[Model]:
        return apps.get_model(self.label)

    @property
    def member(self) -> str:
        """Its name within the file."""
        return f"tables/{self.label.lower()}.jsonl"

    @cached_property
    def fields(self) -> list[Field[Any, Any]]:
        """The columns that are exported. Numbers that a database gave out are its own."""
        if self.label == PEOPLE:
            return [one for one in self.model._meta.concrete_fields if one.name in OF_PEOPLE]
        return [
            one
            for one in self.model._meta.concrete_fields
            if one.name not in self.blank
            and not (isinstance(one, AutoField))
            and not (one.null and _target(one) in EXCLUDED)
        ]

    @cached_property
    def files(self) -> list[FileField]:
        return [one for one in self.fields if isinstance(one, FileField)]

    @cached_property
    def links(self) -> list[ForeignKey[Any, Any]]:
        """Its foreign keys to other rows of the workspace."""
        return [
            one
            for one in self.fields
            if isinstance(one, ForeignKey) and _target(one) not in (WORKSPACE, PEOPLE)
        ]

    @cached_property
    def home(self) -> str:
        """The lookup that leads from a row to its workspace."""
        return "memberships__workspace" if self.label == PEOPLE else _path(self.model)

    def rows(self, workspace: Workspace) -> "QuerySet[Any]":
        """Its rows of a workspace, in no order: to sort them takes as much memory as they do."""
        found = self.model._base_manager.filter(**{self.home: workspace.pk}, **self.only).order_by()
        return found.distinct() if self.label == PEOPLE else found


_RESTED = {
    "lease_owner": "",
    "lease_expires_at": None,
    "cost_reserved": 0,
    "tokens_reserved": 0,
}

TABLES = [
    Table(WORKSPACE),
    Table(PEOPLE),
    Table("accounts.Actor"),
    Table("accounts.Membership"),
    Table(
        "modules.AIModel",
        blank=frozenset({"credentials"}),
        # The environment there says something else.
        fresh={"from_environment": False},
    ),
    Table("agents.Agent"),
    Table("agents.Budget", fresh={"cost_reserved": 0, "tokens_reserved": 0}),
    Table("tasks.TaskCounter"),
    Table("tasks.Task"),
    Table("tasks.Assignment"),
    Table("tasks.Dependency"),
    Table("tasks.Message"),
    Table("tasks.Mention"),
    Table("tasks.Reaction"),
    Table("tasks.Attachment"),
    Table("documents.Document"),
    Table("documents.Version"),
    Table("documents.Template"),
    # A link is a secret, and an address of this installation.
    Table("documents.Share", blank=frozenset({"digest"}), only={"person__isnull": False}),
    Table("agents.Run", fresh=_RESTED),
    Table("agents.Step"),
    Table("agents.Approval"),
    Table("agents.Heartbeat"),
    Table("tasks.Evidence"),
    Table("tasks.Review"),
    Table("tasks.Review_evidence"),
    Table("tasks.WorkingVersion"),
    Table("conversations.Conversation", blank=frozenset({"share_digest", "shared_at"})),
    Table("conversations.Seat"),
    Table("conversations.Turn"),
    Table("conversations.TurnFile"),
    Table("whitepapers.Whitepaper"),
    Table("whitepapers.WhitepaperVersion"),
    Table("modules.Call"),
    Table("modules.Asset"),
    Table("modules.AssetTag"),
    Table("modules.Asset_parents"),
    Table("modules.Playlist"),
    Table("modules.PlaylistEntry"),
    # Two houses would do the same, and pay for it twice.
    Table("modules.Schedule", fresh={"enabled": False, "due_at": None}),
    Table("activity.Activity"),
    Table("activity.Notification"),
    Table("activity.Preference"),
]

# What stays behind, and why.
EXCLUDED = {
    "accounts.ApiKey": "a secret",
    "accounts.Invitation": "a secret",
    "accounts.Login": "a secret, and a person's own",
    "accounts.Receipt": "for a day, and for one address",
    "accounts.User_groups": "a right of this installation",
    "accounts.User_user_permissions": "a right of this installation",
    "activity.Webhook": "a secret; two houses would send the same",
    "activity.Delivery": "under way from here",
    "agents.Wake": "for a second",
    "modules.Breaker": "of this installation",
    "modules.Order": "goes with the job",
    "modules.Embedding": "made again when it is asked for",
    "modules.Job": "work of this installation; what came of it goes along as assets",
    "tasks.InboundHook": "a secret, and an address of this installation",
    "tasks.InboundReceipt": "for a day, and for one address",
}

BY_LABEL = {table.label: table for table in TABLES}
# The busiest tables: their ids are named in no text, so they need not be remembered.
NAMED_NOWHERE = {
    "activity.Activity",
    "activity.Notification",
    "agents.Heartbeat",
    "modules.Call",
    "tasks.Mention",
}


def target_of(one: Field[Any, Any]) -> str:
    """The label of the model that a foreign key refers to; empty for other fields."""
    return _target(one)


def _target(one: Field[Any, Any]) -> str:
    return one.related_model._meta.label if isinstance(one, ForeignKey) else ""


def _path(model: type[Model]) -> str:
    """The shortest way to the workspace over foreign keys that are never empty."""
    if model is Workspace:
        return "pk"
    seen = {model}
    queue: deque[tuple[type[Model], str]] = deque([(model, "")])
    while queue:
        at, path = queue.popleft()
        for link in _never_empty(at):
            target: Any = link.related_model
            if target is Workspace:
                return f"{path}{link.name}"
            if target not in seen:
                seen.add(target)
                queue.append((target, f"{path}{link.name}__"))
    raise LookupError(f"no way from {model._meta.label} to its workspace")


def _never_empty(model: type[Model]) -> Iterator[ForeignKey[Any, Any]]:
    for one in model._meta.concrete_fields:
        if isinstance(one, ForeignKey) and not one.null and _target(one) != PEOPLE:
            yield one
