"""A real IMAP server on the loopback, for one account, with its logs within reach."""

from __future__ import annotations

import contextlib
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kit.tools import tool

START_SECONDS: Final = 10
_CONFIGURATION: Final = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = no
disable_plaintext_auth = no
default_internal_user = {server}
default_internal_group = {server}
default_login_user = {login}
first_valid_uid = 1
mail_location = {location}
mbox_write_locks = fcntl
mail_always_cache_fields = flags date.received mime.parts imap.body imap.bodystructure size.virtual size.physical
passdb {{
  driver = static
  args = password=x
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running server, its folder, and the port it listens on."""

    folder: Path
    port: int

    @contextlib.contextmanager
    def inbox(self) -> Iterator[imaplib.IMAP4]:
        """Log in and open the inbox, to read only."""
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=START_SECONDS) as client:
            client.login("gp", "x")
            client.select("INBOX", readonly=True)
            yield client

    def fetched(self, items: str) -> list[bytes]:
        """Return what the server says of every message."""
        with self.inbox() as client:
            _, answer = client.fetch("1:*", items)
        return [b"".join(part) if isinstance(part, tuple) else part for part in answer if part and part != b")"]

    @property
    def complaints(self) -> list[str]:
        """Return every line of the log that is no mere information."""
        lines = (self.folder / "log").read_text().splitlines()
        return [line for line in lines if any(word in line for word in ("Error", "Warning", "Panic", "Fatal"))]


@contextlib.contextmanager
def running(folder: Path, location: str) -> Iterator[Dovecot]:
    """Serve what lies in `folder/home`; `location` is dovecot's word for where and how."""
    program = tool("dovecot")
    me = pwd.getpwuid(os.getuid())  # type: ignore[attr-defined,unused-ignore]
    is_root = me.pw_uid == 0  # then it serves nobody's mail, for it refuses to serve root's
    account = pwd.getpwnam("nobody") if is_root else me  # type: ignore[attr-defined,unused-ignore]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    configuration = folder / "dovecot.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            folder=folder,
            location=location,
            port=port,
            server="dovecot" if is_root else me.pw_name,
            login="dovenull" if is_root else me.pw_name,
            uid=account.pw_uid,
            gid=account.pw_gid,
        )
    )
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o644))
        if is_root and path.is_relative_to(folder / "home"):
            shutil.chown(path, account.pw_uid, account.pw_gid)
    with subprocess.Popen([program, "-F", "-c", configuration]) as process:
        try:
            _wait_for(port)
            yield Dovecot(folder, port)
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
