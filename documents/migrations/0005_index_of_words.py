from typing import Any

from django.db import migrations

from documents import index


def build(apps: Any, editor: Any) -> None:
    index.build(editor.connection)


def remove(apps: Any, editor: Any) -> None:
    index.remove(editor.connection)


class Migration(migrations.Migration):
    dependencies = [("documents", "0004_templates")]

    operations = [migrations.RunPython(build, remove)]
