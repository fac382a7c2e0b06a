from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class DocumentsConfig(AppConfig):
    name = "documents"

    def ready(self) -> None:
        from accounts.furnishing import furnish_with
        from documents.reading import text_of
        from documents.seeding import seed_templates
        from modules.language.sources import read_documents_with

        read_documents_with(text_of)
        furnish_with(seed_templates)
        post_migrate.connect(_mend_index, sender=self)


def _mend_index(using: str, **kwargs: Any) -> None:
    from documents.index import mend

    mend(connections[using])
