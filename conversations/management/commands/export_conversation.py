"""``manage.py export_conversation ID``: all that was said, as Markdown or JSON."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from conversations.exporting import as_json, as_markdown
from conversations.models import Conversation


class Command(BaseCommand):
    help = (
        "Print a conversation whole. Conversations are their owners' alone: this is for whoever "
        "runs the server, in answer to somebody who asks for what is theirs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", metavar="ID", type=UUID, help="as its address and the API say")
        parser.add_argument("--json", action="store_true", help="for programs, with all figures")

    def handle(self, *, id: UUID, json: bool, **options: Any) -> None:
        found = (
            Conversation.objects.select_related("owner", "agent__actor", "workspace")
            .filter(pk=id)
            .first()
        )
        if found is None:
            raise CommandError(f"id: there is no conversation {id}.")
        self.stdout.write(as_json(found) if json else as_markdown(found), ending="")
