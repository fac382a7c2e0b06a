"""Signed addresses of files: whoever has one may fetch this one file, until it expires."""

import time

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from modules.models import Asset

_signer = Signer(salt="modules.asset", sep="~")
FILE, THUMBNAIL = "file", "thumbnail"


class Expired(Exception):
    """The address is none of ours, or its time is over."""


def address_of(asset: Asset, what: str = FILE) -> str:
    """Where the file is for the next hour or two. The same for a while, so that it is cached."""
    step = settings.ASSET_ADDRESS_S
    until = (int(time.time()) // step + 2) * step
    signed = _signer.signature(_said(asset.pk, what, until))
    return reverse("modules:asset_file", args=[asset.pk, what, until, signed])


def check(asset_id: object, what: str, until: int, signature: str) -> None:
    """Raise Expired unless the address is one of ours and still holds."""
    try:
        _signer.unsign(f"{_said(asset_id, what, until)}~{signature}")
    except BadSignature:
        raise Expired from None
    if until < time.time():
        raise Expired


def _said(asset_id: object, what: str, until: int) -> str:
    return f"{asset_id}/{what}/{until}"
