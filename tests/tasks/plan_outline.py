"""A tree in the short form in which the expected results of the sample plans are written."""

from tasks.roadmap.tree import Phase, Roadmap, TaskNode


def outline(roadmap: Roadmap) -> str:
    lines = [f"= {roadmap.title or '(no title)'}"]
    for phase in roadmap.phases:
        lines.append(_line(phase, 0))
        for task in phase.tasks:
            lines += _lines(task, 1)
    for problem in roadmap.problems:
        lines.append(f"! {problem.line}: {problem.why}: {problem.text}")
    return "\n".join(lines) + "\n"


def _lines(task: TaskNode, depth: int) -> list[str]:
    lines = [_line(task, depth)]
    for child in task.children:
        lines += _lines(child, depth + 1)
    return lines


def _line(part: Phase | TaskNode, depth: int) -> str:
    says = [f"{part.key}: {part.title}"]
    if part.depends_on:
        says.append(f"after {', '.join(part.depends_on)}")
    if part.estimate_low is not None:
        says.append(f"{part.estimate_low:g}-{part.estimate_high:g} h")
    if isinstance(part, TaskNode):
        if part.needs:
            says.append(f"needs {', '.join(part.needs)}")
        if part.checklist:
            ticked = sum(item.done for item in part.checklist)
            says.append(f"checklist {ticked}/{len(part.checklist)}")
        if part.deliverables:
            says.append(f"delivers {len(part.deliverables)}")
    if part.criteria:
        says.append(f"criteria {len(part.criteria)}")
    if part.done:
        says.append("done")
    return "  " * depth + " | ".join(says)
