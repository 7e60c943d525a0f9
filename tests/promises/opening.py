"""Everything that opens: from identities in hand, through whatever they open, until nothing more does."""

from __future__ import annotations

import base64
import binascii
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from imgfile import sealing
from imgfile.errors import Damaged, WrongKey
from imgfile.sealing import bech32, x25519
from kit.tools import tool
from kit.vault.age_files import ask_node

Opener = Callable[[bytes, AbstractSet[str]], bytes | None]
"""Opens an age file with any of these identities, or does not."""

_IDENTITY = re.compile(rb"AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+", re.IGNORECASE)
_TOKEN = re.compile(rb"[0-9A-Za-z+/_-]{32,}={0,2}")
_SECRET_BYTES = 32


def with_ours(sealed: bytes, identities: AbstractSet[str]) -> bytes | None:
    """Open with our own codec."""
    try:
        return sealing.unseal_bytes(sealed, [sealing.parse_identity(identity) for identity in sorted(identities)])
    except (WrongKey, Damaged):
        return None


def with_stock_age(sealed: bytes, identities: AbstractSet[str]) -> bytes | None:
    """Open with Debian's `age`."""
    keys = "".join(f"{identity}\n" for identity in sorted(identities))
    with_keys = ["bash", "-c", 'exec "$0" -d -i <(printf %s "$1")', tool("age"), keys]
    done = subprocess.run(with_keys, input=sealed, capture_output=True, check=False, start_new_session=True)
    return done.stdout if done.returncode == 0 else None


def with_node(sealed: bytes, identities: AbstractSet[str]) -> bytes | None:
    """Open with npm's `age-encryption`."""
    text = base64.b64encode(sealed).decode()
    answers = ask_node("age-encryption", [{"open": text, "identity": identity} for identity in sorted(identities)])
    return next((base64.b64decode(answer["bytes"]) for answer in answers if "bytes" in answer), None)


def identities_in(data: bytes) -> set[str]:
    """Find every identity that stands in some bytes: written as such, or as any 32 bytes raw, in hex or in Base64."""
    found = {match[0].decode().upper() for match in _IDENTITY.finditer(data)}
    for raw in {data, *_decoded(data)}:
        halves = [raw[at : at + _SECRET_BYTES] for at in range(0, len(raw), _SECRET_BYTES)]
        if len(raw) <= 2 * _SECRET_BYTES:
            found |= {
                bech32.encode(x25519.IDENTITY_PREFIX, half).upper() for half in halves if len(half) == _SECRET_BYTES
            }
    return {identity for identity in found if _is_identity(identity)}


def _decoded(data: bytes) -> Iterator[bytes]:
    for token in _TOKEN.findall(data):
        for decode in (binascii.unhexlify, base64.urlsafe_b64decode, base64.b64decode):
            try:
                yield decode(token)
            except (ValueError, binascii.Error):
                continue


def _is_identity(text: str) -> bool:
    try:
        sealing.parse_identity(text)
    except WrongKey:
        return False
    return True


def everything_opened(vault: Path, identities: Iterable[str], opener: Opener) -> dict[str, bytes]:
    """Open every age file of a vault that can be, with what was in hand and what that opens in turn; by name."""
    keys, opened, tried = set(identities), dict[str, bytes](), dict[str, set[str]]()
    is_growing = True
    while is_growing:
        is_growing = False
        for path in sorted(vault.rglob("*.age")):
            name = path.relative_to(vault).as_posix()
            untried = keys - tried.setdefault(name, set())
            tried[name] |= untried
            if name in opened or not untried or (plaintext := opener(path.read_bytes(), untried)) is None:
                continue
            opened[name] = plaintext
            is_growing = True
            keys |= identities_in(plaintext)
    return opened
