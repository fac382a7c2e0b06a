"""Answers that have to be JSON of a given form: checked, repaired once, else refused in words."""

import json
import re
from dataclasses import replace
from typing import Any

from core.errors import MCError
from modules.language.types import Message, Request
from modules.refusals import BadInput
from modules.running.context import JobContext

MOST_NODES = 2_000
_FENCE = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL)


class BadAnswer(MCError):
    """The model did not keep to the form that it was given, twice."""

    status, code = 502, "bad_answer"


def checked_schema(schema: dict[str, Any]) -> None:
    """Raise BadInput for what is no JSON schema of an object, or leads out of this house."""
    from jsonschema import Draft202012Validator, SchemaError

    if schema.get("type") != "object" or not isinstance(schema.get("properties"), dict):
        raise BadInput("The schema must be of type object, with properties.", field="schema")
    text = json.dumps(schema)
    if len(text) > 50_000 or text.count("{") > MOST_NODES:
        raise BadInput("The schema is too large.", field="schema")
    if '"$ref"' in text or '"$dynamicRef"' in text or '"pattern' in text:
        # Nothing is fetched, and no stranger's expression may keep a processor busy.
        raise BadInput("The schema may hold no $ref and no pattern.", field="schema")
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise BadInput(f"This is no JSON schema: {error.message[:300]}.", field="schema") from None


def ask_json(job: JobContext, request: Request, schema: dict[str, Any]) -> dict[str, Any]:
    """Ask for an object of this schema. One that does not fit is given back once with why.

    Raises BadAnswer when the second one does not fit either.
    """
    first = job.ask(request).text
    found, why = _read(first, schema)
    if found is not None:
        return found
    job.progress(0.5, "The answer did not fit; asking once more")
    again = (
        *request.messages,
        Message.assistant(first or "(nothing)"),
        Message.user(f"This does not fit: {why}. Answer again with the corrected JSON alone."),
    )
    found, why = _read(job.ask(replace(request, messages=again)).text, schema)
    if found is None:
        raise BadAnswer(f"The model's answer does not fit, after one more try: {why}.")
    return found


def _read(text: str, schema: dict[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """The object in an answer, or what is wrong with it."""
    from jsonschema import Draft202012Validator

    fenced = _FENCE.search(text)
    body = fenced[1] if fenced else text[text.find("{") : text.rfind("}") + 1]
    try:
        found = json.loads(body)
    except ValueError as error:
        return None, f"it is no JSON ({error})"
    wrong = next(iter(Draft202012Validator(schema).iter_errors(found)), None)
    if wrong is None:
        return found, ""
    where = ".".join(map(str, wrong.absolute_path)) or "the answer"
    return None, f"{where}: {wrong.message[:300]}"
