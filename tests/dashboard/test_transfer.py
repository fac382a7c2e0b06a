"""A workspace to a file and back: nothing is lost, nothing secret goes along."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.keys import create_api_key
from accounts.models import Actor, ApiKey, Membership, User, Workspace
from activity.models import Activity
from agents.models import Agent, Run
from core.errors import Conflict, Invalid, MCError, NotFound
from dashboard.transfer import export_workspace, import_workspace
from dashboard.transfer.tables import BY_LABEL, EXCLUDED, PEOPLE, TABLES, WORKSPACE
from documents.actions import create_document, edit_document, share_by_link, share_document
from documents.models import Document, Share
from modules import credentials
from modules.models import AIModel
from tasks.actions import create_task, post_message, review_task, submit_for_review
from tasks.models import Attachment, Message, Review, Task

SECRET = "sk-canary-0123456789"


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def lived_in(
    alice: Membership, bob: Membership, agents: SimpleNamespace, workspace: Workspace
) -> Workspace:
    """A workspace in which people and agents have worked."""
    AIModel.objects.create(
        workspace=workspace,
        name="Real",
        provider="openai",
        model_id="x",
        credentials=credentials.encrypt(SECRET),
        from_environment=True,
    )
    parent = create_task(actor=alice.actor, title="Harbour")
    lamp = create_task(
        actor=alice.actor, title="Lämp 💡", parent=parent, assignees=[bob.actor], criteria=["lit"]
    )
    create_task(actor=bob.actor, title="Pier", depends_on=[lamp])
    report = create_document(actor=bob.actor, title="Report", content="One.", task=lamp)
    report = edit_document(actor=bob.actor, document=report, title="Report", content="Two.")
    said = post_message(
        actor=bob.actor, task=lamp, body=f"@alice see {report.pk}, not {'0' * 8}-aaaa-4bbb-8ccc-d"
    )
    Attachment.objects.create(
        message=said,
        file=ContentFile(b"\x89PNG\x00bytes", name="lamp.png"),
        name="lamp.png",
        content_type="image/png",
        size=10,
        digest=hashlib.sha256(b"\x89PNG\x00bytes").hexdigest(),
    )
    submit_for_review(
        actor=bob.actor, task=lamp, summary="Lit.", documents=[report], reviewer=alice.actor
    )
    lamp.refresh_from_db()
    review_task(actor=alice.actor, task=lamp, verdict="approve", reason="Good.")
    Run.objects.create(
        workspace=workspace,
        agent=agents.technical,
        kind="work",
        task=Task.objects.get(title="Pier"),
        state="running",
        token=3,
        lease_owner="somebody",
        lease_expires_at=timezone.now() + timedelta(minutes=1),
        brief={"message": f"read document {report.pk}"},
    )
    create_api_key(actor=alice.actor, name="a key")
    workspace.refresh_from_db()
    return workspace


@pytest.fixture
def exported(lived_in: Workspace, tmp_path: Path) -> Path:
    path = tmp_path / "harbour.zip"
    export_workspace(workspace=lived_in, path=path)
    return path


def counts(home: Workspace) -> dict[str, int]:
    return {table.label: table.rows(home).count() for table in TABLES}


def rewrite(path: Path, change: Callable[[dict[str, bytes]], None], *, seal: bool = True) -> Path:
    """The same file with other content; with checksums that fit unless `seal` is off."""
    with zipfile.ZipFile(path) as old:
        content = {name: old.read(name) for name in old.namelist()}
    change(content)
    if seal:
        manifest = json.loads(content["manifest.json"])
        for one in manifest["tables"]:
            member = f"tables/{one['model'].lower()}.jsonl"
            one["sha256"] = hashlib.sha256(content[member]).hexdigest()
            one["rows"] = content[member].count(b"\n")
        content["manifest.json"] = json.dumps(manifest).encode()
    new = path.with_name("changed.zip")
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return new


def on_rows(label: str, change: Callable[[dict[str, Any]], None]) -> Callable[..., None]:
    def edit(content: dict[str, bytes]) -> None:
        member = f"tables/{label.lower()}.jsonl"
        rows = [json.loads(line) for line in content[member].splitlines()]
        for row in rows:
            change(row)
        content[member] = b"".join(json.dumps(row).encode() + b"\n" for row in rows)

    return edit


def test_every_model_of_ours_goes_along_or_is_left_behind_on_purpose() -> None:
    ours = {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in django_settings.ROOMS
    }
    known = BY_LABEL.keys() | EXCLUDED.keys()
    assert ours - known == set(), "enter them in TABLES or EXCLUDED of dashboard/transfer/tables.py"
    assert known - ours == set(), "there is no such model any more"
    assert BY_LABEL.keys() & EXCLUDED.keys() == set()


def test_every_table_knows_the_way_to_its_workspace() -> None:
    for table in TABLES:
        assert table.home, table.label
        for link in table.links:
            assert link.related_model._meta.label in BY_LABEL, f"{table.label}.{link.name}"


def test_nothing_that_sounds_like_a_secret_is_exported() -> None:
    harmless = {
        "tasks.Attachment.digest",
        "modules.Asset.digest",
        "agents.Run.token",
        "whitepapers.Whitepaper.shipped_hash",
    }
    suspicious = {
        f"{table.label}.{column.name}"
        for table in TABLES
        for column in table.fields
        if any(
            word in column.name for word in ("secret", "password", "credential", "digest", "hash")
        )
        or column.name == "token"
    }
    assert suspicious <= harmless


def test_a_round_trip_keeps_every_row(lived_in: Workspace, exported: Path) -> None:
    report = import_workspace(path=exported)
    home = Workspace.objects.get(slug=report.workspace)
    before, after = counts(lived_in), counts(home)
    assert after.pop("activity.Activity") == before.pop("activity.Activity") + 1
    assert after == before
    assert home.slug != lived_in.slug
    assert report.models_without_key == ["Real"]
    assert report.new_people == []


def test_a_round_trip_keeps_what_rows_say(lived_in: Workspace, exported: Path) -> None:
    home = Workspace.objects.get(slug=import_workspace(path=exported).workspace)
    for table in TABLES:
        if table.label in (PEOPLE, WORKSPACE):
            continue
        skip = {table.model._meta.pk.attname, *table.fresh, "state"}
        names = [
            column.attname
            for column in table.fields
            if column.attname not in skip and not column.is_relation and column.name != "file"
        ]
        if not names:
            continue
        pairs = zip(
            table.rows(lived_in).order_by("pk").values_list(*names),
            table.rows(home).order_by("pk").values_list(*names),
            strict=False,
        )
        for old, new in pairs:
            if table.label not in ("activity.Activity", "tasks.Message", "agents.Run"):
                assert old == new, table.label
    lamp = Task.objects.get(workspace=home, title="Lämp 💡")
    assert lamp.parent is not None
    assert lamp.parent.title == "Harbour"
    assert lamp.parent.workspace == home
    assert [actor.handle for actor in lamp.assignees.all()] == ["bob"]
    review = Review.objects.get(task=lamp)
    document = Document.objects.get(workspace=home)
    assert review.evidence.get().document == document
    assert [one.content for one in document.versions.order_by("number")] == ["One.", "Two."]
    assert Task.objects.get(workspace=home, title="Pier").dependencies.get().needs == lamp


def test_ids_are_new_and_texts_follow_them(lived_in: Workspace, exported: Path) -> None:
    home = Workspace.objects.get(slug=import_workspace(path=exported).workspace)
    old = Document.objects.get(workspace=lived_in)
    new = Document.objects.get(workspace=home)
    assert new.pk != old.pk
    said = Message.objects.get(workspace=home, body__startswith="@alice see")
    assert str(new.pk) in said.body
    assert str(old.pk) not in said.body
    assert "00000000-aaaa-4bbb-8ccc-d" in said.body
    assert str(new.pk) in Run.objects.get(workspace=home).brief["message"]
    told = Activity.objects.filter(workspace=home, verb="message.posted").first()
    assert told is not None
    assert told.data["message"] in {
        str(key) for key in Message.objects.filter(workspace=home).values_list("pk", flat=True)
    }


def test_files_go_along(exported: Path, lived_in: Workspace) -> None:
    home = Workspace.objects.get(slug=import_workspace(path=exported).workspace)
    here, there = (
        Attachment.objects.get(message__workspace=lived_in),
        Attachment.objects.get(message__workspace=home),
    )
    assert here.file.name != there.file.name
    with there.file.open() as file:
        assert file.read() == b"\x89PNG\x00bytes"


def test_a_file_that_is_missing_is_told(lived_in: Workspace, tmp_path: Path) -> None:
    default_storage.delete(str(Attachment.objects.get().file.name))
    report = export_workspace(workspace=lived_in, path=tmp_path / "x.zip")
    assert len(report.missing) == 1
    assert import_workspace(path=tmp_path / "x.zip").missing


def test_secrets_stay(lived_in: Workspace, exported: Path) -> None:
    with zipfile.ZipFile(exported) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    key, model = ApiKey.objects.get(), AIModel.objects.get(name="Real")
    user = User.objects.get(username="alice")
    for secret in (SECRET, key.digest, model.credentials, user.password):
        assert secret.encode() not in everything
    assert exported.stat().st_mode & 0o077 == 0


def test_it_arrives_stopped_and_nothing_is_under_way(lived_in: Workspace, exported: Path) -> None:
    home = Workspace.objects.get(slug=import_workspace(path=exported).workspace)
    assert home.halted_at is not None
    run = Run.objects.get(workspace=home)
    assert (run.state, run.lease_owner, run.lease_expires_at) == ("queued", "", None)
    assert not AIModel.objects.filter(workspace=home, from_environment=True).exists()
    assert home.last_event == lived_in.last_event + 1


def test_into_an_empty_house_with_the_old_ids(lived_in: Workspace, exported: Path) -> None:
    before = counts(lived_in)
    keys = set(Task.objects.values_list("pk", flat=True))
    with pytest.raises(Conflict):
        import_workspace(path=exported, keep_ids=True)
    Activity.objects.all().delete()
    for label in ("tasks.Evidence", "tasks.Review", "tasks.Task", "documents.Document"):
        BY_LABEL[label].model._base_manager.all().delete()
    Run.objects.all().delete()
    Agent.objects.all().delete()
    Workspace.objects.all().delete()
    User.objects.all().delete()
    report = import_workspace(path=exported, keep_ids=True)
    home = Workspace.objects.get(pk=lived_in.pk)
    assert set(Task.objects.values_list("pk", flat=True)) == keys
    assert home.slug == lived_in.slug
    after = counts(home)
    assert after.pop("activity.Activity") == before.pop("activity.Activity") + 1
    assert after == before
    assert set(report.new_people) == {"alice@example.org", "bob@example.org"}
    assert not User.objects.get(username="alice").has_usable_password()


def test_a_dry_run_leaves_nothing(exported: Path) -> None:
    places = Workspace.objects.count()
    files = len(list(Path(default_storage.location).rglob("*.png")))  # type: ignore[attr-defined]
    report = import_workspace(path=exported, dry_run=True)
    assert report.rows["tasks.Task"] == 3
    assert Workspace.objects.count() == places
    assert len(list(Path(default_storage.location).rglob("*.png"))) == files  # type: ignore[attr-defined]


def _swap_bytes(content: dict[str, bytes]) -> None:
    content["tables/tasks.task.jsonl"] = content["tables/tasks.task.jsonl"].replace(
        b"Pier", b"Peer"
    )


def _swap_file(content: dict[str, bytes]) -> None:
    name = next(name for name in content if name.startswith("files/"))
    content[name] = b"something else"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_swap_bytes, "checksum"),
        (_swap_file, "checksum"),
        (lambda c: c.pop("manifest.json"), "no manifest"),
        (lambda c: c.pop("tables/tasks.task.jsonl"), "lacks"),
        (lambda c: c.update({"../../etc/cron.d/x": b"x"}), "no place"),
        (lambda c: c.update({"/etc/passwd": b"x"}), "no place"),
        (lambda c: c.update({"files/..": b"x"}), "no place"),
        (lambda c: c.update({"manifest.json": b"[" * 100_000}), "manifest"),
        (lambda c: c.update({"manifest.json": b" " * 2_000_000}), "manifest"),
    ],
)
def test_a_file_that_was_changed_is_refused(
    exported: Path, change: Callable[[dict[str, bytes]], None], words: str
) -> None:
    places = Workspace.objects.count()
    with pytest.raises(MCError, match=words):
        import_workspace(path=rewrite(exported, change, seal=False))
    assert Workspace.objects.count() == places


@pytest.mark.parametrize(
    "change",
    [
        on_rows("tasks.Task", lambda row: row.update(secret_column=1)),
        on_rows("tasks.Task", lambda row: row.update(status="stolen")),
        on_rows("tasks.Task", lambda row: row.update(title="x" * 500)),
        on_rows("tasks.Task", lambda row: row.update(title="a\x00b")),
        on_rows("tasks.Task", lambda row: row.update(number=10**40)),
        on_rows("tasks.Task", lambda row: row.update(created_at="yesterday")),
        on_rows("tasks.Task", lambda row: row.update(creator_id=None)),
        on_rows("tasks.Task", lambda row: row.update(id="../x")),
        on_rows("accounts.Actor", lambda row: row.update(handle="<script>")),
        on_rows("accounts.Membership", lambda row: row.update(role="god")),
        on_rows("accounts.User", lambda row: row.update(is_superuser=True)),
    ],
)
def test_rows_that_make_no_sense_are_refused(
    exported: Path, change: Callable[[dict[str, bytes]], None]
) -> None:
    places, actors = Workspace.objects.count(), Actor.objects.count()
    with pytest.raises(MCError):
        import_workspace(path=rewrite(exported, change))
    assert (Workspace.objects.count(), Actor.objects.count()) == (places, actors)


@pytest.mark.parametrize("keep_ids", [True, False])
def test_rows_cannot_reach_into_another_workspace(
    exported: Path, lived_in: Workspace, charlie: Membership, keep_ids: bool
) -> None:
    theirs = create_task(actor=charlie.actor, title="Theirs")

    def mine(row: dict[str, Any]) -> None:
        row["workspace_id"] = str(charlie.workspace.pk)

    def into_theirs(row: dict[str, Any]) -> None:
        row["parent_id"] = str(theirs.pk)

    def thread_of_theirs(row: dict[str, Any]) -> None:
        row["task_id"] = str(theirs.pk)

    for change in (
        on_rows("tasks.Task", mine),
        on_rows("tasks.Task", into_theirs),
        on_rows("tasks.Message", thread_of_theirs),
        on_rows("tasks.Assignment", thread_of_theirs),
    ):
        changed = rewrite(exported, change)
        with pytest.raises(MCError):
            import_workspace(path=changed, keep_ids=keep_ids, slug="elsewhere-2")
    assert theirs.messages.count() == 0
    assert charlie.workspace.tasks.count() == 1


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("tables/tasks.task.jsonl", "w") as to,
    ):
        for _ in range(80):
            to.write(b"\0" * 2**20)
    with pytest.raises(Invalid, match="trap"):
        import_workspace(path=bomb)


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with pytest.raises(NotFound):
        import_workspace(path=path)
    path.write_bytes(b"no zip at all")
    with pytest.raises(Invalid, match="damaged"):
        import_workspace(path=path)


def test_links_and_doubles_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("manifest.json")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(Invalid, match="no plain file"):
        import_workspace(path=path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", "{}")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("manifest.json", "{}")
    with pytest.raises(Invalid, match="twice"):
        import_workspace(path=path)


def test_a_fault_half_way_leaves_no_file_behind(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = Workspace.objects.count()
    files = sorted(Path(default_storage.location).rglob("*.*"))  # type: ignore[attr-defined]

    def break_off(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the light went out")

    monkeypatch.setattr("dashboard.transfer.reading._Import._check_links", break_off)
    with pytest.raises(RuntimeError):
        import_workspace(path=exported)
    assert Workspace.objects.count() == places
    assert sorted(Path(default_storage.location).rglob("*.*")) == files  # type: ignore[attr-defined]


def test_the_commands_say_what_they_did(lived_in: Workspace, tmp_path: Path) -> None:
    out, path = io.StringIO(), tmp_path / "all.zip"
    call_command("export_workspace", str(path), "--workspace", lived_in.slug, "--json", stdout=out)
    assert json.loads(out.getvalue())["rows"]["tasks.Task"] == 3
    out = io.StringIO()
    call_command("import_workspace", str(path), "--slug", "second", stdout=out)
    assert "agents --workspace second resume-all" in out.getvalue()
    assert "Enter their keys, under Models: Real" in out.getvalue()
    with pytest.raises(CommandError, match="several"):
        call_command("export_workspace", str(path))
    with pytest.raises(CommandError, match="already"):
        call_command("import_workspace", str(path), "--slug", "second")


@pytest.mark.django_db(transaction=True)
def test_it_is_one_moment_while_others_write(
    lived_in: Workspace, alice: Membership, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task that is made while the tables are read is in none of them."""
    import threading

    from django.db import connection

    from dashboard.transfer import writing

    real = writing._write_table
    made: list[Task] = []

    def slow(archive: Any, table: Any, *rest: Any) -> Any:
        if table.label == "tasks.Task" and not made:

            def work() -> None:
                made.append(create_task(actor=alice.actor, title="Meanwhile"))
                connection.close()

            thread = threading.Thread(target=work)
            thread.start()
            thread.join(timeout=20)
        return real(archive, table, *rest)

    monkeypatch.setattr(writing, "_write_table", slow)
    report = export_workspace(workspace=lived_in, path=tmp_path / "x.zip")
    assert made, "a writer had to wait for the export"
    assert report.rows["tasks.Task"] == 3
    assert Task.objects.filter(workspace=lived_in).count() == 4
    assert import_workspace(path=tmp_path / "x.zip").rows["tasks.Task"] == 3


def test_shares_with_people_go_along_and_links_stay(
    lived_in: Workspace, alice: Membership, bob: Membership, tmp_path: Path
) -> None:
    secret = create_document(actor=alice.actor, title="Plan", visibility="private")
    share_document(actor=alice.actor, document=secret, person=bob.actor, role="edit")
    share_by_link(actor=alice.actor, document=secret, name="Master")
    path = tmp_path / "shared.zip"
    report = export_workspace(workspace=lived_in, path=path)
    assert report.rows["documents.Share"] == 1

    arrived = import_workspace(path=path)

    there = Document.objects.get(workspace__slug=arrived.workspace, title="Plan")
    assert there.private
    share = Share.objects.get(document=there)
    assert share.person is not None
    assert (share.person.handle, share.role, share.digest) == ("bob", "edit", "")
