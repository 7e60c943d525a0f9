"""One page, shown once, to this computer's own browser, from memory.

1. It listens on 127.0.0.1 alone, at a port that the system picks, for at most `OPEN_SECONDS`.
2. The address holds 256 random bits. Whatever else is asked for, in whatever way, gets the same 404 and counts as
   no load: another path, method or protocol, a head that is late or too long, what a browser fetches before anybody
   looks (`Sec-Purpose`), and a `Host` that is not this very address, which is how a page elsewhere would reach in
   (DNS rebinding).
3. Where the system tells whose a connection is (Linux), another account's gets that 404 unread, and so does one of
   which it cannot be told, such as one that its maker closed already. The address stands in the browser's command line,
   which every account can read, and whoever cannot get the page must not use it up either.
4. The first right request closes the door before anything is sent, and gets the page with `no-store`.
5. One connection at a time, each with its own deadline: a silent one holds up the next by `HEAD_SECONDS` at most.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, Self

from imgfile.errors import NotWritable
from imgfile.frozen import dataclass, field

OPEN_SECONDS: Final = 120.0
HEAD_SECONDS: Final = 2.0
"""A request on one computer takes milliseconds; a browser also opens connections that it leaves silent."""
BODY_SECONDS: Final = 60.0
"""The largest photo, read by a busy browser."""
HEAD_MAX_BYTES: Final = 32 << 10
"""A browser also sends the cookies of every other program on this computer's loopback address."""

