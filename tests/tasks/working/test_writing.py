"""An edit of the page goes through the board's verbs: all of it, or nothing."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache

from accounts.models import Membership, Workspace
from activity.log import logged
from activity.models import Activity
from agents.models import Agent, Wake
from core.errors import Conflict, Forbidden, Invalid, MCError, NotFound
from modules.tools import ToolContext, ToolError, registry
from tasks import actions
from tasks.models import Task, WorkingVersion
from tasks.working import WorkingPage, WriteResult, read_working_state, write_working_state

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(alice: Membership, workspace: Workspace, agents: SimpleNamespace) -> WorkingPage:
    """A page with Paint in the inbox and Sweep, which Technical has begun."""
    actions.create_task(actor=alice.actor, title="Paint")
    sweep = actions.create_task(
        actor=alice.actor, title="Sweep", assignees=[agents.technical.actor]
    )
    actions.move_task(actor=alice.actor, task=sweep, status="in_progress")
    Wake.objects.all().delete()
    return read_working_state(workspace)


@pytest.fixture
def edit(alice: Membership, page: WorkingPage) -> Callable[..., WriteResult]:
    """Send the page with one text replaced by another, by default as Alice."""

    def send(
        old: str, new: str, actor: Membership = alice, base: WorkingPage = page
    ) -> WriteResult:
        assert old in base.text
        return write_working_state(
            actor=actor.actor,
            workspace=alice.workspace,
            text=base.text.replace(old, new),
            base_etag=base.etag,
        )

    return send


def move(text: str, line: str, status: str) -> str:
    """The page with a line put into another column."""
    return text.replace(f"{line}\n", "").replace(f"### {status}\n", f"### {status}\n{line}\n")


SWEEP = "- [TASK-002] @agent:technical:main - Sweep"


def test_a_line_in_another_column_moves_the_task(
    alice: Membership, workspace: Workspace, page: WorkingPage
) -> None:
    result = write_working_state(
        actor=alice.actor,
        workspace=workspace,
        text=move(page.text, SWEEP, "DONE"),
        base_etag=page.etag,
    )

    task = Task.objects.get(number=2)
    assert task.status == "done"
    assert task.evidence.get().summary == "@alice says that it is finished."
    assert result.applied == ["TASK-002: IN_PROGRESS → DONE"]
    assert "- [TASK-002] Sweep ✅" in result.text


def test_a_name_on_a_line_gives_the_task_to_them_and_wakes_them(
    edit: Callable[..., WriteResult], agents: SimpleNamespace
) -> None:
    edit("[TASK-001] Paint", "[TASK-001] @Technical, @alice - Paint")

    task = Task.objects.get(number=1)
    assert task.status == "assigned"
    assert {actor.handle for actor in task.assignees.all()} == {"technical", "alice"}
    assert Wake.objects.filter(agent=agents.technical).exists()


def test_new_lines_become_tasks_where_they_stand(
    edit: Callable[..., WriteResult], alice: Membership
) -> None:
    result = edit(
        "### IN_PROGRESS\n",
        "### IN_PROGRESS\n- [NEW] @alice - Buy paint\n- Fetch a ladder (blocked: no money)\n",
    )

    paint, ladder = Task.objects.filter(number__gt=2)
    assert (paint.title, paint.status, paint.creator) == ("Buy paint", "in_progress", alice.actor)
    assert (ladder.title, ladder.status, ladder.blocked_reason) == (
        "Fetch a ladder",
        "in_progress",
        "no money",
    )
    assert len(result.applied) == 2


def test_a_block_is_written_and_taken_away(
    edit: Callable[..., WriteResult], workspace: Workspace
) -> None:
    edit("- Sweep\n", "- Sweep (blocked: no broom)\n")
    assert Task.objects.get(number=2).blocked_reason == "no broom"

    edit(" (blocked: no broom)", "", base=read_working_state(workspace))
    assert not Task.objects.get(number=2).blocked


def test_notes_are_kept_and_versions_made_and_one_line_logged(
    edit: Callable[..., WriteResult], alice: Membership, workspace: Workspace
) -> None:
    result = edit("[TASK-001] Paint\n", "[TASK-001] Paint the shed\n")
    notes = "## Plan\n\n- one  \n-   two\n\n## Risks\nfire\n"
    again = write_working_state(
        actor=alice.actor, workspace=workspace, text=result.text + notes, base_text=result.text
    )

    workspace.refresh_from_db()
    version = WorkingVersion.objects.get(number=again.version)
    assert again.text.endswith("\n" + notes)
    assert (version.text, version.author, version.base_number) == (again.text, alice.actor, 1)
    assert version.event_number == workspace.last_event
    assert version.notes == [
        {"heading": "Plan", "body": "\n- one  \n-   two\n\n"},
        {"heading": "Risks", "body": "fire\n"},
    ]
    assert Activity.objects.filter(verb="working.edited").count() == 2
    assert read_working_state(workspace).text == again.text


def test_a_page_sent_back_unchanged_does_nothing(edit: Callable[..., WriteResult]) -> None:
    before = Activity.objects.count()

    assert edit("Paint", "Paint").applied == []
    assert (Activity.objects.count(), WorkingVersion.objects.count()) == (before, 0)


def test_what_changes_nothing_is_listed_with_its_reason(
    edit: Callable[..., WriteResult], alice: Membership, workspace: Workspace, page: WorkingPage
) -> None:
    removed = edit(f"{SWEEP}\n", "")
    text = page.text.replace("[IDLE]", "[ACTIVE]")
    agents = write_working_state(
        actor=alice.actor, workspace=workspace, text=text, base_text=page.text
    )

    assert "deletes no task" in removed.ignored[0].reason
    assert agents.ignored[0].text == "Active Agents"
    assert Task.objects.count() == 2


def test_others_changes_since_the_reading_are_kept(
    edit: Callable[..., WriteResult], alice: Membership, bob: Membership
) -> None:
    actions.edit_task(actor=bob.actor, task=Task.objects.get(number=2), title="Sweep well")
    actions.create_task(actor=bob.actor, title="Mow")

    edit("[TASK-001] Paint", "[TASK-001] Paint it")

    assert list(Task.objects.values_list("title", flat=True)) == ["Paint it", "Sweep well", "Mow"]


def test_a_clash_shows_both_texts_and_changes_nothing(
    edit: Callable[..., WriteResult], bob: Membership, workspace: Workspace, page: WorkingPage
) -> None:
    actions.edit_task(actor=bob.actor, task=Task.objects.get(number=1), title="Paint red")
    log = Activity.objects.count()

    with pytest.raises(Conflict) as refusal:
        edit("[TASK-001] Paint\n", "[NEW] Mow\n- [TASK-001] Paint blue\n")

    details = refusal.value.details
    assert refusal.value.code == "working_conflict"
    assert "Paint blue" in details["mine"]
    assert "Paint red" in details["theirs"]
    assert [(clash["key"], clash["field"]) for clash in details["clashes"]] == [
        ("TASK-001", "title")
    ]
    assert Activity.objects.count() == log

    # Whoever has seen both may go on from either.
    write_working_state(
        actor=bob.actor, workspace=workspace, text=details["mine"], base_text=details["theirs"]
    )
    assert Task.objects.get(number=1).title == "Paint blue"
    assert Task.objects.filter(title="Mow").exists()


def test_the_same_notes_changed_on_both_sides_clash(
    edit: Callable[..., WriteResult], workspace: Workspace
) -> None:
    edit("## Recent Activity", "## Plan\none\n\n## Recent Activity")
    base = read_working_state(workspace)
    edit("one", "two", base=base)

    with pytest.raises(Conflict) as refusal:
        edit("one", "three", base=base)

    assert refusal.value.details["clashes"][0]["theirs"] == "two\n\n"


def test_a_base_that_nobody_remembers_is_a_clash_of_everything(
    edit: Callable[..., WriteResult], alice: Membership, workspace: Workspace, page: WorkingPage
) -> None:
    with pytest.raises(Conflict) as refusal:
        write_working_state(
            actor=alice.actor, workspace=workspace, text=page.text, base_etag="gone"
        )
    assert refusal.value.details["theirs"] == page.text

    with pytest.raises(Invalid) as question:
        write_working_state(actor=alice.actor, workspace=workspace, text=page.text)
    assert question.value.code == "base_needed"


def test_a_stored_version_is_remembered_without_the_cache(
    edit: Callable[..., WriteResult], workspace: Workspace
) -> None:
    edit("[TASK-001] Paint", "[TASK-001] Paint it")
    base = read_working_state(workspace)
    edit("Paint it", "Paint well", base=base)
    cache.clear()

    edit("- Sweep", "- Sweep all", base=base)

    assert list(Task.objects.values_list("title", flat=True)) == ["Paint well", "Sweep all"]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("[TASK-001] Paint", "[TASK-001] @nobody-here - Paint", 12, "nobody called @nobody-here"),
        ("### INBOX", "### FLYING", 11, "“FLYING” is no status"),
        ("[TASK-001] Paint", "[TASK-099] Paint", 12, "no task TASK-099"),
        ("[TASK-001] Paint", "[TASK-001] " + "x" * 201, 12, "200 characters"),
        ("# Mission", "\x00", 1, "not text"),
        ("# Mission", "\ud800", 1, "not text"),
        ("\n", "", 1, "begins with"),
    ],
)
def test_bad_input_names_its_line_and_leaves_everything(
    edit: Callable[..., WriteResult], old: str, new: str, line: int, words: str
) -> None:
    before = list(Task.objects.values_list("title", "status", "version"))

    with pytest.raises(Invalid) as refusal:
        edit(old, new)

    assert refusal.value.field == "text"
    assert refusal.value.details["line"] == line
    assert words in refusal.value.message
    assert list(Task.objects.values_list("title", "status", "version")) == before


def test_a_page_of_five_megabytes_is_refused(edit: Callable[..., WriteResult]) -> None:
    with pytest.raises(Invalid, match="1,000,000 characters at most"):
        edit("Paint", "x" * 5_000_000)


def test_nothing_is_half_done_when_a_verb_refuses(
    edit: Callable[..., WriteResult], alice: Membership, page: WorkingPage, workspace: Workspace
) -> None:
    mow = actions.create_task(actor=alice.actor, title="Mow")
    actions.add_dependency(actor=alice.actor, task=mow, needs=Task.objects.get(number=1))
    base = read_working_state(workspace)

    with pytest.raises(Conflict, match=r"Line 1\d: TASK-003 waits for TASK-001") as refusal:
        write_working_state(
            actor=alice.actor,
            workspace=workspace,
            text=move(
                base.text.replace("- Sweep", "- Sweep all"), "- [TASK-003] Mow", "IN_PROGRESS"
            ),
            base_etag=base.etag,
        )

    assert refusal.value.code == "waits_for_others"
    assert Task.objects.get(number=2).title == "Sweep"
    assert not WorkingVersion.objects.exists()


def test_an_edit_may_finish_what_another_line_waits_for(
    alice: Membership, workspace: Workspace, page: WorkingPage
) -> None:
    paint = Task.objects.get(number=1)
    needs = actions.create_task(actor=alice.actor, title="Mow")
    actions.add_dependency(actor=alice.actor, task=paint, needs=needs)
    base = read_working_state(workspace)
    text = move(base.text, "- [TASK-001] Paint", "IN_PROGRESS")

    write_working_state(
        actor=alice.actor,
        workspace=workspace,
        text=move(text, "- [TASK-003] Mow", "DONE"),
        base_etag=base.etag,
    )

    paint.refresh_from_db()
    assert paint.status == "in_progress"


def test_a_done_task_is_reopened_for_somebody(
    alice: Membership, workspace: Workspace, page: WorkingPage
) -> None:
    for number in (1, 2):
        actions.move_task(actor=alice.actor, task=Task.objects.get(number=number), status="done")
    base = read_working_state(workspace)
    text = base.text.replace("- [TASK-001] Paint ✅\n", "").replace("- [TASK-002] Sweep ✅\n", "")
    new = "### IN_PROGRESS\n- [TASK-001] @alice - Paint\n- [TASK-002] @alice - Sweep"

    write_working_state(
        actor=alice.actor,
        workspace=workspace,
        text=text.replace("### IN_PROGRESS", new),
        base_etag=base.etag,
    )

    for task in Task.objects.all():
        assert task.status == "in_progress"
        assert [actor.handle for actor in task.assignees.all()] == ["alice"]


def test_agents_at_work_are_no_edit_of_whoever_names_the_etag(
    edit: Callable[..., WriteResult], agents: SimpleNamespace, workspace: Workspace
) -> None:
    Agent.objects.update(status="active")
    read_working_state(workspace)

    assert edit("- Sweep", "- Sweep all").ignored == []


def test_within_a_larger_verb_it_stands_and_falls_with_it(
    alice: Membership, workspace: Workspace, page: WorkingPage
) -> None:
    before = Activity.objects.count()

    def write(title: str) -> None:
        write_working_state(
            actor=alice.actor,
            workspace=workspace,
            text=page.text.replace("- Sweep", f"- {title}"),
            base_text=page.text,
        )

    def write_and_fail() -> None:
        with logged(savepoint=True):
            write("Sweep all")
            raise Conflict("Something else went wrong.")

    with logged():
        with pytest.raises(Conflict, match="Something else"):
            write_and_fail()
        write("Sweep well")
        assert WorkingVersion.objects.get().number == 1

    assert Task.objects.get(number=2).title == "Sweep well"
    assert "- Sweep well" in WorkingVersion.objects.get().text
    assert Activity.objects.count() == before + 2


def test_viewers_and_strangers_write_nothing(
    edit: Callable[..., WriteResult], viewer: Membership, charlie: Membership
) -> None:
    with pytest.raises(Forbidden):
        edit("Paint", "Paint it", actor=viewer)
    with pytest.raises(NotFound):
        edit("Paint", "Paint it", actor=charlie)


def call(agents: SimpleNamespace, name: str, **arguments: str) -> dict[str, Any]:
    agent = agents.technical
    tool = registry.get(name).function
    result = tool(ToolContext(actor=agent.actor, workspace=agent.workspace), **arguments)
    assert isinstance(result, dict)
    return result


def test_agents_read_and_write_the_page(agents: SimpleNamespace, page: WorkingPage) -> None:
    seen = call(agents, "read_working_state")
    text = seen["text"].replace("- Sweep", "- Sweep all")

    done = call(agents, "update_working_state", text=text, etag=seen["etag"])

    assert done["applied"] == ["TASK-002: called “Sweep all”"]
    text = seen["text"].replace("- Sweep", "- Sweep nothing")
    with pytest.raises(ToolError, match=r"Nothing was changed.*: title is “Sweep all” by now"):
        call(agents, "update_working_state", text=text, etag=seen["etag"])


@pytest.mark.parametrize("by", ["done", "unblock"])
def test_agents_do_not_pass_the_gates_of_people(
    agents: SimpleNamespace, alice: Membership, page: WorkingPage, by: str
) -> None:
    actions.block_task(actor=alice.actor, task=Task.objects.get(number=2), reason="stop")
    seen = call(agents, "read_working_state")
    text = (
        move(seen["text"], f"{SWEEP} (blocked: stop)", "DONE")
        if by == "done"
        else seen["text"].replace(" (blocked: stop)", "")
    )

    with pytest.raises(MCError) as refusal:
        call(agents, "update_working_state", text=text, etag=seen["etag"])

    assert isinstance(refusal.value, Forbidden)
    assert Task.objects.get(number=2).blocked
