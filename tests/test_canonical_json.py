"""JSON with one spelling: what is read is, to the byte, what would be written; nothing else is read."""

from __future__ import annotations

import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.canonical_json import LEAST_INTEGER, MAX_DEPTH, MOST_INTEGER, decode, encode

LIMIT = 1 << 20

scalars = (
    st.none()
    | st.booleans()
    | st.integers(LEAST_INTEGER, MOST_INTEGER)
    | st.text(st.sampled_from(string.printable + "é€😀\ud800"), max_size=8)
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner))
documents = st.dictionaries(st.text(max_size=4), values, max_size=4)


def in_notes_of_0_1_0(document: dict[str, Any]) -> bytes:
    """Spell a document as the signed notes of 0.1.0 did."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def in_records_of_0_1_0(document: dict[str, Any]) -> bytes:
    """Spell a document as the sealed records of 0.1.0 did."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.encode("ascii")


def nested(levels: int) -> dict[str, Any]:
    """Return a document of this many levels."""
    document: dict[str, Any] = {}
    for _ in range(levels - 1):
        document = {"a": document}
    return document


@given(documents)
def test_what_is_written_is_read_and_is_spelled_as_in_the_first_version(document: dict[str, Any]) -> None:
    """In notes and in records alike, so that signatures and digests of old vaults hold."""
    data = encode(document)
    assert data == in_notes_of_0_1_0(document) == in_records_of_0_1_0(document)
    assert decode(data, limit=len(data)) == document


@given(documents, st.integers(0, 2_000), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_has_another_meaning(document: dict[str, Any], place: int, change: int) -> None:
    """No two texts mean the same."""
    data = bytearray(encode(document))
    data[place % len(data)] ^= change
    try:
        changed = decode(bytes(data), limit=LIMIT)
    except ValueError:
        return
    assert changed != document or json.dumps(changed, sort_keys=True) != json.dumps(document, sort_keys=True)
    assert encode(changed) == data


@given(st.binary(max_size=200))
def test_whatever_the_bytes_only_a_value_error_leaves(data: bytes) -> None:
    """Or it is a document, spelled so."""
    try:
        assert encode(decode(data, limit=LIMIT)) == data
    except ValueError:
        return


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"null", b'"a"', b"1", b"\xff", b"{", b'{"a":1.0}', b'{"a":1e2}', b'{"a":NaN}', b'{"a":Infinity}',
        b'{"a":1,"a":1}', b'{"a":{"b":1,"b":1}}', b'{"b":1,"a":1}', b'{ "a":1}', b'{"a":1}\n', b"\xef\xbb\xbf{}",
        b'{"a":-0}', b'{"a":01}', '{"a":"é"}'.encode(), b'{"a":"\\u0041"}', b'{"a":"\\u00E9"}', b'{"a":"\\/"}',
        b'{"a":18446744073709551616}', b'{"a":-9223372036854775809}', b'{"a":' + b"9" * 5_000 + b"}",
        b"[" * 200_000, b'{"a":' * 100_000,
    ],
)  # fmt: skip
def test_another_spelling_is_refused(data: bytes) -> None:
    """Doubled keys, other order, spaces, floats, long integers and deep nests among them."""
    with pytest.raises(ValueError, match=r"."):
        decode(data, limit=LIMIT)


def test_integers_have_sixty_four_bits() -> None:
    """Those of an inode are kept to the last bit."""
    extremes = {"a": MOST_INTEGER, "b": LEAST_INTEGER}
    assert decode(encode(extremes), limit=LIMIT) == extremes
    assert encode(extremes) == b'{"a":18446744073709551615,"b":-9223372036854775808}'
    for beyond in (MOST_INTEGER + 1, LEAST_INTEGER - 1):
        with pytest.raises(ValueError, match="64 bits"):
            encode({"a": [beyond]})


def test_it_is_bounded_in_depth_and_length() -> None:
    """Sixteen levels, and exactly the limit."""
    deepest = encode(nested(MAX_DEPTH))
    assert decode(deepest, limit=len(deepest)) == nested(MAX_DEPTH)
    with pytest.raises(ValueError, match="too long"):
        decode(deepest, limit=len(deepest) - 1)
    with pytest.raises(ValueError, match="not the one spelling"):
        encode(nested(MAX_DEPTH + 1))
    with pytest.raises(ValueError, match="not the one spelling"):
        decode(in_notes_of_0_1_0(nested(MAX_DEPTH + 1)), limit=LIMIT)
    with pytest.raises(ValueError, match="not the one spelling"):
        decode(b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", limit=LIMIT)
    assert decode(b'{"a":-99999999999999}', limit=LIMIT) == {"a": -99_999_999_999_999}


@pytest.mark.parametrize("document", [{"a": 1.5}, {"a": [{"b": 0.0}]}, {1: "a"}, {"a": {None: 1}}, {"a": object()}])
def test_what_has_no_spelling_is_not_written(document: dict[str, Any]) -> None:
    """Two programs may print one float differently, and keys are text."""
    with pytest.raises(TypeError):
        encode(document)
