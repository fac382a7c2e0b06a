"""A small open internet, played by this machine: for tests of what speaks with the outside."""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any

import pytest

from core import http
from core.addresses import Address

PUBLIC = "93.184.216.34"


@dataclass(frozen=True)
class Heard:
    """One request as a receiver got it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Say:
    """What a receiver answers."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"


Respond = Callable[[Heard], Say]


class Server:
    """A receiver on this machine; keeps what it heard."""

    def __init__(self, respond: Respond) -> None:
        heard: list[Heard] = []
        self.heard = heard

        class Handler(BaseHTTPRequestHandler):
            def do(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                one = Heard(self.command, self.path, headers, self.rfile.read(length))
                heard.append(one)
                said = respond(one)
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said.body)))
                self.end_headers()
                self.wfile.write(said.body)

            do_GET = do_POST = do

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, daemon=True, args=(0.01,)).start()

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()


class Internet:
    """Names lead to public addresses, and connections to those to servers of the test."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, list[Sequence[str]]] = {}
        self.dialled: list[str] = []
        self._servers: list[Server] = []
        self._port = 0
        patch.setattr(http, "resolve", self._resolve)
        patch.setattr(http, "dial", self._dial)
        patch.setattr(http, "peer_of", lambda _: ip_address(PUBLIC))

    def serve(self, respond: Respond = lambda _: Say(), name: str = "example.org") -> Server:
        """A receiver behind `name`, and behind every other that leads to the public address."""
        server = Server(respond)
        self._servers.append(server)
        self._port = server.port
        self.names[name] = [[PUBLIC]]
        return server

    def hand_over(self, name: str, port: int) -> None:
        """Let a program of this machine be behind `name`, once it listens."""
        self._port = port
        self.names[name] = [[PUBLIC]]
        for _ in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return
            time.sleep(0.05)
        raise AssertionError("nobody listens")

    def lead(self, name: str, *answers: Sequence[str]) -> None:
        """Let a name lead to these addresses, one answer after another; the last one stays."""
        self.names[name] = list(answers)

    def close(self) -> None:
        for server in self._servers:
            server.close()

    def _resolve(self, host: str, port: int) -> list[Address]:
        answers = self.names.get(host)
        if not answers:
            raise OSError("no such name")
        said = answers.pop(0) if len(answers) > 1 else answers[0]
        return [ip_address(text) for text in said]

    def _dial(self, address: Address, port: int, timeout_s: float) -> socket.socket:
        self.dialled.append(str(address))
        if str(address) != PUBLIC or not self._port:
            raise OSError("nobody is there")
        return socket.create_connection(("127.0.0.1", self._port), timeout=timeout_s)
