"""Writing, revising and publishing papers."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from accounts.models import Membership
from activity.models import Activity
from core.errors import Conflict, Forbidden, Invalid
from modules.tools import ToolContext, registry
from tests.whitepapers.conftest import Write
from whitepapers import actions
from whitepapers.models import Whitepaper

pytestmark = pytest.mark.django_db


def test_a_paper_begins_as_a_draft_named_after_its_title(alice: Membership, write: Write) -> None:
    paper = write(alice)

    assert (paper.slug, paper.status, paper.version) == ("how-the-harbour-is-lit", "draft", 1)
    assert paper.versions.count() == 1


def test_two_papers_of_one_title_have_two_names(alice: Membership, write: Write) -> None:
    assert write(alice, "New").slug == "new-2"
    assert [write(alice, "Lights").slug for _ in range(3)] == ["lights", "lights-2", "lights-3"]


def test_every_version_is_kept_and_comes_back(alice: Membership, write: Write) -> None:
    paper = write(alice)
    words = actions.words_of(paper)
    actions.edit_whitepaper(actor=alice.actor, paper=paper, words=replace(words, content="Two"))

    paper = actions.restore_whitepaper(actor=alice.actor, paper=paper, number=1)

    assert (paper.version, actions.words_of(paper)) == (3, words)
    assert paper.versions.get(number=2).content == "Two"


def test_the_same_words_make_no_version(alice: Membership, write: Write) -> None:
    paper = write(alice)
    same = actions.edit_whitepaper(
        actor=alice.actor, paper=paper, words=actions.words_of(paper), note="Nothing"
    )
    assert same.version == 1


def test_whoever_is_slower_sees_both_texts(alice: Membership, write: Write) -> None:
    paper = write(alice)
    words = replace(actions.words_of(paper), content="Two")
    actions.edit_whitepaper(actor=alice.actor, paper=paper, words=words, expected_version=1)

    late = replace(words, content="Late")
    with pytest.raises(Conflict) as refused:
        actions.edit_whitepaper(actor=alice.actor, paper=paper, words=late, expected_version=1)

    assert (refused.value.details["theirs"], refused.value.details["mine"]) == ("Two", "Late")


def test_withdrawing_a_paper_takes_its_public_address_along(
    alice: Membership, write: Write
) -> None:
    paper = write(alice, public=True)
    assert paper.readable_by_all
    assert paper.published_at is not None

    paper = actions.unpublish_whitepaper(actor=alice.actor, paper=paper)

    assert (paper.status, paper.public, paper.published_at) == ("draft", False, None)


def test_an_empty_paper_is_not_published(alice: Membership, write: Write) -> None:
    with pytest.raises(Invalid):
        write(alice, content=" \n", published=True)


def test_each_change_stands_in_the_log_once(alice: Membership, write: Write) -> None:
    paper = write(alice, published=True)
    actions.publish_whitepaper(actor=alice.actor, paper=paper)
    actions.unpublish_whitepaper(actor=alice.actor, paper=paper)

    verbs = Activity.objects.filter(verb__startswith="whitepaper.").order_by("number")
    assert list(verbs.values_list("verb", flat=True)) == [
        "whitepaper.created",
        "whitepaper.published",
        "whitepaper.unpublished",
    ]


def test_who_may_only_look_writes_nothing(viewer: Membership, write: Write) -> None:
    with pytest.raises(Forbidden):
        write(viewer)


def test_an_agent_drafts_and_revises_and_a_person_publishes(
    alice: Membership, agents: SimpleNamespace
) -> None:
    actor = agents.technical.actor
    ctx = ToolContext(actor=actor, workspace=alice.workspace)
    tool = registry.get("write_whitepaper")
    said = {"title": "Lights", "summary": "Two.", "content": "## One\n\nText"}

    tool.call(ctx, said)
    tool.call(ctx, {**said, "content": "Two", "slug": "lights"})

    paper = Whitepaper.objects.get()
    assert (paper.status, paper.version, paper.created_by) == ("draft", 2, actor)
    with pytest.raises(Forbidden):
        actions.publish_whitepaper(actor=actor, paper=paper, public=True)

    actions.publish_whitepaper(actor=alice.actor, paper=paper, public=True)
    # What is published is no draft any more: an agent does not change it.
    with pytest.raises(Forbidden):
        tool.call(ctx, {**said, "content": "Three", "slug": "lights"})
