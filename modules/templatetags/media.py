"""Addresses and figures of assets in templates, and what the jobs are called that made them."""

from django import template

from modules.assets.addresses import THUMBNAIL, address_of
from modules.models import Asset
from modules.music.library import wave
from modules.operations import registry

register = template.Library()
register.filter("wave", wave)
SIGNS = {"image": "image", "audio": "audio-lines", "document": "file-text", "data": "braces"}


@register.filter
def file_address(asset: Asset) -> str:
    """Where the file is, signed."""
    return address_of(asset)


@register.filter
def thumbnail_address(asset: Asset) -> str:
    """Where its small picture is, signed."""
    return address_of(asset, THUMBNAIL)


@register.filter
def operation_title(name: str) -> str:
    """How people call an operation."""
    return registry.title_of(name)


@register.filter
def kind_icon(asset: Asset) -> str:
    """The icon of its kind."""
    return SIGNS.get(asset.kind, "file-text")


@register.filter
def seconds(milliseconds: int | None) -> float | None:
    """Milliseconds as seconds."""
    return None if milliseconds is None else milliseconds / 1000
