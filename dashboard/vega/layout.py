"""What an export of VEGA holds, checked: every fault names its field, none is taken along."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from core.errors import Invalid, NotFound
from dashboard.vega.checking import Object, as_object
from dashboard.vega.rows import AgentRow, Core, Export, ModelRef, Module, Person, Said, Talk

MOST_BYTES = 256 * 1024 * 1024
LONGEST_TEXT = 200_000
ROLES = {
    "admin": "admin",
    "owner": "admin",
    "user": "member",
    "member": "member",
    "viewer": "viewer",
}
KINDS = {
    "language": "language",
    "tongue": "language",
    "vision": "vision",
    "image": "image",
    "creative": "image",
    "creative_hub": "image",
    "music": "music",
    "embedding": "embedding",
}
SPEAKERS = {
    "user": "person",
    "person": "person",
    "human": "person",
    "assistant": "agent",
    "agent": "agent",
    "system": "",
}
Tell = Callable[[str, str], None]


def load(path: Path) -> Any:
    """The JSON in a file. Raises Invalid and NotFound."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Invalid(f"The file has more than {MOST_BYTES >> 20} MB.", field="file")
        return json.loads(
            path.read_bytes(), parse_constant=_refuse, object_pairs_hook=_each_name_once
        )
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}.", field="file") from None
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.", field="file") from error
    except (ValueError, RecursionError) as error:
        raise Invalid(f"The file is no JSON: {error}.", field="file") from error


def read(data: Any, tell: Tell) -> Export:
    """What the file says. `tell` hears of what is passed over, and why. Raises Invalid."""
    top = as_object("", data)
    if top.get("format") != "vega" or top.get("version") != 1:
        raise Invalid("This is no export of VEGA: format is “vega” and version 1.", field="format")
    found = Export(source=top.text("source", most=200))
    top.get("exported_at")
    found.people = _keyed(_each(top, "users", tell, _person))
    _once(found.people.values(), "email", lambda one: one.email)
    found.cores = _keyed(_each(top, "cores", tell, _core))
    agents = list(_each(top, "agents", tell, _agent))
    found.agents = _keyed((key, agent) for key, agent in agents)
    _once(found.agents.values(), "handle", lambda one: one.handle)
    found.modules = _keyed(_each(top, "modules", tell, _module))
    found.talks = _keyed(_each(top, "conversations", tell, lambda row: _talk(row, tell)))
    top.left_over(tell)
    _check_references(found)
    return found


def _each(top: Object, name: str, tell: Tell, parse: Callable[[Object], Any]) -> Iterable[Any]:
    for row in top.objects(name):
        key = row.key("id", needed=True)
        row.known |= {"created_at", "updated_at"}
        parsed = parse(row)
        row.left_over(tell)
        yield key, parsed


def _person(row: Object) -> Person:
    row.moment("created_at")
    return Person(
        row.path,
        row.key("id"),
        row.text("username", most=150, needed=True),
        row.email("email"),
        row.text("name", most=80),
        ROLES[row.choice("role", ROLES, "member")],
        row.flag("is_active", True),
    )


def _core(row: Object) -> Core:
    parts = [row.text(name, most=LONGEST_TEXT) for name in ("system_prompt", "personality")]
    traits = row.words("traits")
    if traits:
        parts.append(f"Traits: {', '.join(traits)}.")
    return Core(
        row.path,
        row.key("id"),
        row.text("name", most=80, needed=True),
        "\n\n".join(part for part in parts if part),
        row.text("description", most=LONGEST_TEXT),
        _model(row, "language"),
    )


def _agent(row: Object) -> AgentRow:
    name = row.text("name", most=80, needed=True)
    role = row.text("role", most=120)
    texts = [row.text(one, most=LONGEST_TEXT) for one in ("description", "system_prompt")]
    return AgentRow(
        path=row.path,
        handle=handle_of(row.text("handle", most=39) or name),
        name=name,
        role=role,
        persona="\n\n".join(text for text in texts if text),
        memory=row.text("memory", most=LONGEST_TEXT),
        capabilities=row.words("capabilities"),
        interval=row.number("interval_seconds", 5, 86_400),
        paused=row.choice("status", ("active", "idle", "paused", "inactive"), "active")
        in ("paused", "inactive"),
        core=row.key("core"),
        model=_model(row, "language"),
    )


def _module(row: Object) -> Module:
    kind = KINDS[row.choice("type", KINDS, "language")]
    return Module(row.path, row.text("name", most=80, needed=True), _model(row, kind))


def _model(row: Object, kind: str) -> ModelRef | None:
    """A model by its name alone, or by an object that says where it is."""
    value = row.get("model")
    if value is None or value == "":
        return None
    if isinstance(value, str):
        name = row.text("model", most=120)
        provider = "anthropic" if name.startswith("claude") else "openai"
        return ModelRef(row.at("model"), kind, provider, name, "")
    inner = row.object("model")
    assert inner is not None
    base_url = inner.text("base_url", most=200)
    provider = inner.text("provider", most=40).lower() or "openai"
    if provider not in ("openai", "anthropic", "simulated"):
        if not base_url:
            raise inner.wrong("provider", f"is “{provider}”, so its base_url is needed")
        provider = "openai"
    name = inner.text("name", most=120, needed=True)
    return ModelRef(inner.path, kind, provider, name, base_url)


def _talk(row: Object, tell: Tell) -> Talk:
    turns = []
    for message in row.objects("messages"):
        message.get("id")
        role = SPEAKERS[message.choice("role", SPEAKERS, "")]
        content = message.text("content", most=LONGEST_TEXT)
        at = message.moment("created_at")
        message.left_over(tell)
        if not role:
            tell(message.path, "what the system said is in the persona")
        elif not content:
            tell(message.path, "it is empty")
        else:
            turns.append(Said(role, content, at))
    return Talk(
        row.path,
        row.key("id"),
        row.key("user", needed=True),
        row.key("agent", needed=True),
        row.text("title", most=120),
        row.moment("created_at"),
        row.flag("archived", False),
        turns,
    )


def _keyed(rows: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, row in rows:
        if key in found:
            raise Invalid(
                f"{row.path}.id is {key}, as that of {found[key].path}.", field=f"{row.path}.id"
            )
        found[key] = row
    return found


def _once(rows: Iterable[Any], name: str, value: Callable[[Any], str]) -> None:
    """No two may be recognised by the same word."""
    seen: dict[str, str] = {}
    for row in rows:
        if (word := value(row)) in seen:
            at = f"{row.path}.{name}"
            raise Invalid(f"{at} would be “{word}”, as that of {seen[word]}.", field=at)
        seen[word] = row.path


def _check_references(export: Export) -> None:
    for agent in export.agents.values():
        _there(agent.path, "core", agent.core, export.cores)
    for talk in export.talks.values():
        _there(talk.path, "user", talk.person, export.people)
        _there(talk.path, "agent", talk.agent, export.agents)


def _there(path: str, name: str, key: str, among: dict[str, Any]) -> None:
    if key and key not in among:
        raise Invalid(
            f"{path}.{name} is {key}, and nothing in the file has that id.", field=f"{path}.{name}"
        )


def handle_of(text: str) -> str:
    """What an agent of this name is called by."""
    return slugify(text)[:34].strip("-_") or "agent"


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; of two values of one name, one would be lost without a word."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Invalid(f"“{name[:80]}” stands twice in one object.", field="file")
        found[name] = value
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
