"""Templates: what documents begin from."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.furnishing import furnish
from accounts.models import Membership, Workspace
from activity.models import Activity
from core.errors import Conflict, Forbidden, Invalid
from documents import actions
from documents.actions import Outline
from documents.models import Document, Template
from documents.seeding import seed_templates, shipped_templates
from documents.tools import read_template
from modules.tools import ToolContext, ToolError
from tests.api.client import Program

pytestmark = pytest.mark.django_db


@pytest.fixture
def minutes(alice: Membership) -> Template:
    outline = Outline("Minutes", "protocol", "Who met", "# Minutes\n")
    return actions.create_template(actor=alice.actor, outline=outline)


def test_a_workspace_begins_with_some_of_each_kind_and_gets_them_once(
    workspace: Workspace, alice: Membership
) -> None:
    furnish(workspace)
    seed_templates(workspace)

    mine = Template.objects.filter(workspace=workspace)
    assert mine.count() == len(shipped_templates()) >= 6
    assert set(mine.values_list("kind", flat=True)) == set(Document.Kind.values)
    actions.delete_template(actor=alice.actor, template=mine[0])
    assert seed_templates(workspace) == 0
    assert mine.count() == len(shipped_templates()) - 1


def test_templates_are_made_changed_and_deleted_in_the_log(
    alice: Membership, minutes: Template
) -> None:
    changed = actions.edit_template(
        actor=alice.actor, template=minutes, outline=Outline("Log", "protocol", "", "# Log\n")
    )
    same = actions.edit_template(
        actor=alice.actor, template=minutes, outline=actions.outline_of(changed)
    )
    actions.delete_template(actor=alice.actor, template=same)

    verbs = Activity.objects.filter(verb__startswith="template.").order_by("number")
    assert [one.verb for one in verbs] == [
        "template.created",
        "template.edited",
        "template.deleted",
    ]
    assert not Template.objects.exists()


def test_what_cannot_be_a_template_is_refused(
    alice: Membership, bob: Membership, viewer: Membership, minutes: Template
) -> None:
    for outline, error in (
        (Outline("minutes", "protocol"), Conflict),
        (Outline(" ", "protocol"), Invalid),
        (Outline("x", "novel"), Invalid),
        (Outline("x", "protocol", "", "a\x00b"), Invalid),
    ):
        with pytest.raises(error):
            actions.create_template(actor=bob.actor, outline=outline)
    with pytest.raises(Forbidden):
        actions.delete_template(actor=viewer.actor, template=minutes)


def test_a_document_begins_from_a_template_on_screen(
    client: Client, bob: Membership, minutes: Template
) -> None:
    client.force_login(bob.user)

    page = client.get(f"{reverse('documents:create')}?template={minutes.pk}").content.decode()

    assert "# Minutes" in page
    assert '<option value="protocol" selected>' in page
    assert "Who met" in page


def test_a_document_is_saved_as_a_template_unless_it_is_private(
    client: Client, bob: Membership
) -> None:
    client.force_login(bob.user)
    for visibility, status in (("workspace", 200), ("private", 409)):
        document = actions.create_document(
            actor=bob.actor, title="Tides", content="# low", visibility=visibility
        )
        answer = client.get(f"{reverse('documents:new_template')}?from={document.pk}")
        assert ("# low" in answer.content.decode()) == (visibility == "workspace")
        assert (answer.status_code == 200) == (status == 200)

    client.post(
        reverse("documents:new_template"),
        {"name": "Tides", "kind": "research", "description": "", "content": "# low\r\n"},
    )

    assert Template.objects.get().body == "# low\n"


def test_a_template_of_another_workspace_is_not_there(
    client: Client, charlie: Membership, minutes: Template
) -> None:
    client.force_login(charlie.user)

    page = client.get(f"{reverse('documents:create')}?template={minutes.pk}").content.decode()

    assert "# Minutes" not in page
    assert client.get(reverse("documents:template", args=[minutes.pk])).status_code == 404


def test_programs_keep_templates_and_begin_documents_from_them(
    as_alice: Program, as_charlie: Program
) -> None:
    made = as_alice.post(
        "document-templates", {"name": "Log", "kind": "protocol", "body": "# Log\n"}
    )
    one = f"document-templates/{made.body['id']}"

    assert as_alice.get("document-templates?search=log&kind=protocol").body["count"] == 1
    assert "body" not in as_alice.get("document-templates").body["results"][0]
    document = as_alice.post("documents", {"title": "Today", "template": made.body["id"]})
    assert (document.body["content"], document.body["kind"]) == ("# Log\n", "protocol")
    assert as_alice.patch(one, {"description": "x"}).body["body"] == "# Log\n"
    assert as_alice.post("document-templates", {"name": "log", "kind": "research"}).status == 409
    assert as_charlie.get(one).status == 404
    assert as_charlie.post("documents", {"title": "x", "template": made.body["id"]}).status == 404
    assert as_alice.delete(one).status == 204
    assert as_alice.get(one).status == 404


def test_agents_read_the_templates_of_their_house(
    alice: Membership, charlie: Membership, minutes: Template
) -> None:
    mine, theirs = tool_context(alice), tool_context(charlie)
    assert read_template(mine) == {
        "templates": [{"name": "Minutes", "kind": "protocol", "description": "Who met"}]
    }
    assert read_template(mine, name="minutes")["content"] == "# Minutes\n"
    with pytest.raises(ToolError, match="There are: Minutes"):
        read_template(mine, name="Menu")
    with pytest.raises(ToolError, match="There are: none"):
        read_template(theirs, name="Minutes")


def tool_context(member: Membership) -> ToolContext:
    return ToolContext(actor=member.actor, workspace=member.workspace)
