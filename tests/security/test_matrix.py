"""Every address × method × caller, from the addresses that there are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.core.files.base import ContentFile
from django.db import transaction

from accounts import roles
from accounts.actions import add_member, create_user, invite_member
from accounts.keys import create_api_key
from accounts.models import ApiKey, Membership
from accounts.tokens import start_login
from activity.models import Notification
from agents.actions import create_agent
from agents.models import Approval, Budget, Run, Step
from core.clock import db_now
from documents.actions import Outline, create_document, create_template
from missioncontrol.api import urlpatterns
from modules.assets.actions import create_asset, prepare
from modules.models import AIModel
from modules.music.playlists import create_playlist
from modules.running.actions import start_job
from modules.running.schedules import Plan, save_schedule
from tasks.actions import attach, create_task, post_message, stored
from tests.api.client import Program
from tests.conftest import PASSWORD
from tests.security.matrix import EVERYBODY, GRANTS, ROWS, SIGNED_IN, allows

PLACE = re.compile(r"<(?:\w+:)?(\w+)>")


def addresses() -> Iterator[tuple[str, Any]]:
    """Every address of the API with the view behind it."""
    for pattern in urlpatterns:
        yield str(pattern.pattern), getattr(pattern.callback, "view_class", None)


def test_every_address_and_method_has_a_row() -> None:
    there = {
        address: set(view.needs) if view is not None and hasattr(view, "needs") else {"GET"}
        for address, view in addresses()
    }
    written = {address: set(row) for address, row in ROWS.items()}
    assert there == written


def test_the_rows_and_the_endpoints_say_the_same() -> None:
    for address, view in addresses():
        for method, need in getattr(view, "needs", {}).items():
            row = ROWS[address][method]
            said = {need} if isinstance(need, str) else set(need)
            if row == EVERYBODY:
                meant = {"public"}
            elif row == SIGNED_IN:
                meant = {"signed in"}
            else:
                meant = set(row.split())
            assert said == meant, f"{method} {address}"


def test_the_matrix_and_the_roles_say_the_same() -> None:
    assert {name: set(who) for name, who in roles.PERMISSIONS.items()} == {
        name: who for name, (who, _) in GRANTS.items()
    }
    for name, (_, scopes) in GRANTS.items():
        assert {scope for scope, allowed in roles.SCOPES.items() if name in allowed} == scopes, name


@dataclass
class Caller:
    """Somebody who calls, with what they are and what their key allows."""

    program: Program
    role: str
    scopes: set[str] | None = None


@pytest.fixture
def things(
    workspace: Any, alice: Membership, bob: Membership, agents: SimpleNamespace
) -> dict[str, str]:
    """One of each kind of thing in Alice's workspace: what stands first in its address → id."""
    actor = alice.actor
    task = create_task(actor=actor, title="Light", assignees=[agents.technical.actor])
    message = post_message(actor=bob.actor, task=task, body="@alice, look at this")
    with stored(bob.actor, ContentFile(b"two", name="lamp.txt")) as (draft,):
        file = attach(actor=bob.actor, message=message, file=draft)
    document = create_document(actor=actor, title="Lamps", content="Two.")
    run = Run.objects.create(
        workspace=workspace, agent=agents.technical, kind="work", task=task, state="running"
    )
    step = Step.objects.create(run=run, index=0, kind="tool", name="look", started_at=db_now())
    approval = Approval.objects.create(run=run, step=step, kind="tool", question="May it?")
    key, _ = create_api_key(actor=actor, name="spare", scopes=["read"])
    invitation, _ = invite_member(actor=actor)
    found = {
        "tasks": task.pk,
        "activities/task": task.pk,
        "activities/agent": agents.technical.pk,
        "messages": message.pk,
        "attachments": file.pk,
        "documents": document.pk,
        "document-templates": create_template(actor=actor, outline=Outline("Log", "protocol")).pk,
        "agents": agents.technical.pk,
        "runs": run.pk,
        "approvals": approval.pk,
        "budgets": Budget.objects.get(workspace=workspace, agent=None).pk,
        "auth/keys": key.pk,
        "workspaces/current/members": bob.pk,
        "workspaces/current/invitations": invitation.pk,
        "models": AIModel.objects.filter(workspace=workspace).first().pk,  # type: ignore[union-attr]
        "assets": create_asset(actor=actor, prepared=prepare(b"Two lamps.", name="lamps.txt")).pk,
        "modules/schedules": save_schedule(
            actor=actor,
            plan=Plan("Daily", "language.summarise", {"text": "Two lamps."}, "0 9 * * *"),
        ).pk,
        "playlists": create_playlist(actor=actor, name="Evenings").pk,
        "modules/jobs": start_job(
            actor=actor, operation="language.summarise", input={"text": "Two lamps."}
        ).pk,
        "notifications": Notification.objects.filter(recipient=actor).first().pk,  # type: ignore[union-attr]
    }
    return {name: str(key) for name, key in found.items()}


