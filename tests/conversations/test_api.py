"""Conversations through the API: one's own, and nobody else's."""

from types import SimpleNamespace
from typing import Any

from agents.loop import work_off
from tests.api.client import Program
from tests.api.conftest import _no_memory, as_alice, as_bob, as_charlie, as_viewer  # noqa: F401


def test_a_program_talks_like_its_person(
    as_alice: Program,  # noqa: F811
    agents: SimpleNamespace,
    scripted: Any,
) -> None:
    scripted(lambda request: [f"Answer to {request.messages[-1].text}"])
    begun = as_alice.post("conversations", {"agent": str(agents.technical.pk), "content": "One"})
    assert begun.status == 201, begun
    path = f"conversations/{begun.body['id']}"
    assert begun.body["title"] == "One"
    busy = as_alice.post(f"{path}/turns", {"content": "Two"})
    assert (busy.status, busy.code) == (409, "busy")
    work_off(1)
    said = as_alice.post(f"{path}/turns", {"content": "Two"})
    assert (said.status, said.body["state"]) == (201, "streaming")
    work_off(1)
    turn = as_alice.get(f"turns/{said.body['id']}").body
    assert (turn["state"], turn["content"]) == ("done", "Answer to Two")

    page = as_alice.get(f"{path}/turns?ordering=-index&page_size=2&before=3").body
    assert (page["count"], [one["index"] for one in page["results"]]) == (3, [2, 1])
    assert as_alice.post(f"turns/{turn['id']}/cancel").status == 409
    again = as_alice.post(f"turns/{turn['id']}/retry").body
    assert (again["state"], again["tries"]) == ("streaming", 2)
    assert as_alice.post(f"turns/{turn['id']}/cancel").body["state"] == "cancelled"

    question = as_alice.get(f"{path}/turns").body["results"][2]
    branch = as_alice.post(f"turns/{question['id']}/edit", {"content": "Three"}).body
    assert (branch["branch_of"], branch["branch_at"]) == (begun.body["id"], 2)
    made = as_alice.post(f"turns/{question['id']}/task", {})
    assert (made.status, made.body["key"]) == (201, "TASK-001")
    assert len(as_alice.get(f"{path}/export").body["turns"]) == 4


def test_it_is_kept_shared_and_removed(
    as_alice: Program,  # noqa: F811
    as_bob: Program,  # noqa: F811
    as_charlie: Program,  # noqa: F811
    agents: SimpleNamespace,
) -> None:
    made = as_alice.post("conversations", {"agent": str(agents.qa.pk), "title": "Lamps"}).body
    path = f"conversations/{made['id']}"
    changed = as_alice.patch(path, {"title": "Ships", "pinned": True, "archived": True}).body
    assert (changed["title"], changed["pinned"]) == ("Ships", True)
    assert as_alice.get("conversations").body["count"] == 0
    assert as_alice.get("conversations?archived=true&search=ships").body["count"] == 1
    token = as_alice.post(f"{path}/share").body["token"]
    assert as_alice.get(path).body["shared"] is True
    assert as_bob.get(f"conversations/shared/{token}").body["title"] == "Ships"
    assert as_charlie.get(f"conversations/shared/{token}").status == 404
    assert as_alice.delete(f"{path}/share").status == 204
    assert as_bob.get(f"conversations/shared/{token}").status == 404
    assert as_alice.delete(path).status == 204
    assert as_alice.get(path).status == 404


def test_others_get_404_and_viewers_may_not_talk(
    as_alice: Program,  # noqa: F811
    as_bob: Program,  # noqa: F811
    as_charlie: Program,  # noqa: F811
    as_viewer: Program,  # noqa: F811
    agents: SimpleNamespace,
) -> None:
    agent = str(agents.technical.pk)
    made = as_alice.post("conversations", {"agent": agent, "content": "One"}).body
    path = f"conversations/{made['id']}"
    turn = as_alice.get(f"{path}/turns").body["results"][0]["id"]
    for stranger in (as_bob, as_charlie):
        assert stranger.get("conversations").body["count"] == 0
        for address in (path, f"{path}/turns", f"{path}/export", f"turns/{turn}"):
            assert stranger.get(address).status == 404
        for address, body in (
            (f"{path}/turns", {"content": "x"}),
            (f"{path}/share", None),
            (f"turns/{turn}/cancel", None),
            (f"turns/{turn}/retry", None),
            (f"turns/{turn}/edit", {"content": "x"}),
            (f"turns/{turn}/task", {}),
        ):
            assert stranger.post(address, body).status == 404, address
        assert stranger.patch(path, {"pinned": True}).status == 404
        assert stranger.delete(path).status == 404
    assert as_charlie.post("conversations", {"agent": agent}).status == 404
    assert as_viewer.post("conversations", {"agent": agent}).status == 403
    assert as_alice.post("conversations", {"agent": agent, "owner": agent}).status == 400
