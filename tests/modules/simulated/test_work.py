"""A work run: read, write, tick, tell, hand in; ask when there is nothing to go by."""

import re

import pytest

from modules.language.providers.simulated import drafting
from modules.language.providers.simulated.scene import Brief
from tests.modules.simulated import briefs
from tests.modules.simulated.stage import WORK, Refused, Stage, document_id


def with_section(name: str, text: str, brief: str = briefs.WORK) -> str:
    return brief.replace("## What to do", f"## {name}\n{text}\n\n## What to do")


def test_a_task_is_written_ticked_told_and_handed_in() -> None:
    stage = Stage(briefs.WORK, WORK).play()
    assert stage.called == ["write_document", "update_task", "post_message", "submit_for_review"]
    assert stage.arguments("update_task")["checklist_done"] == [1, 2]
    assert stage.arguments("post_message")["kind"] == "status_update"
    assert stage.arguments("submit_for_review")["evidence"] == [document_id("Set up the ledger")]
    assert not stage.answers[-1].calls


def test_ticking_and_telling_come_in_one_answer() -> None:
    stage = Stage(briefs.WORK, WORK).play()
    assert [call.name for call in stage.answers[1].calls] == ["update_task", "post_message"]


def test_every_item_and_criterion_has_its_own_section_in_the_tasks_words() -> None:
    text = Stage(briefs.WORK, WORK).play().documents[document_id("Set up the ledger")]
    headings = re.findall(r"^### (.+)$", text, re.M)
    assert headings == [
        "1. Create the database schema of the ledger",
        "2. Write the guide for operators",
        "A booking survives a crash of the importer",
        "Hot reload works for both environments",
    ]
    for part in ("simulated model", "## Decisions", "## Risks", "## Next steps", "Bookings need"):
        assert part in text
    assert len(text.split()) > 250


def test_documents_of_earlier_tasks_are_read_first_and_named() -> None:
    earlier = document_id("Draw the ledger")
    brief = with_section(
        "Dependencies",
        f"- TASK-011 Draw the ledger (Done)\n  - document {earlier}: Drawing of the ledger",
    )
    stage = Stage(brief, WORK, documents={earlier: "# Drawing\n\n## Tables\n\nledger"}).play()
    assert stage.called[0] == "read_document"
    written = stage.arguments("write_document")["content"]
    assert "**Drawing of the ledger** — taken over: Tables" in written


def test_the_shared_state_is_read_where_it_is_on_offer() -> None:
    stage = Stage(briefs.WORK, [*WORK, "read_working_state"]).play()
    assert stage.called[0] == "read_working_state"


def test_about_one_first_draft_in_five_leaves_out_the_last_criterion() -> None:
    titles = [f"Task number {n} about something" for n in range(500)]
    forgetful = [
        title
        for title in titles
        if drafting.forgets_last(Brief.parse(briefs.WORK.replace("Set up the ledger", title)))
    ]
    assert 60 < len(forgetful) < 140
    brief = briefs.WORK.replace("Set up the ledger", forgetful[0])
    text = Stage(brief, WORK).play().documents[document_id(forgetful[0])]
    assert "survives a crash" in text
    assert "Hot reload" not in text


def test_a_task_that_was_sent_back_is_revised_where_the_reason_says() -> None:
    own = document_id("Set up the ledger")
    brief = with_section("Documents", f"- document {own}: Set up the ledger", briefs.WORK)
    reason = "- @qa: Not met: “Hot reload works for both environments” (nothing on hot)."
    stage = Stage(with_section("Sent back", reason, brief), WORK, documents={own: "# Old text\n"})
    stage.play()
    assert stage.called[:2] == ["read_document", "write_document"]
    written = stage.arguments("write_document")
    assert written["document_id"] == own
    assert written["content"].startswith("# Old text")
    assert "## Revision 1" in written["content"]
    assert "### Hot reload works for both environments" in written["content"]
    assert "### A booking survives" not in written["content"]
    assert stage.arguments("submit_for_review")["evidence"] == [own]


