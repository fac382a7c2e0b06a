"""What agents can do with whitepapers: draft one, and revise a draft."""

from typing import Annotated, Any

from modules.tools import ToolContext, ToolError, tool
from whitepapers.actions import Words, create_whitepaper, edit_whitepaper
from whitepapers.models import Whitepaper


@tool(effect="write")
def write_whitepaper(
    ctx: ToolContext,
    title: Annotated[str, "What the paper is about, in one line"],
    content: Annotated[str, "The whole text in Markdown, sections beginning with ##"],
    summary: Annotated[str, "What a reader learns from it, in two or three sentences"],
    subtitle: Annotated[str, "A second line below the title"] = "",
    authors: Annotated[str, "Who signs it"] = "",
    slug: Annotated[str | None, "Revise the draft of this name instead of a new one"] = None,
) -> dict[str, Any]:
    """Write a whitepaper as a draft, or a new version of a draft. A person publishes it."""
    words = Words(title, subtitle, authors, summary, content)
    simulated = bool(ctx.run and ctx.run.simulated)
    if slug:
        paper = Whitepaper.objects.filter(workspace=ctx.workspace, slug=slug).first()
        if paper is None:
            raise ToolError(f"There is no whitepaper called “{slug}”.")
        paper = edit_whitepaper(actor=ctx.actor, paper=paper, words=words, simulated=simulated)
    else:
        paper = create_whitepaper(actor=ctx.actor, words=words, simulated=simulated)
    return {
        "slug": paper.slug,
        "title": paper.title,
        "version": paper.version,
        "status": paper.status,
    }
