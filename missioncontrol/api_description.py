"""How the API is described: what stands at its head, and what drf-spectacular is told."""

from typing import Any

DESCRIPTION = """\
Everything that people do on the screens, for programs and for agents that run elsewhere.

**Who you are.** `Authorization: Bearer <access token>` after `POST auth/login`, or
`Authorization: Token <API key>`. A key acts as one actor, a person or an agent, within its
scopes: read, write, run, admin. A page of this site uses its session, with a CSRF token.

**Where you are.** Everything belongs to a workspace; what belongs to another one is not
found. A person in several names theirs by `X-Workspace: <slug>`; a key has one workspace.

**Lists** take `page` and `page_size` (at most 200), filters and `ordering`, and answer
`{count, next, previous, results}`. Fields and parameters that are not known are refused.

**Doing it once.** Any POST takes an `Idempotency-Key`; sent again within a day it brings the
first answer back.

**Changes.** GET answers carry an `ETag`; `If-None-Match` gets 304 while nothing has changed.
PATCH, PUT and DELETE of tasks, documents and the shared state heed `If-Match` and answer 412
when somebody was faster.

**Refusals** have one form: `{"error": {"code", "message", "details", "request_id"}}`.
`details` names the fields at fault. 429 says in `Retry-After` when to come again.
"""

SPECTACULAR: dict[str, Any] = {
    "OAS_VERSION": "3.1.1",
    "TITLE": "Mission Control",
    "VERSION": "1",
    "DESCRIPTION": DESCRIPTION,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    # An input says itself what it requires, whatever the method.
    "COMPONENT_SPLIT_PATCH": False,
    "POSTPROCESSING_HOOKS": [],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            "key": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "Token mc_…",
            },
            "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        }
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
