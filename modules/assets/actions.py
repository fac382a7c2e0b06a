"""Verbs on assets."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q

from accounts.models import Actor
from accounts.roles import require
from activity.log import record, verb
from core.errors import Forbidden, Invalid, NotFound
from core.turns import take_turn
from modules.assets.kinds import check_size, harmless_name, sniff
from modules.models import Asset, AssetTag, Job
from modules.models.assets import place_of, place_of_thumbnail
from modules.pictures.working import work
from modules.refusals import BadInput

MOST_TAGS = 20


@dataclass(frozen=True)
class Prepared:
    """A file that has been checked and may be kept."""

    content: bytes
    name: str
    kind: str
    content_type: str
    thumbnail: bytes = b""
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def prepare(
    content: bytes, *, name: str, duration_ms: int | None = None, form: str = ""
) -> Prepared:
    """Check a file, outside any transaction: its size, its type, its pixels.

    Pictures are written anew, as `form` (PNG, JPEG, WEBP) if one is named, so that nothing
    hides in them. A duration that the maker knows is believed. Raises TooLarge (413),
    WrongType (415) and BadInput (400).
    """
    if not content:
        raise BadInput("The file is empty.", field="file", code="empty_file")
    sniffed = sniff(content)
    check_size(sniffed.kind, len(content))
    if sniffed.kind == Asset.Kind.IMAGE:
        said, (clean, small) = work("take", [content], form=form)
        own = str(said["content_type"])
        return Prepared(
            clean,
            harmless_name(name, own),
            sniffed.kind,
            own,
            small,
            said["width"],
            said["height"],
        )
    if sniffed.kind == Asset.Kind.AUDIO and duration_ms is None:
        duration_ms = duration_of(content)
    return Prepared(
        content,
        harmless_name(name, sniffed.content_type),
        sniffed.kind,
        sniffed.content_type,
        duration_ms=duration_ms,
    )


def duration_of(content: bytes) -> int | None:
    """How long a sound lasts, in ms; None when the child cannot tell."""
    try:
        said, _ = work("sounds.measure", [content])
    except BadInput:
        return None
    found: int | None = said.get("duration_ms")
    return found


@contextmanager
def brought(actor: Actor, *several: Prepared) -> Iterator[None]:
    """Bring files to the storage before the transaction in which `create_asset` keeps them.

    A bucket may be slow, and within a transaction others would wait for it, down to those who
    renew the leases of the same process. What is not kept in the end is taken away again.
    """
    if several:
        require(actor, "work")
    drafts = [_draft(actor, prepared) for prepared in several]
    try:
        for draft, prepared in zip(drafts, several, strict=True):
            _bring(draft, prepared)
        yield
    except BaseException:
        for draft in drafts:
            # What went wrong first is what is to be told.
            with suppress(Exception):
                _remove(draft)
        raise


@verb
def create_asset(
    *,
    actor: Actor,
    prepared: Prepared,
    job: Job | None = None,
    meta: dict[str, Any] | None = None,
    parents: Iterable[Asset] = (),
    cost: int = 0,
    simulated: bool = False,
    tags: Iterable[str] = (),
) -> Asset:
    """Keep a file that `prepare` has checked. The same content is kept once for a workspace."""
    require(actor, "work")
    asset = _draft(actor, prepared)
    if job is not None:
        known = Asset.objects.filter(job=job, digest=asset.digest).first()
        if known:
            return known
    asset.job, asset.meta, asset.cost, asset.simulated = job, meta or {}, cost, simulated
    _take_turn_at_file(asset)
    # It may have been taken away with the last asset of this content, since it was brought.
    _bring(asset, prepared)
    asset.save()
    asset.parents.add(*parents)
    _tag(asset, tags)
    record(
        actor=actor,
        verb="asset.created",
        message=f"{'made' if job else 'added'} the {asset.kind} “{asset.name}”",
        agent=job.agent if job else None,
        task=job.task if job else None,
        run=job.run if job else None,
        data=_data(asset) | ({"private": True} if job and job.run and job.run.thread else {}),
    )
    return asset


def _draft(actor: Actor, prepared: Prepared) -> Asset:
    asset = Asset(
        workspace_id=actor.workspace_id,
        owner=actor,
        kind=prepared.kind,
        content_type=prepared.content_type,
        name=prepared.name,
        digest=prepared.digest,
        size=len(prepared.content),
        width=prepared.width,
        height=prepared.height,
        duration_ms=prepared.duration_ms,
    )
    asset.file.name = place_of(asset, "")
    if prepared.thumbnail:
        asset.thumbnail.name = place_of_thumbnail(asset, "")
    return asset


def _bring(asset: Asset, prepared: Prepared) -> None:
    _put(str(asset.file.name), prepared.content)
    if prepared.thumbnail:
        _put(str(asset.thumbnail.name), prepared.thumbnail)


def _put(name: str, content: bytes) -> None:
    """The file under this name, which tells its content: what is there already is the same."""
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(content))


def _data(asset: Asset) -> dict[str, Any]:
    return {"asset": str(asset.pk), "kind": asset.kind, "job": str(asset.job_id or "")}


def _own(actor: Actor, asset: Asset) -> None:
    require(actor, "work")
    if asset.workspace_id != actor.workspace_id:
        raise NotFound("There is no such asset.")


@verb
def change_asset(
    *,
    actor: Actor,
    asset: Asset,
    name: str | None = None,
    rating: int | None = None,
    unrate: bool = False,
    tags: Iterable[str] | None = None,
) -> Asset:
    """Rename, rate (1 to 5) or tag an asset; what is None stays."""
    _own(actor, asset)
    changed = []
    if name is not None:
        if not name.strip():
            raise Invalid("A name has at least one letter.", field="name")
        asset.name = harmless_name(name, asset.content_type)
        changed.append("name")
    if rating is not None or unrate:
        if rating is not None and not 1 <= rating <= 5:
            raise Invalid("A rating is 1 to 5.", field="rating")
        asset.rating = rating
        changed.append("rating")
    if changed:
        asset.save(update_fields=changed)
    if tags is not None:
        asset.tags.all().delete()
        _tag(asset, tags)
        changed.append("tags")
    if changed:
        record(
            actor=actor,
            verb="asset.changed",
            message=f"changed {', '.join(changed)} of “{asset.name}”",
            data=_data(asset),
        )
    return asset


def _tag(asset: Asset, tags: Iterable[str]) -> None:
    names = list(dict.fromkeys(" ".join(tag.lower().split())[:40] for tag in tags))
    names = [name for name in names if name]
    if len(names) > MOST_TAGS:
        raise Invalid(f"An asset has at most {MOST_TAGS} tags.", field="tags")
    AssetTag.objects.bulk_create([AssetTag(asset=asset, name=name) for name in names])


@verb
def delete_asset(*, actor: Actor, asset: Asset) -> None:
    """Take an asset away for good. Its file goes when no other asset has the same content.

    Agents delete only what is their own.
    """
    _own(actor, asset)
    if actor.is_agent and asset.owner_id != actor.pk:
        raise Forbidden("Agents delete only assets of their own.")
    record(
        actor=actor,
        verb="asset.deleted",
        message=f"deleted the {asset.kind} “{asset.name}”",
        data=_data(asset),
    )
    asset.delete()
    transaction.on_commit(partial(_remove, asset), robust=True)


@transaction.atomic
def _remove(asset: Asset) -> None:
    """Take the file away, unless another asset has it, or is about to."""
    _take_turn_at_file(asset)
    for name in filter(None, (asset.file.name, asset.thumbnail.name)):
        if not Asset.objects.filter(Q(file=name) | Q(thumbnail=name)).exists():
            default_storage.delete(name)


def _take_turn_at_file(asset: Asset) -> None:
    take_turn(f"asset:{asset.workspace_id}:{asset.digest}")
