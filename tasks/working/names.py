"""Who is meant by the names on a page: session keys of agents, handles of anyone."""

from collections.abc import Iterable
from dataclasses import replace

from accounts.models import Actor, Workspace
from agents.models import Agent
from core.errors import Invalid
from tasks.working.page import sign_of
from tasks.working.state import TaskLine, WorkingState


class Names:
    """Looks names up once each; upper and lower case are the same."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.found: dict[str, Actor] = {}
        self.asked: set[str] = set()

    def known(
        self, state: WorkingState, *, strict: bool = True, familiar: Iterable[str] = ()
    ) -> WorkingState:
        """The same state with everybody named as the page names them.

        When strict, raises Invalid with code unknown_handle for a name that nobody has,
        except the `familiar` ones; these, and all when not strict, are left as they are.
        """
        self._look_up(name for task in state.tasks for name in task.assignees)
        left = set(familiar)
        tasks = [self._signed(task, strict, left) for task in state.tasks]
        return replace(state, tasks=tuple(tasks))

    def actors(self, names: Iterable[str]) -> list[Actor]:
        """Those who are called so. Raises KeyError with a name that nobody has."""
        wanted = [name.lower() for name in names]
        self._look_up(wanted)
        return [self.found[name] for name in wanted]

    def _signed(self, task: TaskLine, strict: bool, familiar: set[str]) -> TaskLine:
        signs = []
        for name in task.assignees:
            actor = self.found.get(name.lower())
            if actor is None and strict and name not in familiar:
                raise Invalid(
                    f"Line {task.line}: There is nobody called @{name} here.",
                    field="text",
                    code="unknown_handle",
                    details={"line": task.line, "handle": name},
                )
            signs.append(sign_of(actor) if actor else name)
        return replace(task, assignees=tuple(dict.fromkeys(signs)))

    def _look_up(self, names: Iterable[str]) -> None:
        new = {name.lower() for name in names} - self.asked
        if not new:
            return
        self.asked |= new
        actors = Actor.objects.filter(workspace=self.workspace, handle__in=new)
        for actor in actors.select_related("agent"):
            self.found[actor.handle] = actor
        agents = Agent.objects.filter(workspace=self.workspace, session_key__in=new)
        for agent in agents.select_related("actor__agent"):
            self.found[agent.session_key.lower()] = agent.actor
