"""Conversations on the screen: what one sees of one's own, and nothing of others'."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from conversations.actions import (
    archive,
    delete_conversation,
    edit_turn,
    pin,
    send_turn,
    share,
)
from conversations.branches import versions
from conversations.models import Conversation, Turn
from tests.conversations.test_talking import grown

pytestmark = pytest.mark.django_db(transaction=True)

Talk = Callable[..., Conversation]
HTMX = {"HX-Request": "true"}


def browser(member: Membership) -> Client:
    client = Client()
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_one_begins_goes_on_and_sees_the_answer(
    alice: Membership, agents: SimpleNamespace, scripted: Any, answer_of: Any
) -> None:
    replies = [["I look.", ("list_tasks", {})], ["**Two** lamps."], ["Three."]]
    scripted(lambda request: replies.pop(0))
    client = browser(alice)
    assert "Technical" in client.get("/chat/").content.decode()
    begun = client.post("/chat/new/", {"agent": str(agents.technical.pk), "content": "How lit?"})
    conversation = Conversation.objects.get()
    address = f"/chat/{conversation.pk}/"
    assert begun.headers["Location"] == address
    page = client.get(address).content.decode()
    assert "data-words" in page
    assert "is thinking" in page

    turn = answer_of(conversation)
    page = client.get(address).content.decode()
    assert "<strong>Two</strong> lamps." in page
    assert "list tasks" in page
    assert "data-words" not in page
    assert client.get(f"/turns/{turn.pk}/", headers=HTMX).status_code == 200

    sent = client.post(f"{address}send/", {"content": "And now?"}, headers=HTMX)
    assert sent.status_code == 201
    assert sent.content.decode().count("<article") == 2
    assert client.post(f"{address}send/", {"content": "?"}, headers=HTMX).status_code == 409
    answer_of(conversation)
    assert "Three." in client.get(address).content.decode()


def test_an_answer_can_be_stopped_retried_and_made_a_task(
    alice: Membership, talk: Talk, scripted: Any, answer_of: Any
) -> None:
    scripted(lambda request: ["Paint the shed."])
    client, conversation = browser(alice), talk()
    turn = conversation.turns.get(role="agent")
    stopped = client.post(f"/turns/{turn.pk}/stop/", headers=HTMX).content.decode()
    assert "Stopped" in stopped
    again = client.post(f"/turns/{turn.pk}/retry/", headers=HTMX).content.decode()
    assert "data-words" in again
    answer_of(conversation)
    made = client.post(f"/turns/{turn.pk}/task/", headers=HTMX).content.decode()
    assert "TASK-001" in made


def test_an_edited_question_leads_into_its_branch(alice: Membership, talk: Talk) -> None:
    client, conversation = browser(alice), talk()
    question = conversation.turns.get(index=0)
    assert "How is" in client.get(f"/turns/{question.pk}/edit/", headers=HTMX).content.decode()
    gone = client.post(f"/turns/{question.pk}/edit/", {"content": "And by day?"}, headers=HTMX)
    branch = Conversation.objects.get(branch_of=conversation)
    assert gone.headers["HX-Redirect"] == f"/chat/{branch.pk}/"
    assert "Branched off" in client.get(f"/chat/{branch.pk}/").content.decode()


def test_the_list_is_searched_and_put_in_order(alice: Membership, talk: Talk) -> None:
    client = browser(alice)
    lamps, boats, old = talk("Lamps, please"), talk("Boats, please"), talk("Nets, please")
    pin(actor=alice.actor, conversation=lamps)
    archive(actor=alice.actor, conversation=old)
    page = client.get("/chat/").content.decode()
    assert page.index("Lamps, please") < page.index("Boats, please")
    assert "Nets, please" not in page
    assert "Nets, please" in client.get("/chat/?archived=1").content.decode()
    part = client.get("/chat/?q=boats", headers={**HTMX, "HX-Target": "chat-list"})
    assert "Boats" in part.content.decode()
    assert "Lamps" not in part.content.decode()
    kept = client.post(f"/chat/{boats.pk}/keep/", {"what": "rename", "title": "Ships"})
    assert kept.status_code == 302
    assert client.post(f"/chat/{boats.pk}/keep/", {"what": "burn"}).status_code == 400
    assert client.post(f"/chat/{boats.pk}/delete/").status_code == 302
    assert not Conversation.objects.filter(pk=boats.pk).exists()


def test_nobody_else_sees_anything(
    talk: Talk, bob: Membership, charlie: Membership, alice: Membership
) -> None:
    conversation = talk()
    turn = conversation.turns.get(role="agent")
    token = share(actor=alice.actor, conversation=conversation)
    for stranger in (bob, charlie):
        client = browser(stranger)
        for path in ("", "turns/?before=9", "export/md/", "export/json/"):
            assert client.get(f"/chat/{conversation.pk}/{path}").status_code == 404
        assert client.get(f"/turns/{turn.pk}/").status_code == 404
        for path in ("stop", "retry", "edit", "task"):
            assert client.post(f"/turns/{turn.pk}/{path}/").status_code == 404
        for path in ("send", "keep", "share", "delete"):
            posted = client.post(f"/chat/{conversation.pk}/{path}/", {"content": "x"})
            assert posted.status_code == 404
    shared = browser(bob).get(f"/chat/shared/{token}/")
    assert "How is the harbour lit?" in shared.content.decode()
    assert "data-talk" not in shared.content.decode()
    assert browser(charlie).get(f"/chat/shared/{token}/").status_code == 404
    assert Client().get(f"/chat/shared/{token}/").status_code == 302


def test_whoever_may_only_look_writes_nothing(viewer: Membership, agents: SimpleNamespace) -> None:
    client = browser(viewer)
    assert "Your role" in client.get("/chat/").content.decode()
    posted = client.post("/chat/new/", {"agent": str(agents.technical.pk), "content": "Hello"})
    assert posted.status_code == 403
    assert client.post("/chat/new/", {"agent": str(uuid4()), "content": "x"}).status_code == 404


def test_it_is_taken_away_as_a_file(alice: Membership, talk: Talk) -> None:
    client, conversation = browser(alice), talk()
    for form in ("md", "json"):
        file = client.get(f"/chat/{conversation.pk}/export/{form}/")
        assert f'filename="how-is-the-harbour-lit.{form}"' in file.headers["Content-Disposition"]
        assert "How is the harbour lit?" in file.content.decode()
    assert client.get(f"/chat/{conversation.pk}/export/exe/").status_code == 404


def test_of_ten_thousand_turns_a_page_reads_fifty(
    alice: Membership, talk: Talk, scripted: Any, answer_of: Any
) -> None:
    scripted(lambda request: ["Yes."])
    client, conversation = browser(alice), talk()
    answer_of(conversation)
    grown(conversation, 10_000)
    address = f"/chat/{conversation.pk}/"
    page = client.get(address).content.decode()
    assert page.count("<article") == 50
    assert "before=9950" in page
    with CaptureQueriesContext(connection) as queries:
        older = client.get(f"{address}turns/?before=9950", headers=HTMX).content.decode()
    assert older.count("<article") == 50
    assert len(queries) < 12
    first = client.get(f"{address}turns/?before=20", headers=HTMX).content.decode()
    assert "data-older" not in first


def test_a_page_that_comes_back_has_the_words_so_far(alice: Membership, talk: Talk) -> None:
    from conversations import words
    from modules.language.types import TextDelta

    conversation = talk()
    turn = Turn.objects.select_related("run").get(conversation=conversation, role="agent")
    assert turn.run is not None
    words.Words(turn.run, 0)(TextDelta("Two <lamps>"))
    page = browser(alice).get(f"/chat/{conversation.pk}/").content.decode()
    assert "Two &lt;lamps&gt;</div>" in page
    send = browser(alice).post(f"/chat/{conversation.pk}/send/", {"content": "x"}, headers=HTMX)
    assert send.status_code == 409


def test_the_versions_of_a_turn_lead_to_one_another(
    alice: Membership, talk: Talk, scripted: Any, answer_of: Any
) -> None:
    scripted(lambda request: ["Yes."])
    first = talk("Is it lit?")
    answer_of(first)
    send_turn(actor=alice.actor, conversation=first, content="And at night?")
    answer_of(first)
    second = edit_turn(actor=alice.actor, turn=first.turns.get(index=2), content="And by day?")
    answer_of(second)
    third = edit_turn(actor=alice.actor, turn=second.turns.get(index=2), content="And at dawn?")
    answer_of(third)
    other = edit_turn(actor=alice.actor, turn=third.turns.get(index=0), content="Is it dark?")
    answer_of(other)

    assert {index: (one.number, one.count) for index, one in versions(first).items()} == {
        0: (1, 2),
        2: (1, 3),
    }
    assert versions(second)[2].before == first.pk
    assert versions(second)[2].after == third.pk
    assert versions(third)[0].after == other.pk
    assert {index: one.number for index, one in versions(other).items()} == {0: 2}
    page = browser(alice).get(f"/chat/{second.pk}/").content.decode()
    assert "2 of 3" in page
    assert f'href="/chat/{third.pk}/"' in page

    delete_conversation(actor=alice.actor, conversation=first)
    assert versions(Conversation.objects.get(pk=second.pk))[2].count == 2


def test_a_talk_without_branches_asks_little(
    alice: Membership, talk: Talk, django_assert_num_queries: Any
) -> None:
    alone = talk()
    with django_assert_num_queries(1):
        assert versions(alone) == {}
