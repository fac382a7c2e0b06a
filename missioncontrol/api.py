"""The addresses of the API, and its documentation.

A room brings its routes along: its `api` module has `urlpatterns`. Importing them here makes
them known; `tests/security/test_matrix.py` asks for a row for each.
"""

from functools import lru_cache
from typing import Any

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerView

import accounts.api
import activity.api
import agents.api
import conversations.api
import documents.api
import modules.api
import tasks.api
import whitepapers.api
from core.api.tags import matches, of_content

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


# Swagger UI and Redoc set styles on their elements and start from a script in the page; these
# two pages alone allow it. Nothing comes from elsewhere.
_RELAXED = csp_update(
    {
        "script-src": ["'unsafe-inline'"],
        "style-src": ["'unsafe-inline'"],
        "worker-src": ["'self'", "blob:"],
        "img-src": ["blob:"],
    }
)


@method_decorator(_RELAXED, name="dispatch")
class Docs(SpectacularSwaggerView):
    """The documentation in which one can try things out."""

    url: Any = "/api/v1/schema"


@method_decorator(_RELAXED, name="dispatch")
class Reference(SpectacularRedocView):
    """The documentation to read."""

    url: Any = "/api/v1/schema"


urlpatterns = [
    path("schema", schema, name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
    path("redoc/", Reference.as_view(), name="redoc"),
    *accounts.api.urlpatterns,
    *activity.api.urlpatterns,
    *modules.api.urlpatterns,
    *documents.api.urlpatterns,
    *agents.api.urlpatterns,
    *tasks.api.urlpatterns,
    *conversations.api.urlpatterns,
    *whitepapers.api.urlpatterns,
]
