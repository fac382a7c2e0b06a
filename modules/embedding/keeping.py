"""Vectors with their model and dimension: kept, found again, compared."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Workspace
from core.errors import Invalid
from modules.models import Embedding

AT_ONCE = 500


@dataclass(frozen=True)
class Vector:
    """The numbers of one text (float32, little-endian), and by which model."""

    model: str
    dimension: int
    content: bytes

    def numbers(self) -> Any:
        """As an array of NumPy."""
        # Imported here: an idle house reckons with no vectors.
        import numpy

        return numpy.frombuffer(self.content, dtype="<f4")


def vector_of(model: str, numbers: Sequence[float]) -> Vector:
    """A vector as a provider sent it."""
    import numpy

    return Vector(model, len(numbers), numpy.asarray(numbers, dtype="<f4").tobytes())


def digest_of(text: str) -> str:
    """By which a text is found again, to the letter."""
    return hashlib.sha256(text.encode()).hexdigest()


def known(workspace: Workspace, model: str, texts: Iterable[str]) -> dict[str, Vector]:
    """The vectors that are kept for these texts, by their hashes."""
    digests = sorted({digest_of(text) for text in texts})
    found: dict[str, Vector] = {}
    for start in range(0, len(digests), AT_ONCE):
        rows = Embedding.objects.filter(
            workspace=workspace, model=model, digest__in=digests[start : start + AT_ONCE]
        )
        for row in rows:
            found[row.digest] = Vector(row.model, row.dimension, bytes(row.vector))
    return found


def keep(workspace: Workspace, vectors: dict[str, Vector]) -> None:
    """Keep vectors by the hashes of their texts; what is known already stays as it is."""
    rows = [
        Embedding(
            workspace=workspace,
            digest=digest,
            model=one.model,
            dimension=one.dimension,
            vector=one.content,
        )
        for digest, one in vectors.items()
    ]
    Embedding.objects.bulk_create(rows, ignore_conflicts=True, batch_size=AT_ONCE)


def forget(workspace: Workspace, model: str) -> None:
    """Let go of all vectors of a model: it makes others now."""
    Embedding.objects.filter(workspace=workspace, model=model).delete()


def likeness(one: Vector, other: Vector) -> float:
    """How alike two texts are, from -1 to 1 (cosine).

    Raises Invalid for vectors of different models or dimensions: the number would mean nothing.
    """
    import numpy

    if (one.model, one.dimension) != (other.model, other.dimension):
        raise Invalid(
            f"Vectors of {one.model} ({one.dimension} numbers) and {other.model} "
            f"({other.dimension}) do not compare. Make both with the same model.",
            code="other_vectors",
        )
    first, second = one.numbers().astype("f8"), other.numbers().astype("f8")
    length = float(numpy.linalg.norm(first) * numpy.linalg.norm(second))
    return float(first @ second) / length if length else 0.0
