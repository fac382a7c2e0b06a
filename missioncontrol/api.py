"""The addresses of the API, and its documentation.

A room brings its routes along: its `api` module has `urlpatterns`. Importing them here makes
them known; `tests/security/test_matrix.py` asks for a row for each.
"""

from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer

import accounts.api
import activity.api
import agents.api
import conversations.api
import dashboard.api
import documents.api
import modules.api
import tasks.api
import whitepapers.api
from core.api.tags import matches, of_content
from missioncontrol.api_pages import Docs, Reference, redoc_script

__all__ = ["urlpatterns"]


@lru_cache(maxsize=2)
def _schema(form: str) -> tuple[bytes, str]:
    """The schema as text, with its tag. Writing it takes a second; it never changes."""
    document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    renderer = OpenApiYamlRenderer() if form == "yaml" else OpenApiJsonRenderer()
    text: bytes = renderer.render(document, renderer_context={})
    return text, of_content(text)


def schema(request: HttpRequest) -> HttpResponse:
    """The API's description, OpenAPI 3.1: JSON, or YAML with ?format=yaml."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    form = "yaml" if request.GET.get("format") == "yaml" else "json"
    text, tag = _schema(form)
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if matches(request.META.get("HTTP_IF_NONE_MATCH", ""), tag):
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(text, content_type=f"application/{form}", headers=headers)


urlpatterns = [
    path("schema", schema, name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
    path("redoc/", Reference.as_view(), name="redoc"),
    path("redoc/redoc.js", redoc_script, name="redoc-script"),
    *accounts.api.urlpatterns,
    *activity.api.urlpatterns,
    *modules.api.urlpatterns,
    *documents.api.urlpatterns,
    *agents.api.urlpatterns,
    *tasks.api.urlpatterns,
    *conversations.api.urlpatterns,
    *whitepapers.api.urlpatterns,
    *dashboard.api.urlpatterns,
]
