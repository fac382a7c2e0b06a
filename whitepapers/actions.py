"""Verbs on whitepapers: write, revise, restore, publish, withdraw. Every state is kept."""

from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.text import slugify

from accounts.models import Actor
from accounts.roles import require
from activity.log import record, verb
from core.clock import Now
from core.errors import Conflict, Invalid, NotFound
from whitepapers.models import Whitepaper, WhitepaperVersion

MAX_CONTENT = 200_000
MAX_SUMMARY = 2_000
MAX_LINE = 200
# Addresses that are none of a paper.
RESERVED = {"new", "preview"}


@dataclass(frozen=True)
class Words:
    """What a version of a paper says, apart from who said it when."""

    title: str
    subtitle: str = ""
    authors: str = ""
    summary: str = ""
    content: str = ""

    def hash(self) -> str:
        """The same for the same words."""
        return sha256("\0".join(asdict(self).values()).encode()).hexdigest()


WORDS = tuple(field.name for field in fields(Words))


def words_of(row: Whitepaper | WhitepaperVersion) -> Words:
    """The words of a paper or of one of its versions."""
    return Words(**{name: getattr(row, name) for name in WORDS})


@verb
def create_whitepaper(
    *,
    actor: Actor,
    words: Words,
    slug: str = "",
    simulated: bool = False,
) -> Whitepaper:
    """A new paper, a draft, its first version. Without a slug it is named after its title."""
    require(actor, "work")
    words = _checked(words)
    paper = Whitepaper.objects.create(
        workspace=actor.workspace,
        slug=_free_slug(actor, slug or words.title, given=bool(slug)),
        **asdict(words),
        created_by=actor,
        simulated=simulated,
    )
    _keep(paper, actor, "")
    _record(actor, "whitepaper.created", f"wrote the paper “{paper.title}”", paper)
    return paper


@verb
def ship_whitepapers(*, actor: Actor, papers: dict[str, Words]) -> list[Whitepaper]:
    """Put a release's papers, by slug, on the shelf, published within the workspace.

    One activity for all of them: nobody wrote them just now.
    """
    require(actor, "decide")
    shelf = []
    for slug, words in papers.items():
        paper = Whitepaper.objects.create(
            workspace=actor.workspace,
            slug=_free_slug(actor, slug, given=True),
            **asdict(_checked(words)),
            created_by=actor,
            shipped_hash=words.hash(),
            status=Whitepaper.Status.PUBLISHED,
            published_at=Now(),
        )
        paper.refresh_from_db()
        _keep(paper, actor, "")
        shelf.append(paper)
    if shelf:
        count = f"{len(shelf)} paper{'s' if len(shelf) > 1 else ''}"
        record(
            actor=actor,
            verb="whitepaper.shipped",
            message=f"brought {count} about how it works",
            data={"slugs": [paper.slug for paper in shelf]},
        )
    return shelf


@verb
def edit_whitepaper(
    *,
    actor: Actor,
    paper: Whitepaper,
    words: Words,
    note: str = "",
    expected_version: int | None = None,
    simulated: bool | None = None,
    shipped: bool = False,
) -> Whitepaper:
    """A new version of a paper, if anything changed.

    Whoever changes a paper that is published must have the right to publish. With
    `expected_version`, raises Conflict holding both texts when somebody was faster.
    """
    held = _held(paper)
    require(actor, "decide" if held.status == Whitepaper.Status.PUBLISHED else "work")
    if expected_version is not None and held.version != expected_version:
        raise Conflict(
            f"“{held.title}” was changed meanwhile: it is at version {held.version}.",
            code="version_conflict",
            details={"theirs": held.content, "mine": words.content, "version": held.version},
        )
    words = _checked(words)
    if words == words_of(held):
        return held
    changes: dict[str, Any] = asdict(words)
    if simulated is not None:
        changes["simulated"] = simulated
    if shipped:
        changes["shipped_hash"] = words.hash()
    Whitepaper.objects.filter(pk=held.pk).update(
        **changes, version=F("version") + 1, updated_at=Now()
    )
    held.refresh_from_db()
    _keep(held, actor, note)
    said = f"revised the paper “{held.title}” (version {held.version})"
    _record(actor, "whitepaper.edited", f"{said}: {note}" if note else said, held)
    return held


