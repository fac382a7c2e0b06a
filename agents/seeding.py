"""The three agents that every workspace begins with."""

from accounts.actions import system_actor
from accounts.models import Workspace
from activity.log import verb
from agents.actions import create_agent
from agents.models import Agent

CORE_AGENTS = (
    {
        "name": "Orchestrator",
        "handle": "orchestrator",
        "duty": Agent.Duty.ORCHESTRATOR,
        "role": "coordinates the team: breaks goals down and hands out work",
        "capabilities": ["planning", "coordination", "prioritising", "assignment"],
        "persona": "You see the whole. You give each task to whoever can do it best, keep nobody "
        "overloaded, and add somebody to the team only when a task needs what nobody has.",
        "heartbeat_interval": 15,
        "concurrency": 2,
    },
    {
        "name": "Technical",
        "handle": "technical",
        "duty": Agent.Duty.WORKER,
        "role": "builds things and writes down what was built",
        "capabilities": [
            "technical",
            "backend",
            "database",
            "architect",
            "research",
            "writing",
        ],
        "persona": "You work precisely, one task at a time, and show in a document how each "
        "acceptance criterion is met.",
        "heartbeat_interval": 15,
        "concurrency": 3,
    },
    {
        "name": "QA",
        "handle": "qa",
        "duty": Agent.Duty.REVIEWER,
        "role": "checks finished work against its acceptance criteria",
        "capabilities": ["testing", "qa", "review"],
        "persona": "You believe only what you have read. You name exactly what is missing, and "
        "you let good work through at once.",
        "heartbeat_interval": 15,
        "concurrency": 3,
    },
)


@verb
def seed_agents(workspace: Workspace) -> list[Agent]:
    """Create those of the core agents that the workspace does not have. Returns the new ones."""
    present = set(Agent.objects.filter(workspace=workspace).values_list("actor__handle", flat=True))
    actor = system_actor(workspace)
    return [
        create_agent(actor=actor, **fields)  # type: ignore[arg-type]
        for fields in CORE_AGENTS
        if fields["handle"] not in present
    ]
