"""Header text: decoded leniently, bounded, never raising."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.mail.header_text import MAX_TEXT_CHARACTERS, decode_parameter, decode_text, find_address, parse_date
from imgfile.mail.headers import MAX_PARAMETERS, parse_value


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b" rash\r\n\tpic ", "rash pic"),
        (b"=?utf-8?Q?R=C3=B6s_chen?=", "Rös chen"),
        (b"=?UTF-8?B?w7Y=?= =?utf-8?B?w7Y?=", "öö"),
        (b"=?utf-8?B?4oI=?=\n =?utf-8?B?rA==?=", "€"),
        (b"a =?iso-8859-1*en?q?=E9?= b", "a é b"),
        (b"=?us-ascii?q?a?= =?latin-1?q?=E9?=", "aé"),
        (b"=?no-such?q?=E9?=", "é"),
        (b"=?idna?q?=E9?=", "é"),
        (b"=?unicode-escape?q?=5Cq?=", "\\q"),
        (b"=?hex?q?61?=", "61"),
        (b"=?utf-7?q?+2AA-?=", "\ufffd"),
        (b"=?utf-8?b?a?=", "a"),
        (b"=?utf-8?x?a?= =?", "=?utf-8?x?a?= =?"),
        ("Röschen".encode(), "Röschen"),
        ("Röschen".encode("latin-1"), "Röschen"),
    ],
)
def test_encoded_words_and_raw_bytes_become_text(raw: bytes, text: str) -> None:
    """RFC 2047, with the charsets and faults that mail has."""
    assert decode_text(raw) == text


@given(
    st.binary(max_size=300)
    | st.lists(st.sampled_from([b"=?utf-8?q?", b"=?", b"?=", b"?b?", b"=", b"\xff"])).map(b"".join)
)
def test_no_header_text_raises(raw: bytes) -> None:
    """Whatever the bytes, there is a text that can be encoded again."""
    text = decode_text(raw)
    assert len(text) <= MAX_TEXT_CHARACTERS
    text.encode()
    parse_date(text)
    find_address(text)
    parse_value(raw.decode("latin-1"))
    decode_parameter(raw.decode("latin-1")).encode()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Sat, 21 Nov 2026 08:12:00 +0000", datetime(2026, 11, 21, 8, 12, tzinfo=UTC)),
        ("21 Nov 26 08:12 -0530", datetime(2026, 11, 21, 8, 12, tzinfo=timezone(-timedelta(hours=5, minutes=30)))),
        ("Sat, 21-nov-99 08:12:01 EST", datetime(1999, 11, 21, 8, 12, 1, tzinfo=timezone(-timedelta(hours=5)))),
        ("21 November 2026 08:12:00", datetime(2026, 11, 21, 8, 12, tzinfo=UTC)),
        ("21 Nov 2026 08:12:00 XYZ", datetime(2026, 11, 21, 8, 12, tzinfo=UTC)),
    ],
)
def test_dates_are_read_and_always_aware(text: str, moment: datetime) -> None:
    """RFC 5322 §3.3 and its obsolete forms; an unknown zone is UTC."""
    assert parse_date(text) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "31 Feb 2026 08:12", "1 Jan 000 25:61", "1 Jan 2026 01:01 +9999"])
def test_what_is_no_date_is_none(text: str) -> None:
    """No error, no guess."""
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("A Parent <parent@example.org>", "parent@example.org"),
        ("parent@example.org (A Parent)", "parent@example.org"),
        ("undisclosed", "undisclosed"),
        ("", ""),
    ],
)
def test_the_address_is_taken_out_of_a_sender(text: str, address: str) -> None:
    """What a person searches for in the live account."""
    assert find_address(text) == address


@pytest.mark.parametrize(
    ("value", "word", "parameters"),
    [
        ("Text/Plain", "text/plain", {}),
        ('a/b; X="y\\"z"; n=1', "a/b", {"x": 'y"z', "n": "1"}),
        ("a/b; n*=iso-8859-1'en'%E9", "a/b", {"n": "é"}),
        ("a/b; n*1=b; n*0=a", "a/b", {"n": "ab"}),
        ("a/b; n=1; n=2", "a/b", {"n": "1"}),
        ('a/b; n="open', "a/b", {"n": '"open'}),
        ("a/b; n*=''x", "a/b", {"n": "x"}),
        ("", "", {}),
    ],
)
def test_parameters_are_read(value: str, word: str, parameters: dict[str, str]) -> None:
    """RFC 2045 §5.1 and RFC 2231."""
    assert parse_value(value) == (word, parameters)


def test_parameters_without_number_are_cut() -> None:
    """Nobody's mail has more."""
    assert len(parse_value("a/b" + "".join(f"; n{index}=1" for index in range(1000)))[1]) == MAX_PARAMETERS
