"""People say something, agents answer, and every answer is stored once."""

import json
from collections.abc import Callable
from io import StringIO
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from activity.models import Activity
from agents.loop import work_off
from agents.models import Agent, Run
from agents.querysets import room_and_duties
from conversations import prompts
from conversations.actions import (
    archive,
    cancel_turn,
    edit_turn,
    make_task,
    rename,
    retry_turn,
    send_turn,
    share,
    shared_by,
    start_conversation,
    unshare,
)
from conversations.exporting import as_data, as_markdown
from conversations.models import Conversation, Turn
from core.clock import db_now
from core.errors import Conflict, Forbidden, Invalid, NotFound

pytestmark = pytest.mark.django_db(transaction=True)

Talk = Callable[..., Conversation]
AnswerOf = Callable[[Conversation], Turn]


def said(conversation: Conversation) -> list[tuple[str, str]]:
    return list(conversation.turns.order_by("index").values_list("role", "content"))


def test_an_answer_is_stored_with_what_it_cost(
    talk: Talk, answer_of: AnswerOf, scripted: Any
) -> None:
    scripted(lambda request: ["By two lamps."])
    conversation = talk()
    turn = answer_of(conversation)

    assert said(conversation) == [
        ("person", "How is the harbour lit?"),
        ("agent", "By two lamps."),
    ]
    assert (turn.state, turn.input_tokens, turn.output_tokens) == ("done", 100, 20)
    assert turn.context_tokens == 120
    assert conversation.title == "How is the harbour lit?"


def test_the_model_gets_what_was_said_before(
    alice: Membership, talk: Talk, answer_of: AnswerOf, scripted: Any
) -> None:
    requests = scripted(lambda request: [f"Answer {len(request.messages)}"])
    conversation = talk("First")
    answer_of(conversation)
    send_turn(actor=alice.actor, conversation=conversation, content="Second")
    answer_of(conversation)

    assert [(m.role, m.text) for m in requests[-1].messages] == [
        ("user", "First"),
        ("assistant", "Answer 1"),
        ("user", "Second"),
    ]
    assert "@technical" in requests[-1].system


def test_calls_of_tools_stand_between_the_words(
    talk: Talk, answer_of: AnswerOf, scripted: Any
) -> None:
    replies = [["I look.", ("list_tasks", {})], ["There is nothing."]]
    scripted(lambda request: replies.pop(0))
    turn = answer_of(talk())

    kinds = [(part["kind"], part.get("name"), part.get("state")) for part in turn.parts]
    assert kinds == [("text", None, None), ("call", "list_tasks", "done"), ("text", None, None)]
    assert turn.content == "I look.\n\nThere is nothing."


def test_many_people_talk_with_one_agent_at_once(
    talk: Talk, alice: Membership, bob: Membership
) -> None:
    talk("One")
    talk("Two", alice)
    talk("Three", bob)
    assert Run.objects.live().filter(kind="chat").count() == 3


def test_talking_takes_none_of_the_room_for_work(talk: Talk, agents: SimpleNamespace) -> None:
    room = room_and_duties(Agent.objects.filter(pk=agents.technical.pk).loads())[0]
    talk()
    assert room_and_duties(Agent.objects.filter(pk=agents.technical.pk).loads())[0] == room


def test_one_waits_for_an_answer_before_one_goes_on(alice: Membership, talk: Talk) -> None:
    conversation = talk()
    with pytest.raises(Conflict, match="still being written"):
        send_turn(actor=alice.actor, conversation=conversation, content="And now?")


def test_a_stopped_answer_keeps_nothing_it_has_not_said(
    alice: Membership, talk: Talk, scripted: Any
) -> None:
    scripted(lambda request: ["Never heard."])
    conversation = talk()
    turn = cancel_turn(actor=alice.actor, turn=conversation.turns.get(role="agent"))
    assert (turn.state, turn.content) == ("cancelled", "")
    assert work_off(10) == 0
    with pytest.raises(Conflict):
        cancel_turn(actor=alice.actor, turn=turn)


