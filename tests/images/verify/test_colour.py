"""A sanitised profile that still says something is no match, whatever its colours are."""

from __future__ import annotations

import struct

import pytest

from imgfile.images.metadata import icc
from imgfile.images.verify import colour
from kit.photos import jpeg_png as photos

SANITISED = {version: icc.sanitise(photos.display_profile(version=version)) or b"" for version in (2, 4)}


def _changed(at: int, value: bytes, version: int = 4) -> bytes:
    profile = SANITISED[version]
    return profile[:at] + value + profile[at + len(value) :]


def _with_tag(name: bytes, body: bytes) -> bytes:
    """Write a profile of one tag of this name in place of the first."""
    head = SANITISED[4][:128]
    return photos.assembled_profile(head, {name: body})


def _with_gap(hidden: bytes) -> bytes:
    """Write a profile of one tag, with bytes between the table and the tag's data."""
    tag = b"XYZ " + bytes(4) + struct.pack(">lll", 1, 2, 3)
    table = struct.pack(">L4sLL", 1, b"wtpt", 144 + len(hidden), len(tag))
    return SANITISED[4][:128] + table + hidden + tag


TELLING = {
    "an engine": _changed(4, b"lcms"),
    "a date": _changed(24, struct.pack(">6H", 2026, 11, 21, 8, 9, 0)),
    "a platform": _changed(40, b"APPL"),
    "a maker": _changed(48, b"CNRY"),
    "a model": _changed(52, b"MODL"),
    "a creator": _changed(80, b"appl"),
    "a digest": _changed(84, b"0123456789abcdef"),
    "a description": _with_tag(b"desc", photos.display_profile()[-40:]),
    "a maker's own tag": _with_tag(b"mmod", b"mmod" + bytes(4) + b"SERIAL 4711"),
    "bytes behind the last tag": SANITISED[4] + b"Ann",
    "bytes between tags": _with_gap(b"Ann"),
    "a tag past the end": _changed(136, struct.pack(">L", 1 << 20)),
    "no tags": SANITISED[4][:100],
}


@pytest.mark.parametrize("version", SANITISED)
def test_what_the_sanitiser_writes_is_bare(version: int) -> None:
    """What the sanitiser writes is bare."""
    assert colour.is_bare(SANITISED[version])
    assert colour.is_same(photos.display_profile(version=version), SANITISED[version])


@pytest.mark.parametrize("fault", TELLING)
def test_what_says_more_than_colour_is_not(fault: str) -> None:
    """What says more than colour is not bare, and no match of its original."""
    assert not colour.is_bare(TELLING[fault])
    assert not colour.is_same(TELLING[fault], TELLING[fault])
