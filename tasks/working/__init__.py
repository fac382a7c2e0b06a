"""WORKING.md: the shared state of a workspace in one page, read and written by all.

    read_working_state(workspace: Workspace) -> WorkingPage
        The page as of one moment, in a constant number of queries.
        WorkingPage(text, etag, version, event_number, updated_at): `etag` changes whenever
        anything that an editor could overwrite does; `version` is the newest stored one, 0
        before the first.

    write_working_state(*, actor: Actor, workspace: Workspace, text: str,
                        base_etag: str | None = None, base_text: str | None = None,
                        note: str = "") -> WriteResult
        Apply an edited page through the verbs of the board, all of it or nothing.
        Say what was edited: `base_text`, the page as it was read (best, always possible), or
        `base_etag` alone, which works as long as that page can still be had (it is the
        present one, a stored version, or was read within the hour).
        WriteResult(version, applied: list[str], ignored: list[Ignored], text, etag), where
        Ignored(line: int, text: str, reason: str); `text` and `etag` are the page afterwards.
        Raises Conflict(code="working_conflict", details={"mine": str, "theirs": str,
        "etag": str, "clashes": [{"key", "field", "line", "base", "mine", "theirs",
        "message"}]}) when the same thing was changed differently meanwhile, or the base is
        not to be had (no clashes then): nothing is applied, both texts are in the details,
        and sending `mine` again with `base_text=theirs` overwrites.
        Raises Invalid(field="text", details={"line": int, "problems": [{"line", "message"}]})
        for what cannot be read or done, Invalid(code="base_needed") without any base.

    working_versions(workspace: Workspace) -> QuerySet[WorkingVersion]
        Newest first, with their authors.
    working_version(workspace: Workspace, number: int) -> WorkingVersion
        Raises NotFound.
    working_diff(old: str, new: str) -> WorkingDiff
        WorkingDiff(unified: str, rows: list[DiffRow], added: int, removed: int), where
        DiffRow(kind: "same" | "changed" | "added" | "removed" | "skipped",
        old_line: int | None, old: str, new_line: int | None, new: str).
    restore_working_version(*, actor: Actor, workspace: Workspace, number: int) -> WriteResult
        Bring notes, statuses, assignees, titles and blocks back to what a version says.
        What cannot be brought back is in `ignored`; the rest is done.
    snapshot_if_changed(workspace: Workspace) -> WorkingVersion | None
        Keep the present page as a version when it says something else than the newest one.
    snapshot_changed(limit: int = 200) -> int
        The same for every workspace with news; returns how many versions were kept.

The pure part knows no database: `text` (render, parse), `state` (what a page says),
`changes` (what an edit means, three-way merge).
"""

from tasks.working.changes import said
from tasks.working.history import (
    DiffRow,
    WorkingDiff,
    restore_working_version,
    snapshot_changed,
    snapshot_if_changed,
    working_diff,
    working_version,
    working_versions,
)
from tasks.working.page import WorkingPage, read_working_state
from tasks.working.writing import Ignored, WriteResult, write_working_state

__all__ = [
    "DiffRow",
    "Ignored",
    "WorkingDiff",
    "WorkingPage",
    "WriteResult",
    "read_working_state",
    "restore_working_version",
    "said",
    "snapshot_changed",
    "snapshot_if_changed",
    "working_diff",
    "working_version",
    "working_versions",
    "write_working_state",
]
