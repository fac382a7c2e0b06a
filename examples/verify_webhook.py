#!/usr/bin/env python3
"""Receive webhooks of Mission Control and check that they are genuine. Standard library alone.

    WEBHOOK_SECRET=whsec_… python3 examples/verify_webhook.py 9000

In a program of one's own, `verify` is all that is needed. Answer with any 2xx within 15 s and
do the work afterwards: what is not answered in time is sent again, under the same id.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer

TOLERANCE_S = 300


class NotGenuine(Exception):
    """Throw the message away."""


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: float | None = None) -> str:
    """Return the id of a genuine message, else raise NotGenuine.

    `body` is the body as it came, byte for byte; `headers` have names in lower case. Remember
    the ids for some minutes and take none twice.
    """
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not message_id or not timestamp.isdecimal():
        raise NotGenuine("There is no id or no time.")
    if abs((time.time() if now is None else now) - int(timestamp)) > TOLERANCE_S:
        raise NotGenuine("It is too old, or from the future.")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # There are two signatures for a day after the secret was changed.
    for signature in headers.get("webhook-signature", "").split():
        version, _, value = signature.partition(",")
        if version == "v1" and hmac.compare_digest(value.encode(), right.encode()):
            return message_id
    raise NotGenuine("The signature is wrong.")


class Receiver(BaseHTTPRequestHandler):
    """Prints what comes in, once."""

    known: set[str] = set()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            message_id = verify(os.environ["WEBHOOK_SECRET"], headers, body)
        except NotGenuine as error:
            self.send_response(401)
            self.end_headers()
            print(f"refused: {error}", file=sys.stderr)
            return
        self.send_response(204)
        self.end_headers()
        if message_id not in self.known:
            self.known.add(message_id)
            event = json.loads(body)
            print(event["timestamp"], event["type"], event["data"].get("message", ""))


if __name__ == "__main__":
    HTTPServer(("", int(sys.argv[1]) if len(sys.argv) > 1 else 9000), Receiver).serve_forever()
