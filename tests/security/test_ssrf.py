"""Whoever names an address cannot make this machine speak with what only it can reach."""

import gzip
import socket
import threading
import time
from ipaddress import ip_address

import pytest

from core import http
from core.addresses import is_public
from core.http import AddressRefused, OutboundError, TooMuch, TooSlow, fetch
from tests.outside import PUBLIC, Heard, Internet, Say


@pytest.fixture
def no_dialling(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The real resolver, and a telephone that only notes who would have been called."""
    called: list[str] = []

    def dial(address: object, port: int, timeout_s: float) -> socket.socket:
        called.append(str(address))
        raise OSError("not in a test")

    monkeypatch.setattr(http, "dial", dial)
    return called


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "0.0.0.0",
        "2130706433",
        "0x7f000001",
        "0X7F.1",
        "0x7f.0.0.1",
        "017700000001",
        "0177.0.0.1",
        "0177.0.0.01",
        "127.1",
        "127.0.1",
        "127.0.0.1.",
        "127.000.000.001",
        "1",
        "0",
        "１２７.０.０.１",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "ｌｏｃａｌｈｏｓｔ",
        "%31%32%37.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "100.100.100.200",
        "192.0.0.192",
        "198.18.0.1",
        "192.88.99.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:93.184.216.34]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::169.254.169.254]",
        "[64:ff9b:1::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::1]",
        "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
        "[fe80::1]",
        "[fe80::1%25lo]",
        "[fec0::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[100::1]",
    ],
)
def test_no_spelling_of_an_inner_address_is_called(host: str, no_dialling: list[str]) -> None:
    for scheme in ("http", "https"):
        with pytest.raises(AddressRefused):
            fetch(f"{scheme}://{host}:8000/latest/meta-data/", timeout_s=5)
    assert no_dialling == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "//example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "unix:///run/docker.sock",
        "http://",
        "http:///etc/passwd",
        "http://user:word@example.org/",
        "http://example.org@127.0.0.1/",
        "http://127.0.0.1#@example.org/",
        "http://127.0.0.1\\@example.org/",
        "http://exa mple.org/",
        "http://example.org/\r\nHost: inner",
        "http://example.org:99999/",
        "http://" + "a" * 3000 + ".org/",
    ],
)
def test_what_is_no_plain_web_address_is_refused(url: str, no_dialling: list[str]) -> None:
    with pytest.raises(AddressRefused):
        fetch(url)
    assert no_dialling == []


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700::1111"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "inner", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fe80::1"]
)
def test_a_name_that_leads_inside_is_not_called(internet: Internet, inner: str) -> None:
    internet.lead("inner.example.org", [inner])
    with pytest.raises(AddressRefused):
        fetch("http://inner.example.org/")
    assert internet.dialled == []


def test_of_several_addresses_only_public_ones_are_called(internet: Internet) -> None:
    internet.serve()
    internet.lead("both.example.org", ["127.0.0.1", PUBLIC])
    assert fetch("http://both.example.org/").status == 200
    assert internet.dialled == [PUBLIC]


def test_a_name_that_changes_its_mind_gains_nothing(internet: Internet) -> None:
    """The first answer is checked and called; there is no second look-up to lie in."""
    server = internet.serve()
    internet.lead("rebind.example.org", [PUBLIC], ["127.0.0.1"])
    assert fetch("http://rebind.example.org/").status == 200
    assert internet.dialled == [PUBLIC]
    with pytest.raises(AddressRefused):
        fetch("http://rebind.example.org/")
    assert len(server.heard) == 1


def test_a_name_that_changes_its_mind_between_two_hops_is_caught(internet: Internet) -> None:
    server = internet.serve(lambda _: Say(302, {"Location": "/again"}))
    internet.lead("rebind.example.org", [PUBLIC], ["127.0.0.1"])
    with pytest.raises(AddressRefused):
        fetch("http://rebind.example.org/")
    assert internet.dialled == [PUBLIC]
    assert len(server.heard) == 1


def test_the_far_end_of_the_connection_is_looked_at(
    internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = internet.serve()
    monkeypatch.setattr(http, "peer_of", lambda connection: ip_address("127.0.0.1"))
    with pytest.raises(AddressRefused):
        fetch("http://example.org/")
    assert server.heard == []


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:8000/",
        "http://localhost/",
        "http://2130706433/",
        "http://[::ffff:127.0.0.1]/",
        "//169.254.169.254/latest/meta-data/",
        "http://inner.example.org/",
        "file:///etc/passwd",
        "http://user:word@example.org/",
    ],
)
def test_a_redirect_inside_is_not_followed(internet: Internet, target: str) -> None:
    server = internet.serve(lambda _: Say(302, {"Location": target}))
    internet.lead("inner.example.org", ["10.0.0.1"])
    with pytest.raises(AddressRefused):
        fetch("http://example.org/")
    assert len(server.heard) == 1
    assert internet.dialled == [PUBLIC]


def test_redirects_have_an_end(internet: Internet) -> None:
    server = internet.serve(lambda _: Say(302, {"Location": "/round"}))
    with pytest.raises(OutboundError, match="more than 3 times"):
        fetch("http://example.org/")
    assert len(server.heard) == 4


def test_a_redirect_elsewhere_loses_what_was_meant_for_one(internet: Internet) -> None:
    def respond(heard: Heard) -> Say:
        there = {"Location": "http://other.example.org/there"}
        return Say(307, there) if heard.path == "/" else Say()

    server = internet.serve(respond)
    internet.lead("other.example.org", [PUBLIC])
    answer = fetch("http://example.org/", headers={"Authorization": "Bearer word"})
    assert (answer.status, answer.url) == (200, "http://other.example.org/there")
    assert [one.headers.get("authorization") for one in server.heard] == ["Bearer word", None]


def test_nothing_is_told_but_what_is_said(
    internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    server = internet.serve(lambda _: Say(302, {"Location": "/2", "Set-Cookie": "a=b"}))
    with pytest.raises(OutboundError):
        fetch("http://example.org/", max_redirects=1)
    assert {name for one in server.heard for name in one.headers} == {
        "host",
        "user-agent",
        "accept-encoding",
    }
    assert server.heard[0].headers["user-agent"] == http.USER_AGENT


def test_a_long_answer_is_not_taken_in(internet: Internet) -> None:
    internet.serve(lambda _: Say(body=b"x" * 5000))
    with pytest.raises(TooMuch):
        fetch("http://example.org/", max_bytes=1000)
    assert fetch("http://example.org/", max_bytes=1000, cut=True).content == b"x" * 1000


def test_an_answer_that_swells_is_not_taken_in(internet: Internet) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    internet.serve(lambda _: Say(headers={"Content-Encoding": "gzip"}, body=bomb))
    with pytest.raises(TooMuch):
        fetch("http://example.org/", max_bytes=100_000)


def test_a_server_that_drips_is_left(internet: Internet) -> None:
    """Each byte comes in time, and the whole would take an hour."""
    internet.serve()
    listener = socket.create_server(("127.0.0.1", 0))
    internet._port = listener.getsockname()[1]
    done = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            while not done.wait(0.02):
                try:
                    connection.sendall(b"H")
                except OSError:
                    return

    threading.Thread(target=drip, daemon=True).start()
    began = time.monotonic()
    try:
        with pytest.raises(TooSlow):
            fetch("http://example.org/", timeout_s=0.3)
        assert time.monotonic() - began < 10
    finally:
        done.set()
        listener.close()
