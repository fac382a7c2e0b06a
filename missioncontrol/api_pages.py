"""The API's documentation for people: Swagger UI and Redoc, and nothing from elsewhere."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from csp.decorators import csp_update
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerView

from core.api.tags import matches, of_content

REDOC = "drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js"
# Redoc fetches this from its makers whenever somebody opens the page.
LOGO = "https://cdn.redoc.ly/redoc/logo-mini.svg"

# Both set styles on their elements, start from a script in the page and have pictures within
# their styles; these two pages alone allow it.
_RELAXED = csp_update(
    {
        "script-src": ["'unsafe-inline'"],
        "style-src": ["'unsafe-inline'"],
        "worker-src": ["'self'", "blob:"],
        "img-src": ["blob:", "data:"],
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
    template_name = "api/redoc.html"


@require_safe
def redoc_script(request: HttpRequest) -> HttpResponse:
    """Redoc as it came, but for the logo, which is ours."""
    text, tag = _redoc()
    headers = {"ETag": tag, "Cache-Control": "public, max-age=3600"}
    if matches(request.META.get("HTTP_IF_NONE_MATCH", ""), tag):
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(text, content_type="text/javascript; charset=utf-8", headers=headers)


@lru_cache(maxsize=1)
def _redoc() -> tuple[bytes, str]:
    found = finders.find(REDOC)
    text = Path(str(found)).read_text(encoding="utf-8").replace(LOGO, static("favicon.svg"))
    return text.encode(), of_content(text.encode())
