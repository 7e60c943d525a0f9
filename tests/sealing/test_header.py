"""The header's one spelling: whatever else is refused, within bounds, and nothing but `Damaged` leaves."""

from __future__ import annotations

import time
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.errors import Damaged
from imgfile.sealing import FileKey, Flaw
from imgfile.sealing.header import HEADER_LIMIT_BYTES, STANZA_LIMIT, Header, Stanza, check_mac, is_sealed, parse
from imgfile.sealing.pieces import split, views

KEY = FileKey(bytes(16))
words = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40)
stanzas = st.builds(Stanza, words, st.lists(words, max_size=4).map(tuple), st.binary(max_size=200))


def header_of(*some: Stanza) -> bytes:
    """Spell a header with its right MAC."""
    return Header.seal(some, KEY).encode()


def flaw_of(raw: bytes) -> Flaw | None:
    """Parse a header; return why it was refused, or None, having seen that it is spelled in its one way."""
    try:
        header = parse(raw)
    except Damaged as error:
        return Flaw(error.message)
    assert header.encode() == raw
    try:
        check_mac(raw, header, KEY)
    except Damaged as error:
        return Flaw(error.message)
    return None


GOOD = header_of(Stanza("X25519", ("abc",), bytes(32)), Stanza("grease", (), bytes(48)), Stanza("x", (), b""))


@given(st.lists(stanzas, min_size=1, max_size=5))
def test_any_header_is_read_as_it_was_spelled(some: list[Stanza]) -> None:
    """Encode then parse gives the stanzas back, and the MAC holds."""
    raw = header_of(*some)
    header = parse(raw)
    check_mac(raw, header, KEY)
    assert header.stanzas == tuple(some)
    assert header.encode() == raw


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_any_changed_byte_is_refused(place: int, byte: int) -> None:
    """What still parses is the one spelling of other stanzas, and its MAC does not hold."""
    raw = GOOD[:place] + bytes([byte]) + GOOD[place + 1 :]
    assert flaw_of(raw) in ({None} if raw == GOOD else {Flaw.HEADER, Flaw.MAC})


@given(st.binary(max_size=300))
def test_noise_is_refused(noise: bytes) -> None:
    """Alone, after the version line, and between it and a true footer."""
    footer = GOOD[-48:]
    for raw in (noise, GOOD[:22] + noise, GOOD[:22] + noise + footer):
        assert flaw_of(raw) in {Flaw.HEADER, Flaw.MAC}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="no stanza at all"),
        pytest.param(b"-> X25519\n", id="no body"),
        pytest.param(b"-> X25519\n" + b"A" * 64 + b"\n", id="body without its short last line"),
        pytest.param(b"-> X25519\n" + b"A" * 65 + b"\n\n", id="body line too long"),
        pytest.param(b"-> X25519\nAB\n", id="Base64 that is not canonical"),
        pytest.param(b"-> X25519\nA\n", id="Base64 of an impossible length"),
        pytest.param(b"-> X25519\nAA==\n", id="padding"),
        pytest.param(b"-> X25519 \n\n", id="space at the end"),
        pytest.param(b"->  X25519\n\n", id="two spaces"),
        pytest.param(b"-> X25519 \xc3\xa9\n\n", id="not ASCII"),
        pytest.param(b"-> X25519\r\n\r\n", id="CRLF"),
        pytest.param(b"->\n\n", id="no kind"),
        pytest.param(b"\n", id="an empty line"),
    ],
)
def test_spellings_that_others_might_forgive_are_refused(body: bytes) -> None:
    """Each has one fault."""
    with pytest.raises(Damaged):
        parse(GOOD[:22] + body + GOOD[-48:])


def test_as_many_stanzas_as_allowed_are_read_and_one_more_is_not() -> None:
    """256: trying keys on a hostile file ends soon."""
    some = [Stanza("x", (str(number),), b"") for number in range(STANZA_LIMIT + 1)]
    assert len(parse(header_of(*some[:-1])).stanzas) == STANZA_LIMIT
    with pytest.raises(Damaged):
        parse(header_of(*some))


@pytest.mark.parametrize("part_bytes", [1 << 30, 4096, 61])
def test_a_header_as_long_as_allowed_is_found_and_a_longer_one_is_not(part_bytes: int) -> None:
    """1 MiB, however it arrives; the bytes after it are not lost."""
    room = HEADER_LIMIT_BYTES - len(header_of(Stanza("", (), b""))) + 1
    longest = header_of(Stanza("x" * (room - 1), (), b""))
    assert len(longest) == HEADER_LIMIT_BYTES
    file = longest + b"n" * 16 + b"payload"
    raw, nonce, payload = split(views(file[start : start + part_bytes] for start in range(0, len(file), part_bytes)))
    assert (raw, nonce, b"".join(payload)) == (longest, b"n" * 16, b"payload")
    longer = header_of(Stanza("x" * room, (), b"")) + b"n" * 16
    with pytest.raises(Damaged):
        split(views(longer[start : start + part_bytes] for start in range(0, len(longer), part_bytes)))


def test_a_stream_without_a_footer_is_given_up_at_the_limit() -> None:
    """Not read to its end, which may never come."""
    taken = 0

    def endless() -> chain[bytes]:
        def count(part: bytes) -> bytes:
            nonlocal taken
            taken += len(part)
            return part

        return chain.from_iterable([count(b"a" * 65536)] for _ in iter(int, 1))

    with pytest.raises(Damaged):
        split(views(endless()))
    assert taken <= HEADER_LIMIT_BYTES + 65536


def test_a_header_of_newlines_or_of_stanzas_is_refused_at_once() -> None:
    """Neither makes a million objects first."""
    start = time.process_time()
    for filler in (b"\n", b"-> a\n\n", b"->"):
        with pytest.raises(Damaged):
            parse(GOOD[:22] + filler * ((1 << 20) // len(filler) - 100) + GOOD[-48:])
    assert time.process_time() - start < 1


def test_a_sealed_file_is_known_by_its_first_line() -> None:
    """An identity in the clear is not mistaken for one."""
    assert is_sealed(GOOD)
    assert not is_sealed(b"# created\nAGE-SECRET-KEY-1")
