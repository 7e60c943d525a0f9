"""Signed notes: text that states facts, and the two signatures that make it count.

The layout is C2SP's signed note (c2sp.org/signed-note) in a strict profile (docs/reference/vault-format.md):

    imgfile/<kind>/v2 <vault>
    <one line of canonical ASCII JSON>

    — <signer> <base64 of key id and Ed25519 signature>
    — <signer> <base64 of key id and ML-DSA-44 signature>

Both signatures are required, of one signer, in this order; nothing else may follow, but in a request to join, which
every key that it brings signs: two lines for each. Two, because what a note
says must hold for decades: Ed25519 is the better understood today, ML-DSA-44 (FIPS 204) outlives a quantum
computer. What is parsed is the very text that was verified. No files here.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any, Final, TypeAlias

from imgfile import canonical_json
from imgfile.canonical_json import Json
from imgfile.errors import Damaged
from imgfile.frozen import dataclass, field

Body: TypeAlias = Json
"""A note's facts."""

MAX_NOTE_BYTES: Final = 4 << 20
"""A roster of a large practice takes ~5 kB a person; a trail note of 256 entries ~100 kB."""
SECRET_BYTES: Final = 64

_ED25519_TYPE = b"\x01"
_ML_DSA_44_TYPE = b"\xff" + b"imgfile/ml-dsa-44"
_ED25519_SIGNATURE_BYTES = 64
_ML_DSA_44_SIGNATURE_BYTES = 2420
_KEY_ID_BYTES = 4
_HEAD = re.compile(r"imgfile/([a-z]+)/v([0-9]+) ([0-9a-f]{32})")
_SIGNATURE = re.compile(r"\u2014 ([0-9a-f]{32}) ([A-Za-z0-9+/]+={0,2})")
FIRST_VERSION: Final = 1
NEWEST_VERSION: Final = 2
MAX_SIGNERS: Final = 2
"""A request to join brings a station's key, a credential's, or both."""


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """Whoever signs: 32 hex characters of name, an Ed25519 key (32 bytes) and an ML-DSA-44 key (1,312 bytes)."""

    name: str
    ed25519: bytes = field(repr=False)
    ml_dsa_44: bytes = field(repr=False)

    def to_json(self) -> Body:
        """Return the keys as a roster lists them."""
        return {"id": self.name, "ed25519": _base64(self.ed25519), "ml_dsa_44": _base64(self.ml_dsa_44)}

    @classmethod
    def from_json(cls, entry: Body) -> PublicKeys:
        """Read the keys of a roster's entry. Raises `Damaged`."""
        try:
            return cls(entry["id"], _unbase64(entry["ed25519"]), _unbase64(entry["ml_dsa_44"]))
        except (KeyError, TypeError, ValueError) as error:
            raise Damaged("a roster entry holds no usable keys.") from error


