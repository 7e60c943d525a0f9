"""Pictures are known by their bytes, and texts by theirs."""

from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image

from imgfile.mail.pictures import begins_as_text
from imgfile.mail.view import View
from kit.photos.heif import heif_with_metadata


def picture(kind: str) -> bytes:
    """Make a picture of a format."""
    stream = io.BytesIO()
    Image.effect_noise((80, 60), 40).convert("RGB").save(stream, kind)
    return stream.getvalue()


PICTURES = {kind: picture(kind) for kind in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "JPEG2000", "AVIF")}
PICTURES |= {
    "HEIF": heif_with_metadata(),
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
def test_texts_are_recognised(text: str) -> None:
    """Plain ones and quoted ones, if they are long enough."""
    view = View(text.encode())
    assert begins_as_text(view, 0, len(view))
    assert not begins_as_text(view, 0, 150)
