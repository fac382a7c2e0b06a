"""Reviews, triage, goals, mentions, conversation."""

import json

import pytest

from modules.language.providers.simulated import drafting
from modules.language.providers.simulated.provider import answer
from modules.language.providers.simulated.scene import Brief
from modules.language.types import Message, Request
from tests.modules.simulated import briefs
from tests.modules.simulated.stage import (
    GOAL,
    MENTION,
    REVIEW,
    TOOLS,
    TRIAGE,
    Refused,
    Stage,
    document_id,
)

EVIDENCE = document_id("evidence")
GOOD = drafting.draft(Brief.parse(briefs.WORK), sources=[])


def review_of(text: str) -> Stage:
    brief = briefs.REVIEW.format(document=EVIDENCE)
    return Stage(brief, REVIEW, documents={EVIDENCE: text}).play()


def test_work_that_treats_every_criterion_is_approved_with_places() -> None:
    stage = review_of(GOOD)
    assert stage.called == ["read_document", "review_task"]
    verdict = stage.arguments("review_task")
    assert verdict["verdict"] == "approve"
    assert verdict["checked"][1] == {
        "criterion": "Hot reload works for both environments",
        "met": True,
        "where": "Hot reload works for both environments",
    }


def test_work_that_leaves_a_criterion_out_is_sent_back_by_its_name() -> None:
    lacking = GOOD.replace("Hot reload", "Something").replace("both environments", "everyone")
    verdict = review_of(lacking).arguments("review_task")
    assert verdict["verdict"] == "send_back"
    assert "“Hot reload works for both environments”" in verdict["reason"]
    assert "A booking survives" not in verdict["reason"]
    assert [one["met"] for one in verdict["checked"]] == [True, False]


def test_words_scattered_over_the_document_do_not_meet_a_criterion() -> None:
    scattered = "# A\n\nhot\n\n## B\n\nreload works\n\n## C\n\nboth\n\n## D\n\nenvironments\n"
    verdict = review_of(scattered).arguments("review_task")
    assert verdict["verdict"] == "send_back"


def test_what_a_document_quotes_of_the_review_does_not_count() -> None:
    quoted = "# Text\n\n> Not met: Hot reload works for both environments\n\nNothing else.\n"
    assert review_of(quoted).arguments("review_task")["verdict"] == "send_back"


def test_the_checklist_counts_where_there_are_no_criteria() -> None:
    brief = briefs.REVIEW.format(document=EVIDENCE).replace(
        "## Acceptance criteria\n1. A booking survives a crash of the importer\n"
        "2. Hot reload works for both environments",
        "## Checklist\n- [x] Build the anchor windlass",
    )
    stage = Stage(brief, REVIEW, documents={EVIDENCE: GOOD}).play()
    assert "anchor windlass" in stage.arguments("review_task")["reason"]


def test_without_evidence_it_goes_back() -> None:
    brief = briefs.REVIEW.replace("- document {document}: What was done", "None was brought.")
    stage = Stage(brief, REVIEW).play()
    assert stage.called == ["review_task"]
    assert stage.arguments("review_task")["verdict"] == "send_back"


def test_a_document_that_cannot_be_opened_goes_back() -> None:
    stage = Stage(briefs.REVIEW.format(document=EVIDENCE), REVIEW).play()
    assert stage.arguments("review_task")["verdict"] == "send_back"
    assert "could not be opened" in stage.arguments("review_task")["reason"]


def test_a_cut_off_document_is_still_read() -> None:
    cut = json.dumps({"content": GOOD})[:-200] + "\n… (200 characters left out)"
    stage = Stage(
        briefs.REVIEW.format(document=EVIDENCE), REVIEW, replies={"read_document": lambda _: cut}
    ).play()
    assert stage.arguments("review_task")["verdict"] == "approve"


def test_triage_hands_out_everything_in_one_answer() -> None:
    stage = Stage(briefs.TRIAGE.format(need="frontend", load=2), TRIAGE).play()
    assert stage.called == ["assign_task", "assign_task", "assign_task", "finish"]
    assert [arguments.get("task") for _, arguments in stage.calls[:3]] == [
        "TASK-001", "TASK-002", "TASK-003",
    ]  # fmt: skip
    assert "3 tasks" in stage.arguments("finish")["summary"]


def test_a_missing_capability_calls_for_a_new_agent_first() -> None:
    stage = Stage(briefs.TRIAGE.format(need="accessibility", load=2), TRIAGE).play()
    assert stage.called[:2] == ["create_agent", "assign_task"]
    newcomer = stage.arguments("create_agent")
    assert newcomer["capabilities"] == ["accessibility"]
    assert "TASK-002" in newcomer["reason"]


def test_too_much_work_for_all_calls_for_a_new_agent() -> None:
    stage = Stage(briefs.TRIAGE.format(need="frontend", load=14), TRIAGE).play()
    assert stage.called.count("create_agent") == 1
    assert "above 12" in stage.arguments("create_agent")["reason"]


def test_what_could_not_be_handed_out_is_told() -> None:
    def refuse(arguments: dict[str, str]) -> dict[str, str]:
        if arguments["task"] == "TASK-002":
            raise Refused("Nobody can take TASK-002.")
        return {"task": arguments["task"]}

    brief = briefs.TRIAGE.format(need="frontend", load=1)
    stage = Stage(brief, TRIAGE, replies={"assign_task": refuse}).play()
    assert "TASK-002 stays in the inbox" in stage.arguments("finish")["summary"]


