"""Base64 with stray characters, in padded pieces, and with a text behind it: the same bytes come out of it."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgfile.errors import UnreadableMail
from imgfile.mail.coding import base64 as base64_body
from imgfile.mail.view import View
from kit.fast import many
from kit.mail import mailboxes as made
from kit.mail.searching import photos
from kit.mail.taking_out import holds, take_out

STRAYS = b"!*~?,.;:-_#<>()\\'\"\xa0\x00\x0b@ \t"
"""What gateways and editors leave in base64; a line break is none, and `=` has a test of its own."""
FOOTER = b"\n_______________________________________________\nA mailing list has an address\nhttps://list.example/\n"


def folded(text: bytes, width: int, ending: bytes = b"\n") -> bytes:
    """Break a text into lines."""
    return ending.join(text[at : at + width] for at in range(0, len(text), width))


def strayed(body: bytes, places: Iterator[int], characters: Iterator[int]) -> bytes:
    """Put stray characters into a body."""
    text = bytearray(body)
    for place, character in zip(places, characters, strict=False):
        text.insert(place % (len(text) + 1), character)
    return bytes(text)


def in_pieces(data: bytes, length: int, width: int = 76) -> bytes:
    """Encode piece after piece, each padded by itself."""
    pieces = (data[at : at + length] for at in range(0, len(data), length))
    return b"\n".join(folded(base64.b64encode(piece), width) for piece in pieces)


@given(
    st.binary(min_size=200, max_size=3000),
    st.sampled_from([24, 60, 64, 72, 76, 998, 5000]),
    st.sampled_from([b"\n", b"\r\n"]),
    st.lists(st.tuples(st.integers(0, 5000), st.sampled_from(list(STRAYS))), min_size=1, max_size=12),
)
@settings(max_examples=many(400))
def test_stray_characters_anywhere_change_nothing(
    data: bytes, width: int, ending: bytes, strays: list[tuple[int, int]]
) -> None:
    """Before, between and behind the letters, at any width."""
    body = folded(base64.b64encode(data), width, ending)
    body = strayed(body, iter(place for place, _ in strays), iter(character for _, character in strays))
    view = View(b"before" + body + b"after")
    assert base64_body.decode_body(view, 6, 6 + len(body)) == data
    beginning = base64_body.decode_beginning(body[:512])
    assert len(beginning) >= 120
    assert data.startswith(beginning)


@given(st.binary(min_size=200, max_size=3000), st.integers(0, 5000), st.sampled_from([60, 76, 5000]))
def test_a_stray_equals_sign_is_no_end(data: bytes, place: int, width: int) -> None:
    """As quoted-printable leaves it; padding is what completes a group, and nothing else."""
    body = folded(base64.b64encode(data), width)
    place %= len(body.rstrip(b"="))
    body = body[:place] + b"=" + body[place:]
    assert base64_body.decode(body) == data


@given(
    st.binary(min_size=500, max_size=4000),
    st.integers(20, 700),
    st.sampled_from([60, 72, 76, 5000]),
    st.sampled_from([b"", b"\n", FOOTER]),
)
@settings(max_examples=many(300))
def test_padded_pieces_are_one_body(data: bytes, length: int, width: int, behind: bytes) -> None:
    """Of whatever length each, with a footer behind them or none."""
    if len(data) % length and len(data) % length % 3 == 0 and len(data) // length < 2:
        length -= 1  # one piece and a short one without padding could be a word of a footer
    body = in_pieces(data, length, width) + behind
    view = View(body)
    assert base64_body.decode_body(view, 0, len(body)) == data
    surplus = base64_body.decoded_size(view, 0, len(body)) - len(data)
    assert surplus == 0 or (width < 5000 and 0 < surplus <= 2 * (len(data) // length))
    assert data.startswith(base64_body.decode_beginning(body[:512]))


@pytest.mark.parametrize("length", range(3000, 3006))
@pytest.mark.parametrize("width", [60, 76, 998])
@pytest.mark.parametrize("stray", [b"", b"*", b"***"])
def test_a_footer_is_no_part_of_a_body(length: int, width: int, stray: bytes) -> None:
    """Also where there are stray characters in the first line."""
    data = random.Random(length).randbytes(length)  # noqa: S311 - filler, no secret
    body = folded(base64.b64encode(data), width)
    body = body[:20] + stray + body[20:] + FOOTER
    view = View(body)
    if stray and length % 3 == 0 and width == 998:  # where a long line ends, nothing says
        assert base64_body.decode_body(view, 0, len(body)).startswith(data)
    else:
        assert base64_body.decode_body(view, 0, len(body)) == data
        assert base64_body.decoded_size(view, 0, len(body)) == len(data)


def test_a_letter_too_many_is_broken() -> None:
    """`UnreadableMail`, not a guess."""
    with pytest.raises(UnreadableMail, match="broken"):
        base64_body.decode(b"/9j/4AAQS")
    assert base64_body.decode_beginning(b"/9j/4=AAQ=S=") == b""


# --- in a mail ---

PHOTO = made.png(3, 5000)


def bodies() -> dict[str, bytes]:
    """Return a photo's body, spoiled in each way."""
    plain = made.encode(PHOTO, "base64")
    spoiled = {f"{count} strays": plain[:90] + b"*" * count + plain[90:] for count in range(1, 13)}
    spoiled |= {f"{count} strays at the start": b"*" * count + plain for count in (1, 3, 7, 12)}
    spoiled |= {f"{count} strays far behind": plain[:4001] + b"~" * count + plain[4001:] for count in (1, 3)}
    spoiled |= {f"pieces of {length}": in_pieces(PHOTO, length) for length in (56, 100, 1000, 1024, 4096)}
    spoiled["a footer"] = plain + FOOTER
    spoiled["pieces and a footer"] = in_pieces(PHOTO, 1000) + FOOTER
    spoiled["strays and a footer"] = plain[:90] + b"***" + plain[90:] + FOOTER
    return spoiled


@pytest.mark.parametrize("name", list(bodies()))
@pytest.mark.parametrize("newline", made.NEWLINES)
def test_a_spoiled_photo_is_found_whole_and_leaves_its_mail(box: Path, name: str, newline: made.Newline) -> None:
    """Nothing of it is left, no byte of anything else is changed, and a second look finds nothing."""
    part = made.Part(made.photo(PHOTO).headers, bodies()[name])
    mail = made.with_newlines(made.mail(made.text(), part, made.text("after")), newline)
    assert photos(box, mail) == {"2": PHOTO}
    after = take_out(box)
    assert not holds(after, PHOTO)
    start = mail.index(b"image/png") - 40
    end = mail.index(b"_______") if "footer" in name else mail.rindex(b"Content-Type: text/plain")
    assert after[:start] == mail[:start]
    assert after[end:] == mail[end:]
    assert photos(box, after) == {}
