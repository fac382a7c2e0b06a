"""The house as it is, and beside it bare views of Django to measure it against.

They lie under the API's address and so on its lane: both have the same way to go, and the
bare ones then do the least that can be done.
"""

import itertools
import json
import os
import time
import uuid
from typing import Any

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "missioncontrol.settings")
settings.ROOT_URLCONF = __name__
django.setup(set_prefix=False)

from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402

from missioncontrol.http import Handler  # noqa: E402
from tasks.models import Task  # noqa: E402

_numbers = itertools.count(1_000_000 + time.time_ns() // 1_000_000 % 1_000_000_000)


def rows(request: HttpRequest) -> HttpResponse:
    """Fifty rows as plain dictionaries."""
    found = Task.objects.filter(workspace_id=request.GET["workspace"]).order_by("number")
    return JsonResponse({"results": list(found.values()[:50])})


@csrf_exempt
def insert(request: HttpRequest) -> HttpResponse:
    """One row, committed."""
    task = Task.objects.create(
        id=uuid.uuid4(),
        workspace_id=request.GET["workspace"],
        creator_id=request.GET["creator"],
        number=next(_numbers),
        title=json.loads(request.body)["title"],
        moved_at=timezone.now(),
    )
    return JsonResponse({"id": str(task.pk)}, status=201)


urlpatterns: list[Any] = [
    path("api/v1/bare/rows", rows),
    path("api/v1/bare/insert", insert),
    path("", include("missioncontrol.urls")),
]

application = Handler()
