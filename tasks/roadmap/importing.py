"""Taking a plan into the board, again and again as it changes."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Max

from accounts.models import Actor, Workspace
from accounts.roles import require
from activity.log import record, verb
from core.errors import Conflict, Forbidden, Invalid
from documents.actions import create_document, edit_document
from documents.models import Document, Version
from tasks.actions.common import wake_orchestrators
from tasks.actions.placing import STEP, next_numbers
from tasks.models import Task
from tasks.roadmap.checks import read_text
from tasks.roadmap.comparing import Difference, Kept, OnBoard, compare
from tasks.roadmap.content import FIELDS, Content, contents, source_of
from tasks.roadmap.parse import parse
from tasks.roadmap.tree import Roadmap
from tasks.roadmap.writing import (
    follow_up,
    prove_done,
    write_edges,
    write_tasks,
    write_updates,
)

IMPORTED = "Imported"


@dataclass
class ImportReport:
    """What an import did, or, in a dry run, would do.

    `created` and `updated` name tasks by their key in the plan, with the number on the board
    (None for what a dry run would create). `kept` is what the plan says otherwise than the
    board, and why it stayed.
    """

    title: str
    roadmap: Roadmap
    dry_run: bool
    created: list[dict[str, Any]] = field(default_factory=list)
    updated: list[dict[str, Any]] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    unchanged: int = 0
    document_id: UUID | None = None

    @property
    def changed(self) -> bool:
        return bool(self.created or self.updated)

    def to_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "dry_run": self.dry_run,
            "created": self.created,
            "updated": self.updated,
            "kept": [
                {"key": kept.key, "title": kept.title, "why": kept.why, "line": kept.line}
                for kept in self.kept
            ],
            "unchanged": self.unchanged,
            "document": str(self.document_id) if self.document_id else None,
            "not_understood": self.roadmap.to_json()["not_understood"],
            "counts": self.roadmap.counts(),
        }


def import_roadmap(
    *,
    actor: Actor,
    workspace: Workspace,
    text: str | bytes,
    title: str = "",
    dry_run: bool = False,
) -> ImportReport:
    """Take a plan in Markdown into the board: phases, tasks below them, what they wait for.

    `title` tells one roadmap from another and overrides the document's own. The same document
    again changes nothing; a changed one adds what is new and changes what has not begun (see
    `compare`), the rest is reported. What is ticked in the document is done, with that as its
    evidence. The text is kept as a document. Wakes those who hand out work, once.

    Raises Invalid, before anything is written, for what is no plan, too large, or goes in a
    circle. Reading takes its time before the transaction begins.
    """
    require(actor, "work")
    if actor.workspace_id != workspace.pk:
        raise Forbidden("That is another workspace.")
    if isinstance(text, bytes):
        text = read_text(text)
    roadmap = parse(text)
    title = " ".join((title or roadmap.title or "Roadmap").split())[:180]
    plan = contents(roadmap)
    if not any(content.kind == "task" for content in plan.values()):
        raise Invalid(
            "No tasks were found in the file.",
            field="file",
            code="no_tasks",
            details={"not_understood": roadmap.to_json()["not_understood"]},
        )
    report = ImportReport(title, roadmap, dry_run)
    document = _document(workspace, title)
    before = _imported(document, text, plan)
    if dry_run:
        board = _board(workspace, title, lock=False)
        _fill(report, compare(plan, board, before), board, {})
        return report
    return _take(actor=actor, report=report, text=text, plan=plan, before=before, document=document)


@verb
def _take(
    *,
    actor: Actor,
    report: ImportReport,
    text: str,
    plan: dict[str, Content],
    before: dict[str, Content] | None,
    document: Document | None,
) -> ImportReport:
    workspace, title = actor.workspace, report.title
    board = _board(workspace, title, lock=True)
    todo = compare(plan, board, before)
    numbers = next_numbers(workspace.pk, len(todo.new)) if todo.new else 0
    _nobody_was_faster(workspace, title, board)
    made: dict[str, Task] = {}
    ids = {key: task.pk for key, task in board.items()}
    if todo.new:
        made = write_tasks(
            actor=actor,
            source=source_of(title),
            new=todo.new,
            board=ids,
            first_number=numbers,
            first_position=_last_position(workspace) + STEP,
        )
        ids |= {key: task.pk for key, task in made.items()}
    _fill(report, todo, board, made)
    if report.changed:
        write_updates(actor=actor, updates=todo.updates, ids=ids)
        write_edges(workspace=workspace, new=todo.new, updates=todo.updates, ids=ids)
        document = _keep_text(actor, document, title, text, made)
        report.document_id = document.pk
        prove_done(actor=actor, new=todo.new, made=made, document=document)
        _log(actor, report, todo, made, document)
        follow_up(actor=actor, made=made, board=set(ids.values()))
    return report


def _board(workspace: Workspace, title: str, *, lock: bool) -> dict[str, OnBoard]:
    """The tasks that earlier imports of this roadmap made. Two queries."""
    source = source_of(title)
    tasks = Task.objects.filter(workspace=workspace, source_key__startswith=source).order_by("pk")
    if lock:
        tasks = tasks.select_for_update(of=("self",), no_key=True)
    rows = list(tasks.prefetch_related("dependencies"))
    key_of = {task.pk: str(task.source_key).removeprefix(source) for task in rows}
    return {
        key_of[task.pk]: OnBoard(
            pk=task.pk,
            key=key_of[task.pk],
            kind=task.kind,
            number=task.number,
            title=task.title,
            status=task.status,
            version=task.version,
            parent=key_of.get(task.parent_id) if task.parent_id else None,
            fields={name: getattr(task, name) for name in FIELDS},
            waits_for=frozenset(
                key_of[edge.needs_id] for edge in task.dependencies.all() if edge.needs_id in key_of
            ),
        )
        for task in rows
    }


def _nobody_was_faster(workspace: Workspace, title: str, board: dict[str, OnBoard]) -> None:
    """Two imports of a roadmap that is not on the board yet find no row to wait at."""
    source = source_of(title)
    now = Task.objects.filter(workspace=workspace, source_key__startswith=source).count()
    if now != len(board):
        raise Conflict(f"“{title}” is being imported by somebody else; try again.", field="file")


def _last_position(workspace: Workspace) -> float:
    inbox = Task.objects.filter(workspace=workspace, status=Task.Status.INBOX)
    return inbox.aggregate(last=Max("position"))["last"] or 0.0


def _document(workspace: Workspace, title: str) -> Document | None:
    """The document that keeps the text of this roadmap: the oldest one at one of its phases."""
    return (
        Document.objects.filter(
            workspace=workspace,
            kind=Document.Kind.PROTOCOL,
            task__kind=Task.Kind.PHASE,
            task__source_key__startswith=source_of(title),
        )
        .order_by("created_at")
        .first()
    )


def _imported(
    document: Document | None, text: str, plan: dict[str, Content]
) -> dict[str, Content] | None:
    """The plan as it was last imported, from the text that was kept."""
    if document is None:
        return None
    version = (
        Version.objects.filter(document=document, note=IMPORTED).order_by("-number").first()
        or Version.objects.filter(document=document).order_by("number").first()
    )
    if version is None:
        return None
    if version.content == text:
        return plan
    try:
        return contents(parse(version.content))
    except Invalid:
        return None


def _keep_text(
    actor: Actor, document: Document | None, title: str, text: str, made: dict[str, Task]
) -> Document:
    if document is not None:
        return edit_document(actor=actor, document=document, content=text, note=IMPORTED)
    phase = next((task for task in made.values() if task.kind == Task.Kind.PHASE), None)
    return create_document(
        actor=actor,
        title=f"Roadmap: {title}",
        content=text,
        kind=Document.Kind.PROTOCOL,
        task=phase,
    )


def _fill(
    report: ImportReport, todo: Difference, board: dict[str, OnBoard], made: dict[str, Task]
) -> None:
    for content in todo.new:
        report.created.append(
            {
                "key": content.key,
                "task": made[content.key].key if content.key in made else None,
                "title": content.title,
                "kind": content.kind,
            }
        )
    for update in todo.updates:
        task = board[update.key]
        report.updated.append(
            {
                "key": update.key,
                "task": f"TASK-{task.number:03d}",
                "title": update.fields.get("title", task.title),
                "changed": update.words,
            }
        )
    report.kept, report.unchanged = todo.kept, todo.unchanged


def _log(
    actor: Actor,
    report: ImportReport,
    todo: Difference,
    made: dict[str, Task],
    document: Document | None,
) -> None:
    """One entry for the roadmap and one for each task; those who hand out work wake once."""
    phases = sum(content.kind == "phase" for content in todo.new)
    tasks = len(todo.new) - phases
    parts = [f"{phases} phases and {tasks} tasks"] if todo.new else []
    parts += [f"{len(todo.updates)} changed"] if todo.updates else []
    record(
        actor=actor,
        verb="roadmap.imported",
        message=f"imported the roadmap “{report.title}”: {', '.join(parts)}",
        document=document,
        data={
            "title": report.title,
            "created": len(todo.new),
            "updated": len(todo.updates),
            "kept": len(todo.kept),
            "not_understood": len(report.roadmap.problems),
        },
    )
    for task in made.values():
        record(
            actor=actor,
            verb="task.created",
            message=f"created {task.key} {task.title}",
            task=task,
            data={
                "kind": task.kind,
                "parent": str(task.parent_id) if task.parent_id else None,
                "to": task.status,
            },
        )
    first = next((task for task in made.values() if task.status == Task.Status.INBOX), None)
    if first is not None:
        wake_orchestrators(first, f"“{report.title}” came in")


__all__ = ["ImportReport", "Kept", "import_roadmap"]
