"""What stands in an export of VEGA, once it has been checked."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Person:
    path: str
    key: str
    username: str
    email: str
    name: str
    role: str
    active: bool


@dataclass(frozen=True)
class ModelRef:
    path: str
    kind: str
    provider: str
    model_id: str
    base_url: str


@dataclass(frozen=True)
class Core:
    path: str
    key: str
    name: str
    persona: str
    role: str
    model: ModelRef | None


@dataclass(frozen=True)
class AgentRow:
    path: str
    handle: str
    name: str
    role: str
    persona: str
    memory: str
    capabilities: list[str]
    interval: int | None
    paused: bool
    core: str
    model: ModelRef | None


@dataclass(frozen=True)
class Module:
    path: str
    name: str
    model: ModelRef | None


@dataclass(frozen=True)
class Said:
    role: str
    content: str
    at: datetime | None


@dataclass(frozen=True)
class Talk:
    path: str
    key: str
    person: str
    agent: str
    title: str
    created_at: datetime | None
    archived: bool
    turns: list[Said]


@dataclass
class Export:
    """Everything in a file. Agents and talks name others by the keys they have in it."""

    source: str = ""
    people: dict[str, Person] = field(default_factory=dict)
    cores: dict[str, Core] = field(default_factory=dict)
    agents: dict[str, AgentRow] = field(default_factory=dict)
    modules: dict[str, Module] = field(default_factory=dict)
    talks: dict[str, Talk] = field(default_factory=dict)
