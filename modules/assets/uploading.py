"""The way in for files that people and programs bring."""

from typing import Any

from accounts.models import Actor
from accounts.roles import require
from modules.assets import actions
from modules.assets.kinds import check_size, kind_by_head
from modules.models import Asset


def take_upload(actor: Actor, file: Any) -> Asset:
    """Check an uploaded file and keep it. What is too large is refused by its head alone."""
    require(actor, "work")
    check_size(kind_by_head(file.read(64)), file.size)
    file.seek(0)
    prepared = actions.prepare(file.read(), name=file.name or "file")
    with actions.brought(actor, prepared):
        return actions.create_asset(actor=actor, prepared=prepared)
