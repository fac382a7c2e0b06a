"""Which tools are offered to whom, and how a call of one is carried out.

They are the agents' own tools. What differs is that no run stands behind a caller here: the
task at hand has to be named, and nothing comes to an end with a call.
"""

import copy
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import structlog
from django.db import InterfaceError, OperationalError

from accounts.callers import Caller
from accounts.models import Actor
from activity.log import verb
from agents.models import Agent
from core.api import limits
from core.api.errors import request_id
from core.errors import Forbidden, LimitReached, MCError
from missioncontrol.mcp.tools import OWN
from modules.tools import Tool, ToolContext, ToolError, registry
from tasks.lookup import find_task

log = structlog.get_logger(__name__)

_TASK = {"type": "string", "description": "Key of the task, such as TASK-012"}


@dataclass(frozen=True)
class Offer:
    """A tool, the permission that it takes, and whether the task at hand is named with it.

    `task`: "named" is an argument of the tool's own that is optional for agents, "given" and
    "may be given" one that the tool does not know and reads from its context.
    """

    tool: Tool
    permission: str
    task: Literal["", "named", "given", "may be given"] = ""
    words: str = ""

    @property
    def name(self) -> str:
        return self.tool.name

    @property
    def description(self) -> str:
        return self.words or self.tool.description

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of the arguments."""
        schema = copy.deepcopy(self.tool.parameters)
        if self.task:
            schema["properties"] = {**schema["properties"], "task": _TASK}
        if self.task in ("named", "given"):
            schema["required"] = ["task", *schema.get("required", [])]
        return schema


@dataclass(frozen=True)
class Outcome:
    """What a call came to: words for the model, and the same as data where it is an object."""

    text: str
    failed: bool = False

    @property
    def data(self) -> dict[str, Any] | None:
        if self.failed:
            return None
        try:
            found = json.loads(self.text)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None


@cache
def offers() -> dict[str, Offer]:
    """Every tool that is offered here, by its name."""
    own = {tool.name: tool for tool in OWN}
    listed = [
        Offer(registry.get("list_tasks"), "read"),
        Offer(own["get_task"], "read"),
        Offer(own["take_next_task"], "work"),
        Offer(registry.get("create_task"), "work"),
        Offer(registry.get("update_task"), "work", "named"),
        Offer(own["move_task"], "work"),
        Offer(registry.get("assign_task"), "work"),
        Offer(
            registry.get("post_message"),
            "comment",
            "named",
            "Say something in the thread of a task. Of the kind answer, it answers the newest "
            "question there that was put to you.",
        ),
        Offer(
            registry.get("ask"),
            "comment",
            "given",
            "Ask somebody about a task. The answer comes in its thread: look with get_task.",
        ),
        Offer(own["answer"], "comment"),
        Offer(registry.get("message_agent"), "comment", "named"),
        Offer(
            registry.get("submit_for_review"),
            "work",
            "given",
            "Hand in a task that is done, with its evidence. A reviewer looks at it next.",
        ),
        Offer(
            registry.get("review_task"),
            "review",
            "given",
            "Let a task that is in review through, or send it back.",
        ),
        Offer(registry.get("search_documents"), "read"),
        Offer(registry.get("read_document"), "read"),
        Offer(
            registry.get("write_document"),
            "work",
            "may be given",
            "Write a document, or a new version of one. Name the task that it belongs to.",
        ),
        Offer(registry.get("read_working_state"), "read"),
        Offer(registry.get("update_working_state"), "work"),
        Offer(own["list_agents"], "read"),
        Offer(own["wake_agent"], "run"),
        Offer(registry.get("create_agent"), "agents"),
    ]
    return {offer.name: offer for offer in listed}


def offered_to(caller: Caller) -> list[Offer]:
    """What this caller may do, by their role and by what their key allows of it."""
    return [offer for offer in offers().values() if offer.permission in caller.permissions]


def call(caller: Caller, name: str, arguments: Mapping[str, Any]) -> Outcome:
    """Carry out one call. Whatever goes wrong is told in words. Raises KeyError for the name."""
    offer = offers()[name]
    try:
        return Outcome(_carry_out(caller, offer, dict(arguments)))
    except ToolError as refusal:
        return Outcome(str(refusal), failed=True)
    except MCError as refusal:
        said: dict[str, Any] = {"error": refusal.message, "code": refusal.code}
        if refusal.field:
            said["field"] = refusal.field
        if refusal.details:
            said["details"] = refusal.details
        return Outcome(json.dumps(said, ensure_ascii=False, default=str), failed=True)
    except (OperationalError, InterfaceError):
        log.warning("mcp.database_unreachable", tool=name, exc_info=True)
        return Outcome("The database cannot be reached at the moment. Try again soon.", failed=True)
    except Exception:
        log.exception("mcp.tool_failed", tool=name)
        return Outcome(
            "Something went wrong on our side; nothing was changed. "
            f"The log has it under {request_id()}.",
            failed=True,
        )


def _carry_out(caller: Caller, offer: Offer, arguments: dict[str, Any]) -> str:
    actor = caller.actor
    if actor is None or offer.permission not in caller.permissions:
        handle = actor.handle if actor else "nobody"
        raise Forbidden(
            f"@{handle} may not do that with this key: it needs the right to {offer.permission}."
        )
    context = ToolContext(
        actor=actor, workspace=actor.workspace, agent=_agent_of(actor), key=f"mcp:{uuid.uuid4()}"
    )
    _name_task(context, offer, arguments)
    if offer.tool.effect == "read":
        return offer.tool.call(context, arguments)
    verdict = limits.of_actor("write", caller.name)
    if not verdict.allowed:
        raise LimitReached(
            f"Too many changes. Try again in {verdict.reset} s.",
            code="rate_limited",
            details={"retry_after": verdict.reset},
        )
    return _write(offer.tool, context, arguments)


@verb
def _write(tool: Tool, context: ToolContext, arguments: dict[str, Any]) -> str:
    """All that one call changes is one transaction and one stretch of the log."""
    return tool.call(context, arguments)


def _name_task(context: ToolContext, offer: Offer, arguments: dict[str, Any]) -> None:
    if offer.task in ("named", "given") and not arguments.get("task"):
        raise ToolError(f"{offer.name} was not called: “task” is missing.")
    if offer.task in ("given", "may be given"):
        key = arguments.pop("task", None)
        if key is not None and not isinstance(key, str):
            raise ToolError(f"{offer.name} was not called: “task” is the key of a task.")
        context.task = find_task(context.workspace, key) if key else None


def _agent_of(actor: Actor) -> Agent | None:
    if not actor.is_agent:
        return None
    return Agent.objects.select_related("actor", "model").filter(actor=actor).first()
