"""`manage.py doctor`: it finds what is wrong, says what to do, and fails only for what matters."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Membership
from missioncontrol import doctor, health
from missioncontrol.doctor import Finding
from modules.actions import Verdict
from modules.models import AIModel
from tests.missioncontrol.house import House, eventually
from tests.ports import silent_port


@pytest.fixture(autouse=True)
def _nobody_listens(settings: Any) -> None:
    settings.PORT = silent_port()


def found(part: str, **how: bool) -> list[Finding]:
    return [one for one in doctor.examine(**how) if one.part == part]


def test_a_house_as_it_is_prepared_has_nothing_to_mend(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.prepare()
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "staticfiles.json").write_text('{"paths": {}, "version": "1.1"}')
    try:
        resting = house.manage("doctor", "--json")
        assert resting.returncode == 0, resting.stdout
        states = {one["part"]: one["state"] for one in json.loads(resting.stdout)["parts"]}
        assert states["worker"] == states["web"] == "warn"
        house.start()
        eventually(house.is_ready)
        running = house.manage("doctor", "--json")
        assert running.returncode == 0, running.stdout
        parts = {one["part"]: one for one in json.loads(running.stdout)["parts"]}
        assert {parts[name]["state"] for name in ("web", "worker", "beat")} == {"ok"}
    finally:
        house.close()


def test_an_empty_database_is_to_be_migrated(tmp_path: Path) -> None:
    done = House(tmp_path).manage("doctor")
    assert done.returncode == 1
    assert "FAIL  migrations" in done.stdout
    assert "manage.py migrate" in done.stdout


def test_a_database_out_of_reach_fails_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    nowhere = f"postgres://nobody:secret-word@127.0.0.1:{silent_port()}/nothing"
    environment = {"DATABASE_URL": nowhere, "DATABASE_POOL_MAX": "0"}
    done = House(tmp_path, environment=environment).manage("doctor")
    assert done.returncode == 1
    assert "FAIL  database" in done.stdout
    assert "disk: " in done.stdout
    assert "secret-word" not in done.stdout + done.stderr


@pytest.mark.django_db
def test_a_secret_key_that_others_can_read_fails(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    file = tmp_path / "secret_key"
    file.write_text(settings.SECRET_KEY)
    file.chmod(0o644)
    [finding] = found("secret key")
    assert finding.state == "fail"
    assert finding.mend == f"Run `chmod 600 {file}`."
    file.chmod(0o600)
    assert found("secret key")[0].state == "ok"
    settings.SECRET_KEY = "abc"
    assert found("secret key")[0].state == "fail"


@pytest.mark.django_db
def test_settings_that_are_open_to_the_world_are_told(settings: Any) -> None:
    settings.HOST, settings.DEBUG, settings.HTTPS = "0.0.0.0", True, False
    settings.REGISTRATION_OPEN = True
    said = {one.said: one.state for one in found("settings")}
    assert said["DEBUG is on: errors show settings and code"] == "fail"
    assert said["passwords travel without HTTPS"] == "warn"
    assert said["strangers may make accounts"] == "warn"


@pytest.mark.django_db
def test_a_full_disk_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_FREE_DISK", 10**18)
    assert found("disk")[0].state == "fail"


@pytest.mark.django_db
def test_what_is_missing_for_one_feature_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)  # type: ignore[attr-defined]
    monkeypatch.setattr(doctor.ctypes.util, "find_library", lambda name: None)  # type: ignore[attr-defined]
    for part in ("PDF", "running code", "browser tests"):
        [finding] = found(part)
        assert finding.state == "warn"
        assert "apt-get install" in finding.mend


def test_models_are_asked_online_alone(alice: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    AIModel.objects.create(
        workspace=alice.workspace, name="Real", provider="openai", model_id="x", is_default=True
    )
    asked: list[str] = []

    def answer(*, actor: Any, model: AIModel) -> Verdict:
        asked.append(model.name)
        return Verdict(False, "The key is wrong.")

    monkeypatch.setattr(doctor, "test_model", answer)
    assert [one.state for one in found("models")] == ["ok"]
    assert asked == []
    [finding] = found("models", online=True)
    assert finding.state == "fail"
    assert "The key is wrong." in finding.said
    assert asked == ["Real"]


def test_the_command_ends_with_one_when_something_fails(
    alice: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Finding("disk", "fail", "full", "Make room.")
    monkeypatch.setattr(
        "missioncontrol.management.commands.doctor.examine", lambda online: iter([one])
    )
    out = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("doctor", stdout=out)
    assert end.value.code == 1
    assert "FAIL  disk: full\n      Make room." in out.getvalue()
