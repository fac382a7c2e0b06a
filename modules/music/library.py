"""The library of music: find, hear, rate, tag, put into lists, take home."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import MemberRequest, as_uuid, fetch, member
from accounts.roles import may
from core.errors import MCError
from modules.assets import actions
from modules.assets.addresses import address_of
from modules.assets.finding import find
from modules.models import Asset, AssetTag, Playlist
from modules.music import playlists

PAGE = 30
FILTERS = ("search", "tag")


@dataclass(frozen=True)
class Shown:
    """One piece as the page draws it."""

    asset: Asset
    title: str
    about: str
    wave: str
    tags: str
    files: list[tuple[str, str]]


def pieces_of(request: MemberRequest) -> QuerySet[Asset]:
    """The sounds of the workspace; other files of the same sound hang below each."""
    rows = Asset.objects.filter(workspace=request.member.workspace, kind=Asset.Kind.AUDIO)
    return rows.filter(parents=None)


def wave(peaks: Any) -> str:
    """The path of an outline in a box of 240 by 40."""
    if not isinstance(peaks, list) or not peaks:
        return "M0 20H240"
    lines = []
    for index, peak in enumerate(peaks[:480]):
        half = max(0.5, 19 * min(float(peak), 100.0) / 100)
        x = (index + 0.5) * 240 / min(len(peaks), 480)
        lines.append(f"M{x:.1f} {20 - half:.1f}V{20 + half:.1f}")
    return "".join(lines)


def show(asset: Asset) -> Shown:
    """What the page says of a piece."""
    meta = asset.meta
    seconds = (asset.duration_ms or 0) // 1_000
    about = [f"{seconds // 60}:{seconds % 60:02}" if seconds else ""]
    about += [str(meta.get("key", "")), f"{meta['tempo']} bpm" if "tempo" in meta else ""]
    return Shown(
        asset,
        str(meta.get("title") or asset.name),
        " · ".join(part for part in about if part),
        wave(meta.get("peaks")),
        ", ".join(tag.name for tag in asset.tags.all()),
        [
            (one.extension.removeprefix(".").upper(), f"{address_of(one)}?download=1")
            for one in [asset, *asset.children.all()]
        ],
    )


@member
@require_GET
def library(request: MemberRequest) -> HttpResponse:
    """All pieces that fit, the newest first."""
    wanted = _wanted(request)
    rows = find(request.member.workspace, {**wanted, "kind": "audio"}).filter(parents=None)
    return _page(request, rows.order_by("-created_at", "-pk").distinct(), wanted)


@member
@require_GET
def playlist(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The pieces of one list, in its order."""
    found = fetch(Playlist.objects.all(), request, pk=pk)
    rows = Asset.objects.filter(playlist_entries__playlist=found)
    return _page(request, rows.order_by("playlist_entries__position"), {}, found)


def _page(
    request: MemberRequest,
    rows: QuerySet[Asset],
    wanted: dict[str, Any],
    chosen: Playlist | None = None,
) -> HttpResponse:
    found = rows.prefetch_related("tags", "children")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    workspace = request.member.workspace
    tags = AssetTag.objects.filter(asset__workspace=workspace, asset__kind=Asset.Kind.AUDIO)
    lists = Playlist.objects.filter(workspace=workspace).annotate(count=Count("entries"))
    context = {
        "page": page,
        "pieces": [show(asset) for asset in page],
        "wanted": wanted,
        "query": query.urlencode(),
        "playlists": lists,
        "chosen": chosen,
        "tags": list(tags.order_by("name").values_list("name", flat=True).distinct()[:60]),
        "stars": range(1, 6),
        "may_work": may(request.member.actor, "work"),
    }
    part = request.htmx and not request.htmx.history_restore_request
    return render(
        request, "modules/music/_pieces.html" if part else "modules/music/page.html", context
    )


