"""Where the text of a language job comes from: given, an asset, or a document of a room above."""

from collections.abc import Callable
from uuid import UUID

from accounts.models import Actor
from core.errors import Invalid
from modules.assets.reading import text_of_file
from modules.models import Asset
from modules.running.context import JobContext

MOST = 400_000

Reader = Callable[[Actor, UUID], str]
_readers: list[Reader] = []


def read_documents_with(reader: Reader) -> None:
    """Let `reader` give the text of a document; it raises NotFound."""
    _readers[:] = [reader]


def text_of(job: JobContext, text: str, asset: UUID | None, document: UUID | None) -> str:
    """The one text that is meant. Raises Invalid for none, several, or one that is too long."""
    given = [one for one in (text.strip(), asset, document) if one]
    if len(given) != 1:
        raise Invalid("Give one of text, asset and document.", field="input")
    found = text
    if asset is not None:
        found = _of_asset(job.asset(asset))
    elif document is not None:
        found = _of_document(job, document)
    if not found.strip():
        raise Invalid("There is no text in it.", field="input")
    if len(found) > MOST:
        raise Invalid(f"At most {MOST:,} characters are taken, and this has more.")
    return found


def _of_asset(asset: Asset) -> str:
    if asset.kind not in (Asset.Kind.DOCUMENT, Asset.Kind.DATA):
        raise Invalid(f"“{asset.name}” is no text.", field="input")
    with asset.file.open("rb") as file:
        return text_of_file(file.read(), asset.content_type, most=MOST + 1)


def _of_document(job: JobContext, document: UUID) -> str:
    if not _readers:
        raise Invalid("There are no documents here.", field="input")
    return _readers[0](job.actor, document)
