"""Colour profiles without what identifies a screen, a camera or a person (ICC.1:2022, ICC.1:2001-04 for version 2).

Kept are the header's colour fields and the tags that a colour engine computes with; dates, makers, models, serials,
calibration data, private tags and all text go. The numbers are not touched, so neither are the colours:
`images/verify/colour.py` proves that with LittleCMS for every profile that changed. Clauses are ICC.1:2022's.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Final

from imgfile.images.limits import MAX_PROFILE_BYTES

KEPT_TAGS: Final = frozenset(
    b"rXYZ gXYZ bXYZ rTRC gTRC bTRC kTRC wtpt bkpt chad chrm cicp lumi aarg aagg aabg "
    b"A2B0 A2B1 A2B2 A2B3 B2A0 B2A1 B2A2 B2A3 D2B0 D2B1 D2B2 D2B3 B2D0 B2D1 B2D2 B2D3 gamt pre0 pre1 pre2".split()
)
"""Tags that colour is computed from (§9.2): matrices, curves, white and black points, lookup tables."""
KEPT_CLASSES: Final = frozenset({b"scnr", b"mntr", b"prtr", b"spac"})
"""Device profiles that a picture may carry (§7.2.5); links between devices and named colours are none."""
KEPT_SPACES: Final = frozenset({b"RGB ", b"GRAY", b"CMYK"})
"""What the pixels of the formats here can be (§7.2.6)."""

MAX_TAGS: Final = 100
"""LittleCMS's own limit."""

_HEADER_BYTES: Final = 128
_TABLE_START: Final = 132
"""Behind the header and the number of tags (§7.3)."""
_ENTRY_BYTES: Final = 12
_VERSION_4: Final = 4
_EMBEDDING_FLAGS: Final = 0x3
"""Whether it is embedded, and whether it may be used without its picture (§7.2.11); the rest is a maker's."""
_MEDIA_ATTRIBUTES: Final = 0xF
"""Transparent or reflective, glossy or matt, positive or negative, colour or not (§7.2.14); the rest is a maker's."""
_FIXED_TYPES: Final = {b"XYZ ": 20, b"sf32": 44, b"chrm": 36, b"cicp": 12}
"""Bytes of types that always have the same number of values here (chromaticities: of three colorants)."""
_PARAMETERS: Final = (1, 3, 4, 5, 7)
"""Parameters of each function of a parametric curve."""
_TABLE_TYPES: Final = {b"mft1": (48, 1), b"mft2": (52, 2)}
"""Where a lookup table's numbers start, and how many bytes each takes."""
_WHOLE_TYPES: Final = frozenset({b"mAB ", b"mBA ", b"mpet"})
"""Types of linked elements, kept whole."""
_NAME: Final = "profile"
_RIGHTS: Final = "none"


_distrusted: set[bytes] = set()
MAX_DISTRUSTED: Final = 1024


def distrust(profile: bytes) -> None:
    """Make nothing of this profile from now on: the check has seen it give other colours once it is rebuilt.

    Some old profiles are like that, which LittleCMS refuses as they are and takes once they are rebuilt.
    """
    if len(_distrusted) < MAX_DISTRUSTED:
        _distrusted.add(hashlib.sha256(profile).digest())


def sanitise(profile: bytes) -> bytes | None:
    """Rebuild a profile from its colour alone; None if it is no device profile that a photo can carry."""
    if _distrusted and hashlib.sha256(profile).digest() in _distrusted:
        return None
    return _rebuilt(profile)


def _rebuilt(profile: bytes) -> bytes | None:
    if len(profile) <= _TABLE_START or len(profile) > MAX_PROFILE_BYTES or profile[36:40] != b"acsp":  # §7.2.9
        return None
    if profile[12:16] not in KEPT_CLASSES or profile[16:20] not in KEPT_SPACES:
        return None
    tags = _tags(profile)
    colour = {name: data for name, data in tags.items() if name in KEPT_TAGS and data}
    if not colour:
        return None
    texts = {name: text for name, text in _neutral_texts(profile[8]).items() if name in tags}
    named = _build(profile, texts | colour)
    # A profile of short texts has no room for the neutral ones; a stripped photo never grows by a profile.
    return named if len(named) <= len(profile) else _build(profile, colour)


