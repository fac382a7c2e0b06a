"""One task's way through the whole house, with a scripted model."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from accounts.models import Membership
from activity.models import Activity
from agents.models import Run
from modules.language.types import Request
from tasks import actions
from tasks.models import Task

pytestmark = pytest.mark.django_db


def play(request: Request) -> list[Any]:
    """A model that does the obvious next thing with the tools on offer."""
    tools = {tool.name for tool in request.tools}
    results = [part for message in request.messages for part in message.tool_results]
    brief = request.messages[0].text
    if "assign_task" in tools:
        if results:
            return ["All tasks have somebody now."]
        keys = [line.split()[1] for line in brief.splitlines() if line.startswith("- TASK-")]
        return [("assign_task", {"task": key}) for key in keys]
    if "review_task" in tools:
        return [("review_task", {"verdict": "approve", "reason": "All there."})]
    if not results:
        return [("write_document", {"title": "Result", "content": "It is done."})]
    import json

    written = json.loads(results[0].content)
    return [("submit_for_review", {"summary": "Done", "evidence": [written["document_id"]]})]


def test_a_task_goes_from_inbox_to_done_with_evidence(
    alice: Membership,
    agents: SimpleNamespace,
    scripted: Callable[..., list[Request]],
    work_until_quiet: Callable[..., int],
) -> None:
    requests = scripted(play)
    task = actions.create_task(actor=alice.actor, title="Paint the shed", criteria=["It is green"])

    work_until_quiet()

    task.refresh_from_db()
    assert task.status == Task.Status.DONE
    assert task.assignees.get() == agents.technical.actor
    review = task.reviews.get()
    assert review.reviewer == agents.qa.actor
    assert [one.document.title for one in review.evidence.all() if one.document] == ["Result"]
    assert set(Run.objects.values_list("kind", "state")) == {
        ("triage", "succeeded"),
        ("work", "succeeded"),
        ("review", "succeeded"),
    }
    assert len(requests) == 5
    numbers = list(Activity.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_an_agent_with_nothing_to_do_asks_no_model(
    agents: SimpleNamespace,
    scripted: Callable[..., list[Request]],
    work_until_quiet: Callable[..., int],
) -> None:
    requests = scripted(play)

    assert work_until_quiet() == 0
    assert requests == []
    assert not Run.objects.exists()
