"""Further copies of a photo are found after the first one is gone, known by content, whatever they lie in (M6)."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import random
import zipfile
from pathlib import Path

import pytest

from imgfile.mail.mailbox import Export, open_export
from imgfile.mail.removal import residue, traces
from imgfile.mail.removal.place import Lies, Where
from imgfile.mail.removal.plan import plan_removal
from imgfile.mail.removal.residue import MAX_PLACES, find_residue
from imgfile.mail.removal.traces import ANCHOR, MAX_PIECES, PIECE_BYTES, Sought, Traces, choose_traces
from kit.mail import mailboxes as made
from kit.mail import outlook_messages as outlook
from kit.photos import jpeg_png

PHOTO = made.png(1, 40_000)
OTHER = made.png(2, 40_000)


def take_out_first(path: Path) -> tuple[Export, list[Traces]]:
    """Take a mailbox's first photo out; return the mailbox as it was searched, and what to look for."""
    with open_export(path) as export:
        (attachment, *_) = export.attachments()
        found = choose_traces(export, attachment)
        removal = plan_removal(export, attachment, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
    before = path.read_bytes()
    with path.open("r+b") as file:
        file.write(made.patched(before, removal))
    assert found is not None
    return export, [found]


def left_in(path: Path, data: bytes) -> list[Where]:
    """Write a mailbox, take its first photo out, and return what is left of it."""
    path.write_bytes(data)
    return find_residue(*take_out_first(path))


def folded(text: bytes, width: int, before: bytes = b"") -> bytes:
    """Break a text into lines, with something before each."""
    return b"\n".join(before + text[at : at + width] for at in range(0, len(text), width))


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Make a zip archive."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return whole.getvalue()


def attached(data: bytes, coding: made.Coding = "base64", kind: str = "application/octet-stream") -> made.Part:
    """Make a part with a file."""
    return made.photo(data, coding, kind=kind, name="file.bin")


def words(text: bytes, coding: str = "7bit", kind: str = "text/plain") -> made.Part:
    """Make a part with a text, in an encoding of its own."""
    if coding == "quoted-printable":
        text = binascii.b2a_qp(text)
    body = base64.encodebytes(text) if coding == "base64" else text
    return made.Part((f"Content-Type: {kind}; charset=utf-8", f"Content-Transfer-Encoding: {coding}"), body)


TEXT = base64.b64encode(PHOTO)
LINES = made.encode(PHOTO, "base64")
FORWARDED = made.mail(made.text(), made.photo(PHOTO))
URI = b'<p>Look</p><img src="data:image/png;base64,' + TEXT + b'">'
PDF = (
    b"%PDF-1.4\n1 0 obj<</Subtype/Image/Filter/DCTDecode/Length "
    + str(len(PHOTO)).encode()
    + b">>\nstream\n"
    + PHOTO
    + b"\nendstream endobj\n"
)
MESSAGE = "message/rfc822"

PARTS: dict[str, tuple[made.Part, str]] = {
    # what the copy lies in, and why it cannot be taken out
    "another width": (made.photo(PHOTO, width=72), ""),
    "one line": (made.photo(PHOTO, width=99_999), ""),
    "narrow lines": (made.photo(PHOTO, width=20), ""),
    "stray characters": (made.Part(made.photo(PHOTO).headers, LINES[:200] + b"***" + LINES[200:]), ""),
    "quoted-printable": (made.photo(PHOTO, "quoted-printable"), ""),
    "uuencode": (made.photo(PHOTO, "uuencode"), ""),
    "8bit": (made.photo(PHOTO, "8bit"), ""),
    "uuencode in a text": (words(made.encode(PHOTO, "uuencode")), ""),
    "uuencode in base64": (words(made.encode(PHOTO, "uuencode"), "base64"), ""),
    "uuencode in quoted-printable": (words(made.encode(PHOTO, "uuencode"), "quoted-printable"), "cannot be changed"),
    "a message": (attached(FORWARDED, "8bit", MESSAGE), ""),
    "a message in base64": (attached(FORWARDED, "base64", MESSAGE), ""),
    "a message in quoted-printable": (attached(FORWARDED, "quoted-printable", MESSAGE), "cannot be changed"),
    "winmail.dat": (attached(outlook.tnef([("a.png", PHOTO)]), "base64", "application/ms-tnef"), ""),
    "an Outlook message": (
        attached(outlook.compound(outlook.message([outlook.attached(PHOTO, "a.png")])), "base64"),
        "",
    ),
    "zip": (attached(zipped(("a.png", PHOTO))), "zip archive"),
    "zip, stored": (attached(zipped(("a.png", PHOTO), method=zipfile.ZIP_STORED)), "zip archive"),
    "docx": (attached(zipped(("[Content_Types].xml", b"x"), ("word/media/1.png", PHOTO))), "Office document"),
    "PDF": (attached(PDF.replace(PHOTO, PHOTO)), "PDF document"),
    "gzip": (attached(gzip.compress(PHOTO)), "gzip file"),
    "a quoted source": (words(folded(LINES, 76, b"> ")), "stands in a text"),
    "an answer to that": (words(folded(TEXT, 70, b"> > > ")), "stands in a text"),
    "an indented source": (words(folded(TEXT, 64, b"    ")), ""),
    "a source in base64": (words(folded(TEXT, 76), "base64"), "stands in a text"),
    "a data: address": (words(URI, "8bit", "text/html"), "stands in a text"),
    "a data: address in quoted-printable": (words(URI, "quoted-printable", "text/html"), "stands in a text"),
    "a data: address in base64": (words(URI, "base64", "text/html"), "stands in a text"),
    "a page in a zip archive": (attached(zipped(("a.html", URI))), "stands in a text"),
    "shifted by one": (words(folded(base64.b64encode(b"x" + PHOTO), 76)), "stands in a text"),
    "shifted by two": (words(folded(base64.b64encode(b"xx" + PHOTO), 61)), "stands in a text"),
    "UTF-16": (attached(b"\xff\xfe" + folded(TEXT, 76).decode().encode("utf-16-le"), "8bit"), "stands in a text"),
}


@pytest.mark.parametrize("newline", ["lf", "crlf"])
@pytest.mark.parametrize("name", list(PARTS))
def test_a_copy_is_found_in_whatever_it_lies(box: Path, name: str, newline: made.Newline) -> None:
    """With its message; its part where it is one, and whether it can be taken out."""
    part, remains = PARTS[name]
    if newline == "crlf" and b"\r" in part.body + PHOTO and "8bit" in "".join(part.headers):
        newline = "lf"  # bytes as they are have no line breaks of the mail's
    mails = [FORWARDED, made.mail(made.photo(OTHER)), made.mail(made.text(), part, made.text("after"))]
    data = made.mbox([made.with_newlines(mail, newline) for mail in mails])
    places = left_in(box, data)
    assert {where.message for where in places} == {3}
    assert {where.lies for where in places} == {Lies.IN_MESSAGE}
    copies = [where for where in places if where.part]
    if remains == "stands in a text":
        assert not any(where.can_go for where in places)
        assert all("text" in where.remains for where in copies)
    else:
        (copy,) = copies
        assert places == copies
        assert copy.part.startswith("2")
        assert remains in copy.remains
        assert copy.can_go is (not remains)


def test_after_the_only_copy_is_gone_nothing_is_found(box: Path) -> None:
    """Neither in the rest of the mailbox, nor in another photo, nor in what is opened."""
    zip_file = attached(zipped(("a.png", OTHER), ("b.txt", b"words")))
    mails = [FORWARDED, made.mail(made.text(), made.photo(OTHER)), made.mail(made.text(), zip_file)]
    assert left_in(box, made.mbox(mails)) == []


def test_a_mailbox_in_which_nothing_can_hide_is_searched_once(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its parts are not visited again: no picture in it is as long, and nothing was opened."""
    monkeypatch.setattr(residue, "_visit", None)
    mails = [FORWARDED, made.mail(made.text(), made.photo(made.png(2, 30_000)))]
    assert left_in(box, made.mbox(mails)) == []


def test_a_message_that_is_there_twice_is_one_place(box: Path) -> None:
    """However many pieces of it are found."""
    (where,) = left_in(box, made.mbox([FORWARDED, made.mail(made.photo(OTHER)), FORWARDED]))
    assert (where.message, where.part, where.can_go) == (3, "2", True)


def test_a_deleted_message_is_named_as_such(box: Path) -> None:
    """Thunderbird keeps it until the folder is compacted."""
    deleted = made.mail(made.text(), made.photo(PHOTO), extra=("X-Mozilla-Status: 0009",))
    (where,) = left_in(box, made.mbox([FORWARDED, deleted]))
    assert (where.lies, where.message, where.part) == (Lies.IN_DELETED, 2, "2")


@pytest.mark.parametrize("cut", [0.3, 0.5, 0.9])
def test_half_of_a_photo_is_found_by_its_pieces(box: Path, cut: float) -> None:
    """Torn off by another program: it is no photo any more, and nobody knows what it is a part of."""
    torn = LINES[int(len(LINES) * cut) :]
    places = left_in(box, made.mbox([FORWARDED, made.mail(words(b"> " + torn))]))
    assert places
    assert {(where.message, where.can_go) for where in places} == {(2, False)}


def test_bytes_outside_any_message_are_found(box: Path) -> None:
    """Before the first one."""
    places = left_in(
        box, b"From a@example.org Sat Nov 21 08:12:00 2026\nX: y\n\n" + LINES + b"\n\n" + made.mbox([FORWARDED])
    )
    assert {where.lies for where in places} == {Lies.IN_MESSAGE}
    assert {where.message for where in places} <= {1, 2}


def test_two_photos_are_told_apart(box: Path) -> None:
    """The one that was taken out is looked for, not the one beside it."""
    both = made.mail(made.photo(OTHER), made.photo(PHOTO))
    (where,) = left_in(box, made.mbox([FORWARDED, both]))
    assert (where.message, where.part) == (2, "2")


def test_many_photos_are_sought_in_one_walk(box: Path) -> None:
    """And found where each stands."""
    seeds = range(8)
    mails = [made.mail(made.text(), made.photo(made.png(seed, 9000 + 700 * seed))) for seed in seeds]
    box.write_bytes(made.mbox(mails))
    with open_export(box) as export:
        each = [found for one in export.attachments() if (found := choose_traces(export, one))]
    assert len(each) == len(seeds)
    assert [where.message for where in find_residue(export, each)] == [seed + 1 for seed in seeds]


# --- pieces ---


def test_what_photos_of_one_telephone_share_is_not_sought(box: Path) -> None:
    """The first two fifths may be tables and profiles."""
    head = made.png(7, 4000)
    photos = [head + made.png(seed, 6400 + seed) for seed in (1, 2)]
    assert left_in(box, made.mbox([made.mail(made.photo(photo, kind="image/jpeg")) for photo in photos])) == []


def test_small_photos_of_one_telephone_are_told_apart(box: Path) -> None:
    """Their tables, profiles and small pictures take nine tenths of them: none of that is sought."""
    first, second = (jpeg_png.phone_jpeg(width=200 + number, height=150) for number in (1, 2))
    assert left_in(box, made.mbox([made.mail(made.photo(photo, kind="image/jpeg")) for photo in (first, second)])) == []
    again = made.mail(words(folded(base64.b64encode(first), 70, b"> ")))
    places = left_in(
        box, made.mbox([made.mail(made.photo(photo, kind="image/jpeg")) for photo in (first, second)] + [again])
    )
    assert {where.message for where in places} == {3}


def test_a_plain_picture_has_no_pieces_and_is_known_by_its_digest(box: Path) -> None:
    """A run of one letter stands in other photos too."""
    plain = made.png(1, 100)[:60] + b"\0" * 9000
    box.write_bytes(made.mbox([made.mail(made.photo(plain)), made.mail(made.photo(plain, width=60))]))
    export, (found,) = take_out_first(box)
    assert (found.anchored, found.letters, found.raw) == ((), (), ())
    (where,) = find_residue(export, [found])
    assert (where.message, where.can_go) == (2, True)
    assert find_residue(export, []) == []


@pytest.mark.parametrize("length", [700, 3000, 40_000, 400_000])
def test_each_of_three_alignments_has_pieces(box: Path, length: int) -> None:
    """Of a large photo those that begin with two letters, of a small one those that begin with the first of them."""
    photo = made.png(3, length)
    box.write_bytes(made.mail(made.photo(photo)))
    with open_export(box) as export:
        (attachment,) = export.attachments()
        found = choose_traces(export, attachment)
    assert found is not None
    assert {len(piece) for piece in (*found.anchored, *found.letters)} == {PIECE_BYTES}
    assert all(piece.startswith(ANCHOR) for piece in found.anchored)
    assert all(piece.startswith(ANCHOR[:1]) for piece in found.letters)
    assert len(found.anchored) <= 3 * MAX_PIECES
    for shift in range(3):
        assert Sought([found]).in_text(base64.b64encode(bytes(shift) + photo)), shift


@pytest.mark.parametrize("count", [1, 60])
def test_any_number_of_small_photos_is_found(count: int) -> None:
    """One by one, or by their first letter."""
    photos = [random.Random(seed).randbytes(900) for seed in range(count)]  # noqa: S311 - filler, no secret
    each = [Traces(900, "", (), tuple(traces._pieces(base64.b64encode(photo), ANCHOR[:1])), ()) for photo in photos]
    sought = Sought(each)
    assert all(sought.in_text(b"\n> ".join([b"words", base64.b64encode(photo)])) for photo in photos)
    assert not sought.in_text(base64.b64encode(random.Random(999).randbytes(9000)))  # noqa: S311 - the same


@pytest.mark.parametrize("window", [50, 333, 4096])
def test_a_piece_across_the_edge_of_two_windows_is_found_once(
    box: Path, monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    """Wherever the edge falls, and at the byte where it begins."""
    monkeypatch.setattr(residue, "_WINDOW_BYTES", window)
    piece = ANCHOR + b"abcdefghijklmnopqrstuvwxyz0123"
    text = b"." * 77 + folded(piece, 5, b"> ") + b"." * 500 + piece + b"." * 300
    box.write_bytes(b"From: a@example.org\n\n" + text)
    with open_export(box) as export:
        pass
    found = Traces(1, "", (piece,), (), ())
    offsets = residue._search_file(export, Sought([found]))
    assert offsets == [21 + 77 + 2, 21 + text.rindex(piece)]
    raw = Traces(1, "", (), (), (piece,))
    assert residue._search_file(export, Sought([raw])) == offsets[1:]


def test_places_without_number_are_cut(box: Path) -> None:
    """A thousand are enough to say so."""
    piece = ANCHOR + b"abcdefghijklmnopqrstuvwxyz0123"
    box.write_bytes(b"From: a@example.org\n\n" + (piece + b"\n") * 2000)
    with open_export(box) as export:
        list(export.scan())
    assert len(find_residue(export, [Traces(1, "", (piece,), (), ())])) == MAX_PLACES
