"""Requests to addresses that people and agents name: to the open internet and nowhere else.

The name is resolved here, the connection is made to the very address that was checked, and
the far end of the connection is checked once more: a name that changes its mind in between
gains nothing. Redirects are followed by hand, each as if it were the first request. One clock
runs over all of it.
"""

import socket
import ssl
import time
import zlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpcore2
import httpx2

from core.addresses import Address, is_plain_host, is_public, literal_address
from core.errors import MCError

USER_AGENT = "MissionControl/1.0"
MAX_URL = 2_000
SLOWEST_S = 10.0
# Many addresses of one name would be many connections.
TRIED = 4
_REDIRECTS = {301, 302, 303, 307, 308}
# What a redirect to another host must not carry along.
_OWN = {"authorization", "proxy-authorization", "cookie"}


class OutboundError(MCError):
    """The request brought no answer."""

    status, code = 502, "outbound_failed"


class AddressRefused(OutboundError):
    """The address is none that this installation speaks with."""

    status, code = 400, "address_refused"


class TooSlow(OutboundError):
    """There was no whole answer in time."""

    code = "outbound_too_slow"


class TooMuch(OutboundError):
    """The answer is longer than what was to be taken."""

    code = "outbound_too_much"


@dataclass(frozen=True)
class Answer:
    """What came back. `url` is where it came from in the end; names of headers are lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str

    @property
    def text(self) -> str:
        """The content read as UTF-8, whatever is none replaced."""
        return self.content.decode("utf-8", "replace")


def fetch(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    timeout_s: float = SLOWEST_S,
    max_bytes: int = 1_000_000,
    cut: bool = False,
    max_redirects: int = 3,
) -> Answer:
    """Send a request and take the answer in.

    `timeout_s` is for everything together, `max_bytes` for the answer as it is after
    decompression; with `cut` a longer one is cut off there, else it is TooMuch. With
    `max_redirects=0` a redirect is an answer like others. Raises OutboundError.
    """
    deadline = time.monotonic() + timeout_s
    sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **(headers or {})}
    at = checked_url(url)
    for _ in range(max_redirects + 1):
        answer = _once(at, method, sent, content, deadline, max_bytes, cut)
        target = answer.headers.get("location")
        if max_redirects == 0 or answer.status not in _REDIRECTS or not target:
            return answer
        try:
            onward = checked_url(str(at.join(target)))
        except httpx2.InvalidURL:
            raise AddressRefused("It redirects to what is no address.") from None
        if at.scheme == "https" and onward.scheme == "http":
            raise AddressRefused("It redirects from https to http.")
        if (onward.host, onward.port, onward.scheme) != (at.host, at.port, at.scheme):
            sent = {name: value for name, value in sent.items() if name.lower() not in _OWN}
        if answer.status in (301, 302, 303) and method not in ("GET", "HEAD"):
            method, content = "GET", None
        at = onward
    raise OutboundError(f"It redirects more than {max_redirects} times.")


def checked_url(url: str) -> httpx2.URL:
    """`url`, if its spelling alone does not speak against it. Raises AddressRefused.

    Names are looked up when connecting, and the addresses behind them checked then.
    """
    text = url.strip()
    if len(text) > MAX_URL:
        raise AddressRefused(f"An address has {MAX_URL:,} characters at most.", field="url")
    try:
        parsed = httpx2.URL(text)
        host = parsed.raw_host.decode("ascii")
    except (httpx2.InvalidURL, UnicodeError, ValueError):
        raise AddressRefused("That is not an address.", field="url") from None
    if parsed.scheme not in ("http", "https") or not host:
        raise AddressRefused("The address begins with http:// or https://.", field="url")
    if parsed.port is not None and not 0 < parsed.port < 65_536:
        raise AddressRefused("There is no such port.", field="url")
    if parsed.userinfo:
        raise AddressRefused("The address has no name and password in it.", field="url")
    if not is_plain_host(host):
        raise AddressRefused("The host is spelled in an unusual way.", field="url")
    if any(ord(letter) < 0x21 for letter in text):
        raise AddressRefused("The address has blanks in it.", field="url")
    address = literal_address(host)
    if address is not None and not is_public(address):
        raise AddressRefused("This address is not on the open internet.", field="url")
    if host.rstrip(".").lower() == "localhost":
        raise AddressRefused("This address is not on the open internet.", field="url")
    return parsed


def _once(
    url: httpx2.URL,
    method: str,
    headers: Mapping[str, str],
    content: bytes | None,
    deadline: float,
    max_bytes: int,
    cut: bool,
) -> Answer:
    transport = _Transport(deadline)
    # No cookies are kept, since no client is; nothing is read from the environment.
    request = httpx2.Request(
        method,
        url,
        headers=headers,
        content=content,
        extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), SLOWEST_S)},
    )
    try:
        with transport, _closing(transport.handle_request(request)) as response:
            body = _read(response, max_bytes, cut)
            kept = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, kept, body, str(url))
    except httpx2.TimeoutException:
        raise TooSlow("There was no whole answer in time.") from None
    except httpx2.HTTPError as error:
        raise OutboundError(_said(error)) from error
    except httpx2.InvalidURL:
        raise AddressRefused("That is not an address.", field="url") from None


def _said(error: Exception) -> str:
    text = " ".join(str(error).split())[:200]
    return f"It cannot be reached: {text or type(error).__name__}."


class _closing:
    """Closes the response however it ends."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response

    def __enter__(self) -> httpx2.Response:
        return self.response

    def __exit__(self, *_: object) -> None:
        self.response.close()