def _wanted(request: MemberRequest) -> dict[str, Any]:
    given = {name: request.GET.get(name, "").replace("\x00", "").strip()[:200] for name in FILTERS}
    wanted: dict[str, Any] = {name: value for name, value in given.items() if value}
    if request.GET.get("least_rating", "") in set("12345"):
        wanted["least_rating"] = int(request.GET["least_rating"])
    return wanted


@never_cache
@member
@require_GET
def sound(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The way to the sound itself: an address that stays, to one that expires."""
    found = fetch(Asset.objects.filter(kind=Asset.Kind.AUDIO), request, pk=pk)
    return HttpResponseRedirect(address_of(found))


def _changing(view: Callable[..., Any]) -> Callable[..., HttpResponseBase]:
    """What changes a piece: the answer is its row, or the library for those without scripts."""

    @member
    @require_POST
    @wraps(view)
    def change_piece(request: MemberRequest, pk: UUID) -> HttpResponse:
        asset = fetch(Asset.objects.filter(kind=Asset.Kind.AUDIO), request, pk=pk)
        try:
            view(request, asset)
        except MCError as error:
            messages.error(request, error.message)
        if not request.htmx:
            return HttpResponseRedirect(reverse("modules:music"))
        rows = pieces_of(request).prefetch_related("tags", "children")
        context = {
            "piece": show(fetch(rows, request, pk=pk)),
            "playlists": Playlist.objects.filter(workspace=request.member.workspace),
            "stars": range(1, 6),
            "may_work": True,
        }
        return render(request, "modules/music/_piece.html", context)

    return change_piece


@_changing
def change(request: MemberRequest, asset: Asset) -> None:
    """Rate a piece (the same star again takes it back), or tag it."""
    rating = request.POST.get("rating", "")
    chosen = int(rating) if rating in set("12345") else None
    actions.change_asset(
        actor=request.member.actor,
        asset=asset,
        rating=None if chosen == asset.rating else chosen,
        unrate=chosen is not None and chosen == asset.rating,
        tags=request.POST["tags"].split(",") if "tags" in request.POST else None,
    )


@_changing
def add(request: MemberRequest, asset: Asset) -> None:
    """Put a piece into a list."""
    found = Playlist.objects.filter(workspace=request.member.workspace)
    wanted = as_uuid(request.POST.get("playlist", ""))
    chosen = found.filter(pk=wanted).first() if wanted else None
    if chosen is not None:
        playlists.add_piece(actor=request.member.actor, playlist=chosen, asset=asset)
        messages.success(request, f"Put into “{chosen.name}”")


@member
@require_POST
def create(request: MemberRequest) -> HttpResponse:
    """A new list."""
    try:
        made = playlists.create_playlist(
            actor=request.member.actor, name=request.POST.get("name", "")
        )
    except MCError as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(reverse("modules:music"))
    return HttpResponseRedirect(reverse("modules:playlist", args=[made.pk]))


@member
@require_POST
def rename(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Another name."""
    found = fetch(Playlist.objects.all(), request, pk=pk)
    try:
        playlists.change_playlist(
            actor=request.member.actor, playlist=found, name=request.POST.get("name", "")
        )
    except MCError as error:
        messages.error(request, error.message)
    return HttpResponseRedirect(reverse("modules:playlist", args=[pk]))


@member
@require_POST
def delete(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Take the list away; the page has asked whether that is meant."""
    found = fetch(Playlist.objects.all(), request, pk=pk)
    playlists.delete_playlist(actor=request.member.actor, playlist=found)
    messages.success(request, f"“{found.name}” is deleted; its pieces stay")
    return HttpResponseRedirect(reverse("modules:music"))


@member
@require_POST
def remove(request: MemberRequest, pk: UUID, asset: UUID) -> HttpResponse:
    """Take a piece out of the list."""
    found = fetch(Playlist.objects.all(), request, pk=pk)
    playlists.remove_piece(actor=request.member.actor, playlist=found, asset_id=asset)
    return HttpResponseRedirect(reverse("modules:playlist", args=[pk]))
