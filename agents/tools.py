"""What agents can do about agents, and how they say that they are through."""

from typing import Annotated, Any

from agents import actions
from modules.tools import ToolContext, tool


@tool(effect="write")
def create_agent(
    ctx: ToolContext,
    name: Annotated[str, "A short name"],
    role: Annotated[str, "What it is, in a few words"],
    capabilities: Annotated[list[str], "What it can do, as lower-case words"],
    reason: Annotated[str, "Why the team needs it"] = "",
) -> dict[str, Any]:
    """Add an agent to the team when nobody has what a task needs, or all are overloaded."""
    agent = actions.create_agent(
        actor=ctx.actor,
        name=name,
        role=role,
        capabilities=capabilities,
        reason=reason,
        persona=f"You are {name}, {role}. You know {', '.join(capabilities)}.",
        model=ctx.agent.model if ctx.agent else None,
    )
    return {"handle": agent.handle, "name": agent.name, "capabilities": agent.capabilities}


@tool(effect="write")
def finish(
    ctx: ToolContext, summary: Annotated[str, "What was done, in one or two sentences"]
) -> dict[str, Any]:
    """End this run because there is nothing more to do in it."""
    ctx.outcome = {"text": summary}
    return {"finished": True}
