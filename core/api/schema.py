"""How an endpoint says what it takes and gives: once, for the schema and for the request.

`op` marks a method of an endpoint. It validates the input before the method runs, hands it
over by name, and makes the answer of what the method returns; drf-spectacular reads the same
marks when it writes the schema.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Literal, TypeVar, cast

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiRequest,
    OpenApiResponse,
    extend_schema,
)
from rest_framework import serializers
from rest_framework.response import Response

from core.api.errors import body as error_body
from core.api.fields import Input, Query

F = TypeVar("F", bound=Callable[..., Any])

# What drf-spectacular offers beside the form of a text that may be empty.
_EMPTY = {"type": "string", "maxLength": 0}

PUBLIC: Literal["public"] = "public"
SIGNED_IN: Literal["signed in"] = "signed in"


class Answer(serializers.Serializer[Any]):
    """What is sent back. Written for the schema: answers are built as plain values."""


def names_of(answer: type[Answer]) -> tuple[str, ...]:
    """The names of what an answer holds, in their order."""
    return tuple(str(name) for name in answer().fields)


class Problem(serializers.Serializer[Any]):
    """Why a request was refused."""

    code = serializers.CharField(help_text="For programs")
    message = serializers.CharField(help_text="For people")
    details = serializers.DictField(
        help_text="Fields at fault with their messages, and whatever helps to mend it"
    )
    request_id = serializers.CharField(help_text="Stands in the log as well", allow_blank=True)


class ErrorAnswer(serializers.Serializer[Any]):
    """The one form of every refusal."""

    error = Problem()


@dataclass(frozen=True)
class Op:
    """The marks of one operation."""

    name: str
    takes: type[Input] | None = None
    takes_file: bool = False
    file_types: Sequence[str] = ()
    query: type[Query] | None = None
    gives: Any = None
    page_of: Any = None
    list_of: Any = None
    status: int = 200
    guarded: bool = False
    optional: bool = False
    refuses: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    media_type: str = "application/json"


def op(
    name: str,
    *,
    takes: type[Input] | None = None,
    takes_file: bool = False,
    file_types: Sequence[str] = (),
    query: type[Query] | None = None,
    gives: Any = None,
    page_of: Any = None,
    list_of: Any = None,
    status: int = 200,
    guarded: bool = False,
    optional: bool = False,
    refuses: Mapping[int, tuple[str, str]] | None = None,
    media_type: str = "application/json",
    example: Mapping[str, Any] | None = None,
    example_answer: Any = None,
) -> Callable[[F], F]:
    """Mark a method as the operation called `name`.

    `file_types` are the media types that a file in `takes` may have, where not all are taken.
    `takes` and `query` are handed over validated, as `data` and `query`. `gives` describes
    the answer, `page_of` one row of a page. `guarded` operations heed If-Match. `refuses`
    adds refusals beyond the common ones: status to (code, message).
    """
    marks = Op(
        name,
        takes,
        takes_file,
        file_types,
        query,
        gives,
        page_of,
        list_of,
        status,
        guarded,
        optional,
        refuses or {},
        media_type,
    )

    # One of each for all requests: reading and validating keep nothing in them.
    reader = query() if query is not None else None
    taker = takes() if takes is not None else None

    def mark(function: F) -> F:
        @wraps(function)
        def run(self: Any, request: Any, **path: Any) -> Any:
            if reader is not None:
                path["query"] = reader.read(request.GET)
            elif request.GET:
                Query().read(request.GET)
            if taker is not None:
                path["data"] = taker.run_validation(request.data)
            result = function(self, request, **path)
            if result is not None and not isinstance(result, dict | list):
                return result
            return Response(result, status=status)

        run.marks = marks  # type: ignore[attr-defined]
        examples = []
        shown = example if example is not None or takes is None else takes.example
        if shown is not None:
            kind = _body_type(takes_file)
            examples.append(
                OpenApiExample("Example", value=dict(shown), request_only=True, media_type=kind)
            )
        if example_answer is not None:
            examples.append(
                OpenApiExample(
                    "Answer",
                    value=example_answer,
                    response_only=True,
                    status_codes=[str(status)],
                )
            )
        described = extend_schema(
            operation_id=name,
            request=_request(marks),
            examples=examples or None,
            parameters=[query] if query is not None else None,
        )
        return cast(F, described(run))

    return mark


def _request(marks: Op) -> Any:
    if marks.takes is None:
        return None
    taken: Any = marks.takes
    if marks.file_types:
        encoding = {"file": {"contentType": ", ".join(marks.file_types)}}
        taken = OpenApiRequest(marks.takes, encoding=encoding)
    return {_body_type(marks.takes_file): taken}


def _body_type(takes_file: bool) -> str:
    return "multipart/form-data" if takes_file else "application/json"


_PAGES: dict[str, Any] = {}


def page_serializer(row: Any) -> Any:
    """The serializer of a page of such rows, one class for each."""
    name = f"{row.__name__}Page"
    if name not in _PAGES:
        _PAGES[name] = type(
            name,
            (serializers.Serializer,),
            {
                "__doc__": "One page of a list.",
                "count": serializers.IntegerField(help_text="Of all pages together"),
                "next": serializers.CharField(allow_null=True),
                "previous": serializers.CharField(allow_null=True),
                "results": row(many=True),
            },
        )
    return _PAGES[name]


# Refusals that any operation of a kind may give: status to (code, message, when).
_COMMON: dict[int, tuple[str, str]] = {
    400: ("invalid", "title: This may not be blank."),
    401: ("not_authenticated", "Sign in, or send a key."),
    403: ("forbidden", "@bob may not do that: it needs the right to agents."),
    404: ("not_found", "There is no such thing in this workspace."),
    409: ("conflict", "It is in a state that does not allow this."),
    412: ("precondition_failed", "It was changed meanwhile."),
    413: ("too_large", "The body is larger than anything that is taken here."),
    415: ("unsupported_media_type", "Unsupported media type “text/plain” in request."),
    429: ("rate_limited", "Too many requests. Try again in 12 s."),
    503: ("unavailable", "The database cannot be reached at the moment. Try again soon."),
}
_HEADERS = {
    "ETag": "Names the state that was sent. With If-None-Match: 304 while nothing has changed.",
    "RateLimit": "What is left of the rate limit (draft-ietf-httpapi-ratelimit-headers).",
    "X-Request-Id": "The id under which the log speaks of this request.",
}


class Schema(AutoSchema):
    """Adds to each operation what all of them share."""

    def _marks(self) -> Op | None:
        function = getattr(self.view, self.method.lower(), None)
        marks: Op | None = getattr(function, "marks", None)
        return marks

    def _need(self) -> Any:
        return getattr(self.view, "needs", {}).get(self.method, PUBLIC)

    def get_summary(self) -> str | None:
        text: str = self.get_description() or ""
        return text.split("\n")[0].rstrip(".") or None

    def get_tags(self) -> list[str]:
        return [getattr(self.view, "tag", "general")]

    def get_auth(self) -> list[dict[str, list[str]]]:
        if self._need() == PUBLIC:
            return []
        return [{"token": []}, {"key": []}, {"session": []}]

    def get_override_parameters(self) -> list[Any]:
        found: list[Any] = list(super().get_override_parameters())
        if self._marks() is None:
            return found
        if self.method == "GET":
            found.append(_header("If-None-Match", "Answer 304 while this tag still holds."))
        if self.method == "POST":
            found.append(
                _header(
                    "Idempotency-Key",
                    "Any text of your own. Sent again within 24 h with the same body, it brings "
                    "the first answer back instead of doing it twice.",
                    {"type": "string", "pattern": "^[!-~]{1,200}$"},
                )
            )
        return found

    def get_response_serializers(self) -> Any:
        marks = self._marks()
        if marks is None:
            return super().get_response_serializers()
        answers: dict[Any, Any] = {self._good(marks): self._good_answer(marks)}
        if self.method == "GET" and marks.status == 200:
            answers[304] = OpenApiResponse(description="Nothing has changed.")
        for status in self._refusals(marks):
            code, message = marks.refuses.get(status) or _COMMON[status]
            answers[status, "application/json"] = OpenApiResponse(
                ErrorAnswer,
                description=code.replace("_", " ").capitalize() + ".",
                examples=[OpenApiExample(code, value=_example(code, message))],
            )
        return answers

    def _good(self, marks: Op) -> Any:
        return (marks.status, marks.media_type) if marks.status != 204 else marks.status

    def _good_answer(self, marks: Op) -> Any:
        if marks.status == 204:
            return OpenApiResponse(description="Done.")
        if marks.page_of is not None:
            return page_serializer(marks.page_of)
        if marks.list_of is not None:
            return marks.list_of(many=True)
        return marks.gives if marks.gives is not None else OpenApiTypes.OBJECT

    def _refusals(self, marks: Op) -> Sequence[int]:
        found = {400, 429, 503, *marks.refuses}
        if self._need() != PUBLIC:
            found |= {401, 403, 404}
        if self.method != "GET":
            found |= {409, 413, 415}
        if marks.guarded:
            found.add(412)
        return sorted(found)

    def _get_response_for_code(
        self,
        serializer: Any,
        status_code: Any,
        media_types: Any = None,
        direction: str = "response",
    ) -> Any:
        answer = super()._get_response_for_code(  # type: ignore[no-untyped-call]
            serializer, status_code, media_types, direction
        )
        if self._marks() is not None and str(status_code).startswith("2"):
            answer["headers"] = {
                name: {"description": text, "schema": {"type": "string"}}
                for name, text in _HEADERS.items()
                if name != "ETag" or self.method == "GET"
            }
        return answer

    def _map_serializer_field(
        self, field: Any, direction: Any, bypass_extensions: bool = False
    ) -> Any:
        schema = super()._map_serializer_field(  # type: ignore[no-untyped-call]
            field, direction, bypass_extensions
        )
        extra = getattr(field, "schema", None)
        if isinstance(extra, dict) and "$ref" not in schema:
            if extra.get("type"):
                schema = {**extra, **{k: v for k, v in schema.items() if k == "description"}}
            else:
                schema = {**schema, **extra}
        return schema

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema = super()._map_basic_serializer(  # type: ignore[no-untyped-call]
            serializer, direction
        )
        if isinstance(serializer, Input):
            schema["additionalProperties"] = False
        for described in schema.get("properties", {}).values():
            if _EMPTY in described.get("oneOf", ()):
                # An empty text may be of the form too: then it is both, which oneOf refuses.
                described["anyOf"] = described.pop("oneOf")
        return schema


def _header(name: str, text: str, schema: Any = OpenApiTypes.STR) -> OpenApiParameter:
    return OpenApiParameter(
        name, type=schema, location=OpenApiParameter.HEADER, description=text, required=False
    )


def _example(code: str, message: str) -> dict[str, Any]:
    example = error_body(code, message)
    field_name, colon, said = message.partition(": ")
    if code == "invalid" and colon:
        example["error"]["details"] = {field_name: [said]}
    example["error"]["request_id"] = "5f1d7b8e-3c52-4a86-9b0e-0f5f6e9c1a77"
    return example


class ActorAnswer(Answer):
    """Somebody who can act."""

    id = serializers.UUIDField()
    handle = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=["member", "agent", "system"])
