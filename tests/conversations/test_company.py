"""Several agents in one conversation: a mention picks who answers."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership
from agents.actions import create_agent, retire_agent
from conversations.actions import edit_turn, gather, retry_turn, send_turn, start_conversation
from conversations.exporting import as_data, as_markdown
from conversations.models import Conversation
from core.errors import Conflict, Invalid, NotFound
from tests.api.client import Program
from tests.api.conftest import _no_memory, as_alice, as_charlie  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def together(alice: Membership, agents: SimpleNamespace) -> Conversation:
    return start_conversation(
        actor=alice.actor, agent=agents.technical, others=[agents.qa], content="Is it lit?"
    )


def test_a_mention_picks_who_answers_and_else_the_first_does(
    alice: Membership, together: Conversation, scripted: Any, answer_of: Any
) -> None:
    requests = scripted(lambda request: ["QA here." if "@qa)" in request.system else "Yes."])
    assert answer_of(together).speaker.handle == "technical"
    send_turn(actor=alice.actor, conversation=together, content="@qa, do you agree? Or @technical?")
    turn = answer_of(together)
    assert (turn.speaker.handle, turn.content) == ("qa", "QA here.")
    send_turn(actor=alice.actor, conversation=together, content="And the orchestrator@qa.example?")
    assert answer_of(together).speaker.handle == "technical"

    heard = [(one.role, one.text) for one in requests[1].messages]
    assert heard == [
        ("user", "Is it lit?\n\n@technical said:\nYes."),
        ("user", "@qa, do you agree? Or @technical?"),
    ]
    assert "@technical" in requests[1].system
    assert ("assistant", "Yes.") in [(one.role, one.text) for one in requests[2].messages]


def test_who_is_not_there_does_not_answer(
    alice: Membership, together: Conversation, scripted: Any, answer_of: Any
) -> None:
    scripted(lambda request: ["Yes."])
    answer_of(together)
    send_turn(actor=alice.actor, conversation=together, content="@orchestrator, what do you say?")
    assert answer_of(together).speaker.handle == "technical"


def test_the_same_one_is_asked_again_and_branches_keep_the_company(
    alice: Membership, together: Conversation, scripted: Any, answer_of: Any
) -> None:
    scripted(lambda request: ["Hm."])
    answer_of(together)
    question = send_turn(actor=alice.actor, conversation=together, content="@qa?")
    turn = answer_of(together)
    retry_turn(actor=alice.actor, turn=turn)
    assert answer_of(together).speaker.handle == "qa"
    said = together.turns.get(index=question.index - 1)
    branch = edit_turn(actor=alice.actor, turn=said, content="@qa, otherwise?")
    assert [agent.handle for agent in branch.table] == ["technical", "qa"]
    assert answer_of(branch).speaker.handle == "qa"
    assert as_data(together)["turns"][3]["by"] == "qa"
    assert "## QA" in as_markdown(together)


def test_the_company_changes_and_has_bounds(
    alice: Membership, charlie: Membership, together: Conversation, agents: SimpleNamespace
) -> None:
    gather(actor=alice.actor, conversation=together, others=[agents.orchestrator])
    fresh = Conversation.objects.get(pk=together.pk)
    assert [agent.handle for agent in fresh.table] == ["technical", "orchestrator"]
    retire_agent(actor=alice.actor, agent=agents.qa)
    with pytest.raises(NotFound):
        gather(actor=alice.actor, conversation=together, others=[agents.qa])
    with pytest.raises(NotFound):
        gather(actor=charlie.actor, conversation=together, others=[])
    outside = create_agent(actor=alice.actor, name="Far", role="x", external=True)
    with pytest.raises(Conflict, match="elsewhere"):
        gather(actor=alice.actor, conversation=together, others=[outside])
    many = [create_agent(actor=alice.actor, name=f"N{n}", role="x") for n in range(8)]
    with pytest.raises(Invalid, match="At most"):
        gather(actor=alice.actor, conversation=together, others=many)


def test_screens_show_the_company(
    alice: Membership, together: Conversation, agents: SimpleNamespace
) -> None:
    client = Client()
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/chat/{together.pk}/"
    assert "data-mentions" in client.get(address).content.decode()
    form = client.get(f"{address}company/", headers={"HX-Request": "true"}).content.decode()
    assert "checked" in form
    listed = client.get(f"{address}mentions/?q=q").content.decode()
    assert 'data-handle="qa"' in listed
    assert "orchestrator" not in listed
    client.post(f"{address}company/", {"others": []})
    assert "data-mentions" not in client.get(address).content.decode()
    begun = {"agent": agents.qa.pk, "others": [agents.technical.pk], "content": "Hello"}
    client.post("/chat/new/", begun)
    newest = Conversation.objects.order_by("-created_at")[0]
    assert [agent.handle for agent in newest.table] == ["qa", "technical"]


def test_programs_say_who_takes_part(
    as_alice: Program,  # noqa: F811
    as_charlie: Program,  # noqa: F811
    agents: SimpleNamespace,
    charlie: Membership,
) -> None:
    wanted = {"agent": str(agents.technical.pk), "others": [str(agents.qa.pk)], "content": "@qa?"}
    made = as_alice.post("conversations", wanted).body
    assert [one["handle"] for one in made["others"]] == ["qa"]
    turn = as_alice.get(f"conversations/{made['id']}/turns").body["results"][1]
    assert turn["agent"] == str(agents.qa.pk)
    changed = as_alice.patch(f"conversations/{made['id']}", {"others": []}).body
    assert changed["others"] == []
    foreign = create_agent(actor=charlie.actor, name="Stranger", role="x")
    refused = as_alice.patch(f"conversations/{made['id']}", {"others": [str(foreign.pk)]})
    assert refused.status == 404