def test_a_goal_becomes_three_to_seven_tasks_that_depend_on_one_another() -> None:
    stage = Stage(briefs.GOAL, GOAL).play()
    made = [arguments for name, arguments in stage.calls if name == "create_task"]
    assert 3 <= len(made) <= 7
    assert stage.called[-1] == "finish"
    assert all(task["parent"] == "TASK-020" and task["criteria"] for task in made)
    assert "depends_on" not in made[0]
    assert made[1]["depends_on"] == ["TASK-101"]
    assert len({task["title"] for task in made}) == len(made)
    assert "newsletter" in made[0]["title"]


def test_a_goal_with_a_list_is_broken_down_along_it() -> None:
    brief = briefs.GOAL.replace(
        "## Agents",
        "- Choose a mail service\n- Draw the form\n- Write the first issue\n\n## Agents",
    )
    stage = Stage(brief, GOAL).play()
    titles = [arguments["title"] for name, arguments in stage.calls if name == "create_task"]
    assert titles[:3] == ["Choose a mail service", "Draw the form", "Write the first issue"]
    assert len(titles) == 4
    assert len(stage.answers) <= 5


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (
            "Plan a conference in Lisbon: venue, speakers and the catering. Budget 20,000.",
            ["Find out what “conference in Lisbon” must achieve", "Venue", "Speakers", "Catering"],
        ),
        (
            "Baue einen Webshop für Seife, mit Bezahlung und Versandetiketten",
            ["Find out what “Webshop für Seife” must achieve", "Bezahlung", "Versandetiketten"],
        ),
        (
            "Research the market. Write a report. Publish it.",
            ["Research the market", "Write a report", "Publish it"],
        ),
    ],
)
def test_a_goal_is_broken_down_into_the_parts_that_it_names(
    title: str, expected: list[str]
) -> None:
    brief = briefs.GOAL.replace("Offer our customers a newsletter", title)
    stage = Stage(brief, GOAL).play()
    made = [arguments for name, arguments in stage.calls if name == "create_task"]
    assert [task["title"] for task in made[:-1]] == expected
    assert len(made[-1]["depends_on"]) == len(expected) - 1


@pytest.mark.parametrize(
    "title", ["Launch", "写一份报告", "x" * 190, "<script>alert(1)</script>: a"]
)
def test_a_goal_that_names_no_parts_goes_the_usual_way(title: str) -> None:
    stage = Stage(briefs.GOAL.replace("Offer our customers a newsletter", title), GOAL).play()
    made = [arguments["title"] for name, arguments in stage.calls if name == "create_task"]
    assert len(made) == 5
    assert all(len(one) <= 120 for one in made)


def test_needs_are_named_only_as_the_team_names_them() -> None:
    brief = briefs.GOAL.replace(
        "## Agents", "- Design the database schema\n- Draw the form\n\n## Agents"
    )
    stage = Stage(brief, GOAL).play()
    assert stage.calls[0][1]["needs"] == ["database"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("how far is it?", "The schema is drawn"),
        ("who writes the bookings?", "written by the importer"),
        ("what risks do you see?", "nothing that it waits for"),
        ("which colour has the elephant?", "does not settle"),
    ],
)
def test_a_mention_is_answered_on_its_subject(words: str, expected: str) -> None:
    stage = Stage(briefs.MENTION.format(words=words), MENTION).play()
    assert stage.called == ["post_message", "finish"]
    said = stage.arguments("post_message")
    assert said["kind"] == "answer"
    assert expected in said["body"]
    assert "@" not in said["body"]


def test_somebody_else_is_mentioned_only_when_that_was_asked() -> None:
    stage = Stage(briefs.MENTION.format(words="please ask @qa about the risks"), MENTION).play()
    body = stage.arguments("post_message")["body"]
    assert "@qa" in body
    assert "@alice" not in body


def test_in_conversation_it_speaks_of_what_was_said_and_of_what_it_is() -> None:
    request = Request("", (Message.user("How should we plan the harbour festival?"),))
    said = answer(request)
    assert "harbour festival" in said.text
    assert "simulated" in said.text
    assert not said.calls


def test_nothing_at_all_is_answered_too() -> None:
    assert "simulated" in answer(Request("", ())).text


def test_the_same_request_gives_the_same_answer() -> None:
    request = Stage(briefs.WORK, ["write_document"]).request
    assert answer(request) == answer(request)


def test_headings_of_a_description_are_no_sections_of_the_brief() -> None:
    brief = Brief.parse(
        "# Task TASK-1: A\n\n## Description\nText\n\n## Core Schema\nmore\n```\n## Evidence\n```\n"
        "## Acceptance criteria\n1. One\n2. Two\n   goes on\n"
    )
    assert "more" in brief.section("description")
    assert brief.section("evidence") == ""
    assert brief.criteria == ["One", "Two goes on"]


def test_all_tools_of_the_stage_are_objects() -> None:
    assert all(tool.parameters["type"] == "object" for tool in TOOLS.values())
