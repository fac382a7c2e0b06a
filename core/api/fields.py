"""Fields that take exactly what the schema says, and inputs that refuse what they do not know.

DRF's own are kind to forms: they take "12" for 12 and "no" for false. A program that sends
the wrong type has a mistake in it and wants to be told.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any, ClassVar
from uuid import UUID

from django.http import QueryDict
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from core.errors import Conflict

# Anything without NUL, which PostgreSQL cannot keep; and with something to be seen in it.
ANY_TEXT = r"^[^\x00]*$"
SOME_TEXT = r"^[^\x00]*[^\s\x00-\x1f\x7f-\x9f][^\x00]*$"
_SOME = re.compile(r"[^\s\x00-\x1f\x7f-\x9f]")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
MAX_JSON_DEPTH, MAX_JSON_TEXT = 20, 100_000
EXAMPLE_ID = "0197f3c2-5b1e-7c44-9a51-2f6d3b8e4a10"


class Text(serializers.CharField):
    """Text as it stands; not blank unless `blank`."""

    def __init__(self, *, blank: bool = False, pattern: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("trim_whitespace", False)
        super().__init__(allow_blank=blank, **kwargs)
        self.blank = blank
        self.pattern = pattern
        self.schema = {"pattern": pattern or (ANY_TEXT if blank else SOME_TEXT)}
        if not blank and not kwargs.get("min_length"):
            self.schema["minLength"] = 1  # type: ignore[assignment]

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise ValidationError("This must be a string.", code="wrong_type")
        if not self.blank and not _SOME.search(data):
            raise ValidationError("This may not be blank.", code="blank")
        if self.pattern and not re.search(self.pattern, data):
            raise ValidationError("This does not have the right form.", code="wrong_form")
        return data

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if data == "" and not self.blank:
            raise ValidationError("This may not be blank.", code="blank")
        return super().run_validation(data)


class Whole(serializers.IntegerField):
    """A whole number. 2.0 is one, as JSON has it; "2" is not."""

    def __init__(self, *, least: int = 0, most: int = 2**31 - 1, **kwargs: Any) -> None:
        super().__init__(min_value=least, max_value=most, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, float) and data.is_integer() and abs(data) < 2**63:
            return int(data)
        if isinstance(data, bool) or not isinstance(data, int):
            raise ValidationError("This must be a whole number.", code="wrong_type")
        return data

    def from_query(self, text: str) -> Any:
        return int(text) if _WHOLE.fullmatch(text) else text


class Number(serializers.FloatField):
    """A finite number."""

    def __init__(self, *, least: float, most: float, **kwargs: Any) -> None:
        super().__init__(min_value=least, max_value=most, **kwargs)

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            raise ValidationError("This must be a number.", code="wrong_type")
        if (isinstance(data, int) and abs(data) > 2**63) or not math.isfinite(data):
            raise ValidationError("This number is out of range.", code="out_of_range")
        return float(data)

    def from_query(self, text: str) -> Any:
        return float(text) if _NUMBER.fullmatch(text) else text


class Flag(serializers.BooleanField):
    """true or false."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise ValidationError("This must be true or false.", code="wrong_type")
        return data

    def from_query(self, text: str) -> Any:
        return {"true": True, "false": False}.get(text, text)


class Choice(serializers.ChoiceField):
    """One of a few values, of their very type."""

    def to_internal_value(self, data: Any) -> Any:
        known = list(self.choices)
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        for value in known:
            if type(value) is type(data) and value == data:
                return value
        said = ", ".join(str(value) for value in known)
        raise ValidationError(f"It can be {said}.", code="unknown_choice")

    def from_query(self, text: str) -> Any:
        whole = all(isinstance(value, int) for value in self.choices)
        return int(text) if whole and _WHOLE.fullmatch(text) else text


class Id(serializers.UUIDField):
    """An id, written as 8-4-4-4-12."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str) or not _UUID.fullmatch(data):
            raise ValidationError("This must be an id (a UUID).", code="wrong_type")
        return UUID(data)


class Moment(serializers.DateTimeField):
    """A moment with its offset, as RFC 3339 has it. Kept in UTC."""

    def to_internal_value(self, value: Any) -> datetime:
        refusal = ValidationError(
            "This must be a moment such as 2026-01-31T12:00:00Z.", code="wrong_type"
        )
        if not isinstance(value, str) or len(value) > 64:
            raise refusal
        # A leap second is the last moment of its minute to a clock that knows none.
        text = re.sub(r":60(\.\d+)?(?=[zZ+-])", ":59", value.upper())
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise refusal from error
        if moment.tzinfo is None or "T" not in text:
            raise refusal
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
            return first if moment.year == 1 else last


class Many(serializers.ListField):
    """A list of bounded length."""

    def __init__(self, child: serializers.Field[Any, Any, Any, Any], **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 100)
        super().__init__(child=child, **kwargs)

    def from_query(self, text: Any) -> Any:
        return text


class Free(serializers.JSONField):
    """A JSON object of any content that the database can keep.

    The schema speaks of its names alone, so what cannot be kept further in is a conflict.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.schema = {
            "type": "object",
            "additionalProperties": True,
            "propertyNames": {"pattern": ANY_TEXT},
        }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise ValidationError("This must be an object.", code="wrong_type")
        if any("\x00" in name for name in data):
            raise ValidationError("A name in it has a NUL.", code="wrong_form")
        if refusal := _not_kept(data, 0):
            raise Conflict(refusal, code="invalid_input", field=self.field_name)
        return data


