"""A second walk of a stripped GIF, beside its original: allow-listed, and the pictures the very same bytes.

Written apart from the stripper and its walker on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from imgfile.images.verify import lzw
from imgfile.images.verify.proof import Proof, demand, is_same

ALLOWED: Final = (b"\x21\xf9\x04", b"\x21\xff\x0bNETSCAPE2.0\x03\x01", b"\x21\xff\x0bANIMEXTS1.0\x03\x01")
"""How an output's extensions may begin: a control block or a loop count; before them all, a profile."""
PROFILE: Final = b"\x21\xff\x0bICCRGBG1012"

TAIL_BYTES: Final = 256
"""How much of each picture's end is searched: a decoder may never look at it."""
_CONTROL_BYTES: Final = 8
_LOOP_BYTES: Final = 19
_DESCRIPTOR_BYTES: Final = 10


@dataclass(slots=True)
class _Story:
    """What a decoder takes from a file: each picture with its control, the loop count, the profile."""

    pictures: list[tuple[bytes, int, int]] = field(default_factory=list)
    """The control's four bytes, and where the picture starts and ends."""
    loop: tuple[int, bytes] | None = None
    """How many pictures stand before it, and what it says."""
    profile: bytes | None = None
    control: bytes = b""


def prove(original: bytes, output: bytes, exif_block: bytes) -> Proof:
    """Raise `UnsupportedImage` unless the output is only the original's pictures; GIF holds no Exif."""
    demand(not exif_block, "Exif")
    head = 13 + _colours(output[10:11])
    demand(len(output) > head and output[:head] == original[:head], "header")
    _prove_strict(output, head)
    mine, theirs = _read(output, head), _read(original, head)
    demand(len(mine.pictures) == len(theirs.pictures), "pictures")
    for (control, start, end), (other, at, other_end) in zip(mine.pictures, theirs.pictures, strict=True):
        demand(control == other, "graphic control")
        _prove_picture(output, (start, end), original, (at, other_end))
    demand(mine.loop == theirs.loop, "loop count")
    tails = b"\0".join(output[max(start, end - TAIL_BYTES) : end] for _, start, end in mine.pictures)
    colours = b"\0".join(_own_colours(output, start) for _, start, _ in mine.pictures)
    return Proof(*_size(output, mine.pictures[0][1]), theirs.profile, mine.profile, (output[13:head], colours, tails))


def _prove_picture(output: bytes, mine: tuple[int, int], original: bytes, theirs: tuple[int, int]) -> None:
    """Demand the very same codes up to the last pixel, behind the very same description, and nothing behind them."""
    (start, end), (at, other_end) = mine, theirs
    head = _DESCRIPTOR_BYTES + _colours(output[start + 9 : start + 10]) + 1
    demand(is_same(output, start, original, at, head), "coded data")
    width, height = (int.from_bytes(output[start + place : start + place + 2], "little") for place in (5, 7))
    codes, others = _joined(output, start + head, end), _joined(original, at + head, other_end)
    lzw.prove(codes, others, width * height, lzw.GIF, output[start + head - 1])


def _prove_strict(output: bytes, at: int) -> None:
    """Demand that the output holds nothing but what is allowed, spelled as it must be, up to its very end."""
    if output.startswith(PROFILE, at):
        at = _end(output, at + 14)
    has_loop = is_controlled = False
    while output[at : at + 1] != b"\x3b":
        demand(output[at : at + 1] == b"\x2c" or output.startswith(ALLOWED, at), "parts")
        end = _part_end(output, at)
        if output[at] == 0x2C:  # noqa: PLR2004 - a picture
            is_controlled = False
        elif output[at + 1] == 0xF9:  # noqa: PLR2004 - a control
            demand(not is_controlled and end - at == _CONTROL_BYTES and output[at + 3] < 0x20, "graphic control")  # noqa: PLR2004 - reserved bits
            is_controlled = True
        else:
            demand(not has_loop and not is_controlled and end - at == _LOOP_BYTES, "loop count")
            has_loop = True
        at = end
    demand(not is_controlled and at + 1 == len(output), "end of file")


def _read(data: bytes, at: int) -> _Story:
    """Read a file as decoders do: the last control before a picture counts, one before plain text if no other."""
    story, of_text = _Story(), b""
    for start, end in _parts(data, at):
        kind = data[start : start + 2]
        body = _joined(data, start + 2, end) if kind[:1] == b"\x21" else b""
        if kind[:1] == b"\x2c":
            story.pictures.append((story.control or of_text, start, end))
            story.control = of_text = b""
        elif kind == b"\x21\xf9" and data[start + 2] >= 4:  # noqa: PLR2004 - a control's bytes
            story.control = bytes((body[0] & 0x1F,)) + body[1:4]
        elif kind == b"\x21\x01":
            of_text, story.control = story.control or of_text, b""
        elif kind == b"\x21\xff":
            _respect(story, data, start, body)
    return story


def _respect(story: _Story, data: bytes, start: int, body: bytes) -> None:
    """Take the first loop count and the first profile of an application's extensions."""
    said = data[start + 15 : start + 18]
    name = body[:11] if data[start + 2] == 11 else b""  # noqa: PLR2004 - an application's name and code
    is_loop = name in {b"NETSCAPE2.0", b"ANIMEXTS1.0"} and data[start + 14] >= len(said) and said[0] & 7 == 1
    if is_loop and story.loop is None:
        story.loop = (len(story.pictures), name + said[1:])
    elif name == b"ICCRGBG1012" and story.profile is None:
        story.profile = body[11:] or None


def _parts(data: bytes, at: int) -> Iterator[tuple[int, int]]:
    while at < len(data) and data[at] != 0x3B:  # noqa: PLR2004 - the trailer
        end = at + 1 if data[at] == 0 else _part_end(data, at)
        yield at, end
        at = end


def _part_end(data: bytes, at: int) -> int:
    if data[at] == 0x21:  # noqa: PLR2004 - an extension
        return _end(data, at + 2)
    return _end(data, at + _DESCRIPTOR_BYTES + _colours(data[at + 9 : at + 10]) + 1)


def _end(data: bytes, at: int) -> int:
    """Step over sub-blocks to behind their terminator."""
    while at < len(data) and data[at]:
        at += data[at] + 1
    demand(at < len(data), "parts")
    return at + 1


def _joined(data: bytes, at: int, end: int) -> bytes:
    pieces = []
    while at < end - 1:
        pieces.append(data[at + 1 : at + 1 + data[at]])
        at += data[at] + 1
    return b"".join(pieces)


def _colours(packed: bytes) -> int:
    return 3 * 2 ** ((packed[0] & 7) + 1) if packed and packed[0] & 0x80 else 0


def _own_colours(output: bytes, start: int) -> bytes:
    at = start + _DESCRIPTOR_BYTES
    return output[at : at + _colours(output[at - 1 : at])]


def _size(output: bytes, first: int) -> tuple[int, int]:
    """Return the screen's size, or what the first picture needs if that is more."""
    left, top, width, height = (int.from_bytes(output[at : at + 2], "little") for at in range(first + 1, first + 9, 2))
    screen_width, screen_height = (int.from_bytes(output[at : at + 2], "little") for at in (6, 8))
    return max(screen_width, left + width), max(screen_height, top + height)
