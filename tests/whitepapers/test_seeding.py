"""The papers that come with Mission Control."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from accounts.models import Membership, Workspace
from activity.models import Activity
from whitepapers import actions, seeding
from whitepapers.models import Whitepaper
from whitepapers.rendering import render

SHIPPED = seeding.shipped_papers()
PICTURES = Path(settings.BASE_DIR) / "static/whitepapers"


class Targets(HTMLParser):
    """What a text links to within itself, what can be linked to, and its pictures."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.ids: set[str] = set()
        self.pictures: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if said.get("href", "").startswith("#"):
            self.links.add(said["href"][1:])
        if "id" in said:
            self.ids.add(said["id"])
        if tag == "img":
            self.pictures.append(said.get("src", ""))


@pytest.mark.parametrize("slug", SHIPPED)
def test_a_shipped_paper_is_whole(slug: str) -> None:
    words = SHIPPED[slug]
    text = render(words.content)
    targets = Targets(text.html)

    assert words.summary
    assert len(words.content.split()) >= 1_500
    assert targets.links <= targets.ids
    assert len(targets.pictures) >= 2
    for address in targets.pictures:
        assert (PICTURES / address.removeprefix("/static/whitepapers/")).is_file(), address


@pytest.mark.parametrize("slug", SHIPPED)
def test_a_shipped_paper_names_only_files_that_exist(slug: str) -> None:
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_.-]+\.(?:py|md|yml))`", SHIPPED[slug].content)
    assert not [name for name in named if not (Path(settings.BASE_DIR) / name).exists()]


@pytest.mark.django_db
def test_seeding_twice_changes_nothing(workspace: Workspace) -> None:
    assert len(seeding.seed_papers(workspace)) == len(SHIPPED)
    assert seeding.seed_papers(workspace) == []

    papers = Whitepaper.objects.filter(workspace=workspace)
    assert {paper.slug for paper in papers} == set(SHIPPED)
    assert {(paper.status, paper.public, paper.version) for paper in papers} == {
        ("published", False, 1)
    }


@pytest.mark.django_db
def test_seeding_is_one_line_of_the_log(workspace: Workspace) -> None:
    seeding.seed_papers(workspace)
    seeding.seed_papers(workspace)

    line = Activity.objects.get(verb__startswith="whitepaper.")
    assert line.message == f"brought {len(SHIPPED)} papers about how it works"
    assert set(line.data["slugs"]) == set(SHIPPED)


@pytest.mark.django_db
def test_seeding_renews_what_nobody_has_edited_and_nothing_else(
    alice: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = {slug: actions.Words(slug, content="Old") for slug in ("kept", "renewed", "hidden")}
    monkeypatch.setattr(seeding, "shipped_papers", lambda: old)
    seeding.seed_papers(alice.workspace)
    by_slug = {paper.slug: paper for paper in Whitepaper.objects.all()}
    actions.edit_whitepaper(
        actor=alice.actor, paper=by_slug["kept"], words=replace(old["kept"], content="Mine")
    )
    actions.unpublish_whitepaper(actor=alice.actor, paper=by_slug["hidden"])
    new = {slug: replace(words, content="New") for slug, words in old.items()}
    monkeypatch.setattr(seeding, "shipped_papers", lambda: new)

    seeding.seed_papers(alice.workspace)

    rows = {paper.slug: (paper.content, paper.status) for paper in Whitepaper.objects.all()}
    assert rows == {
        "kept": ("Mine", "published"),
        "renewed": ("New", "published"),
        "hidden": ("New", "draft"),
    }


@pytest.mark.django_db
def test_the_command_seeds_every_workspace(alice: Membership, charlie: Membership) -> None:
    call_command("seed")
    call_command("seed")

    assert Whitepaper.objects.count() == 2 * len(SHIPPED)


@pytest.mark.parametrize(
    "text", ["", "# No front matter", "---\ntitle: x", "---\nauthor: x\n---\n", "---\n---\nx"]
)
def test_what_is_no_paper_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="front matter"):
        seeding.parse(text)


def test_front_matter_may_run_over_several_lines() -> None:
    words = seeding.parse("---\ntitle: A: b\nsummary: One\n  two.\n---\n\nText\n")
    assert (words.title, words.summary, words.content) == ("A: b", "One two.", "Text\n")
