"""The pictures of a message are known by their bytes, whatever is declared of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgfile.clinical.proofs import MediaType
from imgfile.mail.kinds import FileKind
from imgfile.mail.model import Attachment, Reason, Unsearched
from kit.mail import mailboxes as made
from kit.mail.searching import photos, scan

DATA = made.png()


@pytest.mark.parametrize("coding", ["base64", "quoted-printable", "8bit", "binary", "uuencode"])
@pytest.mark.parametrize("kind", ["image/png", "application/octet-stream", "text/plain", "image/jpeg", "x"])
def test_a_photo_is_known_by_its_bytes_in_every_encoding(box: Path, coding: made.Coding, kind: str) -> None:
    """The declared type decides nothing."""
    data = made.mail(made.text(), made.photo(DATA, coding, kind=kind))
    (found,) = scan(box, data)
    assert isinstance(found, Attachment)
    assert found.size == len(DATA)
    assert photos(box, data) == {"2": DATA}


@pytest.mark.parametrize("declared", ["7bit", "base64", "quoted-printable", "x-unknown"])
@pytest.mark.parametrize("coding", ["base64", "8bit"])
def test_a_wrongly_declared_encoding_hides_no_photo(box: Path, declared: str, coding: made.Coding) -> None:
    """The bytes are tried as base64 and as they are."""
    part = made.photo(DATA, coding)
    headers = (part.headers[0], f"Content-Transfer-Encoding: {declared}")
    assert DATA in photos(box, made.mail(made.text(), made.Part(headers, part.body))).values()


@pytest.mark.parametrize(
    ("headers", "name", "content_id", "is_inline"),
    [
        (("Content-Type: image/png; name=a.png",), "a.png", None, False),
        (("Content-Type: image/png", 'Content-Disposition: inline; filename="b c.png"'), "b c.png", None, False),
        (
            ("Content-Disposition: attachment; filename*=utf-8''r%C3%B6t.png", "Content-ID: <x@y>"),
            "röt.png",
            "x@y",
            False,
        ),
        (("Content-Disposition: inline; filename*0*=utf-8''%E2%82%AC; filename*1=.png",), "€.png", None, False),
        (('Content-Type: image/png; name="=?utf-8?B?w7Y=?="', "Content-ID: <x@y>"), "ö", "x@y", True),
        ((), None, None, False),
    ],
)
def test_names_and_content_ids_are_read(
    box: Path, headers: tuple[str, ...], name: str | None, content_id: str | None, *, is_inline: bool
) -> None:
    """RFC 2183, RFC 2231, RFC 2047: for the terminal alone, never in a repr."""
    part = made.Part((*headers, "Content-Transfer-Encoding: base64"), made.encode(DATA, "base64"))
    (found,) = scan(box, made.mail(made.text(), part))
    assert isinstance(found, Attachment)
    assert (found.name, found.content_id, found.is_inline) == (name, content_id, is_inline)
    assert ".png" not in repr(found)


def test_other_pictures_are_named_and_documents_are_reported(box: Path) -> None:
    """A GIF is a picture that cannot be filed yet; a PDF is none, and is not looked into."""
    data = made.mail(made.photo(made.gif()), made.photo(b"%PDF-1.7\n", kind="application/pdf", name="letter.pdf"))
    (found, document) = scan(box, data)
    assert isinstance(found, Attachment)
    assert found.kind is MediaType.GIF
    assert isinstance(document, Unsearched)
    assert (document.reason, document.kind, document.name) == (Reason.NOT_OPENED, FileKind.PDF, "letter.pdf")


@pytest.mark.parametrize(
    ("html", "coding", "is_inline"),
    [
        ('<img src="cid:rash@x">', "7bit", True),
        ("<img src='CID:rash@x'>", "7bit", True),
        ('<div style="background:url(cid:rash@x)">', "7bit", True),
        ('<img src=3D"cid:rash@=\nx">', "quoted-printable", True),
        ('<img src="cid:rash%40x">', "7bit", True),
        ('<img src="cid:rash@x">', "base64", True),
        ('<img src="cid:rash@y">', "7bit", False),
        ("<p>rash@x</p>", "7bit", False),
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_what_the_html_shows_is_inline_whatever_the_disposition_says(
    box: Path, html: str, coding: str, *, is_inline: bool, is_first: bool
) -> None:
    """The text may stand before the picture or behind it; a Content-ID that nothing refers to means nothing."""
    body = made.encode(html.encode(), "base64") if coding == "base64" else html.encode()
    page = made.Part(("Content-Type: text/html", f"Content-Transfer-Encoding: {coding}"), body)
    picture = made.photo(DATA, content_id="rash@x")
    parts = (page, picture) if is_first else (picture, page)
    (found,) = scan(box, made.mail(*parts))
    assert isinstance(found, Attachment)
    assert found.is_inline is is_inline


@pytest.mark.parametrize("coding", ["base64", "quoted", "hex", "yenc", "binhex"])
def test_a_file_that_stands_coded_in_the_words_of_a_letter_is_named(box: Path, coding: str) -> None:
    """Also where nobody erases anything: nearly all of the letter is no words."""
    data = made.jpeg(1, 9000)
    coded = {
        "base64": made.encode(data, "base64"),
        "quoted": made.encode(data, "base64").replace(b"\n", b"\n> "),
        "hex": b"\n".join(data.hex()[at : at + 60].encode() for at in range(0, 2 * len(data), 60)),
        "yenc": b"=ybegin line=128 size=9 name=a.jpg\n"
        + bytes((byte + 42) % 256 or 1 for byte in data)
        + b"\n=yend size=9",
        "binhex": b"(This file must be converted with BinHex 4.0)\n\n:" + b"$f*TEQKPH#jdH3jeG!a68" * 400 + b":",
    }[coding]
    letter = made.Part(("Content-Type: text/plain",), b"Dear doctor, please look at this. " * 9 + b"\n\n" + coded)
    (found,) = scan(box, made.mail(letter))
    assert isinstance(found, Unsearched)
    expected = {"yenc": FileKind.YENC, "binhex": FileKind.BINHEX}.get(coding, FileKind.CODED)
    assert (found.reason, found.kind) == (Reason.NOT_OPENED, expected)
