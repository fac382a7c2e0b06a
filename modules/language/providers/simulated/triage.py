"""A triage run: hand out what lies in the inbox, and call for help where nobody fits."""

import re
from dataclasses import dataclass

from core.capabilities import telling
from modules.language.providers.simulated.scene import Answer, Scene
from modules.language.providers.simulated.toolbox import Planned
from modules.language.providers.simulated.words import joined, stem

_TASK = re.compile(r"^\s*[-*]\s+`?([A-Z][A-Z0-9]*-\d+)`?\s*(?:\[([^\]]*)\])?\s*(.+)$")
_NEEDS = re.compile(r"\s+[—–-]\s+needs:\s*([^(]*)(?:\(.*)?$", re.I)
_AGENT = re.compile(r"^\s*[-*]\s+@([\w-]+)\s*(.*)$")
_LOAD = re.compile(r"load:?\s*(\d+)", re.I)
_LIMIT = re.compile(
    r"(?:limit|at most|more than|max(?:imum)?)[^\d\n]{0,40}?(\d+)|(\d+)[^\d\n]{0,12}"
    r"(?:tasks? )?(?:per|each|an) agent",
    re.I,
)
ANYTHING = "*"
# One triage does not found a company.
MOST_NEW_AGENTS = 3


@dataclass(frozen=True)
class Waiting:
    """A task in the inbox."""

    number: str
    title: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Colleague:
    """An agent that may be given work."""

    handle: str
    able: frozenset[str]
    load: int


def triage(scene: Scene) -> Answer:
    """The next turn of a triage."""
    inbox, colleagues = _inbox(scene), _colleagues(scene)
    tried = {one.subject[1] for one in scene.exchanges if one.call.name == "assign_task"}
    newcomers = _needed(scene, inbox, colleagues)
    if newcomers and not tried and scene.is_open("create_agent"):
        names = joined([str(plan.arguments.get("name", "")) for plan in newcomers])
        return Answer(f"Nobody here can take all of this. I ask for {names}.", tuple(newcomers))
    waiting = [task for task in inbox if task.number not in tried]
    if waiting and "assign_task" in scene.tools:
        calls = [_assign(scene, task, colleagues) for task in waiting]
        return Answer(f"I hand out {_count(len(calls))} from the inbox.", tuple(calls))
    return _conclude(scene)


def _inbox(scene: Scene) -> list[Waiting]:
    found = []
    for line in scene.brief.section("inbox").splitlines():
        if match := _TASK.match(line):
            rest: str = match[3]
            needs: tuple[str, ...] = ()
            if stated := _NEEDS.search(rest):
                rest = rest[: stated.start()]
                named = [word.strip().lower() for word in stated[1].split(",")]
                needs = tuple(need for need in named if need and not need.startswith("nothing"))
            found.append(Waiting(match[1], rest.strip(), needs))
    return found


def _colleagues(scene: Scene) -> list[Colleague]:
    found = []
    for line in scene.brief.section("agents").splitlines():
        if match := _AGENT.match(line):
            load = _LOAD.search(match[2])
            words = _LOAD.sub("", match[2]).lower()
            able = frozenset(stem(word) for word in re.findall(r"[\w-]+", words))
            if re.search(r"capabilities:\s*any\b", words):
                able |= {ANYTHING}
            found.append(Colleague(match[1], able, int(load[1]) if load else 0))
    return found


def _fits(task: Waiting, colleague: Colleague) -> int:
    return sum(_has(colleague, need) for need in task.needs)


def _has(colleague: Colleague, need: str) -> bool:
    """Whether somebody can do it, going by the words that tell something."""
    able = colleague.able
    return ANYTHING in able or any(stem(word) in able for word in _telling(need).split())


def _telling(need: str) -> str:
    """A need without the words that say nothing, unless it has no others."""
    return " ".join(telling(need)) or need


def _needed(scene: Scene, inbox: list[Waiting], colleagues: list[Colleague]) -> list[Planned]:
    """New agents: one for each capability that is missing, or one for a load that is too high."""
    missing: dict[str, list[str]] = {}
    for task in inbox:
        for need in task.needs:
            if not any(_has(colleague, need) for colleague in colleagues):
                missing.setdefault(_telling(need), []).append(task.number)
    plans = [
        _newcomer(scene, need, f"{joined(tasks[:4])} {_need(tasks)} {need}, and nobody has it.")
        for need, tasks in list(missing.items())[:MOST_NEW_AGENTS]
    ]
    if plans:
        return plans
    limit, load = _limit(scene), sum(colleague.load for colleague in colleagues)
    share = (load + len(inbox)) / max(1, len(colleagues))
    if limit is not None and inbox and share > limit:
        wanted = [need for task in inbox for need in task.needs]
        most = max(wanted, key=wanted.count) if wanted else "general"
        why = f"{load + len(inbox)} tasks for {len(colleagues)} agents is above {limit} each."
        return [_newcomer(scene, most, why)]
    return []


def _need(tasks: list[str]) -> str:
    return "needs" if len(tasks) == 1 else "need"


def _newcomer(scene: Scene, capability: str, reason: str) -> Planned:
    telling = _telling(capability)
    name = " ".join(word.upper() if len(word) < 4 else word.title() for word in telling.split())
    return scene.tools.plan(
        "create_agent",
        name=f"{name} Specialist",
        role=f"{name} specialist",
        capabilities=[telling],
        reason=reason,
    )


def _limit(scene: Scene) -> int | None:
    """The load per agent that the brief calls too high, if it names one."""
    match = _LIMIT.search(f"{scene.brief.rest}\n{scene.brief.section('agents')}")
    return int(match[1] or match[2]) if match else None


def _assign(scene: Scene, task: Waiting, colleagues: list[Colleague]) -> Planned:
    """The house chooses by capability and load itself; it is told whom only if it asks."""
    assignee = scene.tools.parameter("assign_task", "assignee")
    if assignee is None or assignee not in scene.tools.required("assign_task") or not colleagues:
        return scene.tools.plan("assign_task", task=task.number)
    best = max(colleagues, key=lambda one: (_fits(task, one), -one.load))
    return scene.tools.plan("assign_task", task=task.number, assignee=best.handle)


def _conclude(scene: Scene) -> Answer:
    done = len(scene.done("assign_task"))
    refused = [
        one.subject[1]
        for one in scene.exchanges
        if one.call.name == "assign_task" and one.failed and not _later(scene, one.subject[1])
    ]
    parts = [f"I have handed out {_count(done)}."]
    if new := len(scene.done("create_agent")):
        parts.append(f"{new} new agent{'s' if new > 1 else ''} will help.")
    if refused:
        stay = "stays" if len(set(refused)) == 1 else "stay"
        parts.append(f"{joined(sorted(set(refused)))} {stay} in the inbox for now.")
    summary = " ".join(parts)
    if scene.is_open("finish"):
        return Answer(
            summary, (scene.tools.plan("finish", summary=f"{summary} (Simulated model.)"),)
        )
    return Answer(f"{summary} (Simulated model.)")


def _later(scene: Scene, number: str) -> bool:
    return any(one.subject[1] == number for one in scene.done("assign_task"))


def _count(tasks: int) -> str:
    return "nothing" if not tasks else f"{tasks} task{'s' if tasks > 1 else ''}"
