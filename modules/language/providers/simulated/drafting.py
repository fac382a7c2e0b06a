"""Writing the document that a task asks for: every item and every criterion in its own section."""

import re

from modules.language.providers.simulated.knowledge import BUILDING, WAYS, Field, fields_of
from modules.language.providers.simulated.scene import Brief
from modules.language.providers.simulated.words import (
    clipped,
    coverage,
    joined,
    keywords,
    number,
    sentences,
    stem,
    turn,
)

# Beyond so many sections each gets fewer words, so that a reply keeps within its tokens.
_MANY = 14
_FORGETS_ONE_IN = 5

BYLINE = "> Written by the simulated model: the structure is real, the work behind it is not."


def forgets_last(brief: Brief) -> bool:
    """Whether the first draft leaves out the last requirement, as about one in five does."""
    if brief.section("sent back") or len(brief.requirements) < 2:
        return False
    return number("forgets", brief.title) % _FORGETS_ONE_IN == 0


def kind_of(brief: Brief) -> str:
    """deliverable, or research for a task that asks to find something out."""
    wanted = {stem(word) for word in ("research", "evaluate", "compare", "investigate", "explore")}
    return "research" if wanted & set(keywords(brief.title)[:3]) else "deliverable"


def draft(brief: Brief, *, sources: list[tuple[str, str]], answers: str = "") -> str:
    """The whole document. `sources` are (title, text) of what earlier tasks have written."""
    criteria, checklist = list(brief.criteria), list(brief.checklist)
    if forgets_last(brief):
        (criteria or checklist).pop()
    about = "\n".join([brief.title, brief.section("description"), *checklist, *criteria, answers])
    fields = fields_of(about)
    brisk = len(criteria) + len(checklist) > _MANY
    parts = [f"# {brief.title}", BYLINE, "## Summary", _summary(brief, fields, answers)]
    if sources:
        parts += ["## What this builds on", _sources(brief, sources)]
    if checklist:
        parts += ["## Plan", *(_step(item, n, brisk) for n, item in enumerate(checklist, 1))]
    elif not criteria:
        parts += ["## Plan", _plain_plan(brief, fields, answers)]
    if criteria:
        parts += ["## How each criterion is met"]
        parts += [_criterion(item, brief, n, brisk) for n, item in enumerate(criteria)]
    parts += ["## Decisions", _table(("Decision", "Why"), [(f.decision, f.reason) for f in fields])]
    parts += ["## Risks", _table(("Risk", "Answer"), [(f.risk, f.answer) for f in fields])]
    parts += ["## Next steps", _next_steps(brief, fields)]
    return "\n\n".join(part for part in parts if part) + "\n"


def revise(text: str, brief: Brief, points: list[str], reason: str) -> str:
    """The document with a section for each point that the review named."""
    count = len(re.findall(r"^## Revision \d+", text, re.M)) + 1
    quoted = "\n".join(f"> {line}" for line in reason.strip().splitlines() if line.strip())
    parts = [text.rstrip(), f"## Revision {count}", f"The review sent this back:\n\n{quoted}"]
    parts += [_criterion(point, brief, n, brisk=False) for n, point in enumerate(points)]
    if not points:
        parts.append("Each remark above has been gone through; the sections it concerns stand.")
    return "\n\n".join(parts) + "\n"


def named_points(brief: Brief) -> list[str]:
    """What a review found wanting: the criteria that its reason names, else its own lines."""
    reason = brief.section("sent back")
    quoted = re.findall(r"[“\"]([^”\"\n]{4,})[”\"]", reason)
    named = [
        item
        for item in brief.requirements
        if item in reason or any(item in quote or quote in item for quote in quoted)
    ]
    if not named:
        named = [item for item in brief.requirements if coverage(item, reason)[0] >= 0.75]
    if named:
        return named
    lines = [line.strip(" -*>") for line in reason.splitlines()]
    return [clipped(line, 160) for line in lines if len(keywords(line)) > 1][:5]


def untreated(points: list[str], text: str) -> list[str]:
    """Those points that have no section of their own in the text yet."""
    headings = set(re.findall(r"^#+ (.+)$", text, re.M))
    return [point for point in points if _heading(point) not in headings]


def _heading(point: str) -> str:
    return clipped(point.rstrip(". "), 160)


def _summary(brief: Brief, fields: list[Field], answers: str) -> str:
    told = sentences(_prose(brief.section("description")), 2)
    count = f"{len(brief.checklist)} steps" if brief.checklist else "one line of work"
    criteria = len(brief.criteria)
    judged = f", and {criteria} criteria say when it is done" if criteria else ""
    lines = [f"This covers **{brief.title}** in {count}{judged}."]
    if told:
        lines.append(told if told[-1] in ".!?" else f"{told}.")
    if answers:
        lines.append(f"The answer that was given meanwhile is taken in: {clipped(answers, 240)}")
    names = joined([field.name for field in fields])
    lines.append(f"What matters most here lies in the field of {names}.")
    return " ".join(lines)


