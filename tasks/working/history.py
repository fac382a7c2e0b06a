"""Earlier states of the page: list, compare, bring back, and keep one now and then."""

from django.core.cache import cache
from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from accounts.actions import system_actor
from accounts.models import Actor, Workspace
from core.diff import Diff as WorkingDiff
from core.diff import DiffRow, compare
from core.errors import NotFound
from tasks.models import WorkingVersion
from tasks.working.applying import Ignored
from tasks.working.changes import Merged, field_changes, merge_notes
from tasks.working.names import Names
from tasks.working.page import WorkingPage, etag_of, read_working_state
from tasks.working.state import WorkingState
from tasks.working.text import number_of, parse, with_stamp_of
from tasks.working.writing import (
    Plan,
    WriteResult,
    check_actor,
    keep_version,
    present,
    take_page_turn,
    write,
)

__all__ = [
    "DiffRow",
    "WorkingDiff",
    "restore_working_version",
    "snapshot_changed",
    "snapshot_if_changed",
    "working_diff",
    "working_version",
    "working_versions",
]


def working_diff(old: str, new: str) -> WorkingDiff:
    """What is different between two states of the page, apart from when each was written."""
    return compare(with_stamp_of(new, old), new)


def working_versions(workspace: Workspace) -> QuerySet[WorkingVersion]:
    """The stored versions, newest first, with their authors."""
    versions = WorkingVersion.objects.filter(workspace=workspace)
    return versions.select_related("author").order_by("-number")


def working_version(workspace: Workspace, number: int) -> WorkingVersion:
    """One stored version. Raises NotFound."""
    version = working_versions(workspace).filter(number=number).first()
    if version is None:
        raise NotFound(f"There is no version {number} of WORKING.md.", field="number")
    return version


def restore_working_version(*, actor: Actor, workspace: Workspace, number: int) -> WriteResult:
    """Bring notes, statuses, assignees, titles and blocks back to what a version says.

    What has come to be since stays; what a verb refuses is listed, and the rest is done.
    The version itself stays too: the restored page is a new one.
    """
    check_actor(actor, workspace)
    version = working_version(workspace, number)

    def plan(page: WorkingPage) -> Plan:
        return _restoring(workspace, parse(version.text), page, number)

    note = f"restored version {number}"
    return write(actor=actor, workspace=workspace, plan=plan, note=note)


def snapshot_if_changed(workspace: Workspace) -> WorkingVersion | None:
    """Keep the present page as a version when it says something else than the newest one.

    Writes nothing into the log: it is no change. Harmless to repeat, and beside any writer.
    """
    page = read_working_state(workspace)
    if not _is_news(workspace, page):
        return None
    with transaction.atomic():
        take_page_turn(workspace)
        if not _is_news(workspace, page):
            return None
        return keep_version(workspace, system_actor(workspace), page, note="snapshot")


def snapshot_changed(limit: int = 200) -> int:
    """Keep the page of every workspace in which something has happened since its newest version.

    Returns how many versions that made.
    """
    newest = WorkingVersion.objects.filter(workspace=OuterRef("pk")).order_by("-number")
    active = (
        Workspace.objects.annotate(kept=Subquery(newest.values("event_number")[:1]))
        .filter(Q(kept__isnull=True) | Q(last_event__gt=F("kept")))
        .order_by("pk")
    )
    made = looked = 0
    for workspace in active:
        # Most of what happens changes no line of the page: it need not be looked at twice.
        seen = f"working-seen:{workspace.pk}"
        if cache.get(seen) == workspace.last_event:
            continue
        made += snapshot_if_changed(workspace) is not None
        cache.set(seen, workspace.last_event, None)
        looked += 1
        if looked >= limit:
            break
    return made


def _is_news(workspace: Workspace, page: WorkingPage) -> bool:
    newest = working_versions(workspace).first()
    if newest is None:
        return True
    return newest.number == page.version and etag_of(parse(newest.text)) != page.etag


def _restoring(workspace: Workspace, then: WorkingState, page: WorkingPage, number: int) -> Plan:
    then = Names(workspace).known(then, strict=False)
    now = present(workspace, parse(page.text), then, page)
    old, known = then.by_key(), now.by_key()
    ignored = [
        Ignored(line.line, f"{key} {line.title}", "It was deleted, and stays so.")
        for key, line in old.items()
        if key not in known
    ]
    ignored += [
        Ignored(0, f"{key} {line.title}", "It came later, and stays as it is.")
        for key, line in known.items()
        if number_of(key) > max(map(number_of, old), default=0)
    ]
    todo = [
        change
        for key, line in old.items()
        if key in known
        for change in field_changes(known[key], line)
    ]
    notes, changed, _ = merge_notes(now.notes, then.notes, now.notes)
    merged = Merged(changes=(*todo, *changed), notes=notes)
    return Plan(merged, strict=False, base_number=number, ignored=tuple(ignored))
