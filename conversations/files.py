"""Files that come along with what a person says: looked at, kept, told to the agent.

A picture or a sound becomes an asset, which the agent's tools take by its id. Of a document
the text is kept with the turn, and told to the agent as material.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from accounts.models import Actor
from conversations.models import Turn, TurnFile
from core.errors import Invalid, NotFound
from modules.assets.actions import Prepared, create_asset, prepare
from modules.assets.actions import brought as bring
from modules.assets.reading import text_of_file
from modules.models import Asset

MOST_FILES = 4
# Characters of a document: kept, told with the turn that it came with, told of an earlier turn.
LONGEST_TEXT, TOLD, TOLD_LATER = 60_000, 24_000, 400
MEDIA = {Asset.Kind.IMAGE, Asset.Kind.AUDIO}


@dataclass(frozen=True)
class Sent:
    """A file that was looked at and may be kept: the content of a new one, or an asset."""

    name: str
    kind: str
    prepared: Prepared | None = None
    asset: Asset | None = None
    text: str = ""


def look_at(content: bytes, name: str) -> Sent:
    """Check what was uploaded, outside any transaction. Raises TooLarge, WrongType, BadInput."""
    prepared = prepare(content, name=name)
    if prepared.kind in MEDIA:
        return Sent(prepared.name, prepared.kind, prepared)
    text = text_of_file(prepared.content, prepared.content_type, most=LONGEST_TEXT)
    return Sent(prepared.name, prepared.kind, text=text)


def brought(actor: Actor, files: Sequence[Sent]) -> AbstractContextManager[None]:
    """Have new files in the storage before the transaction that keeps them with a turn."""
    return bring(actor, *(one.prepared for one in files if one.prepared is not None))


def of_assets(actor: Actor, assets: Sequence[Asset]) -> list[Sent]:
    """Assets of the workspace as files that come along."""
    found = []
    for asset in assets:
        if asset.workspace_id != actor.workspace_id:
            raise NotFound("There is no such asset.", field="assets")
        text = ""
        if asset.kind not in MEDIA:
            with asset.file.open("rb") as file:
                text = text_of_file(file.read(), asset.content_type, most=LONGEST_TEXT)
        found.append(Sent(asset.name, asset.kind, asset=asset, text=text))
    return found


def keep(actor: Actor, turn: Turn, files: Sequence[Sent]) -> None:
    """Keep these with a person's turn; to be called within a verb."""
    if len(files) > MOST_FILES:
        raise Invalid(f"At most {MOST_FILES} files come along.", field="files")
    for position, sent in enumerate(files):
        asset = sent.asset
        if sent.prepared is not None:
            asset = create_asset(actor=actor, prepared=sent.prepared)
        TurnFile.objects.create(
            turn=turn,
            position=position,
            name=sent.name,
            kind=sent.kind,
            asset=asset,
            text=sent.text,
        )


def copy(files: Iterable[TurnFile], turn: Turn) -> list[TurnFile]:
    """The same files for the copy of a turn, not saved yet."""
    names = ("position", "name", "kind", "asset_id", "text")
    return [TurnFile(turn=turn, **{name: getattr(one, name) for name in names}) for one in files]


def told(turn: Turn, *, most: int) -> str:
    """The words of a turn and what an agent is told of its files, at most so much of each."""
    parts = [turn.content, *(_told(one, most) for one in turn.files.all())]
    return "\n\n".join(part for part in parts if part.strip())


def _told(one: TurnFile, most: int) -> str:
    if one.text:
        cut = f"\n… {len(one.text) - most:,} more characters" if len(one.text) > most else ""
        return f"Sent along, the document “{one.name}”:\n<<<\n{one.text[:most]}{cut}\n>>>"
    if one.asset_id is None:
        return f"Sent along, but deleted since: “{one.name}”"
    how = "; describe_image tells what is on it" if one.kind == Asset.Kind.IMAGE else ""
    what = "picture" if one.kind == Asset.Kind.IMAGE else "sound"
    return f"Sent along, the {what} “{one.name}”: asset {one.asset_id}{how}"
