from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "documents"

    def ready(self) -> None:
        from accounts.furnishing import furnish_with
        from documents.reading import text_of
        from documents.seeding import seed_templates
        from modules.language.sources import read_documents_with

        read_documents_with(text_of)
        furnish_with(seed_templates)
