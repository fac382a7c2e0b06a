"""Vectors of texts, kept so that nothing is paid for twice."""

from django.db import models

from accounts.models import Workspace
from core.ids import uuid7


class Embedding(models.Model):
    """The vector of one text by one model. Others, or of other dimensions, do not compare.

    The text itself is not kept: whoever has it finds its vector by its hash.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="embeddings")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the text")
    model = models.CharField(max_length=120, help_text="The provider's own name for it")
    dimension = models.PositiveIntegerField()
    vector = models.BinaryField(help_text="Numbers of 32 bits, the least byte first")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "model", "digest"], name="embedding_of_a_text"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model}, {self.dimension} numbers"
