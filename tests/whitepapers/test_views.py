"""Papers on screen, for members and for everybody."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from tests.whitepapers.conftest import Write
from whitepapers.models import Whitepaper

pytestmark = pytest.mark.django_db

PAGES = ["detail", "edit", "pdf", "download"]


@pytest.fixture
def screen(client: Client, alice: Membership) -> Client:
    client.force_login(alice.user)
    return client


def address(name: str, paper: Whitepaper, *more: int) -> str:
    return reverse(f"whitepapers:{name}", args=[paper.slug, *more])


def public(paper: Whitepaper, name: str = "public") -> str:
    return reverse(f"whitepapers:{name}", args=[paper.workspace.slug, paper.slug])


def test_the_list_shows_the_papers_of_this_workspace_alone(
    screen: Client, alice: Membership, charlie: Membership, write: Write
) -> None:
    write(alice, "Ours")
    write(charlie, "Theirs")

    page = screen.get(reverse("whitepapers:list")).content.decode()

    assert "Ours" in page
    assert "Theirs" not in page


def test_a_paper_is_read_with_its_contents(screen: Client, alice: Membership, write: Write) -> None:
    page = screen.get(address("detail", write(alice))).content.decode()

    assert 'href="#s-first-part"' in page
    assert 'id="s-first-part"' in page


@pytest.mark.parametrize("name", PAGES)
def test_papers_of_others_are_not_there(
    screen: Client, charlie: Membership, write: Write, name: str
) -> None:
    assert screen.get(address(name, write(charlie, published=True))).status_code == 404


@pytest.mark.parametrize("name", [*PAGES, "publish", "unpublish"])
def test_strangers_are_sent_to_sign_in(
    client: Client, alice: Membership, write: Write, name: str
) -> None:
    paper = write(alice, public=True)
    answer = (
        client.post(address(name, paper)) if "publish" in name else client.get(address(name, paper))
    )
    assert (answer.status_code, answer.headers["Location"][:7]) == (302, "/login/")


def test_only_what_is_published_for_everybody_is_read_without_an_account(
    client: Client, alice: Membership, write: Write
) -> None:
    draft = write(alice, "Draft")
    within = write(alice, "Within", published=True)
    free = write(alice, "Free", public=True)

    assert client.get(public(draft)).status_code == 404
    assert client.get(public(within)).status_code == 404
    assert client.get(public(within, "public_pdf")).status_code == 404
    assert "Two lights." in client.get(public(free)).content.decode()


def test_a_paper_is_written_revised_compared_and_brought_back(screen: Client) -> None:
    said = {"title": "Lights", "summary": "Two.", "content": "One\r\nline"}
    assert screen.post(reverse("whitepapers:create"), said).status_code == 302
    paper = Whitepaper.objects.get()
    assert paper.content == "One\nline"

    said |= {"content": "Another", "version": "1", "note": "Shorter"}
    assert screen.post(address("edit", paper), said).status_code == 302
    assert "Another" in screen.get(address("version", paper, 2)).content.decode()
    assert "version 1 of 2" in screen.get(address("detail", paper) + "?version=1").content.decode()

    screen.post(address("restore", paper, 1))
    paper.refresh_from_db()
    assert (paper.version, paper.content) == (3, "One\nline")


def test_whoever_is_slower_keeps_their_text(
    screen: Client, alice: Membership, write: Write
) -> None:
    paper = write(alice)
    said = {"title": "Lights", "content": "Mine", "version": "0"}

    answer = screen.post(address("edit", paper), said)

    assert answer.status_code == 409
    assert "Mine" in answer.content.decode()
    paper.refresh_from_db()
    assert paper.version == 1


def test_a_person_publishes_and_withdraws(screen: Client, alice: Membership, write: Write) -> None:
    paper = write(alice)

    screen.post(address("publish", paper), {"public": "1"})
    assert public(paper) in screen.get(address("detail", paper)).content.decode()
    screen.post(address("unpublish", paper))

    assert screen.get(public(paper)).status_code == 404


def test_who_may_only_look_finds_no_buttons(
    client: Client, alice: Membership, viewer: Membership, write: Write
) -> None:
    paper = write(alice)
    client.force_login(viewer.user)

    page = client.get(address("detail", paper)).content.decode()

    assert address("edit", paper) not in page
    assert address("publish", paper) not in page
    assert client.post(address("publish", paper)).status_code == 403


def test_the_preview_is_the_text_as_it_will_be_read(screen: Client) -> None:
    answer = screen.post(reverse("whitepapers:preview"), {"content": "## Hello <script>"})
    assert '<h2 id="s-hello-script">Hello &lt;script&gt;</h2>' in answer.content.decode()