def _read(response: httpx2.Response, max_bytes: int, cut: bool) -> bytes:
    unpack = _unpacker(response.headers.get("content-encoding", ""))
    body = bytearray()
    for chunk in response.iter_raw():
        body += unpack.decompress(chunk, max_bytes + 1 - len(body)) if unpack else chunk
        if len(body) > max_bytes:
            if cut:
                return bytes(body[:max_bytes])
            raise TooMuch(f"The answer has more than {max_bytes:,} bytes.")
    return bytes(body)


def _unpacker(encoding: str) -> Any:
    """What undoes a compression that was not asked for; never more than it is told to."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return None
    if name in ("gzip", "x-gzip", "deflate"):
        return zlib.decompressobj(47)  # with the header of either
    raise OutboundError("The answer is compressed in a way that was not asked for.")


# --- connections ---------------------------------------------------------------------------

_resolvers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="resolve")


def resolve(host: str, port: int) -> list[Address]:
    """The addresses of a name, in the order of the resolver. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = (literal_address(str(entry[4][0])) for entry in found)
    return list(dict.fromkeys(one for one in addresses if one is not None))


def dial(address: Address, port: int, timeout_s: float) -> socket.socket:
    """A connection to this address. Raises OSError."""
    return socket.create_connection((str(address), port), timeout=timeout_s)


def peer_of(connection: socket.socket) -> Address | None:
    """The address at the far end, as long as there is one."""
    try:
        return literal_address(str(connection.getpeername()[0]))
    except OSError:
        return None


def open_checked(host: str, port: int, deadline: float) -> socket.socket:
    """A connection to a public address of `host`. Raises AddressRefused and OSError."""
    try:
        known = literal_address(host)
        found = [known] if known else _resolvers.submit(resolve, host, port).result(_left(deadline))
    except NotInTime:
        raise httpcore2.ConnectTimeout(f"{host} was not found in time") from None
    except OSError:
        raise httpcore2.ConnectError(f"{host} has no address") from None
    allowed = [address for address in found if is_public(address)]
    if not allowed:
        raise AddressRefused(f"{host} is not on the open internet.", field="url")
    last: Exception = httpcore2.ConnectError(f"{host} has no address")
    for address in allowed[:TRIED]:
        try:
            connection = dial(address, port, _left(deadline))
        except TimeoutError:
            last = httpcore2.ConnectTimeout(f"{host} does not answer")
        except OSError as error:
            last = httpcore2.ConnectError(f"{host} does not answer ({error.strerror})")
        else:
            if (peer := peer_of(connection)) is not None and is_public(peer):
                return connection
            connection.close()
            raise AddressRefused(f"{host} is not on the open internet.", field="url")
    raise last


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("The time is up")
    return min(left, SLOWEST_S)


class _Backend(httpcore2.NetworkBackend):
    """Opens checked connections, whose every step ends by the deadline."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        connection = open_checked(host, port, self.deadline)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _Stream(connection, self.deadline)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.NetworkStream:
        raise httpcore2.ConnectError("There are no sockets of this machine here")


class _Stream(httpcore2.NetworkStream):
    """One connection. Each read and write gets what is left of the time, and no more."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self.connection, self.deadline = connection, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.connection.settimeout(_left(self.deadline))
        try:
            return self.connection.recv(max_bytes)
        except TimeoutError:
            raise httpcore2.ReadTimeout("The time is up") from None
        except OSError as error:
            raise httpcore2.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            while buffer:
                self.connection.settimeout(_left(self.deadline))
                buffer = buffer[self.connection.send(buffer) :]
        except TimeoutError:
            raise httpcore2.WriteTimeout("The time is up") from None
        except OSError as error:
            raise httpcore2.WriteError(str(error)) from error

    def close(self) -> None:
        self.connection.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        self.connection.settimeout(_left(self.deadline))
        try:
            wrapped = ssl_context.wrap_socket(self.connection, server_hostname=server_hostname)
        except TimeoutError:
            self.close()
            raise httpcore2.ConnectTimeout("The time is up") from None
        except OSError as error:
            self.close()
            raise httpcore2.ConnectError(str(error)) from error
        return _Stream(wrapped, self.deadline)

    def get_extra_info(self, info: str) -> Any:
        return self.connection if info == "socket" else None


@cache
def _tls() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)


class _Transport(httpx2.HTTPTransport):
    """httpx2's own transport on checked connections, none of which is kept."""

    def __init__(self, deadline: float) -> None:
        super().__init__(verify=_tls(), trust_env=False)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_tls(),
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=_Backend(deadline),
        )
