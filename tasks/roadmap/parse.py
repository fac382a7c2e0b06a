"""Any Markdown plan as a tree of phases, tasks and subtasks. The rules: docs/roadmap-import.md."""

from tasks.roadmap.blocks import Block, Document, read_blocks, walk
from tasks.roadmap.checks import check_cycles, check_text, read_text
from tasks.roadmap.details import Details
from tasks.roadmap.drafts import Draft, items
from tasks.roadmap.keys import assign_keys
from tasks.roadmap.lazy import cut_lazy_lines
from tasks.roadmap.outline import read_outline, shared_codes, tick_headings
from tasks.roadmap.plan import Plan, find_plan
from tasks.roadmap.reader import Reader
from tasks.roadmap.references import References
from tasks.roadmap.tree import Phase, Problem, Roadmap, TaskNode


def parse(source: str | bytes) -> Roadmap:
    """Read a plan. The same text always gives the same tree.

    Raises Invalid with field "file" for what is no text or too large (1 MB, 50,000 lines,
    2,000 tasks), and with field "dependencies" for a circle. All else that is not understood
    stands in the tree's problems.
    """
    text = read_text(source) if isinstance(source, bytes) else source
    check_text(text)
    document = read_blocks(text)
    codes = shared_codes(text)
    cut_lazy_lines(document, codes)
    plan = find_plan(document, read_outline(document, codes), codes)
    problems: list[Problem] = []
    phases = _read(plan, Reader(document, codes, Details(document, problems)))
    assign_keys(phases, problems)
    References(phases, problems).resolve_all()
    check_cycles(phases)
    _report_contradictions(phases, problems)
    _report_outside(plan, document, problems)
    return Roadmap(
        title=plan.title,
        description=_intro(plan, document, problems),
        phases=[_phase(phase) for phase in phases],
        problems=_in_order(problems),
    )


def _read(plan: Plan, reader: Reader) -> list[Draft]:
    tick_headings([part for phase in plan.phases for part in (phase, *phase.walk())])
    if not plan.bullet_phases:
        return [reader.phase(section) for section in plan.phases]
    bullets = [
        bullet
        for section in plan.phases
        for block in section.blocks
        if block.kind == "list"
        for bullet in block.bullets
    ]
    found = [reader.bullet_phase(bullet) for bullet in bullets]
    return [phase for phase in found if phase is not None]


def _phase(draft: Draft) -> Phase:
    low, high = draft.hours or (None, None)
    description = list(draft.description)
    if draft.deliverables:
        description.append(
            "Deliverables:\n\n" + "\n".join(f"- {text}" for text in draft.deliverables)
        )
    if draft.needs:
        description.append(f"Needs: {', '.join(draft.needs)}")
    return Phase(
        key=draft.key,
        title=draft.title,
        description="\n\n".join(description),
        tasks=[_task(child) for child in draft.children],
        criteria=items(draft.criteria),
        depends_on=[other.key for other in draft.depends_on],
        dependencies_text="; ".join(reference.text for reference in draft.depends),
        estimate_low=low,
        estimate_high=high,
        line=draft.line,
    )


def _task(draft: Draft) -> TaskNode:
    low, high = draft.hours or (None, None)
    return TaskNode(
        key=draft.key,
        title=draft.title,
        description="\n\n".join(draft.description),
        children=[_task(child) for child in draft.children],
        checklist=items(draft.checklist),
        criteria=items(draft.criteria),
        depends_on=[other.key for other in draft.depends_on],
        dependencies_text="; ".join(reference.text for reference in draft.depends),
        estimate_low=low,
        estimate_high=high,
        needs=list(draft.needs),
        deliverables=list(draft.deliverables),
        done=draft.done,
        line=draft.line,
    )


def _intro(plan: Plan, document: Document, problems: list[Problem]) -> str:
    """What stands before the first section; a list there is reported, it may be work."""
    parts = []
    for block in plan.intro:
        if block.kind in ("comment", "rule"):
            continue
        if block.kind == "list" and plan.phases:
            problems.append(_problem(document, block.line, "a list outside of the phases"))
        parts.append(document.text(block.line, block.end))
    return "\n\n".join(part for part in parts if part)


def _report_contradictions(phases: list[Draft], problems: list[Problem]) -> None:
    for phase in phases:
        if not phase.children:
            problems.append(Problem(phase.line, phase.title, "a phase without tasks"))
        for draft in phase.walk():
            open_child = next((child for child in draft.children if not child.done), None)
            if draft.mark and open_child is not None:
                why = f'marked as done, but "{open_child.title[:80]}" below it is not'
                problems.append(Problem(draft.line, draft.title, why))


def _report_outside(plan: Plan, document: Document, problems: list[Problem]) -> None:
    """List the sections outside of the phases, and each table in them."""
    if not plan.phases:
        problems.append(Problem(1, "", "no phases or tasks were found"))
    for section in plan.outside:
        why = "a section outside of the phases"
        problems.append(Problem(section.line, section.title.text, why))
        blocks: list[Block] = list(section.blocks)
        for below in section.walk():
            blocks += below.blocks
        for block in walk(blocks):
            if block.kind == "table" or block.tabular:
                problems.append(_problem(document, block.line, "a table outside of the phases"))
            elif block.kind == "paragraph" and block.lines[0].startswith("|"):
                why = "a table without a proper header, outside of the phases"
                problems.append(_problem(document, block.line, why))
    for line, why in document.unread:
        problems.append(_problem(document, line, why))


def _problem(document: Document, line: int, why: str) -> Problem:
    return Problem(line, document.source[line - 1].strip()[:200], why)


def _in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.why))
