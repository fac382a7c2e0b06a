"""A goal run: break it down into three to seven tasks that depend on one another sensibly."""

import re
from dataclasses import dataclass

from modules.language.providers.simulated.knowledge import fields_of
from modules.language.providers.simulated.scene import Answer, Brief, Scene
from modules.language.providers.simulated.toolbox import Planned
from modules.language.providers.simulated.troubles import explain
from modules.language.providers.simulated.wishes import named_parts, steps, subject
from modules.language.providers.simulated.words import clipped, joined, keywords, lower_first

MOST, LEAST = 7, 3


@dataclass(frozen=True)
class Part:
    """One task to be made; `after` names the places of those that come before it."""

    title: str
    description: str
    criteria: tuple[str, ...]
    after: tuple[int, ...] = ()


def goal(scene: Scene) -> Answer:
    """The next turn: what depends on nothing yet unmade is made now, the rest as ids come back."""
    parts = break_down(scene.brief)
    if stuck := scene.given_up("create_task"):
        return explain(stuck, "make the tasks")
    made = _made(scene, parts)
    keyed = scene.tools.parameter("create_task", "key") is not None
    tried = {one.subject[1] for one in scene.exchanges if one.call.name == "create_task"}
    ready = [
        (position, part)
        for position, part in enumerate(parts)
        if part.title not in tried and (keyed or all(before in made for before in part.after))
    ]
    if ready and "create_task" in scene.tools:
        calls = [_create(scene, part, position, made, keyed) for position, part in ready]
        if made:
            return Answer("Now those that build on them.", tuple(calls))
        return Answer(f"I break this down into {len(parts)} tasks.", tuple(calls))
    return _finish(scene, parts, made)


def break_down(brief: Brief) -> list[Part]:
    """The tasks of a goal: its own list or the parts it names, else the usual way of such work."""
    items = brief.checklist or _listed(brief.section("description")) or steps(_asked(brief))
    titles = [clipped(item.rstrip("."), 110) for item in items[: MOST - 1]]
    if len(titles) >= LEAST - 1:
        return _from_list(brief, titles)
    parts = [clipped(part, 80) for part in named_parts(_asked(brief))[: MOST - 2]]
    return _from_parts(brief, parts) if len(parts) >= LEAST - 1 else _usual(brief)


def _from_list(brief: Brief, titles: list[str]) -> list[Part]:
    """The first comes first, the middle ones side by side, a check of the whole last."""
    first, *others = titles
    parts = [_part(brief, first, ())]
    parts += [_part(brief, title, (0,)) for title in others]
    check = f"Check {_goal(brief)} as a whole"
    criteria = tuple(brief.criteria[:4]) or (f"Everything planned for {_goal(brief)} is in place",)
    last = Part(check, _described(brief, check), criteria, tuple(range(1, len(parts))) or (0,))
    return [*parts, last]


def _from_parts(brief: Brief, titles: list[str]) -> list[Part]:
    """What the whole must achieve first, the parts side by side, then all of it together."""
    name = _goal(brief)
    parts = [_purpose(brief, name)]
    for title in titles:
        field = fields_of(title, 1)[0]
        criteria = (
            f"{title}: what was decided is written down, with the reasons",
            f"{title}: the next step is named, with who takes it and by when",
        )
        what = f"Work out {lower_first(title)} for {name}; then {field.checks[0]}"
        parts.append(Part(title, _described(brief, what), criteria, (0,)))
    whole = f"Bring {name} together"
    whole_criteria = tuple(brief.criteria[:4]) or (
        f"{joined([lower_first(title) for title in titles])} fit together: nothing contradicts",
        "What is still open is listed",
    )
    last = Part(whole, _described(brief, whole), whole_criteria, tuple(range(1, len(parts))))
    return [*parts, last]


def _purpose(brief: Brief, name: str) -> Part:
    return Part(
        f"Find out what {name} must achieve",
        _described(brief, "Ask those who want it, and write down what counts as success."),
        (f"The purpose of {name} is stated in one sentence", "Open questions are listed"),
    )


