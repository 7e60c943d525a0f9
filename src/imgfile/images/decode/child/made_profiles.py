"""A colour profile made of numbers: primaries, white and a curve, as the formats name them without a profile.

ICC.1:2001-04 (version 2) with a matrix and curves, adapted to D50 by Bradford (ICC.1:2010 annex E). The numbers are
those of ITU-T H.273 tables 2 and 3. Of the two HDR curves what is at most reference white is kept, 203 cd/m2
(ITU-R BT.2408), and what is brighter is white: a JPEG has nothing for it.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from typing import Final

Point = tuple[float, float]
"""A chromaticity, x and y."""
Curve = Callable[[float], float]
"""Light of a signal, both from 0 to 1."""
_Rows = list[list[float]]

D65: Final[Point] = (0.3127, 0.3290)
_DCI: Final[Point] = (0.314, 0.351)
_C: Final[Point] = (0.310, 0.316)
_D50: Final = (0.9642, 1.0, 0.8249)
_BRADFORD: Final = [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
_POINTS: Final = 1024
_SRGB_PRIMARIES: Final = 1
_REFERENCE_WHITE: Final = 203 / 10_000
_HLG_REFERENCE: Final = 0.75

_PRIMARIES: Final[dict[int, tuple[tuple[Point, Point, Point], Point]]] = {
    1: (((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)), D65),
    4: (((0.67, 0.33), (0.21, 0.71), (0.14, 0.08)), _C),
    5: (((0.64, 0.33), (0.29, 0.60), (0.15, 0.06)), D65),
    6: (((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)), D65),
    7: (((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)), D65),
    9: (((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)), D65),
    11: (((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), _DCI),
    12: (((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), D65),
}


def _srgb(signal: float) -> float:
    return signal / 12.92 if signal <= 0.04045 else math.pow((signal + 0.055) / 1.055, 2.4)  # noqa: PLR2004 - IEC 61966-2-1


def _gamma(exponent: float) -> Curve:
    return lambda signal: math.pow(signal, exponent)


def _pq(signal: float) -> float:
    """SMPTE ST 2084."""
    root = math.pow(signal, 1 / 78.84375)
    light = math.pow(max(root - 0.8359375, 0.0) / (18.8515625 - 18.6875 * root), 1 / 0.1593017578125)
    return min(1.0, light / _REFERENCE_WHITE)


def _hlg_scene(signal: float) -> float:
    """ITU-R BT.2100, the inverse of its OETF."""
    if signal <= 0.5:  # noqa: PLR2004 - where its two parts meet
        return signal**2 / 3
    return (math.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12


def _hlg(signal: float) -> float:
    return min(1.0, _hlg_scene(signal) / _hlg_scene(_HLG_REFERENCE))


_CURVES: Final[dict[int, Curve]] = {4: _gamma(2.2), 5: _gamma(2.8), 8: _gamma(1.0), 16: _pq, 17: _gamma(2.6), 18: _hlg}
"""Those that differ from sRGB's: pictures that name BT.709's camera curve are shown by it everywhere."""

ADOBE_RGB: Final = (((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), D65, _gamma(563 / 256))
"""Adobe RGB (1998) §4.3."""


def of_code_points(points: tuple[int, int]) -> bytes | None:
    """Return a profile of primaries and transfer as H.273 numbers them; None for sRGB, and what it does not number."""
    primaries, transfer = points
    curve = _CURVES.get(transfer, _srgb)
    known = primaries if primaries in _PRIMARIES else _SRGB_PRIMARIES
    if known == _SRGB_PRIMARIES and curve is _srgb:
        return None
    return profile_of(*_PRIMARIES[known], curve)


def profile_of(primaries: Sequence[Point], white: Point, curve: Curve) -> bytes:
    """Return a profile of a screen with these primaries, white and curve."""
    columns = _adapted(_matrix(primaries, _tristimulus(white)), _tristimulus(white))
    levels = [round(65535 * curve(step / (_POINTS - 1))) for step in range(_POINTS)]
    table = b"curv" + bytes(4) + struct.pack(f">L{_POINTS}H", _POINTS, *levels)
    tags = {b"wtpt": _xyz(_D50), b"desc": _DESCRIPTION, b"cprt": b"text\0\0\0\0none\0"}
    tags |= {name: _xyz([row[at] for row in columns]) for at, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    return _assembled({**tags, b"rTRC": table, b"gTRC": table, b"bTRC": table})


_DESCRIPTION: Final = b"desc\0\0\0\0\0\0\0\x08profile\0" + bytes(78)


def _assembled(tags: dict[bytes, bytes]) -> bytes:
    """Lay out header, tag table and tags; those that are the same are there once (ICC.1:2001-04 §6.2)."""
    at = 132 + 12 * len(tags)
    places: dict[bytes, int] = {}
    table, body = struct.pack(">L", len(tags)), b""
    for name, value in tags.items():
        if value not in places:
            places[value] = at + len(body)
            body += value + bytes(-len(value) % 4)
        table += name + struct.pack(">LL", places[value], len(value))
    head = struct.pack(
        ">L4xL4s4s4s12x4s28x3l48x", at + len(body), 0x02400000, b"mntr", b"RGB ", b"XYZ ", b"acsp", *_fixed(_D50)
    )
    return head + table + body


def _xyz(values: Sequence[float]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3l", *_fixed(values))


def _fixed(values: Sequence[float]) -> list[int]:
    return [round(65536 * value) for value in values]


def _tristimulus(point: Point) -> list[float]:
    x, y = point
    return [x / y, 1.0, (1 - x - y) / y]


def _matrix(primaries: Sequence[Point], white: Sequence[float]) -> _Rows:
    """Return what makes XYZ of linear red, green and blue, so that all of them together are white."""
    columns = [_tristimulus(point) for point in primaries]
    rows = [[column[at] for column in columns] for at in range(3)]
    scale = _times(_inverse(rows), [[value] for value in white])
    return [[row[at] * scale[at][0] for at in range(3)] for row in rows]


def _adapted(rows: _Rows, white: Sequence[float]) -> _Rows:
    ours = _times(_BRADFORD, [[value] for value in white])
    theirs = _times(_BRADFORD, [[value] for value in _D50])
    ratio = [[theirs[at][0] / ours[at][0] if at == other else 0.0 for other in range(3)] for at in range(3)]
    return _times(_times(_times(_inverse(_BRADFORD), ratio), _BRADFORD), rows)


def _times(one: _Rows, other: _Rows) -> _Rows:
    return [
        [sum(a * b for a, b in zip(row, column, strict=True)) for column in zip(*other, strict=True)] for row in one
    ]


def _inverse(rows: _Rows) -> _Rows:
    """Return the inverse of three rows of three, by cofactors."""

    def minor(down: int, across: int) -> float:
        a, b = ((down + step) % 3 for step in (1, 2))
        c, d = ((across + step) % 3 for step in (1, 2))
        return rows[a][c] * rows[b][d] - rows[a][d] * rows[b][c]

    whole = sum(rows[0][at] * minor(0, at) for at in range(3))
    return [[minor(other, at) / whole for other in range(3)] for at in range(3)]