@pytest.fixture(autouse=True)
def _no_limits(settings: LazySettings) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 0)
    settings.REGISTRATION_OPEN = True


def person(workspace: Any, role: str) -> Membership:
    user = create_user(username=f"a-{role}", email=f"{role}@example.org", password=PASSWORD)
    return add_member(workspace=workspace, user=user, role=role)


@pytest.fixture
def caller(request: pytest.FixtureRequest, alice: Membership, workspace: Any) -> Caller:
    """The caller that a test names: a role, `agent`, or `key:` with scopes."""
    name: str = request.param
    if name == "anonymous":
        return Caller(Program(), name)
    if name == "owner":
        return Caller(Program(f"Bearer {start_login(user=alice.user).access}"), "owner")
    if name.startswith("key:"):
        scopes = name.removeprefix("key:").split("+")
        _, text = create_api_key(actor=alice.actor, name="k", scopes=scopes)
        return Caller(Program(f"Token {text}"), "owner", set(scopes))
    if name.startswith("agent:"):
        scopes = name.removeprefix("agent:").split("+")
        agent = create_agent(actor=alice.actor, name="Out", role="outside", external=True)
        _, text = create_api_key(actor=alice.actor, name="k", scopes=scopes, owner=agent.actor)
        return Caller(Program(f"Token {text}"), "agent", set(scopes))
    member = person(workspace, name)
    return Caller(Program(f"Bearer {start_login(user=member.user).access}"), name)


def cells() -> Iterator[tuple[str, str, str]]:
    for address, row in ROWS.items():
        for method, need in row.items():
            yield address, method, need


def filled(address: str, things: dict[str, str] | None = None) -> str:
    """An address with something in its places: of `things` where they have it."""
    head = re.split(r"/<", address)[0]
    known = (things or {}).get(head)

    def fill(match: "re.Match[str]") -> str:
        if match[0].startswith("<int"):
            return "1"
        return known if known and match[1] == "id" else str(uuid4())

    return PLACE.sub(fill, address)


@pytest.mark.parametrize(
    "caller",
    [
        "anonymous",
        "viewer",
        "member",
        "admin",
        "owner",
        "agent:read+write+run",
        "agent:read+write+run+admin",
        "agent:read",
        "key:read",
        "key:write",
        "key:run",
        "key:admin",
    ],
    indirect=True,
)
def test_a_caller_passes_where_the_row_says_so_and_nowhere_else(
    caller: Caller, things: dict[str, str]
) -> None:
    wrong = []
    for address, method, need in cells():
        # What it would change is undone, so that each cell finds the same house.
        with transaction.atomic():
            body: dict[str, Any] | None = None if method in ("GET", "DELETE") else {}
            reply = caller.program(method, filled(address), body)
            transaction.set_rollback(True)
        if need == EVERYBODY:
            # A token that does not refresh is refused with 401 by itself.
            passed = reply.status not in (401, 403)
            good = passed
        elif caller.role == "anonymous":
            good = reply.status == 401
        elif need == SIGNED_IN:
            # Some of these are for people alone: a key is told so.
            good = reply.status != 401 and (caller.scopes is not None or reply.status != 403)
        elif allows(need, caller.role, caller.scopes):
            good = reply.status not in (401, 403) and reply.status < 500
        else:
            good = reply.status == 403
        if not good:
            wrong.append(f"{method} {address}: {reply.status} {reply.body}"[:300])
    assert not wrong, "\n".join(wrong)


def test_the_things_are_there_for_who_may_see_them(
    alice: Membership, things: dict[str, str]
) -> None:
    owner = Program(f"Bearer {start_login(user=alice.user).access}")
    for head, key in things.items():
        if (row := ROWS.get(f"{head}/<uuid:id>")) and "GET" in row:
            status = owner.client.get(
                f"/api/v1/{head}/{key}", headers={"Authorization": owner.headers["Authorization"]}
            ).status_code
            assert status == 200, head


