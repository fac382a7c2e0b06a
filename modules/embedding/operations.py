"""What the embedding module does: texts to vectors, with any OpenAI-compatible server."""

from typing import Annotated, Any

from annotated_types import MaxLen, MinLen

from modules.asking import Made
from modules.completion import cost_of
from modules.language import errors
from modules.language.base import Endpoint
from modules.language.types import Usage
from modules.models import AIModel
from modules.operations import operation
from modules.refusals import BadInput
from modules.running.context import JobContext

MOST_CHARACTERS = 400_000


def price(model: AIModel, given: dict[str, Any]) -> int:
    """By three characters a token."""
    return cost_of(model, Usage(sum(map(len, given.get("texts", []))) // 3 + 8, 0))


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
    job.progress(0.1, f"Asking {job.model.name}")
    vectors: list[list[float]] = job.call(lambda endpoint: _ask(endpoint, texts))
    return {
        "model": job.model.model_id,
        "dimension": len(vectors[0]),
        "vectors": vectors,
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
