"""A program that speaks with the API, for tests."""

import json
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client


class Program:
    """Sends JSON with a credential, and reads JSON."""

    def __init__(self, authorization: str = "", **headers: str) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = dict(headers)
        if authorization:
            self.headers["Authorization"] = authorization

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> "Reply":
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        content: dict[str, Any] = {}
        if body is not None:
            content = {"data": json.dumps(body), "content_type": "application/json"}
        response = self.client.generic(
            method, f"/api/v1/{path}", headers={**self.headers, **said}, **content
        )
        return Reply(response)

    def upload(self, path: str, name: str, content: bytes) -> "Reply":
        """Send a file, as a form does."""
        file = SimpleUploadedFile(name, content)
        return Reply(self.client.post(f"/api/v1/{path}", {"file": file}, headers=self.headers))

    def get(self, path: str, **headers: str) -> "Reply":
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> "Reply":
        return self("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> "Reply":
        return self("PATCH", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> "Reply":
        return self("PUT", path, body, **headers)

    def delete(self, path: str, **headers: str) -> "Reply":
        return self("DELETE", path, **headers)


class Reply:
    """An answer, read."""

    def __init__(self, response: Any) -> None:
        self.response: Any = response
        self.status: int = response.status_code
        self.headers = response.headers
        self.content = b"" if response.streaming else response.content
        readable = self.content and "json" in response.headers.get("Content-Type", "")
        self.body: Any = json.loads(self.content) if readable else None

    @property
    def code(self) -> str:
        """The error's code."""
        return str(self.body["error"]["code"])

    @property
    def details(self) -> dict[str, Any]:
        found: dict[str, Any] = self.body["error"]["details"]
        return found

    def __repr__(self) -> str:
        return f"<{self.status} {self.body}>"
