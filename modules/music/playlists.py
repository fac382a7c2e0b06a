"""Verbs on playlists: pieces in an order, for everybody in the workspace."""

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts.models import Actor
from accounts.roles import require
from activity.log import record, verb
from core.errors import Conflict, Invalid, LimitReached, NotFound
from modules.models import Asset, Playlist, PlaylistEntry

MOST_LISTS = 200
MOST_PIECES = 1_000


@verb
def create_playlist(*, actor: Actor, name: str, assets: Sequence[UUID] = ()) -> Playlist:
    """A new list, with these pieces in this order. Raises Conflict when the name is taken."""
    require(actor, "work")
    if Playlist.objects.filter(workspace=actor.workspace_id).count() >= MOST_LISTS:
        raise LimitReached(f"A workspace has room for {MOST_LISTS} playlists.")
    playlist = Playlist(workspace_id=actor.workspace_id, owner=actor)
    _name(playlist, name)
    _fill(playlist, assets)
    _record(actor, playlist, "created", f"made the playlist “{playlist.name}”")
    return playlist


@verb
def change_playlist(
    *,
    actor: Actor,
    playlist: Playlist,
    name: str | None = None,
    assets: Sequence[UUID] | None = None,
) -> Playlist:
    """Give a list another name, or these pieces in this order in place of what it has."""
    playlist = _held(actor, playlist)
    if name is not None and name.strip() != playlist.name:
        _name(playlist, name)
    if assets is not None:
        playlist.entries.all().delete()
        _fill(playlist, assets)
    _record(actor, playlist, "changed", f"changed the playlist “{playlist.name}”")
    return playlist


@verb
def delete_playlist(*, actor: Actor, playlist: Playlist) -> None:
    """Take a list away. Its pieces stay."""
    playlist = _held(actor, playlist)
    _record(actor, playlist, "deleted", f"deleted the playlist “{playlist.name}”")
    playlist.delete()


@verb
def add_piece(*, actor: Actor, playlist: Playlist, asset: Asset) -> Playlist:
    """Put a piece at the end of a list; one that is in it stays where it is."""
    playlist = _held(actor, playlist)
    piece = _pieces(playlist, [asset.pk])[0]
    entries = playlist.entries
    if entries.filter(asset=piece).exists():
        return playlist
    if entries.count() >= MOST_PIECES:
        raise LimitReached(f"A playlist has room for {MOST_PIECES} pieces.")
    last = entries.aggregate(last=Max("position"))["last"]
    entries.create(asset=piece, position=0 if last is None else last + 1)
    _record(actor, playlist, "changed", f"put “{piece.name}” into “{playlist.name}”")
    return playlist


@verb
def remove_piece(*, actor: Actor, playlist: Playlist, asset_id: UUID) -> Playlist:
    """Take a piece out of a list. Raises NotFound when it is not in it."""
    playlist = _held(actor, playlist)
    removed, _ = playlist.entries.filter(asset=asset_id).delete()
    if not removed:
        raise NotFound("This piece is not in the playlist.")
    _record(actor, playlist, "changed", f"took a piece out of “{playlist.name}”")
    return playlist


def _held(actor: Actor, playlist: Playlist) -> Playlist:
    """The list, locked until commit, so that two who change it do so one after the other."""
    require(actor, "work")
    mine = Playlist.objects.filter(workspace=actor.workspace_id, pk=playlist.pk)
    found = mine.select_for_update(no_key=True).first()
    if found is None:
        raise NotFound("There is no such playlist.")
    return found


def _name(playlist: Playlist, name: str) -> None:
    plain = " ".join(name.split())
    if not plain or len(plain) > 80:
        raise Invalid("A playlist's name has 1 to 80 characters.", field="name")
    playlist.name = plain
    try:
        with transaction.atomic():
            playlist.save()
    except IntegrityError as error:
        raise Conflict(f"There is a playlist called “{plain}” already.", field="name") from error


def _fill(playlist: Playlist, assets: Sequence[UUID]) -> None:
    wanted = list(dict.fromkeys(assets))
    if len(wanted) > MOST_PIECES:
        raise LimitReached(f"A playlist has room for {MOST_PIECES} pieces.")
    PlaylistEntry.objects.bulk_create(
        [
            PlaylistEntry(playlist=playlist, asset=asset, position=position)
            for position, asset in enumerate(_pieces(playlist, wanted))
        ]
    )


def _pieces(playlist: Playlist, wanted: Sequence[UUID]) -> list[Asset]:
    """These pieces in this order. Raises Invalid for one that is no sound of the workspace."""
    rows = Asset.objects.filter(workspace=playlist.workspace_id, kind=Asset.Kind.AUDIO)
    found = rows.in_bulk(list(wanted))
    if missing := [key for key in wanted if key not in found]:
        raise Invalid(f"There is no piece {missing[0]} in this workspace.", field="assets")
    return [found[key] for key in wanted]


def _record(actor: Actor, playlist: Playlist, what: str, message: str) -> None:
    record(
        actor=actor,
        verb=f"playlist.{what}",
        message=message,
        data={"playlist": str(playlist.pk)},
    )
