"""One page, one load, from this computer and this account alone."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

import pytest

from imgfile.acts.disclosure import one_page_server as loopback
from imgfile.acts.disclosure.one_page_server import Door, Page
from imgfile.errors import NotWritable
from kit.tools import tool

pytestmark = pytest.mark.slow

BODY = b"<p>a page" * 100
PAGE = Page(len(BODY), lambda: [BODY[:10], BODY[10:]], "default-src 'none'; sandbox")


@dataclass
class Waiting:
    """A door that somebody waits at in a thread, and what came of it."""

    door: Door
    outcomes: list[bool] = field(default_factory=list)
    is_loaded: bool = False

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: self.outcomes.append(self.door.wait(20)))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(20)
        assert not self._thread.is_alive()

    @property
    def path(self) -> str:
        """The page's path, which holds the secret."""
        return urlsplit(self.door.address).path

    @property
    def authority(self) -> str:
        """Host and port."""
        return urlsplit(self.door.address).netloc

    def request(self, head: str | bytes) -> bytes:
        """Send a request's bytes and return all that comes back."""
        with self.connect() as connection:
            connection.sendall(head if isinstance(head, bytes) else head.encode())
            return self.read(connection)

    def read(self, connection: socket.socket) -> bytes:
        """Read until the other side closes; remember whether it was the page."""
        data = b""
        while part := connection.recv(65536):
            data += part
        self.is_loaded = self.is_loaded or data.endswith(BODY)
        return data

    def connect(self) -> socket.socket:
        """Open a connection as a browser does."""
        host, _, port = self.authority.partition(":")
        return socket.create_connection((host, int(port)), timeout=10)

    def right(self, **changes: str) -> str:
        """Return the one request that is answered, with parts changed."""
        parts = {"method": "GET", "path": self.path, "host": f"Host: {self.authority}\r\n", "more": ""} | changes
        return f"{parts['method']} {parts['path']} HTTP/1.1\r\n{parts['host']}{parts['more']}Accept: */*\r\n\r\n"


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    """Wait at a door until the test has loaded its page, as every test here does last."""
    with Door(PAGE) as door, Waiting(door) as one:
        yield one
        if not one.is_loaded:
            assert one.request(one.right()).endswith(BODY)
    assert one.outcomes == [True]


def test_the_right_request_gets_the_page_once(waiting: Waiting) -> None:
    """With every header that keeps it out of caches, frames and other pages; then nobody is there."""
    head, _, body = waiting.request(waiting.right()).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 200 OK"
    assert {
        "Cache-Control: no-store",
        "Content-Security-Policy: default-src 'none'; sandbox",
        "Referrer-Policy: no-referrer",
        "X-Frame-Options: DENY",
        f"Content-Length: {len(BODY)}",
    } <= set(lines)
    assert body == BODY
    with pytest.raises(OSError, match="refused"):
        waiting.connect()


