"""The way of a request from the loop to Django and back."""

import asyncio
import io
import threading
from typing import Any

import pytest
from django.http import FileResponse, HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from missioncontrol.http import Handler

seen: dict[str, Any] = {}


def echo(request: HttpRequest) -> HttpResponse:
    seen["thread"] = threading.current_thread().name
    response = HttpResponse(request.body[:100], headers={"X-Length": str(len(request.body))})
    response.set_cookie("flavour", "plain")
    return response


def download(request: HttpRequest) -> FileResponse:
    response = FileResponse(io.BytesIO(b"x" * 300_000), filename="x.bin")
    response.set_cookie("flavour", "plain")
    return response


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError("out of order")


urlpatterns = [path("echo", echo), path("download", download), path("broken", broken)]

pytestmark = pytest.mark.urls(__name__)


async def ask(
    target: str, *parts: bytes, method: str = "POST", announced: int | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Send a request in parts, as a server would."""
    length = sum(map(len, parts)) if announced is None else announced
    scope = {
        "type": "http",
        "method": method,
        "path": target,
        "root_path": "",
        "query_string": b"",
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "headers": [(b"host", b"localhost"), (b"content-length", str(length).encode())],
    }
    messages = [
        {"type": "http.request", "body": part, "more_body": n + 1 < len(parts)}
        for n, part in enumerate(parts or (b"",))
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    with override_settings(
        MIDDLEWARE=[], WEB_THREADS=2, MAX_UPLOAD_MB=1, ASSET_LIMITS_MB={"audio": 1}
    ):
        await asyncio.wait_for(Handler()(scope, receive, send), 20)
    if not sent:
        return 0, {}, b""
    headers = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], headers, body


async def test_a_body_in_parts_arrives_whole() -> None:
    status, headers, body = await ask("/echo", b"a" * 200_000, b"b" * 200_000)
    assert (status, headers["x-length"], body) == (200, "400000", b"a" * 100)
    assert "flavour=plain" in headers["set-cookie"]


async def test_the_view_runs_on_one_of_the_threads_that_stay() -> None:
    await ask("/echo", b"")
    assert seen["thread"].startswith("web")


@pytest.mark.parametrize("announced", [None, 10])
async def test_a_body_that_is_too_large_is_refused_announced_or_not(announced: int | None) -> None:
    status, _, _ = await ask("/echo", b"a" * 1_500_000, b"b" * 1_500_000, announced=announced)
    assert status == 413


async def test_a_body_that_is_too_large_is_not_even_read() -> None:
    status, headers, body = await ask("/api/v1/tasks", b"a", announced=10**12)
    assert status == 413
    assert headers["content-type"] == "application/json"
    assert b"too_large" in body


async def test_a_file_is_sent_in_pieces() -> None:
    status, headers, body = await ask("/download", method="GET")
    assert (status, body) == (200, b"x" * 300_000)
    assert headers["content-length"] == "300000"
    assert "flavour=plain" in headers["set-cookie"]


async def test_an_error_in_a_view_is_an_answer() -> None:
    status, _, _ = await ask("/broken", method="GET")
    assert status == 500


async def test_nobody_is_answered_who_hung_up() -> None:
    status, _, _ = await ask("/echo", b"a", b"b", announced=3)
    assert status == 200
    with override_settings(MIDDLEWARE=[]):
        sent: list[Any] = []

        async def gone() -> dict[str, str]:
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        await Handler()({"type": "http", "headers": []}, gone, send)
    assert sent == []