def _not_kept(value: Any, depth: int) -> str:
    """Why the database could not keep a JSON value; empty where it can."""
    if depth > MAX_JSON_DEPTH:
        return "This is nested too deeply."
    if isinstance(value, str) and ("\x00" in value or len(value) > MAX_JSON_TEXT):
        return "A text in it is too long or has a NUL."
    if isinstance(value, float) and not math.isfinite(value):
        return "A number in it is out of range."
    inside: Iterable[Any] = ()
    if isinstance(value, dict):
        inside = chain(value.keys(), value.values())
    elif isinstance(value, list):
        inside = value
    return next((why for inner in inside if (why := _not_kept(inner, depth + 1))), "")


class Input(serializers.Serializer[Any]):
    """The body of a request. What it does not know it refuses by name."""

    # What the documentation shows; each endpoint may show another.
    example: ClassVar[Mapping[str, Any] | None] = None

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [str(key) for key in data if key not in self.fields]
            if unknown:
                raise ValidationError(
                    {name: ["There is no such field."] for name in sorted(unknown)[:20]},
                    code="unknown_field",
                )
            if self._plain and data.keys() >= self._wanted:
                try:
                    return {name: self.fields[name].run_validation(data[name]) for name in data}
                except ValidationError:
                    pass  # said of all fields at once by the long way
        return super().to_internal_value(data)

    @cached_property
    def _plain(self) -> bool:
        """Whether each field stands for itself, so that those not sent need no look."""
        return not any(
            field.read_only or field.source != name or hasattr(self, f"validate_{name}")
            for name, field in self.fields.items()
        )

    @cached_property
    def _wanted(self) -> frozenset[str]:
        """The fields that must be sent, or bring a value of their own when they are not."""
        return frozenset(
            name
            for name, field in self.fields.items()
            if field.required or field.default is not serializers.empty
        )


class Query(serializers.Serializer[Any]):
    """The parameters behind the question mark. What it does not know it refuses by name."""

    # Fields whose order `?ordering=` may ask for, by what they are called outside.
    orders: ClassVar[Mapping[str, str]] = {}
    default_order: ClassVar[str] = ""

    def read(self, given: QueryDict) -> dict[str, Any]:
        """The parameters in their types. Raises ValidationError naming the one at fault."""
        data: dict[str, Any] = {}
        wrong: dict[str, list[str]] = {}
        for name, values in given.lists():
            field = self.fields.get(name)
            if field is None:
                wrong[name] = ["There is no such parameter."]
            elif isinstance(field, Many):
                parts = [part for value in values for part in value.split(",")]
                data[name] = [_coerce(field.child, part) for part in parts]
            elif len(values) > 1:
                wrong[name] = ["This can be given once."]
            else:
                data[name] = _coerce(field, values[0])
        if wrong:
            raise ValidationError(wrong, code="unknown_parameter")
        if not data and not any(field.required for field in self.fields.values()):
            return self.defaults()
        result: dict[str, Any] = self.run_validation(data)
        return result

    def defaults(self) -> dict[str, Any]:
        """What holds where nothing is asked for."""
        return {
            name: field.default
            for name, field in self.fields.items()
            if field.default is not serializers.empty
        }


def _coerce(field: Any, text: str) -> Any:
    coerce = getattr(field, "from_query", None)
    return coerce(text) if coerce else text


class ListQuery(Query):
    """What every list takes."""

    page = Whole(least=1, most=1_000_000, default=1, help_text="Counted from 1")
    page_size = Whole(least=1, most=200, default=50, help_text="At most 200")


def ordering(
    orders: Mapping[str, str], default: str
) -> tuple[serializers.Field[Any, Any, Any, Any], Mapping[str, str]]:
    """The `ordering` parameter of a list: one of `orders`, with a minus for descending."""
    names: Sequence[str] = [sign + name for name in orders for sign in ("", "-")]
    field = Choice(
        choices=list(names), default=default, help_text="With a minus in front: descending"
    )
    return field, orders