def test_a_second_revision_adds_only_what_is_still_missing() -> None:
    own = document_id("Set up the ledger")
    reason = (
        "- @qa: Not met: “Hot reload works for both environments”.\n"
        "- @qa: Not met: “A booking survives a crash of the importer”."
    )
    old = "# Old\n\n## Revision 1\n\n### Hot reload works for both environments\n\nyes\n"
    brief = with_section("Documents", f"- document {own}: Ledger")
    stage = Stage(with_section("Sent back", reason, brief), WORK, documents={own: old}).play()
    content = stage.arguments("write_document")["content"]
    assert content.count("### Hot reload") == 1
    assert "## Revision 2" in content
    assert "### A booking survives a crash of the importer" in content


def test_a_remark_in_a_persons_own_words_is_answered_too() -> None:
    own = document_id("Set up the ledger")
    brief = with_section("Documents", f"- document {own}: Ledger")
    brief = with_section("Sent back", "- @alice: Please add what hosting will cost.", brief)
    stage = Stage(brief, WORK, documents={own: "# Old\n"}).play()
    assert "hosting will cost" in stage.arguments("write_document")["content"]


VAGUE = (
    "# Task TASK-030: Logo TBD\n\nStatus: Assigned. Priority: normal.\n\n## What to do\nDo it.\n"
)


@pytest.mark.parametrize("title", ["Logo", "Make the new logo ???", "The colour of logos TBD"])
def test_it_asks_when_there_is_nothing_to_go_by(title: str) -> None:
    stage = Stage(VAGUE.replace("Logo TBD", title), WORK).play()
    assert stage.called == ["ask"]
    assert title in stage.arguments("ask")["question"]


def test_a_clear_title_alone_is_enough() -> None:
    stage = Stage(VAGUE.replace("Logo TBD", "Draw a logo for the spring fair"), WORK).play()
    assert "ask" not in stage.called
    assert stage.called[0] == "write_document"


def test_it_goes_on_once_the_thread_holds_an_answer() -> None:
    thread = "@technical (question): What is it?\n@alice (answer): A blue circle with an anchor."
    stage = Stage(with_section("Thread", thread, VAGUE), WORK).play()
    assert "ask" not in stage.called
    assert "blue circle" in stage.arguments("write_document")["content"]


def test_it_goes_on_when_the_answer_comes_during_the_run() -> None:
    stage = Stage(VAGUE, WORK).play(1).say("@alice answers: a blue circle with an anchor").play()
    assert stage.called[:2] == ["ask", "write_document"]
    assert "blue circle" in stage.arguments("write_document")["content"]


def test_a_refused_call_is_tried_once_another_way() -> None:
    def refuse_kind(arguments: dict[str, str]) -> dict[str, str]:
        if "kind" in arguments:
            raise Refused("write_document was not called: there is no argument “kind”.")
        return {"document_id": document_id("x")}

    stage = Stage(briefs.WORK, WORK, replies={"write_document": refuse_kind}).play()
    assert stage.called[:3] == ["write_document", "write_document", "update_task"]
    assert "kind" not in stage.calls[1][1]
    assert stage.called[-1] == "submit_for_review"


def test_after_a_second_refusal_it_explains_and_ends() -> None:
    def refuse(arguments: dict[str, str]) -> None:
        raise Refused('{"error": "The workspace is full.", "code": "limit_reached"}')

    stage = Stage(briefs.WORK, WORK, replies={"write_document": refuse}).play()
    assert stage.called == ["write_document", "write_document"]
    assert "The workspace is full." in stage.answers[-1].text
    assert not stage.answers[-1].calls


def test_what_matters_less_is_left_out_when_it_is_refused() -> None:
    def refuse(arguments: dict[str, str]) -> None:
        raise Refused("The thread is closed.")

    stage = Stage(briefs.WORK, WORK, replies={"post_message": refuse}).play()
    assert stage.called.count("post_message") <= 2
    assert stage.called[-1] == "submit_for_review"


def test_a_long_checklist_still_fits_into_one_reply() -> None:
    items = "\n".join(
        f"- [ ] Build part number {n} of the ledger with its own tests" for n in range(40)
    )
    brief = re.sub(r"- \[ \] .*\n- \[ \] .*", items, briefs.WORK)
    content = Stage(brief, WORK).play().arguments("write_document")["content"]
    assert content.count("### ") == 42
    assert len(content) / 4 < 4096
