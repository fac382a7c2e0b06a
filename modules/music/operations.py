"""What the music module does."""

import re
from typing import Annotated, Any

from annotated_types import Ge, Le, MaxLen

from core.errors import Invalid
from modules.assets.kinds import sniff
from modules.language import errors
from modules.models import AIModel, Asset
from modules.music.providers import Piece, Wish, maker
from modules.music.working import outline
from modules.operations import LONG, operation
from modules.running.context import JobContext

LONGEST_TITLE = 60


def price(model: AIModel, given: dict[str, Any]) -> int:
    """What a piece costs: the price of one, and of its words where they are priced."""
    words = len(given.get("prompt", "")) * model.input_price
    return int(model.options.get("unit_price", 0)) + -(-words // 1_000_000)


@operation(
    "music.compose",
    title="Compose",
    icon="music",
    kind="music",
    estimate=price,
    tool="generate_music",
)
def compose(
    job: JobContext,
    prompt: Annotated[
        str, "What it should sound like: mood, tempo, key, instruments", LONG, MaxLen(4_000)
    ],
    seconds: Annotated[int, "How long, in seconds", Ge(5), Le(300)] = 60,
    seed: Annotated[
        int | None, "The same seed and words make the same piece", Ge(0), Le(2**31 - 1)
    ] = None,
    title: Annotated[str, "What it is called; made of the words if empty", MaxLen(80)] = "",
    instrumental: Annotated[bool, "Without singing, where the provider can sing"] = True,
    voice: Annotated[str, "Who speaks, for models that speak", MaxLen(80)] = "",
) -> dict[str, Any]:
    """Compose a piece of music, or have words spoken, by the model of the kind music."""
    if not prompt.strip():
        raise Invalid("Say what it should sound like.", field="prompt")
    make = maker(job.model.provider)
    if make is None:
        raise Invalid(f"Models of “{job.model.provider}” make no music.", field="model")
    wish = Wish(
        prompt=prompt.strip(),
        title=title.strip(),
        seconds=seconds,
        # Of the job: another attempt after a crash makes the same piece.
        seed=job.job.pk.int % 2**31 if seed is None else seed,
        instrumental=instrumental,
        voice=voice.strip(),
    )
    piece = make(job, wish)
    return _keep(job, wish, piece)


def _keep(job: JobContext, wish: Wish, piece: Piece) -> dict[str, Any]:
    """Save the piece with its outline, and the other files of the same sound below it."""
    if sniff(piece.content).kind != Asset.Kind.AUDIO:
        raise errors.garbage("no sound")
    job.progress(0.95, "Keeping the piece")
    meta = dict(piece.meta)
    length = round(meta["seconds"] * 1_000) if "peaks" in meta else None
    if "peaks" not in meta:
        found = outline(piece.content, check=job.check)
        length = found.get("duration_ms")
        meta["peaks"] = found.get("peaks", [])
    title = wish.title or str(meta.get("title", "")) or title_of(wish.prompt)
    meta |= {"title": title, "prompt": wish.prompt, "model": job.model.name}
    main = job.save_asset(
        piece.content, name=title, meta=meta, duration_ms=length, cost=job.job.cost
    )
    for ending, content in piece.others:
        # Of the same sound: the library shows the first, and offers the others with it.
        job.save_asset(
            content,
            name=f"{title}{ending}",
            meta={"title": title, "prompt": wish.prompt},
            parents=[main],
            duration_ms=length,
        )
    names = ("mood", "key", "tempo", "form", "seed")
    told: dict[str, Any] = {name: meta[name] for name in names if name in meta}
    about = f", {meta['key']} at {meta['tempo']} beats a minute" if "tempo" in meta else ""
    seconds = f"{(length or 0) / 1_000:.0f} s" if length else "of unknown length"
    return {
        "text": f"“{title}”, {seconds}{about}",
        "title": title,
        "asset": str(main.pk),
        "duration_ms": length,
        **told,
    }


def title_of(prompt: str) -> str:
    """The first words of a prompt, as a title."""
    line = " ".join(re.sub(r"[^\w\s'’,&-]", " ", prompt).split())
    if len(line) > LONGEST_TITLE:
        line = line[:LONGEST_TITLE].rsplit(" ", 1)[0].rstrip(",")
    return line[:1].upper() + line[1:] or "Untitled"
