from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "documents"

    def ready(self) -> None:
        from documents.reading import text_of
        from modules.language.sources import read_documents_with

        read_documents_with(text_of)
