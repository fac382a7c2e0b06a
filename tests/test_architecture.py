"""The structure of the house, kept by machine: who may import whom, and where things live."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin

ROOT = Path(__file__).resolve().parent.parent

# Lowest first: a room imports from itself and from the rooms before it. Some are yet to come.
ROOMS = [
    "core",
    "accounts",
    "activity",
    "modules",
    "documents",
    "knowledge",
    "memory",
    "agents",
    "tasks",
    "conversations",
    "projects",
    "whitepapers",
    "dashboard",
    "missioncontrol",
]
BUILT = [room for room in ROOMS if (ROOT / room / "__init__.py").exists()]
APPS = [room for room in BUILT if room != "missioncontrol"]

# A name that says nothing about what is in it collects everything; and "tasks" is the domain.
REFUSED_NAMES = {"utils", "util", "helpers", "common", "misc", "services", "managers", "signals"}
# The settings are one file on purpose: a list to look things up in.
LONG_ON_PURPOSE = {"missioncontrol/settings.py"}
TABLELESS = {"core", "dashboard"}

DOORS = ("views", "api", "tools", "consumers")
WRITES = {
    "save",
    "asave",
    "create",
    "acreate",
    "delete",
    "adelete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}
# .update() is also what dictionaries have; on these it is SQL.
QUERIES = ("objects", "filter", "exclude", "all", "select_for_update")


def files(room: str) -> list[Path]:
    """The Python files of *room* without its migrations."""
    return sorted(path for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def imports(path: Path) -> Iterator[tuple[ast.AST, str]]:
    """Every module that *path* imports, inside functions and under TYPE_CHECKING too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node, name.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{place(path, node)}: say whence, not from how many dots"
            yield node, node.module or ""


@pytest.mark.parametrize("room", BUILT)
def test_a_room_imports_only_from_the_rooms_below(room: str) -> None:
    above = set(ROOMS[ROOMS.index(room) + 1 :])
    wrong = [
        f"{place(path, node)} imports {module}"
        for path in files(room)
        for node, module in imports(path)
        if module.split(".")[0] in above
    ]
    assert not wrong, "\n".join(wrong)


def test_every_room_is_installed_and_every_installed_room_has_its_place() -> None:
    ours = [
        config.name
        for config in apps.get_app_configs()
        if Path(config.path).resolve().parent == ROOT
    ]
    assert ours == BUILT, "INSTALLED_APPS lists the rooms lowest first"


@pytest.mark.parametrize("room", APPS)
def test_a_module_is_named_after_what_is_in_it(room: str) -> None:
    for path in (ROOT / room).iterdir():
        name = path.stem
        assert name not in REFUSED_NAMES, f"{room}/{path.name}: name it after what it does"
        assert name != "tasks", f"{room}/{path.name}: Celery's functions live in jobs.py"
    if room in TABLELESS:
        assert not (ROOT / room / "models.py").exists(), f"{room} has no tables"


@pytest.mark.parametrize("room", BUILT)
def test_a_module_says_what_it_is_for(room: str) -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in files(room)
        if path.name not in {"__init__.py", "apps.py"} and not ast.get_docstring(tree(path))
    ]
    assert not silent, f"without a docstring: {silent}"


@pytest.mark.parametrize("room", BUILT)
def test_no_file_is_too_long_to_be_read(room: str) -> None:
    long = [
        f"{path.relative_to(ROOT)}: {length}"
        for path in files(room)
        if (length := len(path.read_text().splitlines())) > 400
        and str(path.relative_to(ROOT)) not in LONG_ON_PURPOSE
    ]
    assert not long, long


def test_every_model_of_ours_is_in_the_admin() -> None:
    hidden = [
        model._meta.label
        for room in APPS
        for model in apps.get_app_config(room).get_models()
        if not admin.site.is_registered(model)
    ]
    assert not hidden, f"not registered in the admin: {hidden}"


def jobs() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function that Celery runs, with the dotted name of the module it is in."""
    for room in BUILT:
        for path in files(room):
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.FunctionDef) and any(
                    "shared_task" in ast.unparse(mark) or "app.task" in ast.unparse(mark)
                    for mark in node.decorator_list
                ):
                    yield ".".join(path.relative_to(ROOT).with_suffix("").parts), node


def test_jobs_live_in_jobs_and_are_called_what_they_are() -> None:
    from missioncontrol.celery import app

    app.loader.import_default_modules()
    names = [f"{module}.{function.name}" for module, function in jobs()]
    assert len(names) == len(set(names))
    for name in names:
        assert ".jobs." in name, f"{name}: Celery's functions live in jobs.py"
        assert name in app.tasks, f"{name} is registered under another name"


def test_every_fixed_entry_of_the_beat_is_a_job() -> None:
    names = {f"{module}.{function.name}" for module, function in jobs()}
    missing = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} - names
    assert not missing, missing


def doors() -> list[Path]:
    """The files through which people, programs, agents and jobs come in."""
    return [
        path
        for room in BUILT
        for path in files(room)
        if {path.stem, *path.relative_to(ROOT).parts[1:-1]} & {*DOORS, "jobs", "commands"}
    ]


def writes(call: ast.Call) -> bool:
    """Whether *call* looks like a write to a model."""
    if not isinstance(call.func, ast.Attribute):
        return False
    receiver = ast.unparse(call.func.value)
    if call.func.attr in WRITES:
        return receiver.split(".")[0] not in {"cache", "session"} and "session" not in receiver
    if call.func.attr in {"update", "aupdate"}:
        return any(f".{name}" in receiver for name in QUERIES)
    return False


@pytest.mark.parametrize("path", doors(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_door_calls_verbs_and_writes_to_no_model(path: Path) -> None:
    wrong = [
        f"{place(path, node)}: {ast.unparse(node)[:80]}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and writes(node)
    ]
    assert not wrong, "through a verb, please:\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("task.save()", True),
        ("Task.objects.create(title='x')", True),
        ("Task.objects.filter(pk=1).update(title='x')", True),
        ("task.delete()", True),
        ("context.update(title='x')", False),
        ("cache.delete('key')", False),
        ("request.session.save()", False),
        ("create(actor=actor)", False),
    ],
)
def test_the_guard_knows_a_write_when_it_sees_one(code: str, expected: bool) -> None:
    call = ast.parse(code, mode="eval").body
    assert isinstance(call, ast.Call)
    assert writes(call) is expected


def required() -> set[str]:
    """The distributions that requirements.txt names, in PyPI's own spelling of names."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    names = [line.split("==")[0] for line in lines if line and not line.startswith("#")]
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


@pytest.mark.parametrize("room", BUILT)
def test_whatever_a_room_imports_is_required_by_name(room: str) -> None:
    """What only tests need, or what another package happens to bring, is not there for sure."""
    brought_by = packages_distributions()
    missing = set()
    for path in files(room):
        for node, module in imports(path):
            top = module.split(".")[0]
            if top in sys.stdlib_module_names or top in ROOMS:
                continue
            names = {re.sub(r"[-_.]+", "-", name).lower() for name in brought_by.get(top, [])}
            if not names & required():
                missing.add(f"{place(path, node)} imports {module}, of {names or 'nobody'}")
    assert not missing, "\n".join(sorted(missing))