def _tags(profile: bytes) -> dict[bytes, bytes]:
    """Read the tag table; an entry that points outside is skipped, as LittleCMS does."""
    count = struct.unpack_from(">L", profile, _HEADER_BYTES)[0]
    tags: dict[bytes, bytes] = {}
    places: dict[tuple[int, int], bytes] = {}
    for index in range(min(count, MAX_TAGS, (len(profile) - _TABLE_START) // _ENTRY_BYTES)):
        name, start, length = struct.unpack_from(">4sLL", profile, _TABLE_START + index * _ENTRY_BYTES)
        if name in tags or start + length > len(profile):
            continue
        tags[name] = b""
        if name in KEPT_TAGS:
            tags[name] = places.setdefault((start, length), _exact(profile[start : start + length]))
        # §7.3.1: tags may share their data; overlapping ones would multiply them up to a hundredfold.
        if sum(map(len, places.values())) > len(profile):
            return {}
    return tags


def _exact(tag: bytes) -> bytes:
    """Return a tag without what follows its own numbers, its reserved field zero; empty for a type without colour."""
    length = _length(tag)
    return tag[:4] + bytes(4) + tag[8:length] if 0 < length <= len(tag) else b""


def _length(tag: bytes) -> int:
    """Return how many bytes a tag needs for what it states (§10); 0 for an unknown or broken one."""
    kind = tag[:4]
    if kind in _WHOLE_TYPES:
        return len(tag)
    try:
        if kind == b"curv":  # §10.6: a count, then numbers of 16 bits
            return 12 + 2 * int.from_bytes(tag[8:12], "big")
        if kind == b"para":  # §10.18: the function, then its parameters of 32 bits
            return 12 + 4 * _PARAMETERS[int.from_bytes(tag[8:10], "big")]
        if kind in _TABLE_TYPES:
            return _table_length(tag, *_TABLE_TYPES[kind])
    except (struct.error, IndexError):
        return 0
    return _FIXED_TYPES.get(kind, 0)


def _table_length(tag: bytes, start: int, width: int) -> int:
    """Add up a lookup table's input curves, grid and output curves (§10.10, §10.11)."""
    inputs, outputs, grid = struct.unpack_from("BBB", tag, 8)
    # Of 8 bits, all curves have 256 entries; of 16, the tag states how many.
    first, last = struct.unpack_from(">HH", tag, 48) if width > 1 else (256, 256)
    return start + width * int(first * inputs + grid**inputs * outputs + last * outputs)


def _neutral_texts(version: int) -> dict[bytes, bytes]:
    """Write the description and copyright that the specification requires of every profile (§8.2), saying nothing."""
    if version >= _VERSION_4:
        return {b"desc": _multilingual(_NAME), b"cprt": _multilingual(_RIGHTS)}
    # ICC.1:2001-04 §6.5.17: the text in ASCII, then none in Unicode and none in Macintosh's script code, of 67 bytes.
    name = _NAME.encode() + b"\0"
    description = b"desc" + bytes(4) + struct.pack(">L", len(name)) + name + bytes(4 + 4 + 2 + 1 + 67)
    return {b"desc": description, b"cprt": b"text" + bytes(4) + _RIGHTS.encode() + b"\0"}


def _multilingual(text: str) -> bytes:
    """Write a text in one language (§10.15): one record of 12 bytes, which says where the text stands."""
    wide = text.encode("utf-16-be")
    return b"mluc" + bytes(4) + struct.pack(">LL2s2sLL", 1, 12, b"en", b"US", len(wide), 28) + wide


def _build(profile: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Write a profile of these tags (§7.1): each at a multiple of four bytes, equal ones once."""
    at = _TABLE_START + _ENTRY_BYTES * len(tags)
    table, body, places = [], [], dict[bytes, int]()
    for name, data in tags.items():
        if data not in places:
            places[data] = at
            body.append(data + bytes(-len(data) % 4))
            at += len(body[-1])
        table.append(struct.pack(">4sLL", name, places[data], len(data)))
    return b"".join((_header(profile, at), struct.pack(">L", len(tags)), *table, *body))


def _header(profile: bytes, length: int) -> bytes:
    """Return a header (§7.2) of nothing but what colour needs; dates, makers, models and the digest are zero."""
    flags, media = struct.unpack_from(">L8xQ", profile, 44)
    return b"".join(
        (
            struct.pack(">L4x", length),  # the preferred engine is zero
            profile[8:10] + bytes(2),  # version
            profile[12:24],  # class, colour space, connection space
            bytes(12) + b"acsp" + bytes(4),  # no date; no platform
            struct.pack(">L8xQ", flags & _EMBEDDING_FLAGS, media & _MEDIA_ATTRIBUTES),  # no maker and no model
            profile[64:80] + bytes(48),  # intent and illuminant; no creator, no digest
        )
    )
