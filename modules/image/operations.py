"""What the image module does."""

from functools import cache
from importlib import import_module
from typing import Annotated, Any, Literal
from uuid import UUID

from annotated_types import Ge, Le, MaxLen

from modules.completion import cost_of
from modules.image.base import SIZES, ImageProvider, Pictures, Wish
from modules.language.base import Endpoint
from modules.language.types import Usage
from modules.models import AIModel, Asset
from modules.operations import IMAGE, LONG, operation
from modules.pictures.working import work
from modules.refusals import BadInput
from modules.running.context import JobContext

PROVIDERS = {
    "openai": "modules.image.openai:OpenAIImages",
    "simulated": "modules.image.simulated:SimulatedImages",
}
# Tokens of a picture by quality, as OpenAI counts them for 1024 × 1024; others have half more.
TOKENS = {"low": 272, "medium": 1_056, "high": 4_160}

Prompt = Annotated[str, "What is to be seen", LONG, MaxLen(4_000)]
Size = Annotated[Literal["square", "landscape", "portrait"], "1024², 1536 × 1024 or 1024 × 1536"]
Quality = Annotated[Literal["low", "medium", "high"], "The better, the dearer"]
Count = Annotated[int, "How many", Ge(1), Le(4)]
Seed = Annotated[
    int | None, "The same number brings the same picture again, where it exists", Ge(0), Le(2**31)
]
Form = Annotated[Literal["webp", "png", "jpeg"], "How it is kept"]


@cache
def provider_of(name: str) -> ImageProvider:
    """The provider of that name. Raises BadInput for one that makes no pictures."""
    if name not in PROVIDERS:
        raise BadInput(f"Models of {name.capitalize()} make no pictures.", field="model")
    module, _, attribute = PROVIDERS[name].partition(":")
    provider: ImageProvider = getattr(import_module(module), attribute)()
    return provider


def price(model: AIModel, given: dict[str, Any]) -> int:
    """At most: by the picture where the model has a price of one, else by its tokens."""
    count = int(given.get("count", 1))
    if unit := int(model.options.get("unit_price", 0)):
        return unit * count
    tokens = TOKENS[given.get("quality", "medium")]
    if given.get("size", "square") != "square":
        tokens = tokens * 3 // 2
    read = len(given.get("prompt", "")) // 3 + (3_000 if given.get("image") else 100)
    return cost_of(model, Usage(read, tokens * count))


@operation(
    "image.generate",
    title="Make a picture",
    icon="image-plus",
    kind="image",
    estimate=price,
    tool="generate_image",
)
def generate(
    job: JobContext,
    prompt: Prompt,
    size: Size = "square",
    quality: Quality = "medium",
    count: Count = 1,
    seed: Seed = None,
    form: Form = "webp",
) -> dict[str, Any]:
    """Make a picture from words."""
    return _make(job, Wish(prompt, size, quality, count, seed), form)


@operation(
    "image.edit",
    title="Change a picture",
    icon="brush",
    kind="image",
    estimate=price,
    tool="edit_image",
)
def edit(
    job: JobContext,
    prompt: Prompt,
    image: Annotated[UUID, "The picture to change", IMAGE],
    mask: Annotated[
        UUID | None, "A PNG of the same size, transparent where it may be changed", IMAGE
    ] = None,
    size: Size = "square",
    quality: Quality = "medium",
    count: Count = 1,
    seed: Seed = None,
    form: Form = "webp",
) -> dict[str, Any]:
    """Change a picture as words say, everywhere or where a mask allows it."""
    below = job.asset(image, "image")
    over = job.asset(mask, "image") if mask else None
    if over and (over.width, over.height) != (below.width, below.height):
        raise BadInput(
            f"The mask has {over.width} × {over.height} pixels, the picture "
            f"{below.width} × {below.height}; they have to be alike.",
            field="mask",
        )
    wish = Wish(prompt, size, quality, count, seed, png_of(below), png_of(over) if over else None)
    return _make(job, wish, form, [below])


@operation(
    "image.vary",
    title="Vary a picture",
    icon="copy",
    kind="image",
    estimate=price,
    tool="vary_image",
)
def vary(
    job: JobContext,
    image: Annotated[UUID, "The picture to vary", IMAGE],
    prompt: Annotated[str, "What should become different, if anything", LONG, MaxLen(4_000)] = "",
    size: Size = "square",
    quality: Quality = "medium",
    count: Count = 1,
    seed: Seed = None,
    form: Form = "webp",
) -> dict[str, Any]:
    """Make pictures that are like one that is there."""
    below = job.asset(image, "image")
    words = prompt or "A variation of this picture: the same subject and style, composed anew."
    wish = Wish(words, size, quality, count, seed, png_of(below), vary=True)
    return _make(job, wish, form, [below])


def png_of(asset: Asset) -> bytes:
    """The picture as PNG, which all servers take."""
    with asset.file.open("rb") as file:
        content: bytes = file.read()
    if asset.content_type == "image/png":
        return content
    _, made = work("take", [content], form="PNG")
    return made[0]


def _make(
    job: JobContext, wish: Wish, form: str, parents: list[Asset] | None = None
) -> dict[str, Any]:
    provider = provider_of(job.model.provider)
    job.progress(0.1, f"Asking {job.model.name} for {wish.count} of {'×'.join(_pixels(wish))}")
    before = job.job.cost

    def attempt(endpoint: Endpoint) -> Any:
        return provider.make(wish, endpoint)

    pictures: Pictures = job.call(attempt)
    each = (job.job.cost - before) // max(1, len(pictures))
    meta: dict[str, Any] = {"prompt": wish.prompt, "model": job.model.name}
    meta |= {"shape": wish.size, "quality": wish.quality}
    for number, picture in enumerate(pictures, 1):
        job.progress(0.5 + 0.5 * number / (len(pictures) + 1), f"Keeping {number}")
        seed = _seed(job, wish, number)
        job.save_asset(
            picture,
            name=_name(wish.prompt, number, len(pictures)),
            meta=meta | ({} if seed is None else {"seed": seed}),
            parents=parents or [],
            cost=each,
            form=form.upper(),
        )
    return {"count": len(pictures)}


def _seed(job: JobContext, wish: Wish, number: int) -> int | None:
    """The seed of one of the pictures, where it had any effect."""
    if job.model.simulated:
        from modules.image.simulated import seed_of

        return seed_of(wish) + number - 1
    return wish.seed if job.model.options.get("sends_seed") else None


def _pixels(wish: Wish) -> tuple[str, str]:
    width, height = SIZES[wish.size]
    return str(width), str(height)


def _name(prompt: str, number: int, count: int) -> str:
    words = " ".join(prompt.split()[:8])[:60]
    return f"{words} {number}.png" if count > 1 else f"{words}.png"
