"""Values of a JSON file, each with the way to it, so that a fault can be told where it is."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from core.errors import Invalid

# Named like this it is nothing to take over, and nothing to show either.
SECRET = (
    "password",
    "passwd",
    "hash",
    "salt",
    "secret",
    "token",
    "api_key",
    "apikey",
    "credential",
)


@dataclass
class Object:
    """A JSON object on its way into the house; remembers what of it was asked for."""

    path: str
    values: dict[str, Any]
    known: set[str] = field(default_factory=set)
    inner: list["Object"] = field(default_factory=list)

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def get(self, name: str) -> Any:
        self.known.add(name)
        return self.values.get(name)

    def text(self, name: str, *, most: int, needed: bool = False) -> str:
        """A string without what no database takes; a number where there should be one is none."""
        value = self.get(name)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise self.wrong(name, "is no text")
        value = value.strip()
        if "\x00" in value or any(0xD800 <= ord(letter) < 0xE000 for letter in value):
            raise self.wrong(name, "has characters in it that are no text")
        if len(value) > most:
            raise self.wrong(name, f"has {len(value):,} characters; {most:,} is the most")
        if needed and not value:
            raise self.wrong(name, "is needed")
        return value

    def key(self, name: str, *, needed: bool = False) -> str:
        """An id: a number or a word."""
        value = self.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or not value.strip() or len(value) > 200:
            raise self.wrong(name, "is needed: a number or a word")
        return value.strip()

    def email(self, name: str) -> str:
        value = self.text(name, most=254, needed=True).lower()
        try:
            validate_email(value)
        except ValidationError:
            raise self.wrong(name, "is no e-mail address") from None
        return value

    def choice(self, name: str, among: Collection[str], usual: str) -> str:
        value = self.text(name, most=40).lower() or usual
        if value not in among:
            raise self.wrong(name, f"is “{value}”; it can be {', '.join(sorted(among))}")
        return value

    def flag(self, name: str, usual: bool) -> bool:
        value = self.get(name)
        if value is None:
            return usual
        if not isinstance(value, bool):
            raise self.wrong(name, "is neither true nor false")
        return value

    def number(self, name: str, least: int, most: int) -> int | None:
        value = self.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong(name, f"is no whole number from {least:,} to {most:,}")
        return value

    def moment(self, name: str) -> datetime | None:
        value = self.text(name, most=40)
        if not value:
            return None
        try:
            read = parse_datetime(value)
        except ValueError:
            read = None
        if read is None:
            raise self.wrong(name, "is no moment like 2026-02-01T10:30:00Z")
        # VEGA wrote UTC, and did not always say so.
        return read if timezone.is_aware(read) else read.replace(tzinfo=UTC)

    def words(self, name: str) -> list[str]:
        value = self.get(name) or []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.wrong(name, "is no list of words")
        return value

    def object(self, name: str) -> "Object | None":
        value = self.get(name)
        if value is None:
            return None
        self.inner.append(as_object(self.at(name), value))
        return self.inner[-1]

    def objects(self, name: str) -> Iterator["Object"]:
        value = self.get(name)
        if value is None:
            return
        if not isinstance(value, list):
            raise self.wrong(name, "is no list")
        for index, one in enumerate(value):
            yield as_object(f"{self.at(name)}[{index}]", one)

    def wrong(self, name: str, why: str) -> Invalid:
        return Invalid(f"{self.at(name)} {why}.", field=self.at(name))

    def left_over(self, tell: Callable[[str, str], None]) -> None:
        """Tell of everything that nobody asked for, here and further in."""
        for one in self.inner:
            one.left_over(tell)
        for name in sorted(self.values.keys() - self.known):
            secret = any(word in name.lower() for word in SECRET)
            tell(self.at(name), "secrets are never taken over" if secret else "not known here")


def as_object(path: str, value: Any) -> Object:
    """`value` as an object. Raises Invalid."""
    if not isinstance(value, dict):
        raise Invalid(f"{path or 'The file'} is no JSON object.", field=path or "file")
    return Object(path, value)
