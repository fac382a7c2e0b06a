"""What the embedding module does: texts to vectors, with any OpenAI-compatible server."""

from typing import Annotated, Any

from annotated_types import MaxLen, MinLen
from django.db import transaction

from modules.asking import Made
from modules.completion import cost_of
from modules.embedding.keeping import (
    Vector,
    digest_of,
    forget,
    keep,
    known,
    likeness,
    vector_of,
)
from modules.language import errors
from modules.language.base import Endpoint
from modules.language.types import Usage
from modules.models import AIModel
from modules.operations import LONG, operation
from modules.refusals import BadInput
from modules.running.context import JobContext
from modules.running.leases import fence

MOST_CHARACTERS = 400_000


def price(model: AIModel, given: dict[str, Any]) -> int:
    """By three characters a token."""
    texts = given.get("texts") or [given.get("first", ""), given.get("second", "")]
    return cost_of(model, Usage(sum(map(len, texts)) // 3 + 8, 0))


@operation(
    "embedding.embed",
    title="Make vectors",
    icon="waypoints",
    kind="embedding",
    estimate=price,
)
def embed(
    job: JobContext,
    texts: Annotated[list[str], "Texts to turn into vectors", MinLen(1), MaxLen(256)],
) -> dict[str, Any]:
    """Turn texts into vectors. Model and dimension are told with them: others do not compare."""
    if any(not text.strip() for text in texts):
        raise BadInput("None of the texts may be empty.", field="texts")
    if sum(map(len, texts)) > MOST_CHARACTERS:
        raise BadInput(f"At most {MOST_CHARACTERS:,} characters are taken at once.", field="texts")
    if job.model.provider != AIModel.Provider.OPENAI:
        raise BadInput("Only OpenAI-compatible servers make vectors.", field="model")
    vectors, asked = vectors_of(job, texts)
    return {
        "model": job.model.model_id,
        "dimension": vectors[0].dimension,
        "asked": asked,
        "vectors": [[float(number) for number in one.numbers()] for one in vectors],
    }


@operation(
    "embedding.compare",
    title="Compare two texts",
    icon="waypoints",
    kind="embedding",
    estimate=price,
    tool="compare_texts",
)
def compare(
    job: JobContext,
    first: Annotated[str, "One text", LONG, MinLen(1), MaxLen(100_000)],
    second: Annotated[str, "The other text", LONG, MinLen(1), MaxLen(100_000)],
) -> dict[str, Any]:
    """Say how alike two texts are in what they mean, from -1 to 1."""
    if not first.strip() or not second.strip():
        raise BadInput("None of the texts may be empty.", field="input")
    (one, other), _ = vectors_of(job, [first, second])
    found = round(likeness(one, other), 4)
    return {"text": f"{found:.2f} of 1", "likeness": found, "model": one.model}


def vectors_of(job: JobContext, texts: list[str]) -> tuple[list[Vector], int]:
    """The vectors of these texts in their order, and for how many the model had to be asked.

    What was asked before is not paid for again. A model that makes vectors of another size than
    before is another model: what is kept of it is let go of.
    """
    if job.model.provider != AIModel.Provider.OPENAI:
        raise BadInput("Only OpenAI-compatible servers make vectors.", field="model")
    model = job.model.model_id
    found = known(job.workspace, model, texts)
    missing = [text for text in dict.fromkeys(texts) if digest_of(text) not in found]
    if missing:
        made = _made(job, missing)
        size = next(iter(made.values())).dimension
        if any(one.dimension != size for one in found.values()):
            forget(job.workspace, model)
            missing = list(dict.fromkeys(texts))
            made = found = _made(job, missing)
        job.check()
        with transaction.atomic():
            fence(job.job)
            keep(job.workspace, made)
        found = found | made
    return [found[digest_of(text)] for text in texts], len(missing)


def _made(job: JobContext, texts: list[str]) -> dict[str, Vector]:
    job.progress(0.1, f"Asking {job.model.name}")
    numbers: list[list[float]] = job.call(lambda endpoint: _ask(endpoint, texts))
    model = job.model.model_id
    return {
        digest_of(text): vector_of(model, row) for text, row in zip(texts, numbers, strict=True)
    }


async def _ask(endpoint: Endpoint, texts: list[str]) -> Made[list[list[float]]]:
    from modules.language.providers.openai.provider import make_client, translated

    client = make_client(endpoint)
    try:
        with translated(endpoint):
            answer = await client.embeddings.create(
                model=endpoint.model, input=texts, encoding_format="float"
            )
    finally:
        await client.close()
    rows = sorted(answer.data, key=lambda one: one.index)
    vectors = [list(one.embedding) for one in rows]
    if len(vectors) != len(texts) or len({len(one) for one in vectors}) != 1 or not vectors[0]:
        raise errors.garbage("vectors that do not belong to the texts")
    usage = answer.usage
    return Made(vectors, Usage(usage.prompt_tokens if usage else 0, 0))
