"""What the search is quick by gives the same answer as looking at everything."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from imgfile.mail import mbox
from imgfile.mail.encodings import Encoding, decode_image, decoded_size
from imgfile.mail.headers import read_block
from imgfile.mail.mailbox import open_export
from imgfile.mail.mime.content_type import read_declared
from imgfile.mail.model import Attachment
from imgfile.mail.pictures import begins_as_text
from imgfile.mail.view import View
from kit.mail import mailboxes as made
from kit.photos.heif import telling

FOOTER = "\n_______________________________________________\nA mailing list has an address\n"


# --- lengths by lines ---


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


# --- what is surely text ---


def picture(kind: str) -> bytes:
    """Make a picture of a format."""
    stream = io.BytesIO()
    Image.effect_noise((80, 60), 40).convert("RGB").save(stream, kind)
    return stream.getvalue()


PICTURES = {kind: picture(kind) for kind in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "JPEG2000", "AVIF")}
PICTURES |= {
    "HEIF": telling(),
    "long comment": b"\xff\xd8\xff\xfe\x20\x20" + b"A comment of text. " * 500,
    "raw": b"FUJIFILMCCD-RAW 0201FF383501FinePix S5000".ljust(60, b"\0") + b"0" * 400,
    "Photoshop": b"8BPS\0\1" + bytes(6) + b"\0\3" + b"A" * 400,
    "JPEG XL": b"\xff\x0a" + b"A" * 400,
}


@pytest.mark.parametrize("kind", PICTURES)
def test_no_picture_begins_as_text(kind: str) -> None:
    """Neither as it is nor quoted, as sparingly as can be, nor in base64, wherever the text begins."""
    data = PICTURES[kind]
    quoted = re.sub(rb"[^!-<>-~]", lambda byte: b"=%02X" % byte[0][0], data)
    for body in (data, quoted, base64.encodebytes(data), b"\r\n  " + quoted, b"\n \n" + base64.encodebytes(data)):
        assert not begins_as_text(View(body), 0, len(body))


@pytest.mark.parametrize("text", ["Dear doctor,\n\nplease look at this. " * 8, '<p class=3D"x">=20=\r\n' * 20])
def test_texts_are_told(text: str) -> None:
    """Plain ones and quoted ones, if they are long enough."""
    view = View(text.encode())
    assert begins_as_text(view, 0, len(view))
    assert not begins_as_text(view, 0, 150)


# --- lines that mean something ---


@pytest.mark.parametrize("most", [0, 1, 3, 1000])
def test_a_message_with_more_lines_than_are_kept_is_searched_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Boundaries and uuencoded files are found again in the message itself."""
    monkeypatch.setattr(mbox, "MAX_LINES", most)
    uuencoded = made.text("see:\n" + made.encode(made.png(3), "uuencode").decode() + "\nbye\n")
    path = tmp_path / "box"
    path.write_bytes(
        made.mbox([made.mail(made.text("-- \na\n-- \nb\n"), made.photo(made.png(n)), uuencoded) for n in range(2)])
    )
    with open_export(path) as export:
        found = [item for item in export.scan() if isinstance(item, Attachment)]
    assert [(item.message.number, item.part) for item in found] == [(1, "2"), (1, "3.uu1"), (2, "2"), (2, "3.uu1")]


def test_a_header_line_begins_no_uuencoded_file(tmp_path: Path) -> None:
    """It stands before the body that it is looked for in."""
    path = tmp_path / "box"
    mail = made.mail(made.text("\n" + made.encode(made.png(), "uuencode").decode()))
    path.write_bytes(mail.replace(b"MIME-Version", b"begin 644 x.png\nMIME-Version"))
    with open_export(path) as export:
        assert [item.decode() for item in export.attachments()] == [made.png()]


# --- headers that are remembered ---


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from(["text/plain", "image/jpeg", "Message/RFC822", "multipart/mixed; boundary=a"]), max_size=3)
)
def test_what_a_short_header_says_does_not_depend_on_those_before(types: list[str]) -> None:
    """The same block says the same, with another default another thing."""
    for default in ("text/plain", "message/rfc822"):
        for kind in (*types, ""):
            for padding in ("", "X-Long: " + "x" * 300 + "\n"):
                raw = (padding + (f"Content-TYPE: {kind}\n" if kind else "") + "\n").encode()
                declared = read_declared(read_block(View(raw), 0, len(raw)), default)
                assert declared.type == (kind.partition(";")[0].lower() or default)
                assert declared.parameters == ({"boundary": "a"} if "boundary" in kind else {})
