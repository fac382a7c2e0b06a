"""Papers for programs."""

import pytest

from accounts.models import Membership
from tests.api.client import Program
from tests.api.conftest import token_of
from tests.whitepapers.conftest import Write
from whitepapers.models import Whitepaper

pytestmark = pytest.mark.django_db

PATHS = ["", "/pdf"]


@pytest.fixture
def as_alice(alice: Membership) -> Program:
    return Program(token_of(alice))


def test_a_program_writes_reads_and_publishes(as_alice: Program) -> None:
    made = as_alice.post("whitepapers", {"title": "Lights", "content": "## One"})
    assert (made.status, made.body["slug"], made.body["status"]) == (201, "lights", "draft")

    changed = as_alice.patch("whitepapers/lights", {"content": "## Two", "note": "Better"})
    assert (changed.status, changed.body["version"], changed.body["title"]) == (200, 2, "Lights")

    published = as_alice.post("whitepapers/lights/publish", {"public": True})
    assert (published.body["status"], published.body["public"]) == ("published", True)

    rows = as_alice.get("whitepapers?status=published").body["results"]
    assert [row["slug"] for row in rows] == ["lights"]
    assert "content" not in rows[0]
    assert as_alice.get("whitepapers/lights").body["content"] == "## Two"
    assert as_alice.post("whitepapers/lights/unpublish").body["status"] == "draft"


def test_versions_are_read_compared_and_brought_back(
    as_alice: Program, charlie: Membership
) -> None:
    as_alice.post("whitepapers", {"title": "Lights", "content": "One\n"})
    as_alice.patch("whitepapers/lights", {"content": "Two\n", "note": "Better"})
    path = "whitepapers/lights"
    rows = as_alice.get(f"{path}/versions").body["results"]
    assert [(row["number"], row["note"]) for row in rows] == [(2, "Better"), (1, "")]
    assert as_alice.get(f"{path}/versions/1").body["content"] == "One\n"
    diff = as_alice.get(f"{path}/versions/2/diff").body
    assert (diff["against"], diff["added"], diff["removed"]) == (1, 1, 1)
    assert "-One" in diff["unified"]
    assert as_alice.get(f"{path}/versions/2/diff?against=0").body["removed"] == 0
    assert as_alice.get(f"{path}/versions/9/diff").status == 404
    back = as_alice.post(f"{path}/restore", {"version": 1}).body
    assert (back["version"], back["content"]) == (3, "One\n")
    assert as_alice.post(f"{path}/restore", {"version": 9}).status == 404
    stranger = Program(token_of(charlie))
    for place in ("versions", "versions/1", "versions/2/diff"):
        assert stranger.get(f"{path}/{place}").status == 404


def test_a_paper_comes_as_pdf(alice: Membership, as_alice: Program, write: Write) -> None:
    answer = as_alice.client.get(
        f"/api/v1/whitepapers/{write(alice).slug}/pdf", headers=as_alice.headers
    )
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


@pytest.mark.parametrize("path", PATHS)
def test_papers_of_others_are_not_there(
    as_alice: Program, charlie: Membership, write: Write, path: str
) -> None:
    paper = write(charlie, public=True)
    assert as_alice.get(f"whitepapers/{paper.slug}{path}").status == 404


def test_a_viewer_reads_and_changes_nothing(
    alice: Membership, viewer: Membership, write: Write
) -> None:
    paper, program = write(alice), Program(token_of(viewer))

    assert program.get(f"whitepapers/{paper.slug}").status == 200
    assert program.patch(f"whitepapers/{paper.slug}", {"content": "x"}).status == 403
    assert program.post(f"whitepapers/{paper.slug}/publish", {}).status == 403
    assert Whitepaper.objects.get().version == 1


def test_a_program_that_comes_second_is_told(
    as_alice: Program, alice: Membership, write: Write
) -> None:
    paper = write(alice)
    tag = as_alice.get(f"whitepapers/{paper.slug}").headers["ETag"]
    first = as_alice.patch(f"whitepapers/{paper.slug}", {"content": "1"}, If_Match=tag)
    second = as_alice.patch(f"whitepapers/{paper.slug}", {"content": "2"}, If_Match=tag)
    assert (first.status, second.status) == (200, 412)
