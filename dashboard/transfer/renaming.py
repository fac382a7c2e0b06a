"""New ids for old ones, without a list of them."""

import re
import secrets
from hashlib import blake2b
from typing import Any
from uuid import UUID

from dashboard.transfer.checking import Content

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Renaming:
    """Gives each id of a file its new one, always the same within one import.

    The new id is reckoned from the old one and a secret of this import, so nothing has to be
    remembered. Its time stays, so that rows keep their order.
    """

    def __init__(self, content: Content, *, keep: bool) -> None:
        self._content = content
        self._keep = keep
        self._secret = secrets.token_bytes(32)

    def of(self, old: UUID) -> UUID:
        """The new id of a row."""
        if self._keep:
            return old
        drawn = blake2b(old.bytes, key=self._secret, digest_size=8).digest()
        # 48 bits of time, version and counter stay; two bits say which variant it is.
        tail = bytes([(drawn[0] & 0x3F) | (old.bytes[8] & 0xC0)]) + drawn[1:]
        return UUID(bytes=old.bytes[:8] + tail)

    def within(self, value: Any) -> Any:
        """The same text or JSON with the ids of rows in it replaced; others stay."""
        if self._keep:
            return value
        if isinstance(value, str):
            return _ID.sub(self._replace, value) if "-" in value else value
        if isinstance(value, list):
            return [self.within(one) for one in value]
        if isinstance(value, dict):
            return {self.within(key): self.within(one) for key, one in value.items()}
        return value

    def _replace(self, found: "re.Match[str]") -> str:
        key = UUID(found[0])
        return str(self.of(key)) if self._content.knows(key) else found[0]