def _usual(brief: Brief) -> list[Part]:
    name = _goal(brief)
    field = fields_of(f"{brief.title}\n{brief.section('description')}", 1)[0]
    return [
        _purpose(brief, name),
        Part(
            f"Design {name}",
            _described(brief, "Choose a way and name what was not chosen, with the reasons."),
            (
                "At least two ways are compared",
                f"The decision names its risk: {lower_first(field.risk)}",
            ),
            (0,),
        ),
        Part(
            f"Build the first usable version of {name}",
            _described(brief, f"{field.decision}: {field.reason}."),
            (
                f"A first version of {name} can be used from end to end",
                "Its limits are written down",
            ),
            (1,),
        ),
        Part(
            f"Check {name} with real use",
            _described(brief, f"{field.checks[0][:1].upper()}{field.checks[0][1:]}."),
            tuple(brief.criteria[:4]) or (f"The findings on {name} are recorded with their cause",),
            (2,),
        ),
        Part(
            f"Explain {name} to its users",
            _described(brief, "One worked example first, then the rules."),
            ("A newcomer can follow it without asking",),
            (2,),
        ),
    ]


def _part(brief: Brief, title: str, after: tuple[int, ...]) -> Part:
    field = fields_of(title, 1)[0]
    criteria = (f"{title} is done and can be seen", f"It was checked: {field.checks[0]}")
    return Part(title, _described(brief, title), criteria, after)


def _described(brief: Brief, what: str) -> str:
    whole = f"{brief.number}: {brief.title}" if brief.number else brief.title
    return f"{what.rstrip('.')}.\n\nPart of {whole}."


def _goal(brief: Brief) -> str:
    return f"“{subject(_asked(brief))}”"


def _asked(brief: Brief) -> str:
    """A goal in its own words: a title that was cut goes on in the description."""
    head = brief.title.rstrip("… ")
    told = brief.section("description").strip()
    return told if told.startswith(head) else brief.title


def _listed(text: str) -> list[str]:
    pattern = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+(?:\[.\]\s+)?(.+)$", re.M)
    return [match.strip(" *_") for match in pattern.findall(text)]


def _made(scene: Scene, parts: list[Part]) -> dict[int, str]:
    """Which parts exist already, and under which id."""
    by_title = {one.subject[1]: one.find_task() for one in scene.done("create_task")}
    return {n: by_title[part.title] for n, part in enumerate(parts) if part.title in by_title}


def _create(scene: Scene, part: Part, position: int, made: dict[int, str], keyed: bool) -> Planned:
    depends = [made.get(before) or f"part-{before + 1}" for before in part.after]
    return scene.tools.plan(
        "create_task",
        title=part.title,
        description=part.description,
        parent=scene.brief.number,
        depends_on=depends,
        criteria=list(part.criteria),
        key=f"part-{position + 1}" if keyed else None,
        needs=_needs(scene.brief, part),
    )


def _needs(brief: Brief, part: Part) -> list[str]:
    """The capabilities of the team that the part calls for; none rather than a guess."""
    told = re.findall(r"capabilities:\s*([^;\n]+)", brief.section("agents"))
    team = {word.strip() for line in told for word in line.split(",")} - {"any", ""}
    field = fields_of(part.title, 1)[0]
    about = set(keywords(f"{part.title} {field.words}"))
    return sorted(word for word in team if set(keywords(word)) & about)[:2]


def _finish(scene: Scene, parts: list[Part], made: dict[int, str]) -> Answer:
    names = joined([number for number in made.values() if number][:MOST])
    summary = f"{len(made)} of {len(parts)} tasks are made for “{scene.brief.title}”"
    summary += f": {names}." if names else "."
    if scene.is_open("finish"):
        plan = scene.tools.plan("finish", summary=f"{summary} (Simulated model.)")
        return Answer("The goal is broken down.", (plan,))
    return Answer(f"{summary} (Simulated model.)")
