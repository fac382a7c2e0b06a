"""Jobs whose caller waits in the same thread: agents' tools and commands."""

from functools import wraps
from typing import Any

from accounts.models import Actor
from core.errors import MCError
from modules.models import Job
from modules.operations import Operation
from modules.operations import registry as operations
from modules.running import actions
from modules.running.driving import drive_now
from modules.tools import Tool, ToolContext, ToolError
from modules.tools import registry as tools


def run_here(
    *, actor: Actor, operation: str, input: dict[str, Any], door: str, **links: Any
) -> Job:
    """Start a job and drive it in this thread. Returns it as it is afterwards."""
    job = actions.start_job(
        actor=actor, operation=operation, input=input, door=door, push=False, **links
    )
    if not job.ended:
        drive_now(job.pk)
        job.refresh_from_db()
    return job


def offer_as_tools() -> None:
    """Have agents call those operations that name a tool."""
    for one in operations:
        if one.tool:
            tools.register(_as_tool(one))


def _as_tool(one: Operation) -> Tool:
    @wraps(one.function)
    def call(ctx: ToolContext, **given: Any) -> dict[str, Any]:
        return _call(one, ctx, given)

    # A repeated call finds the job of the first one by its key.
    return Tool(one.tool, one.description, one.effect, True, call)


def _call(one: Operation, ctx: ToolContext, given: dict[str, Any]) -> dict[str, Any]:
    """What a tool answers: the result and the assets, or why there is none."""
    links = {"agent": ctx.agent, "run": ctx.run, "task": ctx.task}
    plain = {name: as_json(value) for name, value in given.items()}
    try:
        job = run_here(
            actor=ctx.actor,
            operation=one.name,
            input=plain,
            door=Job.Door.TOOL,
            key=f"tool:{ctx.key}"[:120] if ctx.key else None,
            **links,
        )
    except MCError as error:
        raise ToolError(error.message) from None
    if job.state == Job.State.SUCCEEDED:
        return {**job.result, "simulated": job.simulated, **_assets(job)}
    if job.ended:
        raise ToolError(job.error or "The job was cancelled.")
    return {"job": str(job.pk), "state": job.state, "why": job.error or "It is not through yet."}


def _assets(job: Job) -> dict[str, Any]:
    found = [
        {"asset_id": str(one.pk), "name": one.name, "kind": one.kind} for one in job.assets.all()
    ]
    return {"assets": found} if found else {}


def as_json(value: Any) -> Any:
    """A checked argument as JSON has it."""
    if isinstance(value, list):
        return [as_json(one) for one in value]
    if isinstance(value, dict):
        return {name: as_json(one) for name, one in value.items()}
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
