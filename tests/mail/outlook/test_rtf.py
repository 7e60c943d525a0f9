"""Pictures in compressed rich text: noticed, whatever the text's length, and no more unpacked than that takes."""

from __future__ import annotations

import struct
import time
import tracemalloc

import compressed_rtf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgfile.mail.outlook import rtf
from kit.fast import many
from kit.mail.outlook_data_files import crc

WORDS = [
    b"{\\rtf1\\ansi ",
    b"\\par ",
    b"Dear doctor, ",
    b"\\pard\\plain",
    b"ab",
    b"{\\colortbl",
    b"}",
    b"\r\n",
    b"\xe9",
]
HOSTILE_SECONDS = 10


def compress(text: bytes) -> bytes:
    """Compress a text, as Outlook does."""
    return bytes(compressed_rtf.compress(text, compressed=True))


def pack(text: bytes) -> bytes:
    """Compress a long text quickly: a reference wherever the last place of three bytes is near enough."""
    whole, seen = rtf._BEGINNING + text, dict[bytes, int]()
    at, tokens = len(rtf._BEGINNING), list[bytes]()
    while at < len(whole):
        begin = seen.get(whole[at : at + 3], -1)
        length = next(
            (size for size in range(17, 2, -1) if begin >= 0 and whole[begin : begin + size] == whole[at : at + size]),
            0,
        )
        if 0 < at - begin < 4000 and length and at + length < len(whole):
            tokens.append(struct.pack(">H", begin % 4096 << 4 | length - 2))
        else:
            length = 1
            tokens.append(whole[at : at + 1])
        for step in range(at, at + length):
            seen[whole[step : step + 3]] = step
        at += length
    groups = [tokens[start : start + 8] for start in range(0, len(tokens), 8)]
    flags = [bytes([sum(1 << bit for bit, token in enumerate(group) if len(token) > 1)]) for group in groups]
    return stored(b"".join(flag + b"".join(group) for flag, group in zip(flags, groups, strict=True)))


def stored(data: bytes, kind: bytes = b"LZFu") -> bytes:
    """Put a head before coded data."""
    return struct.pack("<II4sI", len(data) + 12, 1 << 30, kind, crc(data)) + data


@settings(deadline=None, max_examples=many(60))
@given(st.lists(st.one_of(st.sampled_from(WORDS), st.binary(max_size=40)), max_size=60).map(b"".join))
def test_a_text_is_unpacked_as_another_program_packed_it(text: bytes) -> None:
    """And as it unpacks it."""
    packed = compress(text)
    assert b"".join(rtf.unpack(packed)) == text == compressed_rtf.decompress(packed)


def test_a_long_text_is_unpacked_piece_by_piece() -> None:
    """References reach back over where a piece ended."""
    text = b"".join(b"{\\par line %d of many, as long as any}" % number for number in range(6000))
    packed = pack(text)
    pieces = list(rtf.unpack(packed))
    assert len(packed) * 2 < len(text)
    assert len(pieces) > 3
    assert b"".join(pieces) == text == compressed_rtf.decompress(packed)[: len(text)]


@pytest.mark.parametrize(
    ("text", "is_noticed"),
    [
        (b"{\\rtf1{\\pict\\jpegblip ffd8ffe0}}", True),
        (b"{\\rtf1{\\*\\shppict{\\pict\\pngblip\n89504e47}}}", True),
        (b"{\\rtf1{\\object\\objemb{\\*\\objdata 0105}}}", True),
        (b"{\\rtf1 a backslash \\\\\\pict 00}", True),
        (b"{\\rtf1 the word \\\\pict, and \\picturesque}", False),
        (b"{\\rtf1{\\objattph\\'20} an attachment stands here}", False),
        (b"{\\rtf1\\fromhtml1 {\\*\\htmltag64 <img src=cid:a>}}", False),
        (b"", False),
    ],
)
def test_a_picture_or_an_objects_bytes_are_noticed(text: bytes, *, is_noticed: bool) -> None:
    """Not words that look like one, nor the place of an attachment, which is found as such."""
    assert rtf.holds_picture(compress(text)) is is_noticed
    assert rtf.holds_picture(stored(text, b"MELA")) is is_noticed


@pytest.mark.slow
def test_a_picture_is_noticed_wherever_a_piece_ends() -> None:
    """Its word may stand in two pieces."""
    for before in range(65_516, 65_556, 2):
        assert rtf.holds_picture(pack(b"{\\rtf1 " + b"x" * before + b"{\\pict\\jpegblip ffd8}}"))


@pytest.mark.parametrize(
    "packed",
    [b"", b"LZFu", stored(b"", b"ZIP!"), stored(b""), stored(b"\xff"), stored(b"\x01\x40"), stored(b"\x00abc")],
)
def test_what_is_broken_ends_early(packed: bytes) -> None:
    """There is no error to report: the message's other texts say the same."""
    assert not rtf.holds_picture(packed)


def test_a_reference_to_what_was_never_written_is_zeros() -> None:
    """In the first 4 KiB there is room that no text has filled."""
    reference = struct.pack(">H", (3000 << 4) | 15)
    assert b"".join(rtf.unpack(stored(b"\x01" + reference))) == bytes(17)
    reference = struct.pack(">H", (4090 << 4) | 15)
    assert b"".join(rtf.unpack(stored(b"\x01" + reference))) == bytes(6) + b"{\\rtf1\\ansi"


@pytest.mark.slow
def test_a_text_without_end_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """References alone unpack to nine times themselves: little of that is kept, and one without end is reported."""
    positions = range(len(rtf._BEGINNING), len(rtf._BEGINNING) + 17 * 60_000, 17)
    references = [struct.pack(">H", (position - 17) % 4096 << 4 | 15) for position in positions]
    packed = stored(b"".join(b"\xff" + b"".join(references[at : at + 8]) for at in range(0, len(references), 8)))
    began = time.process_time()
    tracemalloc.start()
    assert sum(map(len, rtf.unpack(packed))) == 17 * 60_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20
    assert not rtf.holds_picture(packed)
    monkeypatch.setattr(rtf, "MAX_TEXT_BYTES", 1 << 18)
    assert rtf.holds_picture(packed)
    assert time.process_time() - began < HOSTILE_SECONDS
