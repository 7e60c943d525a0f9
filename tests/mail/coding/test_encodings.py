"""Transfer encodings are decoded as leniently as mail readers do, and lengths reckoned without decoding."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.errors import UnreadableMail
from imgfile.mail.coding.encodings import Encoding, decode_image, decoded_size
from imgfile.mail.mailbox import open_export
from imgfile.mail.view import View
from kit.mail import mailboxes as made
from kit.mail.searching import photos

DATA = made.png()
FOOTER = "\n_______________________________________________\nA mailing list has an address\n"


@pytest.mark.parametrize("body", [b"iVBORw0KGgoAAAANSUhEUgAAAAEAA", b"/9j/4AAQS"])
def test_broken_base64_is_found_and_cannot_be_decoded(box: Path, body: bytes) -> None:
    """The photo is there, but not whole: `UnreadableMail`, not a guess."""
    part = made.Part(("Content-Transfer-Encoding: base64",), body)
    box.write_bytes(made.mail(made.text(), part))
    with open_export(box) as export:
        (found,) = export.attachments()
        with pytest.raises(UnreadableMail, match="broken"):
            found.decode()


def test_a_body_beyond_any_photo_is_refused(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound is on what is decoded at once."""
    monkeypatch.setattr("imgfile.mail.coding.encodings.MAX_BODY_BYTES", 100)
    box.write_bytes(made.mail(made.photo(DATA)))
    with open_export(box) as export:
        (found,) = export.attachments()
        with pytest.raises(UnreadableMail, match="too large"):
            found.decode()


@pytest.mark.parametrize("tail", [b"", b"=", b"==", b"\n\n", b" \t\n"])
def test_base64_without_padding_or_with_blanks_decodes(box: Path, tail: bytes) -> None:
    """Missing padding and white space are forgiven."""
    part = made.photo(DATA)
    body = b" " + part.body.rstrip(b"=").replace(b"\n", b" \n\n", 3) + tail
    assert photos(box, made.mail(made.text(), made.Part(part.headers, body))) == {"2": DATA}


def test_base64_with_stray_characters_decodes_as_mail_readers_do(box: Path) -> None:
    """RFC 2045 §6.8: what is outside the alphabet is ignored."""
    part = made.photo(made.png(1, 3001))
    body = part.body[:91] + b"!" + part.body[91:]
    assert photos(box, made.mail(made.text(), made.Part(part.headers, body))) == {"2": made.png(1, 3001)}


@given(
    st.binary(min_size=1, max_size=3000),
    st.sampled_from([4, 60, 72, 76, 998, 4000]),
    st.sampled_from(["\n", "\r\n", " \n", "\n\n"]),
    st.sampled_from(["", "\n", "\r\n\r\n", "\n" * 300]),
)
def test_a_length_reckoned_by_lines_is_exact(data: bytes, width: int, ending: str, tail: str) -> None:
    """Whatever the width and the line breaks, with and without padding."""
    text = base64.b64encode(data).decode()
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    body = (ending.join(lines) + tail).encode()
    view = View(b"before" + body + b"after")
    assert decoded_size(view, 6, 6 + len(body), Encoding.BASE64) == len(data)
    assert decode_image(view, 6, 6 + len(body), Encoding.BASE64) == data


@pytest.mark.parametrize("length", [3 * 19 * 40, 3 * 19 * 40 + 7, 3 * 19 * 40 + 56])
def test_a_text_of_the_same_width_behind_a_photo_is_no_part_of_it(length: int) -> None:
    """Even where a footer's lines are as long as those of the base64 before them."""
    data = made.png(1, length)
    body = (
        made.encode(data, "base64")
        + b"\n"
        + b"\n".join([b"This is a line of a footer, long enough.".ljust(76, b"_")] * 3)
    )
    assert decode_image(View(body), 0, len(body), Encoding.BASE64) == data
    body = made.encode(data, "base64") + FOOTER.encode()
    assert decode_image(View(body), 0, len(body), Encoding.BASE64) == data