def _prose(text: str) -> str:
    """The first paragraph that is no list, heading, table or code."""
    for paragraph in re.split(r"\n\s*\n", text):
        if paragraph.strip() and not re.match(r"\s*([-*+#|>`]|\d+[.)])", paragraph):
            return paragraph
    return ""


def _sources(brief: Brief, sources: list[tuple[str, str]]) -> str:
    lines = []
    for title, text in sources:
        shared = [word for word in keywords(brief.title) if word in set(keywords(text))]
        heads = re.findall(r"^###+ (?:\d+\. )?(.+)$", text, re.M)
        heads = heads or re.findall(r"^## (.+)$", text, re.M)
        told = f"taken over: {clipped(heads[0], 80)}" if heads else "read and taken into account"
        near = f"; it speaks of the same things ({joined(shared[:3])})" if shared else ""
        lines.append(f"- **{title}** — {told}{near}.")
    return "\n".join(lines)


def _step(item: str, position: int, brisk: bool) -> str:
    approach, result = _way(item, position)
    check = turn(fields_of(item, 1)[0].checks, position)
    heading = f"### {position}. {clipped(item, 140)}"
    if brisk:
        return f"{heading}\n\n{approach} {result}"
    return (
        f"{heading}\n\n"
        f"- **Approach:** {approach}\n"
        f"- **Result:** {result}\n"
        f"- **Check:** {check[:1].upper()}{check[1:]}."
    )


_WRITTEN = {
    stem(word) for word in ["guide", "documentation", "docs", "readme", "manual", "runbook"]
}


def _way(item: str, position: int) -> tuple[str, str]:
    """How to go about an item, and what there is in the end."""
    words = re.findall(r"[\w’'-]+", item)
    verb = words[0].lower() if words else ""
    rest = item.split(" ", 1)[1] if len(words) > 1 else item
    if verb == "set" and rest.lower().startswith("up "):
        rest = rest[3:]
    written = bool(_WRITTEN & set(keywords(rest)))
    for verbs, approaches, result in WAYS:
        if verb in verbs or (written and "document" in verbs):
            return turn(approaches, position).format(it=_object(rest)), result
    approaches, result = BUILDING
    built = verb in ("build", "create", "implement", "develop", "add", "make", "include", "track")
    return turn(approaches, position).format(it=_object(rest if built else item)), result


def _object(text: str) -> str:
    return clipped(text.rstrip(".:; ").replace("{", "(").replace("}", ")"), 110)


_OPENINGS = (
    "This is shown, not claimed.",
    "It holds when anybody can see it for themselves.",
    "It is met by the steps above and made visible here.",
)
_CLOSINGS = (
    "The outcome is kept with the task, so that a later change can be held against it.",
    "What was found on the way is noted beside it.",
    "If it ever fails, this is the first place to look.",
)


def _criterion(item: str, brief: Brief, position: int, brisk: bool) -> str:
    check = turn(fields_of(f"{item}\n{brief.title}", 1)[0].checks, position)
    words = [turn(_OPENINGS, position), f"“{item.rstrip('. ')}” is checked so: {check}."]
    if not brisk:
        words.append(turn(_CLOSINGS, position))
    return f"### {_heading(item)}\n\n{' '.join(words)}"


def _plain_plan(brief: Brief, fields: list[Field], answers: str) -> str:
    subject = _object(brief.title)
    steps = [
        f"Agree in one sentence on what “{subject}” has to achieve"
        + (f", going by the answer: {clipped(answers, 120)}" if answers else ""),
        f"Do the part of it that is least certain first, and {fields[0].checks[0]}",
        "Widen it to the cases that were named, one after the other",
        "Hand it over with what was learned and what was left out on purpose",
    ]
    return "\n".join(f"{n}. {step}." for n, step in enumerate(steps, 1))


def _next_steps(brief: Brief, fields: list[Field]) -> str:
    first = brief.checklist[0] if brief.checklist else brief.title
    steps = [
        f"Begin with “{clipped(first, 90)}”, since the rest leans on it.",
        f"Before it is called done: {fields[0].checks[0]}.",
        "Tell those whose tasks depend on this one what has changed for them.",
    ]
    return "\n".join(f"{n}. {step}" for n, step in enumerate(steps, 1))


def _table(heads: tuple[str, str], rows: list[tuple[str, str]]) -> str:
    lines = [f"| {heads[0]} | {heads[1]} |", "|---|---|"]
    return "\n".join([*lines, *(f"| {left} | {right} |" for left, right in rows)])
