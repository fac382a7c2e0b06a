"""What the API says of itself: whole, without a warning, with examples that hold."""

import json
import warnings
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from core.api.schema import Op
from missioncontrol.api import urlpatterns

METHODS = ("get", "post", "put", "patch", "delete")
# Bodies in which something is refused: all but the pages and the description itself.
PAGES = {"/api/v1/docs/", "/api/v1/redoc/", "/api/v1/schema"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for address, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {address}", item[method]


def marked() -> Iterator[tuple[str, Op]]:
    for pattern in urlpatterns:
        view = getattr(pattern.callback, "view_class", None)
        for method in METHODS:
            marks = getattr(getattr(view, method, None), "marks", None)
            if marks is not None:
                yield f"{method.upper()} {pattern.pattern}", marks


def test_it_is_written_without_one_warning(capsys: pytest.CaptureFixture[str]) -> None:
    GENERATOR_STATS.reset()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        SchemaGenerator().get_schema(request=None, public=True)
    said = {**GENERATOR_STATS._warn_cache, **GENERATOR_STATS._error_cache}
    assert not said, said
    assert capsys.readouterr().err == ""


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate_schema(document)


def test_every_endpoint_is_in_it_under_a_name_of_its_own(document: dict[str, Any]) -> None:
    there = {operation["operationId"] for _, operation in operations(document)}
    assert {marks.name for _, marks in marked()} == there
    assert len(there) == len(list(operations(document)))


def test_every_body_has_an_example_that_is_taken(document: dict[str, Any]) -> None:
    """To mend it, give the Input class an `example`, or the operation one of its own."""
    inputs = {marks.name: marks.takes for _, marks in marked() if marks.takes is not None}
    wrong = []
    for name, operation in operations(document):
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            examples = content.get("examples")
            if not examples:
                wrong.append(f"{name}: no example")
            elif kind == "application/json":
                for one in examples.values():
                    taken = inputs[operation["operationId"]](data=one["value"])
                    if not taken.is_valid():
                        wrong.append(f"{name}: {taken.errors}")
    assert not wrong, "\n".join(wrong)


def test_every_refusal_is_described_with_an_example(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        statuses = set(operation["responses"])
        least = {"400", "429", "503"} | (
            {"401", "403", "404"} if operation.get("security") else set()
        )
        least |= set() if name.startswith("GET") else {"409", "413", "415"}
        assert least <= statuses, name
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert answer["description"], (name, status)
                content = answer["content"]["application/json"]
                assert content["schema"] == {"$ref": "#/components/schemas/ErrorAnswer"}
                for example in content["examples"].values():
                    error = example["value"]["error"]
                    assert set(error) == {"code", "message", "details", "request_id"}


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert operation["summary"], name
        assert "\n" not in operation["summary"], name
        assert operation["tags"] != ["general"], name


def test_it_names_no_place_outside(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    for host in ("unpkg", "jsdelivr", "cdnjs", "googleapis"):
        assert host not in text


def test_an_empty_text_is_allowed_where_it_is_taken(document: dict[str, Any]) -> None:
    note = document["components"]["schemas"]["NoteInputRequest"]["properties"]["note"]
    jsonschema.validate("", note)
    jsonschema.validate("The paint is dry.", note)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate("x" * 501, note)
