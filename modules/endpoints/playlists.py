"""Playlists, for programs."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from accounts.endpoint import Endpoint
from core.api.fields import EXAMPLE_ID, Id, Input, ListQuery, Many, Text, ordering
from core.api.pages import ordered
from core.api.schema import ActorAnswer, Answer, op
from modules.models import Asset, Playlist
from modules.music import playlists

_EXAMPLE = {"name": "Evenings"}


class PlaylistQuery(ListQuery):
    search = Text(max_length=80, required=False, help_text="A part of the name")
    ordering, orders = ordering({"name": "name", "created_at": "created_at"}, "name")


class PlaylistInput(Input):
    name = Text(max_length=80)
    assets = Many(Id(), required=False, max_length=playlists.MOST_PIECES)


class PlaylistChange(Input):
    name = Text(max_length=80, required=False)
    assets = Many(
        Id(),
        required=False,
        max_length=playlists.MOST_PIECES,
        help_text="All of its pieces, in their order",
    )


class EntryInput(Input):
    asset = Id(help_text="A sound among the assets")
    example = {"asset": EXAMPLE_ID}


class PlaylistAnswer(Answer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    owner = ActorAnswer(allow_null=True)
    assets = serializers.ListField(child=serializers.UUIDField(), help_text="In their order")
    duration_ms = serializers.IntegerField(help_text="Of all pieces together")
    created_at = serializers.DateTimeField()


def playlists_of(rows: Any) -> list[dict[str, Any]]:
    """Playlists as they are sent, in two queries."""
    found = rows.select_related("owner").prefetch_related("entries__asset")
    return [_playlist_of(one) for one in found]


def playlist_of(playlist: Playlist) -> dict[str, Any]:
    """One playlist as it is sent."""
    return playlists_of(Playlist.objects.filter(pk=playlist.pk))[0]


def _playlist_of(one: Playlist) -> dict[str, Any]:
    owner, entries = one.owner, list(one.entries.all())
    return {
        "id": one.pk,
        "name": one.name,
        "owner": owner
        and {"id": owner.pk, "handle": owner.handle, "name": owner.name, "kind": owner.kind},
        "assets": [entry.asset_id for entry in entries],
        "duration_ms": sum(entry.asset.duration_ms or 0 for entry in entries),
        "created_at": one.created_at,
    }


class Playlists(Endpoint):
    tag = "playlists"
    needs = {"GET": "read", "POST": "work"}

    @op("listPlaylists", query=PlaylistQuery, page_of=PlaylistAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """The playlists of the workspace, by name."""
        rows = Playlist.objects.filter(workspace=self.workspace)
        if "search" in query:
            rows = rows.filter(name__icontains=query["search"])
        rows = ordered(rows, dict(PlaylistQuery.orders), query["ordering"])
        return self.page(rows, playlists_of, query)

    @op("createPlaylist", takes=PlaylistInput, gives=PlaylistAnswer, status=201, example=_EXAMPLE)
    def post(self, request: Any, data: dict[str, Any]) -> Any:
        """Make a list, with pieces if they are named."""
        return playlist_of(playlists.create_playlist(actor=self.actor, **data))


class OnePlaylist(Endpoint):
    tag = "playlists"
    needs = {"GET": "read", "PATCH": "work", "DELETE": "work"}

    @op("getPlaylist", gives=PlaylistAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """One list with its pieces."""
        return playlist_of(self.fetch(Playlist.objects.all(), pk=id))

    @op("changePlaylist", takes=PlaylistChange, gives=PlaylistAnswer, example=_EXAMPLE)
    def patch(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Another name, or these pieces in this order."""
        playlist = self.fetch(Playlist.objects.all(), pk=id)
        playlists.change_playlist(actor=self.actor, playlist=playlist, **data)
        return playlist_of(playlist)

    @op("deletePlaylist", status=204)
    def delete(self, request: Any, id: UUID) -> Any:
        """Take the list away. Its pieces stay."""
        playlist = self.fetch(Playlist.objects.all(), pk=id)
        playlists.delete_playlist(actor=self.actor, playlist=playlist)


class Entries(Endpoint):
    tag = "playlists"
    needs = {"POST": "work"}

    @op("addToPlaylist", takes=EntryInput, gives=PlaylistAnswer)
    def post(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Put a piece at the end; one that is in the list stays where it is."""
        playlist = self.fetch(Playlist.objects.all(), pk=id)
        asset = self.fetch(Asset.objects.all(), pk=data["asset"])
        playlists.add_piece(actor=self.actor, playlist=playlist, asset=asset)
        return playlist_of(playlist)


class OneEntry(Endpoint):
    tag = "playlists"
    needs = {"DELETE": "work"}

    @op("removeFromPlaylist", status=204)
    def delete(self, request: Any, id: UUID, asset: UUID) -> Any:
        """Take a piece out of the list. It stays among the assets."""
        playlist = self.fetch(Playlist.objects.all(), pk=id)
        playlists.remove_piece(actor=self.actor, playlist=playlist, asset_id=asset)
