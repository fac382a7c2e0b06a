"""Assets in S3-compatible storage, over the wire: kept, fetched in part, deleted, away."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.test import Client

from accounts.models import Membership
from core import files
from core.errors import Unavailable
from missioncontrol.doctor import _files
from modules.assets import actions, addresses
from modules.models import Asset, Job
from modules.running.driving import work_off
from tests.api.client import Program
from tests.modules.assets.pictures import png, tone
from tests.modules.assets.s3 import BUCKET, KEY, REGION, SECRET, Bucket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    found = Bucket()
    yield found
    found.close()


@pytest.fixture(autouse=True)
def in_the_bucket(bucket: Bucket, settings: LazySettings) -> None:
    settings.S3_BUCKET = BUCKET
    settings.STORAGES = {**settings.STORAGES, "default": storage(bucket.url)}


def storage(url: str, **other: str) -> dict[str, Any]:
    options = {
        "bucket_name": BUCKET,
        "endpoint_url": url,
        "region_name": REGION,
        "access_key": KEY,
        "secret_key": SECRET,
        "location": "mission",
        "addressing_style": "path",
        **other,
    }
    return {"BACKEND": "core.s3.S3Files", "OPTIONS": options}


def make(member: Membership, content: bytes = b"Two lamps.", name: str = "lamps.txt") -> Asset:
    return actions.create_asset(actor=member.actor, prepared=actions.prepare(content, name=name))


def fetched(address: str, **headers: str) -> Any:
    return Client().get(address, headers=headers)


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_a_file_lies_in_the_bucket_under_its_hash(alice: Membership, bucket: Bucket) -> None:
    asset = make(alice)
    key = f"mission/assets/{asset.workspace_id}/{asset.digest[:2]}/{asset.digest}.txt"
    kept, headers = bucket.objects[key]
    assert kept == b"Two lamps."
    # Whoever opens it in the bucket itself saves it: nothing of it is run.
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"] == "attachment"
    with asset.file.open("rb") as file:
        assert file.read() == b"Two lamps."


def test_an_upload_and_its_thumbnail_are_fetched_by_signed_addresses(
    as_bob: Program, bucket: Bucket
) -> None:
    reply = as_bob.upload("assets", "pier.png", png(64, 48))
    assert reply.status == 201
    assert len(bucket.objects) == 2
    asset = Asset.objects.get()
    for what, kind in (("file", "image/png"), ("thumbnail", "image/webp")):
        answer = fetched(addresses.address_of(asset, what))
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert len(content(answer)) == int(answer.headers["Content-Length"])
    assert fetched(addresses.address_of(asset)[:-2] + "x/").status_code == 404


def test_of_a_sound_only_the_part_that_is_asked_for_is_fetched(
    alice: Membership, bucket: Bucket
) -> None:
    body = tone(1)
    asset = make(alice, body, "tone.wav")
    address = addresses.address_of(asset)
    bucket.asked.clear()
    part = fetched(address, Range="bytes=100-199")
    assert part.status_code == 206
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(body)}"
    assert content(part) == body[100:200]
    assert [(method, span) for method, _, span in bucket.asked] == [("GET", "bytes=100-199")]
    assert content(fetched(address)) == body
    assert fetched(address, Range="bytes=99999999-").status_code == 416


def test_html_is_never_shown_from_there_either(alice: Membership) -> None:
    asset = make(alice, b"<!doctype html><script>alert(1)</script>", "page.html")
    answer = fetched(addresses.address_of(asset))
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_the_last_asset_of_a_content_takes_the_object_along(
    alice: Membership, bucket: Bucket
) -> None:
    first, second = make(alice), make(alice, name="again.txt")
    assert len(bucket.objects) == 1
    actions.delete_asset(actor=alice.actor, asset=first)
    assert len(bucket.objects) == 1
    actions.delete_asset(actor=alice.actor, asset=second)
    assert bucket.objects == {}


def test_what_is_gone_from_the_bucket_is_not_there(alice: Membership, bucket: Bucket) -> None:
    asset = make(alice)
    bucket.objects.clear()
    assert fetched(addresses.address_of(asset)).status_code == 404


def test_a_module_keeps_what_it_makes_there(
    alice: Membership, workspace: Any, bucket: Bucket
) -> None:
    from modules.running import actions as jobs

    job = jobs.start_job(actor=alice.actor, operation="image.generate", input={"prompt": "A lamp"})
    work_off(1)
    job.refresh_from_db()
    assert job.state == "succeeded", job.error
    assert len(bucket.objects) == 2


def test_an_upload_while_the_bucket_is_down_is_told_so_and_leaves_nothing(
    as_bob: Program, bucket: Bucket
) -> None:
    bucket.refuse = 403
    reply = as_bob.upload("assets", "note.txt", b"hello")
    assert (reply.status, reply.code) == (503, "storage")
    assert "127.0.0.1" not in reply.body["error"]["message"]
    assert not Asset.objects.exists()


def test_a_job_that_cannot_keep_its_file_fails_with_the_reason(
    alice: Membership, workspace: Any, bucket: Bucket
) -> None:
    from modules.running import actions as jobs

    bucket.refuse = 403
    jobs.start_job(actor=alice.actor, operation="image.generate", input={"prompt": "A lamp"})
    work_off(1)
    job = Job.objects.get()
    assert "storage of files refuses" in job.error


def test_the_doctor_keeps_reads_and_deletes_a_file(bucket: Bucket) -> None:
    assert next(_files())[:2] == ("ok", f"kept, read and deleted one: S3, bucket {BUCKET}")
    assert {"PUT", "GET", "DELETE"} <= {method for method, _, _ in bucket.asked}
    assert bucket.objects == {}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"secret_key": "another"}, "refuses"),
        ({"bucket_name": "elsewhere"}, "no such bucket"),
        ({"endpoint_url": "http://127.0.0.1:9"}, "does not answer"),
    ],
)
def test_health_and_doctor_say_what_is_wrong(
    bucket: Bucket, settings: LazySettings, change: dict[str, str], words: str
) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": storage(bucket.url, **change)}
    with pytest.raises(Unavailable, match=words):
        files.check()
    state, said, mend = next(_files())
    assert state == "fail"
    assert words in said
    assert "S3_BUCKET" in mend
    part = Client().get("/health/ready").json()["parts"]["files"]
    assert part["state"] == "down"


def test_a_stranger_with_another_secret_gets_nothing(
    alice: Membership, bucket: Bucket, settings: LazySettings
) -> None:
    """The stand-in's own control: it does check signatures."""
    asset = make(alice)
    wrong = storage(bucket.url, secret_key="another")
    settings.STORAGES = {**settings.STORAGES, "default": wrong}
    with pytest.raises(Unavailable):
        default_storage.open(str(asset.file.name)).read()


def test_without_a_bucket_its_client_is_not_even_loaded() -> None:
    """The idle house must not grow by it."""
    program = (
        "import django; django.setup(); from core import files; files.check();"
        "import sys; sys.exit(bool({'boto3', 'botocore', 'storages'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"DJANGO_SETTINGS_MODULE": "missioncontrol.settings", "PATH": "/usr/bin:/bin"},
        cwd=Path(__file__).parents[3],
        check=False,
    )
    assert done.returncode == 0
