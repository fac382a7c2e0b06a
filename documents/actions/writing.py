"""Verbs on the text: write, revise, restore, archive. Every state is kept."""

from typing import Any

from django.db.models import F

from accounts.models import Actor
from accounts.roles import require
from activity.log import verb
from core.clock import Now
from core.errors import Conflict, Invalid, NotFound
from documents.actions.sharing import hold
from documents.models import Document, Version
from documents.privacy import enter, require_edit

MAX_CONTENT = 1_000_000


@verb
def create_document(
    *,
    actor: Actor,
    title: str,
    content: str = "",
    kind: str = Document.Kind.DELIVERABLE,
    task: Any = None,
    visibility: str = Document.Visibility.WORKSPACE,
    simulated: bool = False,
) -> Document:
    """A new document, its first version. A private one belongs to no task, and is a person's."""
    require(actor, "work")
    _check(title, content, kind)
    _check_visibility(actor, visibility, task)
    if task is not None and task.workspace_id != actor.workspace_id:
        raise Invalid("There is no such task in this workspace.", field="task")
    document = Document.objects.create(
        workspace=actor.workspace,
        title=title.strip(),
        content=content,
        kind=kind,
        visibility=visibility,
        task=task,
        created_by=actor,
        simulated=simulated,
    )
    Version.objects.create(
        document=document, number=1, title=document.title, content=content, author=actor
    )
    enter(
        actor=actor,
        document=document,
        verb="document.created",
        message=f"wrote “{document.title}”",
        data={"kind": kind, "words": len(content.split())},
    )
    return document


@verb
def edit_document(
    *,
    actor: Actor,
    document: Document,
    title: str | None = None,
    content: str | None = None,
    kind: str | None = None,
    note: str = "",
    expected_version: int | None = None,
    simulated: bool | None = None,
) -> Document:
    """A new version of a document, if anything changed.

    With `expected_version`, raises Conflict holding both texts when somebody was faster.
    """
    held = hold(document)
    require_edit(actor, held)
    if expected_version is not None and held.version != expected_version:
        raise Conflict(
            f"“{held.title}” was changed meanwhile: it is at version {held.version}.",
            code="version_conflict",
            details={"theirs": held.content, "mine": content, "version": held.version},
        )
    new_title = held.title if title is None else title.strip()
    new_content = held.content if content is None else content
    new_kind = held.kind if kind is None else kind
    _check(new_title, new_content, new_kind)
    if (new_title, new_content, new_kind) == (held.title, held.content, held.kind):
        return held
    Document.objects.filter(pk=held.pk).update(
        title=new_title,
        content=new_content,
        kind=new_kind,
        version=F("version") + 1,
        updated_at=Now(),
        **({} if simulated is None else {"simulated": simulated}),
    )
    held.refresh_from_db()
    Version.objects.create(
        document=held,
        number=held.version,
        title=new_title,
        content=new_content,
        author=actor,
        note=note.strip()[:200],
    )
    enter(
        actor=actor,
        document=held,
        verb="document.edited",
        message=f"revised “{held.title}” (version {held.version})" + (f": {note}" if note else ""),
        data={"version": held.version},
    )
    return held


@verb
def restore_version(*, actor: Actor, document: Document, number: int) -> Document:
    """Make an earlier version the newest again; the ones between stay in the history."""
    version = document.versions.filter(number=number).first()
    if version is None:
        raise NotFound(f"“{document.title}” has no version {number}.")
    return edit_document(
        actor=actor,
        document=document,
        title=version.title,
        content=version.content,
        note=f"Restored from version {number}",
    )


@verb
def archive_document(*, actor: Actor, document: Document, archived: bool = True) -> Document:
    """Put a document away, or take it out again."""
    held = hold(document)
    require_edit(actor, held)
    if archived == (held.archived_at is not None):
        return held
    Document.objects.filter(pk=held.pk).update(archived_at=Now() if archived else None)
    held.refresh_from_db()
    enter(
        actor=actor,
        document=held,
        verb="document.archived" if archived else "document.unarchived",
        message=f"{'archived' if archived else 'took back'} “{held.title}”",
    )
    return held


def _check_visibility(actor: Actor, visibility: str, task: Any) -> None:
    if visibility not in Document.Visibility.values:
        raise Invalid("A document is for the workspace, or private.", field="visibility")
    if visibility == Document.Visibility.PRIVATE:
        require(actor, "decide")
        if task is not None:
            raise Invalid("What a task stands on is for all to read.", field="visibility")


def _check(title: str, content: str, kind: str) -> None:
    if not title.strip():
        raise Invalid("A document needs a title.", field="title")
    if len(title.strip()) > 200:
        raise Invalid("A title has 200 characters at most.", field="title")
    if len(content) > MAX_CONTENT:
        raise Invalid(f"A document has {MAX_CONTENT:,} characters at most.", field="content")
    if "\x00" in content or "\x00" in title:
        raise Invalid("A document is text without NUL characters.", field="content")
    if kind not in Document.Kind.values:
        raise Invalid(
            f"“{kind}” is no kind of document. It can be {', '.join(Document.Kind.values)}.",
            field="kind",
        )
