"""The image and vision modules with the simulated models: real pictures, true statements."""

import base64
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageDraw

from accounts.models import Membership
from core.errors import Invalid
from modules.assets.actions import create_asset, prepare
from modules.completion import complete
from modules.language.types import Picture
from modules.models import AIModel, Asset, Job
from modules.running import context
from tests.modules.assets.pictures import png
from tests.modules.running.conftest import TEXT
from tests.outside import Internet

Make = Callable[..., Job]


def image_of(asset: Asset) -> Image.Image:
    with asset.file.open("rb") as file:
        return Image.open(io.BytesIO(file.read())).convert("RGB")


@pytest.fixture
def keep(alice: Membership, workspace: Any) -> Callable[[bytes], Asset]:
    def make(content: bytes) -> Asset:
        return create_asset(actor=alice.actor, prepared=prepare(content, name="given.png"))

    return make


def square_on_white() -> bytes:
    image = Image.new("RGB", (640, 320), "white")
    ImageDraw.Draw(image).rectangle((160, 80, 319, 239), fill=(214, 40, 40))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_a_picture_is_made_kept_and_knows_where_it_comes_from(done: Make) -> None:
    job = done("image.generate", prompt="A lighthouse at night", size="landscape", seed=7)
    assert job.state == "succeeded", job.error
    asset = job.assets.get()
    assert (asset.content_type, asset.width, asset.height) == ("image/webp", 1536, 1024)
    assert asset.name == "A lighthouse at night.webp"
    assert asset.meta["prompt"] == "A lighthouse at night"
    assert asset.meta["seed"] == 7
    assert asset.simulated
    assert asset.thumbnail
    assert len(set(image_of(asset).resize((32, 32)).get_flattened_data())) > 50, "no plain area"


def test_the_same_seed_is_the_same_picture(done: Make) -> None:
    first, second, other = (
        done("image.generate", prompt="A pier", seed=seed).assets.get().digest for seed in (1, 1, 2)
    )
    assert first == second
    assert first != other


def test_several_are_asked_for_at_once(done: Make) -> None:
    job = done("image.generate", prompt="A red boat", count=2, form="png")
    assert [one.meta["seed"] for one in job.assets.order_by("name")][1] - 1 == (
        job.assets.order_by("name")[0].meta["seed"]
    )
    assert {one.content_type for one in job.assets.all()} == {"image/png"}


def test_a_mask_says_where_a_picture_may_change(done: Make, keep: Any) -> None:
    ground = keep(png(256, 256, "white"))
    mask = Image.new("RGBA", (256, 256), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 0, 128, 256))
    out = io.BytesIO()
    mask.save(out, "PNG")
    job = done(
        "image.edit",
        prompt="A dark forest at night",
        image=str(ground.pk),
        mask=str(keep(out.getvalue()).pk),
        form="png",
    )
    assert job.state == "succeeded", job.error
    changed = image_of(job.assets.get())
    assert changed.getpixel((200, 60)) == (255, 255, 255), "kept where the mask is solid"
    assert changed.getpixel((60, 60)) != (255, 255, 255)
    assert list(job.assets.get().parents.all()) == [ground]


def test_a_mask_of_another_size_is_refused(done: Make, keep: Any) -> None:
    job = done(
        "image.edit",
        prompt="x",
        image=str(keep(png(64, 64)).pk),
        mask=str(keep(png(32, 32)).pk),
    )
    assert job.state == "failed"
    assert "have to be alike" in job.error


def test_a_variation_is_another_picture_with_its_parent(done: Make, keep: Any) -> None:
    parent = keep(square_on_white())
    made = done("image.vary", image=str(parent.pk)).assets.get()
    assert list(made.parents.all()) == [parent]
    assert made.digest != parent.digest


def test_an_asset_of_another_kind_is_no_picture(job_of: Make, keep: Any) -> None:
    text = keep(TEXT.encode())
    with pytest.raises(Invalid, match="no image but document"):
        job_of("image.vary", image=str(text.pk))


def test_a_model_that_makes_no_pictures_says_so(done: Make, workspace: Any) -> None:
    AIModel.objects.create(
        workspace=workspace, name="C", kind="image", provider="anthropic", is_default=True
    )
    assert "make no pictures" in done("image.generate", prompt="x").error


def test_what_the_simulated_model_sees_is_true(done: Make, keep: Any) -> None:
    picture = keep(square_on_white())
    said = done("vision.describe", image=str(picture.pk)).result["text"]
    assert "640 × 320 pixels (landscape)" in said
    assert "white (87 %), red (13 %)" in said or "white (88 %), red (12 %)" in said
    assert "bright" in said


def test_it_finds_what_stands_out_with_a_box_around_it(done: Make, keep: Any) -> None:
    job = done("vision.find", image=str(keep(square_on_white()).pk))
    assert job.result["objects"] == [{"label": "red area", "box": [0.25, 0.25, 0.25, 0.5]}]


def test_it_compares_and_does_not_claim_to_read(done: Make, keep: Any) -> None:
    dark, light = keep(png(64, 64, "black")), keep(png(64, 64, "white"))
    job = done("vision.compare", first=str(dark.pk), second=str(light.pk))
    assert "The second is brighter." in job.result["text"]
    assert "cannot read" in done("vision.read", image=str(dark.pk)).result["text"]
    asked = done("vision.answer", image=str(dark.pk), question="Who is that?").result["text"]
    assert "cannot answer" in asked


def test_a_picture_from_the_net_comes_through_the_safe_client(
    done: Make, internet: Internet
) -> None:
    job = done("vision.describe", address="http://127.0.0.1/secret.png")
    assert (job.state, job.error_code) == ("failed", "address_refused")


def test_one_picture_is_given_and_not_two(done: Make, keep: Any) -> None:
    assert "Give either" in done("vision.describe", detail="full").error


def test_a_large_picture_is_scaled_before_it_is_sent(
    monkeypatch: pytest.MonkeyPatch, done: Make, keep: Any
) -> None:
    sent = []

    def listen(**given: Any) -> Any:
        sent.append(given["request"])
        return complete(**given)

    monkeypatch.setattr(context, "complete", listen)
    done("vision.describe", image=str(keep(png(3_000, 1_500)).pk))
    part = sent[0].messages[0].parts[0]
    assert isinstance(part, Picture)
    assert Image.open(io.BytesIO(base64.b64decode(part.data))).size == (1568, 784)


def test_without_a_model_for_vectors_it_says_so(job_of: Make) -> None:
    from core.errors import Unavailable

    with pytest.raises(Unavailable, match="no embedding model"):
        job_of("embedding.embed", texts=["x"])