class SigningKey:
    """A person's or a station's secret half: two 32-byte seeds. Its repr shows the name alone."""

    def __init__(self, name: str, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise Damaged("a signing key does not have its 64 bytes.")
        self.name = name
        self.secret: Final = secret

    def __repr__(self) -> str:
        return f"SigningKey({self.name!r})"

    @classmethod
    def generate(cls, name: str) -> SigningKey:
        """Make a new key from the system's randomness."""
        return cls(name, secrets.token_bytes(SECRET_BYTES))

    @cached_property
    def _pair(self) -> tuple[Any, Any]:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - slow to import
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey  # noqa: PLC0415 - the same

        half = SECRET_BYTES // 2
        return (
            Ed25519PrivateKey.from_private_bytes(self.secret[:half]),
            MLDSA44PrivateKey.from_seed_bytes(self.secret[half:]),
        )

    @cached_property
    def public(self) -> PublicKeys:
        """The halves that a roster lists."""
        ed25519, ml_dsa_44 = self._pair
        return PublicKeys(self.name, ed25519.public_key().public_bytes_raw(), ml_dsa_44.public_key().public_bytes_raw())

    def sign(self, kind: str, vault: str, body: Body, *, version: int = FIRST_VERSION) -> Note:
        """State `body` in a note of this kind about this vault (32 hex characters), of a version of the format."""
        text = f"imgfile/{kind}/v{version} {vault}\n".encode("ascii") + canonical_json.encode(body) + b"\n"
        return Note(kind, version, vault, body, text, (self._signature(text),))

    def countersign(self, note: Note) -> Note:
        """Return a note with this key's signatures after those it has."""
        return replace(note, signed=(*note.signed, self._signature(note.text)))

    def _signature(self, text: bytes) -> Signature:
        ed25519, ml_dsa_44 = self._pair
        return Signature(
            self.name,
            _ed25519_id(self.public) + ed25519.sign(text),
            _ml_dsa_44_id(self.public) + ml_dsa_44.sign(text),
        )


@dataclass(frozen=True, slots=True)
class Signature:
    """One signer's two lines: the name, and each line's key id with its signature."""

    signer: str
    ed25519: bytes = field(repr=False)
    ml_dsa_44: bytes = field(repr=False)


@dataclass(frozen=True)
class Note:
    """A note as signed here or as read; only `verified_note` says that its signatures hold."""

    kind: str
    version: int
    vault: str
    body: Body = field(repr=False)
    text: bytes = field(repr=False)
    signed: tuple[Signature, ...] = field(repr=False)

    @property
    def signer(self) -> str:
        """Who signed; of a request, the first of its keys."""
        return self.signed[0].signer

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the text without the signatures, lower-case hex. Of a roster it is asked for with every note."""
        return hashlib.sha256(self.text).hexdigest()

    def encode(self) -> bytes:
        """Return the note's file."""
        lines = (
            f"\u2014 {each.signer} {_base64(line)}\n" for each in self.signed for line in (each.ed25519, each.ml_dsa_44)
        )
        return self.text + b"\n" + "".join(lines).encode()


Check: TypeAlias = Callable[[PublicKeys, bytes, Signature], bool]
"""Whether a text carries valid signatures of these keys."""


def verified_note(
    data: bytes, signers: Mapping[str, PublicKeys], *, kind: str, vault: str, check: Check | None = None
) -> Note:
    """Parse a note and see that it is of this kind and vault and signed by one of `signers`.

    `check` stands for `is_signed_by` where somebody remembers what that has found.
    Raises `Damaged` for anything else; which of the reasons it was is for the message alone.
    """
    note = _parsed_as(data, kind, vault)
    signer = signers.get(note.signer)
    if signer is None:
        raise Damaged(f"a {kind} note is signed by {note.signer[:8]}, whom the roster does not list for that.")
    if len(note.signed) > 1 or not (check or is_signed_by)(signer, note.text, note.signed[0]):
        raise Damaged(f"a {kind} note does not carry valid signatures of {note.signer[:8]}.")
    return note


def note_of_all(data: bytes, signers: Callable[[Body], Sequence[PublicKeys]], *, kind: str, vault: str) -> Note:
    """Parse a note that every key it brings has signed; `signers` reads them, in order, from its body.

    Raises `Damaged` unless each of them signed it, and nobody else.
    """
    note = _parsed_as(data, kind, vault)
    keys = signers(note.body)
    if [each.signer for each in note.signed] != [key.name for key in keys] or not all(
        is_signed_by(key, note.text, each) for key, each in zip(keys, note.signed, strict=True)
    ):
        raise Damaged(f"a {kind} note does not carry valid signatures of every key that it brings.")
    return note


def text_digest(data: bytes) -> str:
    """Return the digest of a note's text, which is its first two lines, without reading what it says."""
    return hashlib.sha256(data[: data.find(b"\n", data.find(b"\n") + 1) + 1]).hexdigest()


def _parsed_as(data: bytes, kind: str, vault: str) -> Note:
    note = parse(data)
    if (note.kind, note.vault) != (kind, vault):
        raise Damaged(f"a note says it is a {note.kind} of vault {note.vault[:8]}, where a {kind} was expected.")
    return note


def parse(data: bytes) -> Note:
    """Parse a note's layout without believing it: see `verified_note`. Raises `Damaged`."""
    if len(data) > MAX_NOTE_BYTES:
        raise Damaged("a note is too long to be one.")
    try:
        head, line, blank, *signatures, end = data.decode("utf-8").split("\n")
        if blank or end or len(signatures) not in _LINES:
            raise ValueError
        kind, version, vault = _matched(_HEAD, head)
        if not FIRST_VERSION <= int(version) <= NEWEST_VERSION or str(int(version)) != version:
            raise Damaged(f"a {kind} note is of version {version}, written by a newer imgfile.", "Update imgfile.")
        return Note(
            kind=kind,
            version=int(version),
            vault=vault,
            body=canonical_json.decode(line.encode("ascii"), limit=MAX_NOTE_BYTES),
            text=f"{head}\n{line}\n".encode("ascii"),
            signed=tuple(map(_signature_of, signatures[::2], signatures[1::2])),
        )
    except ValueError as error:  # Unicode, base64 and JSON among them
        raise Damaged("a note is not laid out as one.") from error


_LINES: Final = range(2, 2 * MAX_SIGNERS + 1, 2)
"""How many lines of signatures a note may end in: two for each signer."""


def _signature_of(first: str, second: str) -> Signature:
    (signer, ed25519), (other, ml_dsa_44) = _matched(_SIGNATURE, first), _matched(_SIGNATURE, second)
    if signer != other:
        raise ValueError
    return Signature(signer, _unbase64(ed25519), _unbase64(ml_dsa_44))


def _matched(pattern: re.Pattern[str], line: str) -> tuple[str, ...]:
    found = pattern.fullmatch(line)
    if found is None:
        raise ValueError
    return found.groups()


@lru_cache(maxsize=256)  # a run reads a patient's manifests when it asks and again when it files
def is_signed_by(signer: PublicKeys, text: bytes, signature: Signature) -> bool:
    """Return whether both signatures under a text are valid, and of these keys."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - slow to import
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - the same
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey  # noqa: PLC0415 - the same

    first, second = signature.ed25519, signature.ml_dsa_44
    if (first[:_KEY_ID_BYTES], len(first)) != (_ed25519_id(signer), _KEY_ID_BYTES + _ED25519_SIGNATURE_BYTES):
        return False
    if (second[:_KEY_ID_BYTES], len(second)) != (_ml_dsa_44_id(signer), _KEY_ID_BYTES + _ML_DSA_44_SIGNATURE_BYTES):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(signer.ed25519).verify(first[_KEY_ID_BYTES:], text)
        MLDSA44PublicKey.from_public_bytes(signer.ml_dsa_44).verify(second[_KEY_ID_BYTES:], text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _ed25519_id(keys: PublicKeys) -> bytes:
    return _key_id(keys.name, _ED25519_TYPE, keys.ed25519)


def _ml_dsa_44_id(keys: PublicKeys) -> bytes:
    return _key_id(keys.name, _ML_DSA_44_TYPE, keys.ml_dsa_44)


def _key_id(name: str, kind: bytes, key: bytes) -> bytes:
    return hashlib.sha256(name.encode("ascii") + b"\n" + kind + key).digest()[:_KEY_ID_BYTES]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unbase64(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    if _base64(data) != text:
        raise ValueError  # spaces, or bits beyond the last byte
    return data
