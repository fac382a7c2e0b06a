"""Assets, for programs."""

from typing import Any
from uuid import UUID

from django.conf import settings
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser

from accounts.endpoint import Endpoint
from core.api.fields import Choice, Flag, Id, Input, ListQuery, Many, Text, Whole, ordering
from core.api.pages import ordered
from core.api.schema import ActorAnswer, Answer, op
from modules.assets import actions
from modules.assets.addresses import THUMBNAIL, address_of
from modules.assets.finding import find
from modules.assets.kinds import EXTENSIONS, TooLarge, largest_mb
from modules.assets.serving import serve
from modules.assets.uploading import take_upload
from modules.models import Asset

KINDS = [str(kind) for kind in Asset.Kind.values]


class AssetQuery(ListQuery):
    kind = Choice(choices=KINDS, required=False)
    tag = Text(max_length=40, required=False)
    search = Text(max_length=200, required=False, help_text="Words of the name or the prompt")
    job = Id(required=False)
    simulated = Flag(required=False)
    least_rating = Whole(least=1, most=5, required=False)
    ordering, orders = ordering(
        {"created_at": "created_at", "name": "name", "rating": "rating", "size": "size"},
        "-created_at",
    )


class UploadInput(Input):
    file = serializers.FileField(help_text="Its type is sniffed; pictures are written anew")
    example = {"file": "The left lamp is out."}


class AssetChange(Input):
    name = Text(max_length=200, required=False)
    rating = Whole(least=1, most=5, required=False, allow_null=True)
    tags = Many(Text(max_length=40), required=False, max_length=20)
    example = {"name": "Left lamp", "rating": 4, "tags": ["harbour", "night"]}


class AssetAnswer(Answer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    content_type = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes")
    digest = serializers.CharField(help_text="SHA-256")
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    duration_ms = serializers.IntegerField(allow_null=True)
    owner = ActorAnswer(allow_null=True)
    job = serializers.UUIDField(allow_null=True)
    parents = serializers.ListField(child=serializers.UUIDField())
    tags = serializers.ListField(child=serializers.CharField())
    rating = serializers.IntegerField(allow_null=True)
    meta = serializers.DictField()
    cost = serializers.IntegerField(help_text="Microdollars")
    simulated = serializers.BooleanField()
    url = serializers.CharField(help_text="Signed; holds for an hour at least")
    thumbnail = serializers.CharField(allow_null=True, help_text="Signed as well")
    created_at = serializers.DateTimeField()


def assets_of(rows: Any) -> list[dict[str, Any]]:
    """Assets as they are sent, in three queries."""
    found = rows.select_related("owner").prefetch_related("parents", "tags")
    return [_asset_of(one) for one in found]


def asset_of(asset: Asset) -> dict[str, Any]:
    """One asset as it is sent."""
    return assets_of(Asset.objects.filter(pk=asset.pk))[0]


def _asset_of(one: Asset) -> dict[str, Any]:
    owner = one.owner
    plain = ("id", "name", "kind", "content_type", "size", "digest", "width", "height")
    more = ("duration_ms", "rating", "meta", "cost", "simulated", "created_at")
    return {
        **{name: getattr(one, name) for name in (*plain, *more)},
        "owner": owner
        and {"id": owner.pk, "handle": owner.handle, "name": owner.name, "kind": owner.kind},
        "job": one.job_id,
        "parents": [parent.pk for parent in one.parents.all()],
        "tags": [tag.name for tag in one.tags.all()],
        "url": settings.SITE_URL + address_of(one),
        "thumbnail": settings.SITE_URL + address_of(one, THUMBNAIL) if one.thumbnail else None,
    }


class Assets(Endpoint):
    tag = "assets"
    needs = {"GET": "read", "POST": "work"}
    slow = frozenset({"POST"})
    parser_classes = [MultiPartParser]

    def _prepare(self, request: Any) -> Any:
        """Whoever announces too much is refused before it is read."""
        handler = super()._prepare(request)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if request.method == "POST" and length.isdecimal():
            most = largest_mb()
            if int(length) > (most + 1) * 1024 * 1024:
                raise TooLarge(f"At most {most} MB are taken.", details={"limit_mb": most})
        return handler

    @op("listAssets", query=AssetQuery, page_of=AssetAnswer)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """Files that were brought or made, the newest first."""
        rows = find(self.workspace, query)
        return self.page(
            ordered(rows, dict(AssetQuery.orders), query["ordering"]), assets_of, query
        )

    @op(
        "uploadAsset",
        takes=UploadInput,
        takes_file=True,
        file_types=list(EXTENSIONS),
        gives=AssetAnswer,
        status=201,
    )
    def post(self, request: Any, data: dict[str, Any]) -> Any:
        """Add a file. 413 names the limit, 415 what is taken."""
        return asset_of(take_upload(self.actor, data["file"]))


class OneAsset(Endpoint):
    tag = "assets"
    needs = {"GET": "read", "PATCH": "work", "DELETE": "work"}

    @op("getAsset", gives=AssetAnswer)
    def get(self, request: Any, id: UUID) -> Any:
        """One asset, with fresh addresses."""
        return asset_of(self.fetch(Asset.objects.all(), pk=id))

    @op("changeAsset", takes=AssetChange, gives=AssetAnswer)
    def patch(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Rename, rate or tag it; what is not named stays. A rating of null takes it away."""
        asset = self.fetch(Asset.objects.all(), pk=id)
        unrate = "rating" in data and data["rating"] is None
        return asset_of(actions.change_asset(actor=self.actor, asset=asset, unrate=unrate, **data))

    @op("deleteAsset", status=204)
    def delete(self, request: Any, id: UUID) -> Any:
        """Take it away for good."""
        actions.delete_asset(actor=self.actor, asset=self.fetch(Asset.objects.all(), pk=id))


class Content(Endpoint):
    tag = "assets"
    needs = {"GET": "read"}

    @op("downloadAsset", gives=bytes, media_type="*/*")
    def get(self, request: Any, id: UUID) -> Any:
        """The file itself. Heeds Range."""
        return serve(request, self.fetch(Asset.objects.all(), pk=id), "file")
