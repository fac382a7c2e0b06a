"""What agents can do with documents."""

from typing import Annotated, Any, Literal
from uuid import UUID

from documents import actions
from documents.models import Document, Template
from documents.search import excerpts, plain, search
from modules.tools import ToolContext, ToolError, tool


@tool(effect="write")
def write_document(
    ctx: ToolContext,
    title: Annotated[str, "What the document is about, in one line"],
    content: Annotated[str, "The whole text in Markdown"],
    kind: Annotated[
        Literal["deliverable", "research", "protocol"], "What sort of text it is"
    ] = "deliverable",
    document_id: Annotated[str | None, "Revise this document instead of writing a new one"] = None,
) -> dict[str, Any]:
    """Write a document, or a new version of one. It is attached to the task at hand."""
    simulated = bool(ctx.run and ctx.run.simulated)
    if document_id:
        document = actions.edit_document(
            actor=ctx.actor,
            document=_find(ctx, document_id),
            title=title,
            content=content,
            simulated=simulated,
        )
    else:
        document = actions.create_document(
            actor=ctx.actor,
            title=title,
            content=content,
            kind=kind,
            task=ctx.task,
            simulated=simulated,
        )
    return {"document_id": str(document.pk), "title": document.title, "version": document.version}


@tool(effect="read")
def read_document(
    ctx: ToolContext, document_id: Annotated[str, "The id of the document"]
) -> dict[str, Any]:
    """Read the newest version of a document."""
    document = _find(ctx, document_id)
    return {
        "document_id": str(document.pk),
        "title": document.title,
        "kind": document.kind,
        "version": document.version,
        "content": document.content,
    }


@tool(effect="read")
def search_documents(
    ctx: ToolContext,
    query: Annotated[str, "Words to look for"],
    limit: Annotated[int, "How many to list, 1 to 20"] = 5,
) -> dict[str, Any]:
    """Find documents by their words."""
    found = list(search(ctx.actor, query)[: max(1, min(limit, 20))])
    hits = excerpts([one.pk for one in found], query)
    return {
        "documents": [
            {
                "document_id": str(one.pk),
                "title": one.title,
                "excerpt": plain(hits.get(one.pk, "")) or one.content[:200],
            }
            for one in found
        ]
    }


@tool(effect="read")
def read_template(
    ctx: ToolContext,
    name: Annotated[str | None, "Which one; without it they are listed"] = None,
) -> dict[str, Any]:
    """Read a template that documents here begin from. Follow the one that fits what you write."""
    templates = Template.objects.filter(workspace=ctx.actor.workspace)
    if not name:
        rows = templates.values("name", "kind", "description")
        return {"templates": list(rows)}
    found = templates.filter(name__iexact=name.strip()).first()
    if found is None:
        known = ", ".join(templates.values_list("name", flat=True)) or "none"
        raise ToolError(f"There is no template “{name}”. There are: {known}.")
    return {"name": found.name, "kind": found.kind, "content": found.body}


def _find(ctx: ToolContext, document_id: str) -> Document:
    try:
        key = UUID(document_id)
    except ValueError as error:
        raise ToolError(f"“{document_id}” is not the id of a document.") from error
    document = Document.objects.visible_to(ctx.actor).filter(pk=key).first()
    if document is None:
        raise ToolError(f"There is no document {document_id}.")
    return document
