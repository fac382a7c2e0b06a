"""Who should do it: capability, availability and load, with the reasons kept."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass

from django.db.models import Count, Q

from accounts.models import Actor
from agents.models import Agent
from core.capabilities import telling
from tasks.models import Task

CAPABILITY, AVAILABILITY, LOAD = 0.55, 0.2, 0.25
AVAILABLE = {"idle": 1.0, "active": 0.7, "blocked": 0.2, "paused": 0.0}
# With this many open tasks an agent counts as fully loaded.
FULL_LOAD = 8


@dataclass(frozen=True)
class Fit:
    """How well an agent fits a task; every part from 0 to 1."""

    actor: Actor
    capability: float
    availability: float
    load: float
    total: float
    text: str

    def reasons(self) -> dict[str, object]:
        """The figures and the sentence, as they are kept with the assignment."""
        values = asdict(self)
        del values["actor"]
        return values


def rank(task: Task, agents: Iterable[Agent] | None = None) -> list[Fit]:
    """The workers of the task's workspace by how well they fit, best first. One query."""
    if agents is None:
        agents = workers(task)
    fits = [_fit(task, agent) for agent in agents]
    return sorted(fits, key=lambda fit: (-fit.total, fit.actor.handle))


def workers(task: Task) -> list[Agent]:
    """Agents that can be given work, each with `open_tasks`, how much it has already."""
    return list(
        Agent.objects.present()
        .filter(workspace=task.workspace_id, duty=Agent.Duty.WORKER)
        .exclude(status=Agent.Status.PAUSED)
        .select_related("actor")
        .annotate(
            open_tasks=Count(
                "actor__assignments",
                filter=Q(
                    actor__assignments__task__status__in=["assigned", "in_progress"],
                ),
            )
        )
    )


def match(needs: Collection[str], capabilities: Collection[str]) -> float:
    """The share of `needs` that `capabilities` cover; 0.5 when nothing particular is needed."""
    if not needs:
        return 0.5
    have = words(capabilities)
    return sum(1 for need in needs if words([need]) & have) / len(needs)


def words(phrases: Collection[str]) -> set[str]:
    """The telling words of some phrases."""
    return {word for phrase in phrases for word in telling(phrase)}


def _fit(task: Task, agent: Agent) -> Fit:
    capability = match(task.needs, agent.capabilities)
    availability = AVAILABLE.get(agent.status, 0.0)
    held: int = getattr(agent, "open_tasks", 0)
    load = min(held / FULL_LOAD, 1.0)
    total = CAPABILITY * capability + AVAILABILITY * availability + LOAD * (1 - load)
    needs = ", ".join(task.needs) or "nothing particular"
    text = (
        f"{capability:.0%} of what it needs ({needs}); {agent.status}; {held} open "
        f"task{'' if held == 1 else 's'}"
    )
    return Fit(
        actor=agent.actor,
        capability=round(capability, 3),
        availability=availability,
        load=round(load, 3),
        total=round(total, 3),
        text=text,
    )
