"""Many who read and write one page at once: nobody's words are lost, nobody waits to read."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from accounts.models import Membership, Workspace
from core.errors import Conflict
from tasks import actions
from tasks.models import Task, WorkingVersion
from tasks.working import (
    read_working_state,
    snapshot_if_changed,
    working_versions,
    write_working_state,
)
from tasks.working.page import _snapshot
from tasks.working.state import Note
from tasks.working.text import parse

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def own_connection() -> Iterator[None]:
    try:
        yield
    finally:
        connection.close()


def at_once(count: int, work: Callable[[int], None]) -> None:
    barrier = threading.Barrier(count)

    def start(number: int) -> None:
        with own_connection():
            barrier.wait()
            work(number)

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(start, range(count)))


def test_writers_at_once_lose_nothing(alice: Membership, workspace: Workspace) -> None:
    for number in range(4):
        actions.create_task(actor=alice.actor, title=f"Task {number + 1}")
    base = read_working_state(workspace).text

    def write(number: int) -> None:
        key = f"[TASK-{number + 1:03d}] Task {number + 1}"
        text = base.replace(key, f"{key} by {number}").replace(
            "### ASSIGNED", f"- from {number}\n\n### ASSIGNED"
        )
        for round_number in range(3):
            text_now = f"{text}\n## Note {number}.{round_number}\nwords\n"
            write_working_state(
                actor=alice.actor, workspace=workspace, text=text_now, base_text=base
            )

    at_once(4, write)

    state = parse(read_working_state(workspace).text)
    titles = {task.title for task in state.tasks}
    assert titles == {f"Task {n + 1} by {n}" for n in range(4)} | {f"from {n}" for n in range(4)}
    assert set(state.notes) >= {
        Note(f"Note {n}.{r}", "words\n") for n in range(4) for r in range(3)
    }
    numbers = list(WorkingVersion.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, 13))


def test_of_two_who_change_the_same_one_is_told(alice: Membership, workspace: Workspace) -> None:
    actions.create_task(actor=alice.actor, title="Paint")
    page = read_working_state(workspace)
    clashes: list[str] = []

    def write(number: int) -> None:
        try:
            write_working_state(
                actor=alice.actor,
                workspace=workspace,
                text=page.text.replace("Paint", f"Paint {number}"),
                base_etag=page.etag,
            )
        except Conflict as error:
            clashes.append(error.details["mine"])

    at_once(4, write)

    won = Task.objects.get().title
    assert len(clashes) == 3
    assert {won, *(parse(text).tasks[0].title for text in clashes)} == {
        f"Paint {n}" for n in range(4)
    }


def test_every_page_read_beside_writers_agrees_with_its_event(
    alice: Membership, workspace: Workspace
) -> None:
    """Parent and child move in one transaction: no page shows the one without the other."""
    parent = actions.create_task(actor=alice.actor, title="Parent")
    child = actions.create_task(
        actor=alice.actor, title="Child", parent=parent, assignees=[alice.actor]
    )
    stop = threading.Event()
    pages: dict[int, dict[str | None, str]] = {}

    def work(number: int) -> None:
        if number == 0:
            try:
                for _ in range(15):
                    for status in ("done", "in_progress"):
                        actions.move_task(actor=alice.actor, task=child, status=status)
            finally:
                stop.set()
            return
        while not stop.is_set():
            page = read_working_state(workspace)
            shown = {line.key: line.status for line in parse(page.text).tasks}
            assert pages.setdefault(page.event_number, shown) == shown
            if number == 1:
                snapshot_if_changed(workspace)

    at_once(3, work)

    assert pages
    for shown in [*pages.values(), *(_shown(v.text) for v in working_versions(workspace))]:
        if shown["TASK-002"] == "done":
            assert shown["TASK-001"] == "done"
        elif shown["TASK-002"] == "in_progress":
            assert shown["TASK-001"] == "in_progress"


def _shown(text: str) -> dict[str | None, str]:
    return {line.key: line.status for line in parse(text).tasks}


def test_whoever_reads_keeps_no_writer_waiting(alice: Membership, workspace: Workspace) -> None:
    actions.create_task(actor=alice.actor, title="Paint")
    written = threading.Event()

    def write() -> None:
        with own_connection():
            actions.create_task(actor=alice.actor, title="Sweep")
            written.set()

    with _snapshot():
        before = Task.objects.count()
        thread = threading.Thread(target=write)
        thread.start()
        assert written.wait(10)
        assert Task.objects.count() == before == 1
    thread.join()
    assert Task.objects.count() == 2


def test_whoever_writes_keeps_no_reader_waiting(alice: Membership, workspace: Workspace) -> None:
    read = threading.Event()

    def look() -> None:
        with own_connection():
            assert "Sweep" not in read_working_state(workspace).text
            read.set()

    with transaction.atomic():
        actions.create_task(actor=alice.actor, title="Sweep")
        thread = threading.Thread(target=look)
        thread.start()
        assert read.wait(10)
    thread.join()