WRONG = {
    "another path": {"path": "/"},
    "a longer path": {"path": "/favicon.ico"},
    "another method": {"method": "POST"},
    "only the head": {"method": "HEAD"},
    "no host": {"host": ""},
    "two hosts": {"host": "Host: 127.0.0.1\r\nHost: evil.example\r\n"},
    "another host": {"host": "Host: evil.example\r\n"},
    "a host without the port": {"host": "Host: 127.0.0.1\r\n"},
    "more words": {"path": "/ /"},
    "a load ahead of time": {"more": "Sec-Purpose: prefetch;prerender\r\n"},
    "the same, as Chrome also says it": {"more": "Purpose: prefetch\r\n"},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_request_gets_a_bare_404_and_does_not_count(waiting: Waiting, changes: dict[str, str]) -> None:
    """The fixture then loads the page."""
    answer = waiting.request(waiting.right(**changes))
    assert answer.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert answer.endswith(b"\r\n\r\n")
    assert not waiting.outcomes


@pytest.mark.parametrize("head", [b"\r\n\r\n", b"\xff\xfe\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\r\n\r\n"])
def test_bytes_that_are_no_request_do_not_count(waiting: Waiting, head: bytes) -> None:
    """Nor do they end anything."""
    assert waiting.request(head).startswith(b"HTTP/1.1 404")


def test_a_head_that_is_too_long_does_not_count(waiting: Waiting) -> None:
    """It is not even read to its end."""
    cookies = f"Cookie: {'x' * loopback.HEAD_MAX_BYTES}\r\n"
    try:
        answer = waiting.request(waiting.right(host=f"Host: {waiting.authority}\r\n{cookies}") + "x" * 100_000)
    except OSError:  # what was not read resets the connection
        answer = b""
    assert BODY not in answer


def test_a_head_in_pieces_is_one_request(waiting: Waiting) -> None:
    """As over a slow connection."""
    request = waiting.right().encode()
    with waiting.connect() as connection:
        connection.sendall(request[:20])
        time.sleep(0.1)
        connection.sendall(request[20:])
        assert waiting.read(connection).endswith(BODY)


def test_a_silent_connection_holds_up_the_next_for_a_moment_only(
    waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Browsers open connections that they leave silent, and some hang up."""
    monkeypatch.setattr(loopback, "HEAD_SECONDS", 0.2)
    waiting.connect().close()
    with waiting.connect():
        began = time.monotonic()
        assert waiting.request(waiting.right()).endswith(BODY)
    assert time.monotonic() - began < 2


def test_a_dripping_connection_is_cut_off(waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline is for the whole head, not for each byte of it."""
    monkeypatch.setattr(loopback, "HEAD_SECONDS", 0.5)
    began = time.monotonic()
    with waiting.connect() as connection:
        connection.sendall(b"G")
        time.sleep(0.3)
        connection.sendall(b"E")
        assert waiting.read(connection).startswith(b"HTTP/1.1 404")
    assert time.monotonic() - began < 0.5 + 0.3


def test_whoever_hangs_up_during_the_page_has_had_the_one_load() -> None:
    """What was sent may have been seen."""
    huge = Page(1 << 28, lambda: (bytes(1 << 20) for _ in range(256)), "")
    with Door(huge) as door, Waiting(door) as one, one.connect() as connection:
        connection.sendall(one.right().encode())
        connection.recv(1)
    assert one.outcomes == [True]


def test_nobody_comes() -> None:
    """Then the page is gone, and that is reported."""
    with Door(PAGE) as door:
        assert door.wait(0.05) is False


def test_the_address_is_random_and_on_this_computer_alone() -> None:
    """256 bits, and no other interface listens."""
    with Door(PAGE) as one, Door(PAGE) as other:
        assert one.address.startswith("http://127.0.0.1:")
        assert len(urlsplit(one.address).path) == 1 + 43
        assert urlsplit(one.address).path != urlsplit(other.address).path


def test_no_place_for_a_page_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every handle of the process is taken, as the system has it."""

    def full(*_: object, **__: object) -> socket.socket:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket, "create_server", full)
    with pytest.raises(NotWritable, match=r"no page can be shown: .*Too many open files"):
        Door(PAGE)


OTHER_ACCOUNT = ["--reuid", "65534", "--regid", "65534", "--clear-groups"]
BURNING = """
import socket, struct, sys, time
host, port, path, how = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
request = f"GET {path} HTTP/1.1\\r\\nHost: {host}:{port}\\r\\n\\r\\n".encode()
for _ in range(20):
    one = socket.create_connection((host, port))
    one.sendall(request)
    if how == "reset":
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if how == "half":
        one.shutdown(socket.SHUT_WR)
        time.sleep(0.02)
    one.close()
"""
"""Sends the right request and is gone before anybody can look whose it was."""
as_another = pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can be somebody else")


@as_another
def test_another_account_of_this_computer_does_not_get_the_page(waiting: Waiting) -> None:
    """It may have read the address in the browser's command line."""
    fetched = subprocess.run(
        [tool("setpriv"), *OTHER_ACCOUNT, tool("curl"), "-si", waiting.door.address], capture_output=True, check=False
    )
    assert fetched.stdout.startswith(b"HTTP/1.1 404")
    assert not waiting.outcomes


@as_another
@pytest.mark.parametrize("how", ["reset", "closed", "half"])
def test_another_account_cannot_use_the_page_up(waiting: Waiting, how: str) -> None:
    """By being gone before it is looked whose connection it was; the fixture then loads the page."""
    host, _, port = waiting.authority.partition(":")
    done = subprocess.run(
        [tool("setpriv"), *OTHER_ACCOUNT, "/usr/bin/env", "python3", "-c", BURNING, host, port, waiting.path, how],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not waiting.outcomes


@as_another
def test_another_accounts_silence_holds_up_nobody(waiting: Waiting) -> None:
    """Eight connections that say nothing are turned away at once, not after eight deadlines."""
    host, _, port = waiting.authority.partition(":")
    connected = f"[socket.create_connection(({host!r}, {port})) for _ in range(8)]"
    silent = f"import socket, time; kept = {connected}; print('silent', flush=True); time.sleep(30)"
    with subprocess.Popen(
        [tool("setpriv"), *OTHER_ACCOUNT, "/usr/bin/env", "python3", "-c", silent], stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"silent\n"
        began = time.monotonic()
        assert waiting.request(waiting.right()).endswith(BODY)
        assert time.monotonic() - began < loopback.HEAD_SECONDS
        other.kill()
