"""The one address under which the files of assets are fetched."""

from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from core.errors import NotFound
from modules.assets.addresses import THUMBNAIL, Expired, check
from modules.assets.serving import serve
from modules.models import Asset


@require_safe
def asset_file(
    request: HttpRequest, pk: UUID, what: str, until: int, signature: str
) -> HttpResponseBase:
    """A file, for whoever has a signed address that still holds."""
    try:
        check(pk, what, until, signature)
    except Expired:
        raise NotFound("This address does not hold any more.") from None
    asset = Asset.objects.filter(pk=pk).first()
    if asset is None or (what == THUMBNAIL and not asset.thumbnail):
        raise NotFound("There is nothing at this address.")
    return serve(request, asset, what)