_HOST: Final = "127.0.0.1"
_TOKEN_BYTES: Final = 32
_BACKLOG: Final = 8
_PURPOSES: Final = frozenset({"sec-purpose", "purpose"})
"""What a browser says of a load ahead of time: `Sec-Purpose: prefetch;prerender`, and Chrome's older name for it."""
_NOT_HERE: Final = (
    b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
)
_ALWAYS: Final = (
    "Cache-Control: no-store",
    "Referrer-Policy: no-referrer",
    "X-Content-Type-Options: nosniff",
    "X-Frame-Options: DENY",
    "Cross-Origin-Opener-Policy: same-origin",
    "Cross-Origin-Resource-Policy: same-origin",
    "Connection: close",
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of HTML of a known length in bytes, made part by part while it is sent."""

    length: int
    parts: Callable[[], Iterable[bytes]] = field(repr=False)
    policy: str
    """Its Content-Security-Policy."""


class Door:
    """The address of one page, open until it was used once. Use it in a `with`."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._path = f"/{secrets.token_urlsafe(_TOKEN_BYTES)}"
        try:
            self._listener = socket.create_server((_HOST, 0), backlog=_BACKLOG)
        except OSError as error:  # no loopback, or no handle is left
            raise NotWritable(
                f"no page can be shown: this computer has no place for one at {_HOST} ({error.strerror}).",
                "Nobody saw anything; that it was offered may be entered. Try again.",
            ) from error
        self._port: int = self._listener.getsockname()[1]
        self._turned_away: list[socket.socket] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        for each in self._turned_away:
            each.close()

    @property
    def address(self) -> str:
        """What the browser opens."""
        return f"http://{self._authority}{self._path}"

    @property
    def _authority(self) -> str:
        return f"{_HOST}:{self._port}"

    def wait(self, seconds: float = OPEN_SECONDS) -> bool:
        """Serve until the page was loaded, or for so long; return whether it was."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._listener.settimeout(left)
            try:
                connection, peer = self._listener.accept()
            except TimeoutError:
                continue
            with connection:
                if not _may_be_ours(peer, self._port):
                    self._turn_away(connection)
                    continue
                if self._is_right(_head(connection)) and _may_be_ours(peer, self._port):
                    self._listener.close()
                    with contextlib.suppress(OSError):  # it may hang up; what was sent may have been seen
                        self._send(connection)
                    return True
                with contextlib.suppress(OSError):
                    connection.sendall(_NOT_HERE)
        return False

    def _turn_away(self, connection: socket.socket) -> None:
        """Answer another account's connection without reading it, so that its silence holds up nobody.

        Its end is kept open for a while: closed over what was not read, it would be reset before the answer is.
        """
        kept = connection.dup()
        self._turned_away.append(kept)
        if len(self._turned_away) > _BACKLOG:
            self._turned_away.pop(0).close()
        kept.settimeout(0)
        with contextlib.suppress(OSError):
            kept.sendall(_NOT_HERE)
            kept.shutdown(socket.SHUT_WR)

    def _is_right(self, head: bytes) -> bool:
        line, *fields = head.decode("latin-1").split("\r\n")
        words = line.split(" ")
        named = [(name.lower(), value.strip()) for name, _, value in (one.partition(":") for one in fields)]
        hosts = [value for name, value in named if name == "host"]
        if len(words) != 3 or words[0] != "GET" or hosts != [self._authority]:  # noqa: PLR2004 - method, path, protocol
            return False
        if any(name in _PURPOSES and value.startswith("prefetch") for name, value in named):
            return False
        return hmac.compare_digest(words[1].encode("latin-1"), self._path.encode())

    def _send(self, connection: socket.socket) -> None:
        connection.settimeout(BODY_SECONDS)
        fields = (
            "HTTP/1.1 200 OK",
            "Content-Type: text/html; charset=utf-8",
            f"Content-Length: {self._page.length}",
            f"Content-Security-Policy: {self._page.policy}",
            *_ALWAYS,
        )
        connection.sendall("".join(f"{one}\r\n" for one in (*fields, "")).encode("ascii"))
        for part in self._page.parts():
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)


def _head(connection: socket.socket) -> bytes:
    """Read up to the empty line that ends a request's head; nothing when it is late, too long or cut off."""
    head, end = b"", time.monotonic() + HEAD_SECONDS
    while b"\r\n\r\n" not in head:
        left = end - time.monotonic()
        if left <= 0 or len(head) == HEAD_MAX_BYTES:
            return b""
        connection.settimeout(left)
        try:
            part = connection.recv(HEAD_MAX_BYTES - len(head))
        except OSError:
            return b""
        if not part:
            return b""
        head += part
    return head.partition(b"\r\n\r\n")[0]


if sys.platform == "linux":
    _TABLES: Final = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
    _LOCAL, _REMOTE, _STATE, _OWNER, _INODE = 1, 2, 3, 7, 9
    _ESTABLISHED, _NO_INODE = "01", "0"

    def _may_be_ours(caller: tuple[str, int], port: int) -> bool:
        """Return whether the connection from an address is this account's: its other end stands in the table, as ours.

        An end that its maker closed has no inode any more, and root for its owner (proc_pid_net(5), tcp). Where there
        is no table, nobody can know.
        """
        ends = [end for table in _TABLES for end in _ends(table, caller, port)]
        return ends == [(os.getuid(), True)] or not any(table.exists() for table in _TABLES)

    def _ends(table: Path, caller: tuple[str, int], port: int) -> Iterator[tuple[int, bool]]:
        """Yield whose the other end is of a connection from an address to a port of ours, and whether it is open."""
        near, far = _entry(caller), _entry((_HOST, port))
        with contextlib.suppress(OSError, ValueError, IndexError), table.open(encoding="ascii") as lines:
            for columns in map(str.split, lines):
                if columns[_LOCAL].endswith(near) and columns[_REMOTE].endswith(far):
                    is_open = columns[_STATE] == _ESTABLISHED and columns[_INODE] != _NO_INODE
                    yield int(columns[_OWNER]), is_open

    def _entry(address: tuple[str, int]) -> str:
        """Return how a table spells an IPv4 address: its word in the order of this processor, in hex, and the port."""
        return f"{int.from_bytes(socket.inet_aton(address[0]), sys.byteorder):08X}:{address[1]:04X}"

else:  # pragma: no cover - measured on Linux

    def _may_be_ours(caller: tuple[str, int], port: int) -> bool:  # noqa: ARG001 - one signature on every platform
        """Make no claim on this platform: whoever has the address may load the page."""
        return True
