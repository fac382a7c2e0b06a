"""A small storage that speaks S3 on loopback, and that checks every signature.

Objects are put, fetched (whole or in part), looked at and deleted; anything else is refused.
Signatures are reckoned anew from what came over the wire, by the same rules (AWS4-HMAC-SHA256).
"""

import hashlib
import hmac
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, unquote, urlsplit

KEY, SECRET, REGION, BUCKET = "harbour-key", "harbour-secret-0123456789", "eu-test-1", "harbour"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, "
    r"SignedHeaders=([^,]+), Signature=([0-9a-f]{64})"
)


class Bucket:
    """The storage: `objects` by key, with their headers; `asked` is what came in."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.asked: list[tuple[str, str, str]] = []
        self.refuse = 0
        bucket = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                answer = bucket.respond(self.command, self.path, self.headers, body)
                self._say(*answer)

            do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = do

            def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD" and status != 204:
                    self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, daemon=True, args=(0.01,)).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def respond(
        self, method: str, target: str, headers: Any, body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        path = unquote(urlsplit(target).path)
        self.asked.append((method, path, headers.get("Range", "")))
        if self.refuse:
            return _refusal(self.refuse, "SlowDown")
        if not signed(method, target, headers, body):
            return _refusal(403, "SignatureDoesNotMatch")
        _, bucket, key = f"{path}/".split("/", 2)
        if bucket != BUCKET:
            return _refusal(404, "NoSuchBucket")
        if not key:
            return 200, {}, b""
        return self._object(method, key.rstrip("/"), headers, body)

    def _object(
        self, method: str, key: str, headers: Any, body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        if method == "PUT":
            kept = {name: headers[name] for name in ("Content-Type", "Content-Disposition")}
            self.objects[key] = (body, kept)
            return 200, {"ETag": f'"{hashlib.md5(body).hexdigest()}"'}, b""
        if method == "DELETE":
            self.objects.pop(key, None)
            return 204, {}, b""
        if key not in self.objects:
            return _refusal(404, "NoSuchKey")
        content, kept = self.objects[key]
        told = {**kept, "Last-Modified": "Sat, 28 Nov 2026 03:00:00 GMT", "ETag": '"x"'}
        if method == "HEAD":
            return 200, told | {"Content-Length": str(len(content))}, b""
        span = re.fullmatch(r"bytes=(\d+)-(\d+)", headers.get("Range", ""))
        if span is None:
            return 200, told, content
        first, last = int(span[1]), min(int(span[2]), len(content) - 1)
        told["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        return 206, told, content[first : last + 1]


def _refusal(status: int, code: str) -> tuple[int, dict[str, str], bytes]:
    words = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
    return status, {"Content-Type": "application/xml"}, words


def signed(method: str, target: str, headers: Any, body: bytes) -> bool:
    """Whether the request bears the signature of the one key there is, over this very body."""
    told = _AUTHORIZATION.fullmatch(headers.get("Authorization", ""))
    digest = headers.get("X-Amz-Content-SHA256", "")
    if told is None or told[1] != KEY or told[3] != REGION:
        return False
    if digest != hashlib.sha256(body).hexdigest():
        return False
    names = told[4].split(";")
    parts = urlsplit(target)
    query = "&".join(sorted(f"{one}=" if "=" not in one else one for one in parts.query.split("&")))
    lines = [
        method,
        quote(unquote(parts.path), safe="/-_.~"),
        query if parts.query else "",
        *[f"{name}:{' '.join(headers[name].split())}" for name in names],
        "",
        told[4],
        digest,
    ]
    scope = f"{told[2]}/{REGION}/s3/aws4_request"
    canonical = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{headers['X-Amz-Date']}\n{scope}\n{canonical}"
    key = f"AWS4{SECRET}".encode()
    for part in (told[2], REGION, "s3", "aws4_request", text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.compare_digest(key.hex(), told[5])