def test_a_failed_answer_says_why_and_can_be_asked_for_again(
    alice: Membership, talk: Talk, answer_of: AnswerOf, scripted: Any
) -> None:
    def fails(request: Any) -> list[Any]:
        raise RuntimeError("broken")

    scripted(fails)
    conversation = talk()
    turn = answer_of(conversation)
    assert (turn.state, "RuntimeError" in turn.problem) == ("failed", True)

    scripted(lambda request: ["Better now."])
    retry_turn(actor=alice.actor, turn=turn)
    turn = answer_of(conversation)
    assert (turn.state, turn.content, turn.tries) == ("done", "Better now.", 2)
    assert said(conversation)[1:] == [("agent", "Better now.")]


def test_an_edited_question_branches_off(
    alice: Membership, talk: Talk, answer_of: AnswerOf, scripted: Any
) -> None:
    scripted(lambda request: [f"To: {request.messages[-1].text}"])
    conversation = talk("One")
    answer_of(conversation)
    send_turn(actor=alice.actor, conversation=conversation, content="Two")
    answer_of(conversation)

    second = conversation.turns.get(index=2)
    branch = edit_turn(actor=alice.actor, turn=second, content="Two, otherwise")
    answer_of(branch)

    assert [text for _, text in said(branch)] == [
        "One",
        "To: One",
        "Two, otherwise",
        "To: Two, otherwise",
    ]
    assert [text for _, text in said(conversation)][2:] == ["Two", "To: Two"]
    assert (branch.branch_of, branch.branch_at) == (conversation, 2)
    assert branch.turns.get(index=2).parent == second


def test_what_people_talk_about_is_not_in_the_log(talk: Talk, answer_of: AnswerOf) -> None:
    answer_of(talk("The secret plan of the mole"))
    for entry in Activity.objects.all():
        assert "secret" not in entry.message + str(entry.data)


def test_nobody_else_gets_at_a_conversation(
    talk: Talk, bob: Membership, charlie: Membership, viewer: Membership, agents: SimpleNamespace
) -> None:
    conversation = talk()
    turn = conversation.turns.get(index=0)
    for stranger in (bob, charlie):
        assert not Conversation.objects.of(stranger.actor).exists()
        with pytest.raises(NotFound):
            send_turn(actor=stranger.actor, conversation=conversation, content="Hello")
        with pytest.raises(NotFound):
            edit_turn(actor=stranger.actor, turn=turn, content="Hello")
        with pytest.raises(NotFound):
            share(actor=stranger.actor, conversation=conversation)
        with pytest.raises(NotFound):
            make_task(actor=stranger.actor, turn=turn)
    with pytest.raises(NotFound):
        start_conversation(actor=charlie.actor, agent=agents.technical)
    with pytest.raises(Forbidden):
        start_conversation(actor=viewer.actor, agent=agents.technical)
    with pytest.raises(Forbidden):
        start_conversation(actor=agents.qa.actor, agent=agents.technical)


def test_a_link_lets_colleagues_read_until_it_is_taken_back(
    alice: Membership, bob: Membership, charlie: Membership, talk: Talk
) -> None:
    conversation = talk()
    token = share(actor=alice.actor, conversation=conversation)
    conversation.refresh_from_db()
    assert token not in conversation.share_digest
    assert shared_by(bob.actor, token) == conversation
    with pytest.raises(NotFound):
        shared_by(charlie.actor, token)
    unshare(actor=alice.actor, conversation=conversation)
    with pytest.raises(NotFound):
        shared_by(bob.actor, token)
    with pytest.raises(NotFound):
        shared_by(bob.actor, "")


def test_what_was_said_becomes_a_task(alice: Membership, talk: Talk) -> None:
    conversation = talk("## Paint the shed\n\nIn red.")
    task = make_task(actor=alice.actor, turn=conversation.turns.get(index=0))
    assert (task.title, task.description) == ("Paint the shed", "## Paint the shed\n\nIn red.")


def test_titles_and_the_archive(alice: Membership, talk: Talk) -> None:
    conversation = talk("x" * 200 + " y")
    assert len(conversation.title) <= 61
    rename(actor=alice.actor, conversation=conversation, title=" The  lamps ")
    archive(actor=alice.actor, conversation=conversation)
    mine = Conversation.objects.of(alice.actor)
    assert [one.title for one in mine.put_away(True)] == ["The lamps"]
    assert not mine.put_away(False).exists()
    assert mine.saying("lamps").exists()
    assert mine.saying("xxx").exists()
    assert not mine.saying("lamps moon").exists()
    with pytest.raises(Invalid):
        rename(actor=alice.actor, conversation=conversation, title=" ")