def test_what_belongs_to_another_workspace_is_not_found(
    things: dict[str, str], charlie: Membership
) -> None:
    """Charlie owns another workspace and may do everything there."""
    theirs = Program(f"Bearer {start_login(user=charlie.user).access}")
    all_scopes = ["read", "write", "run", "admin"]
    _, text = create_api_key(actor=charlie.actor, name="k", scopes=all_scopes)
    wrong = []
    for program in (theirs, Program(f"Token {text}")):
        for address, method, need in cells():
            known = re.split(r"/<", address)[0]
            if "<uuid:id>" not in address or known not in things or "perform" in need.split():
                continue
            with transaction.atomic():
                if address.endswith("/attachments") and method == "POST":
                    reply = program.upload(filled(address, things), "x.txt", b"x")
                else:
                    reply = program(method, filled(address, things), _plausible(address, method))
                transaction.set_rollback(True)
            if reply.status != 404:
                wrong.append(f"{method} {address}: {reply.status} {reply.body}"[:300])
    assert not wrong, "\n".join(wrong)


def test_an_agent_of_another_workspace_finds_no_run(
    things: dict[str, str], charlie: Membership
) -> None:
    agent = create_agent(actor=charlie.actor, name="Spy", role="spies", external=True)
    _, text = create_api_key(
        actor=charlie.actor, name="k", scopes=["read", "run"], owner=agent.actor
    )
    spy = Program(f"Token {text}")
    assert spy.post(f"agents/{things['agents']}/heartbeat").status == 404
    for what, body in (
        ("steps", {"token": 0, "kind": "note"}),
        ("renew", {"token": 0}),
        ("finish", {"token": 0}),
        ("ask", {"token": 0, "question": "Who?"}),
    ):
        assert spy.post(f"runs/{things['runs']}/{what}", body).status == 404, what


def test_a_workspace_one_is_not_in_cannot_be_named(
    alice: Membership, charlie: Membership, workspace: Any
) -> None:
    stranger = Program(f"Bearer {start_login(user=charlie.user).access}")
    for name in (workspace.slug, str(workspace.pk), "no-such-place"):
        for path in ("tasks", "auth/me", "workspaces/current"):
            reply = stranger.get(path, X_Workspace=name)
            assert (reply.status, reply.code) == (404, "no_workspace"), (path, name)
    assert stranger.get("tasks", X_Workspace=charlie.workspace.slug).status == 200


def test_a_key_reaches_no_further_than_its_own_workspace(
    alice: Membership, charlie: Membership
) -> None:
    add_member(workspace=charlie.workspace, user=alice.user, role="owner")
    _, text = create_api_key(actor=alice.actor, name="k", scopes=["read"])
    key = Program(f"Token {text}")
    assert key.get("tasks").status == 200
    assert key.get("tasks", X_Workspace=charlie.workspace.slug).status == 404
    assert ApiKey.objects.get().actor_id == alice.actor_id


def _plausible(address: str, method: str) -> dict[str, Any] | None:
    """A body that passes the schema, so that the address itself decides."""
    if method in ("GET", "DELETE"):
        return None
    known: dict[str, dict[str, Any]] = {
        "tasks/<uuid:id>/status": {"status": "inbox"},
        "tasks/<uuid:id>/block": {"reason": "x"},
        "tasks/<uuid:id>/review": {"verdict": "approve"},
        "tasks/<uuid:id>/messages": {"body": "x"},
        "tasks/<uuid:id>/evidence": {"summary": "x"},
        "tasks/<uuid:id>/checklist": {"items": []},
        "tasks/<uuid:id>/dependencies": {"needs": str(uuid4())},
        "messages/<uuid:id>": {"body": "x"},
        "messages/<uuid:id>/reactions": {"sign": "👍"},
        "runs/<uuid:id>/steer": {"text": "x"},
        "documents/<uuid:id>/restore": {"version": 1},
        "documents/<uuid:id>/shares": {"kind": "link"},
        "workspaces/current/members/<uuid:id>": {"role": "viewer"},
        "modules/jobs/<uuid:id>/decide": {"again": False},
        "playlists/<uuid:id>/entries": {"asset": str(uuid4())},
    }
    if address == "documents/<uuid:id>" and method == "PUT":
        return {"title": "x", "content": "x"}
    return known.get(address, {})