@verb
def restore_whitepaper(*, actor: Actor, paper: Whitepaper, number: int) -> Whitepaper:
    """Make an earlier version the newest again; the ones between stay in the history."""
    version = paper.versions.filter(number=number).first()
    if version is None:
        raise NotFound(f"“{paper.title}” has no version {number}.")
    return edit_whitepaper(
        actor=actor,
        paper=paper,
        words=words_of(version),
        note=f"Restored from version {number}",
    )


@verb
def publish_whitepaper(*, actor: Actor, paper: Whitepaper, public: bool = False) -> Whitepaper:
    """Publish a paper: for the workspace, or with `public` for whoever has its address.

    A person's decision: agents write drafts.
    """
    require(actor, "decide")
    held = _held(paper)
    if not held.content.strip():
        raise Invalid("An empty paper cannot be published.", code="empty")
    if held.status == Whitepaper.Status.PUBLISHED and held.public == public:
        return held
    Whitepaper.objects.filter(pk=held.pk).update(
        status=Whitepaper.Status.PUBLISHED,
        public=public,
        published_at=Coalesce("published_at", Now()),
    )
    held.refresh_from_db()
    whom = "for everybody" if public else "for the workspace"
    _record(actor, "whitepaper.published", f"published the paper “{held.title}” {whom}", held)
    return held


@verb
def unpublish_whitepaper(*, actor: Actor, paper: Whitepaper) -> Whitepaper:
    """Make a paper a draft again. Its public address stops working at once."""
    require(actor, "decide")
    held = _held(paper)
    if held.status == Whitepaper.Status.DRAFT:
        return held
    Whitepaper.objects.filter(pk=held.pk).update(
        status=Whitepaper.Status.DRAFT, public=False, published_at=None
    )
    held.refresh_from_db()
    _record(actor, "whitepaper.unpublished", f"withdrew the paper “{held.title}”", held)
    return held


def _held(paper: Whitepaper) -> Whitepaper:
    held = Whitepaper.objects.select_for_update(no_key=True).filter(pk=paper.pk).first()
    if held is None:
        raise NotFound("This paper has been deleted.")
    return held


def _keep(paper: Whitepaper, actor: Actor, note: str) -> None:
    WhitepaperVersion.objects.create(
        whitepaper=paper,
        number=paper.version,
        **asdict(words_of(paper)),
        author=actor,
        note=note.strip()[:MAX_LINE],
    )


def _record(actor: Actor, name: str, message: str, paper: Whitepaper) -> None:
    record(
        actor=actor,
        verb=name,
        message=message,
        data={
            "whitepaper": str(paper.pk),
            "slug": paper.slug,
            "version": paper.version,
            "public": paper.public,
        },
    )


def _free_slug(actor: Actor, text: str, *, given: bool) -> str:
    """A slug of `text` that no other paper of the workspace has."""
    base = slugify(text)[:70] or "paper"
    taken = set(
        Whitepaper.objects.filter(workspace=actor.workspace, slug__startswith=base).values_list(
            "slug", flat=True
        )
    )
    if base not in taken and base not in RESERVED:
        return base
    if given:
        raise Conflict(f"There is a paper called “{base}” already.", field="slug")
    return next(f"{base}-{n}" for n in range(2, len(taken) + 4) if f"{base}-{n}" not in taken)


def _checked(words: Words) -> Words:
    clean = replace(
        words,
        title=words.title.strip(),
        subtitle=words.subtitle.strip(),
        authors=words.authors.strip(),
        summary=words.summary.strip(),
    )
    if not clean.title:
        raise Invalid("A paper needs a title.", field="title")
    for name in ("title", "subtitle", "authors"):
        if len(getattr(clean, name)) > MAX_LINE:
            raise Invalid(f"At most {MAX_LINE} characters.", field=name)
    if len(clean.summary) > MAX_SUMMARY:
        raise Invalid(f"A summary has {MAX_SUMMARY:,} characters at most.", field="summary")
    if len(clean.content) > MAX_CONTENT:
        raise Invalid(f"A paper has {MAX_CONTENT:,} characters at most.", field="content")
    for name in WORDS:
        if "\x00" in getattr(clean, name):
            raise Invalid("A paper is text without NUL characters.", field=name)
    return clean