def test_it_can_be_taken_away_whole(talk: Talk, answer_of: AnswerOf, scripted: Any) -> None:
    replies = [["I look.", ("list_tasks", {})], ["Two lamps."]]
    scripted(lambda request: replies.pop(0))
    conversation = talk()
    answer_of(conversation)
    text = as_markdown(conversation)
    assert text.index("How is") < text.index("I look.") < text.index("`list_tasks`")
    assert text.index("`list_tasks`") < text.index("Two lamps.")
    assert as_data(conversation)["turns"][0]["content"] == ("How is the harbour lit?")


def test_the_command_takes_it_away_too(talk: Talk) -> None:
    conversation = talk()
    out = StringIO()
    call_command("export_conversation", str(conversation.pk), stdout=out)
    assert out.getvalue() == as_markdown(conversation)
    out = StringIO()
    call_command("export_conversation", str(conversation.pk), "--json", stdout=out)
    assert json.loads(out.getvalue()) == as_data(conversation)
    with pytest.raises(CommandError, match="no conversation"):
        call_command("export_conversation", str(uuid4()))


def grown(conversation: Conversation, count: int) -> None:
    Turn.objects.bulk_create(
        Turn(
            conversation=conversation,
            index=index,
            role="agent" if index % 2 else "person",
            content=f"Turn {index}: " + "words " * 40,
        )
        for index in range(2, count)
    )


def test_ten_thousand_turns_make_a_prompt_within_the_budget(
    alice: Membership, talk: Talk, answer_of: AnswerOf, scripted: Any
) -> None:
    requests = scripted(lambda request: ["Yes."])
    conversation = talk()
    with CaptureQueriesContext(connection) as at_first:
        answer_of(conversation)
    grown(conversation, 10_000)
    send_turn(actor=alice.actor, conversation=conversation, content="And now?")
    with CaptureQueriesContext(connection) as queries:
        answer_of(conversation)

    request = requests[-1]
    assert len(request.messages) <= prompts.MOST_TURNS + 1
    assert request.messages[0].role == "user"
    assert "Turn 9999" in request.messages[-2].text
    assert len(queries) <= len(at_first) + 5
    conversation.refresh_from_db()
    # The simulated model sums nothing up; a digest stands in for it.
    assert conversation.summary_upto == 10_001 - prompts.KEPT
    assert 0 < len(conversation.summary) <= 4_000


def test_little_room_leaves_out_the_oldest_first(alice: Membership, talk: Talk) -> None:
    conversation = talk()
    grown(conversation, 40)
    some = prompts.history(conversation, conversation.agent, before=40, room=1_000)
    assert 1 <= len(some) <= 4
    assert "Turn 39" in some[-1].text
    assert prompts.history(conversation, conversation.agent, before=40, room=0) == ()


def test_a_real_model_sums_up_what_was_said_long_ago(
    alice: Membership, talk: Talk, answer_of: AnswerOf, scripted: Any, monkeypatch: Any
) -> None:
    requests = scripted(lambda request: ["They spoke of lamps."])
    conversation = talk()
    answer_of(conversation)
    grown(conversation, 100)
    real = SimpleNamespace(simulated=False, context_window=128_000, max_output_tokens=4_096)
    monkeypatch.setattr(prompts, "model_of", lambda conversation, agent=None: real)
    send_turn(actor=alice.actor, conversation=conversation, content="And now?")
    answer_of(conversation)

    conversation.refresh_from_db()
    assert conversation.summary == "They spoke of lamps."
    assert conversation.summary_upto == 101 - prompts.KEPT
    assert requests[-1].tools == ()
    send_turn(actor=alice.actor, conversation=conversation, content="And then?")
    answer_of(conversation)
    assert "They spoke of lamps." in requests[-1].system
    assert len(requests[-1].messages) <= prompts.KEPT + 3


def test_a_stalled_moment_has_a_time(talk: Talk, answer_of: AnswerOf) -> None:
    turn = answer_of(talk())
    assert turn.ended_at is not None
    assert turn.ended_at <= db_now()
    assert turn.simulated
