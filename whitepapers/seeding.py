"""The papers that come with Mission Control: read from files, put into a workspace."""

from pathlib import Path

from accounts.actions import system_actor
from accounts.models import Workspace
from activity.log import verb
from whitepapers.actions import (
    Words,
    edit_whitepaper,
    ship_whitepapers,
    words_of,
)
from whitepapers.models import Whitepaper

PAPERS = Path(__file__).resolve().parent / "papers"
FRONT = ("title", "subtitle", "authors", "summary")


def parse(text: str) -> Words:
    """A paper with front matter: lines of `name: value` between two lines of `---`.

    A line that begins with a blank goes on with the value before it. Raises ValueError for
    what is no front matter, and for names that a paper does not have.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].strip() != "---" or "---" not in (line.strip() for line in lines[1:]):
        raise ValueError("A paper begins with its front matter, between two lines of ---.")
    end = next(n for n, line in enumerate(lines[1:], 1) if line.strip() == "---")
    found: dict[str, str] = {}
    name = ""
    for line in lines[1:end]:
        if not line.strip():
            continue
        if line[0].isspace() and name:
            found[name] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        name = name.strip()
        if not colon or name not in FRONT:
            raise ValueError(f"“{line.strip()}” is nothing that front matter may say.")
        found[name] = value.strip()
    if not found.get("title"):
        raise ValueError("A paper needs a title in its front matter.")
    return Words(**found, content="\n".join(lines[end + 1 :]).strip() + "\n")


def shipped_papers() -> dict[str, Words]:
    """The papers of this release, by slug."""
    return {path.stem: parse(path.read_text("utf-8")) for path in sorted(PAPERS.glob("*.md"))}


@verb
def seed_papers(workspace: Workspace) -> list[Whitepaper]:
    """Give the workspace the shipped papers, published within it. Returns what changed.

    A paper that somebody has edited stays as it is; one that nobody has touched becomes what
    this release says. Whether it is published is not changed again.
    """
    present = {paper.slug: paper for paper in Whitepaper.objects.filter(workspace=workspace)}
    actor = system_actor(workspace)
    papers = shipped_papers()
    missing = {slug: words for slug, words in papers.items() if slug not in present}
    changed = ship_whitepapers(actor=actor, papers=missing)
    for slug, words in papers.items():
        paper = present.get(slug)
        if paper is None:
            continue
        if paper.shipped_hash == words_of(paper).hash() and words_of(paper) != words:
            changed.append(
                edit_whitepaper(
                    actor=actor,
                    paper=paper,
                    words=words,
                    note="As shipped with this release",
                    shipped=True,
                )
            )
    return changed
