"""Finding photos in mailboxes: by their bytes, wherever they stand, however broken the mail."""

from __future__ import annotations

import base64
import email
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from email import policy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgfile.clinical.proofs import MediaType
from imgfile.errors import SourceChanged, SourceUnavailable, UnreadableMail
from imgfile.images.identify import Foreign, identify
from imgfile.mail import view as mapping
from imgfile.mail.detect import Container, recognise_container
from imgfile.mail.encodings import Encoding
from imgfile.mail.mailbox import open_export
from imgfile.mail.mbox import find_messages
from imgfile.mail.mime import parts as walk
from imgfile.mail.model import Attachment, Header, Reason, Unsearched
from imgfile.mail.removal.plan import plan_removal
from kit.mail import mailboxes as made
from kit.mail import outlook_messages as outlook
from kit.tools import samples

DATA = made.png()
HOSTILE_SECONDS = 10
"""Far above what linear work takes, far below what quadratic work would."""


_SEARCH_AND_LIST_MODULES = """
import sys
from pathlib import Path
from imgfile.mail.mailbox import open_export
with open_export(Path(sys.argv[1])) as export:
    assert [photo.part for photo in export.attachments()]
print(*sys.modules)
"""


@pytest.fixture(name="box")
def box_path(tmp_path: Path) -> Path:
    """Return where a test writes its mailbox."""
    return tmp_path / "box"


def scan(path: Path, data: bytes) -> list[Attachment | Unsearched]:
    """Write a mailbox and scan it; every photo found must also decode."""
    path.write_bytes(data)
    with open_export(path) as export:
        found = list(export.scan())
        for attachment in found:
            if isinstance(attachment, Attachment):
                attachment.decode()
        return found


def photos(path: Path, data: bytes) -> dict[str, bytes]:
    """Scan a mailbox and return the decoded photos by part number."""
    path.write_bytes(data)
    with open_export(path) as export:
        return {found.part: found.decode() for found in export.attachments()}


def reasons(path: Path, data: bytes) -> list[tuple[str, Reason]]:
    """Scan a mailbox and return what was not searched."""
    return [(found.part, found.reason) for found in scan(path, data) if isinstance(found, Unsearched)]


# --- what a mailbox is ---


@pytest.mark.parametrize(
    "data",
    [
        b"From: a@example.org\n\nhello",
        b"\xef\xbb\xbfSubject: x\n\n",
        b"\n\r\nReceived: by x\n\tfor y\nSubject: x\n\n",
        b"X-Odd: 1\nDate: today\n\nx",
        b"From a@example.org Sat Nov 21\nSubject: x\n\nx",
        b"From \nX-Mozilla-Status: 0001\n\n",
        b"Content-Type: text/plain",
    ],
)
def test_mail_is_known_by_its_first_bytes(data: bytes) -> None:
    """A header with a field of mail, or a separator before one."""
    assert recognise_container(data) in {Container.EML, Container.MBOX}


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", DATA, made.jpeg(), b"hello\nFrom: x\n", b"Note: buy milk\n\n", b"From here\non", b"<a:b>"],
)
def test_what_is_no_mail_is_not_taken_for_it(data: bytes) -> None:
    """Photos, notes and letters are no mailboxes."""
    assert recognise_container(data) is None


def test_a_file_that_is_no_mailbox_is_refused(box: Path) -> None:
    """Empty, a photo, absent: each has its own error."""
    box.write_bytes(b"")
    with pytest.raises(UnreadableMail, match="empty"), open_export(box):
        pass
    box.write_bytes(DATA)
    with pytest.raises(UnreadableMail, match="no mailbox"), open_export(box):
        pass
    with pytest.raises(SourceUnavailable), open_export(box / "x"):
        pass


def test_an_export_tells_what_it_is_and_how_far_it_got(box: Path) -> None:
    """Container, identity, number of messages, progress up to the last byte, though not at every message."""
    data = made.mbox([made.mail(made.photo(DATA), number=n) for n in range(3)])
    box.write_bytes(data)
    walked: list[tuple[int, int]] = []
    with open_export(box) as export:
        assert export.container is Container.MBOX
        assert export.identity.size == len(data)
        assert made.count_messages(export) == 3
        assert len(list(export.attachments(lambda done, total: walked.append((done, total))))) == 3
    assert walked == [(len(data), len(data))]


def test_a_closed_export_can_be_read_as_long_as_it_is_the_same_file(box: Path) -> None:
    """A Maildir has more files than may be open at once."""
    box.write_bytes(made.mail(made.photo(DATA)))
    with open_export(box) as export:
        (attachment,) = export.attachments()
    assert attachment.decode() == DATA
    box.rename(box.with_name("old"))
    with pytest.raises(SourceUnavailable):
        attachment.decode()
    box.write_bytes(made.mail(made.photo(DATA)))
    with pytest.raises(SourceChanged):
        attachment.decode()


def test_a_mailbox_that_changes_while_it_is_read_is_refused(box: Path) -> None:
    """New mail came in: what was found may have moved."""
    box.write_bytes(made.mbox([made.mail(made.photo(DATA))]))

    def scan_while_it_grows() -> None:
        with open_export(box) as export:
            for _ in export.attachments():
                with box.open("ab") as more:
                    more.write(b"From \nSubject: new\n\n")

    with pytest.raises(SourceChanged):
        scan_while_it_grows()


def test_a_file_that_cannot_be_mapped_is_told(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems map nothing."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(19, "No such device")

    box.write_bytes(made.mail(made.photo(DATA)))
    monkeypatch.setattr("mmap.mmap", refuse)
    with open_export(box) as export, pytest.raises(SourceUnavailable, match="mapped"):
        list(export.scan())


def test_walked_pages_are_given_back(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Window by window, with marks across the edges, the same photos are found."""
    data = made.mbox([made.mail(made.text(), made.photo(made.png(n, 5000)), number=n) for n in range(9)])
    expected = photos(box, data)
    for window in (64, 97, 4096, 5003):
        monkeypatch.setattr(mapping, "WINDOW_BYTES", window)
        assert photos(box, data) == expected


# --- messages ---


@pytest.mark.parametrize("flavour", made.FLAVOURS)
@pytest.mark.parametrize("newline", made.NEWLINES)
def test_messages_of_every_mbox_flavour_are_told_apart(box: Path, flavour: made.Flavour, newline: made.Newline) -> None:
    """A body line that begins with `From ` splits no message where the flavour quotes or counts."""
    letter = made.text("Dear doctor,\n\nFrom noon on\nnote: it is worse\n")
    mails = [made.mail(letter, made.photo(made.png(n)), number=n) for n in range(3)]
    data = made.mbox(mails, flavour)
    if flavour != "mboxcl2":
        data = made.with_newlines(data, newline)
    found = [found for found in scan(box, data) if isinstance(found, Attachment)]
    assert [attachment.message.number for attachment in found] == [1, 2, 3]
    assert [attachment.message.message_id for attachment in found] == [f"<{n}@example.org>" for n in range(3)]


@pytest.mark.parametrize("length", [b"7", b"99999999", b"x", b"-1"])
def test_a_wrong_content_length_is_not_believed(box: Path, length: bytes) -> None:
    """It counts only where it lands on the next message."""
    one = made.mail(made.photo(DATA)).replace(b"MIME-Version: 1.0", b"Content-Length: " + length)
    box.write_bytes(made.mbox([one, one]))
    with open_export(box) as export:
        assert made.count_messages(export) == 2


def test_a_bare_separator_counts_and_a_sentence_does_not(box: Path) -> None:
    """`From ` alone before a field is a separator; before prose it is text."""
    mails = [made.mail(made.text("x\nFrom here it itches.\nStill.\n"), number=n) for n in range(2)]
    box.write_bytes(made.mbox(mails, "mboxcl2", bare=True).replace(b"Content-Length", b"X-Length"))
    with open_export(box) as export:
        assert made.count_messages(export) == 2


def test_the_message_facts_are_decoded(box: Path) -> None:
    """Sender, date, subject and Message-ID of the outermost message."""
    data = made.mail(made.photo(DATA), subject="=?utf-8?q?R=C3=B6schen?=")
    (found,) = scan(box, data)
    assert found.message.sender == "parent@example.org"
    assert found.message.sent_at == datetime(2026, 11, 21, 8, 12, tzinfo=UTC)
    assert found.message.subject == "Röschen"
    assert "Röschen" not in repr(found)
    assert "parent" not in repr(found)


def test_what_is_no_mbox_has_no_messages(box: Path) -> None:
    """The separators decide."""
    box.write_bytes(made.mail(made.text()))
    with open_export(box) as export, export.opened() as view:
        assert list(find_messages(view)) == []


# --- parts ---


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


def test_a_uuencoded_photo_within_a_letter_is_found(box: Path) -> None:
    """The letter around it is no part of it; text that merely begins with `begin` is none."""
    coded = made.encode(DATA, "uuencode").decode()
    letter = made.text(
        f"Hello\nbegin 644 now\nbegin 644 x.txt\n!82 \n`\nend\n{coded}\nBye\nbegin 644 two.png\n{coded[22:]}\n"
    )
    data = made.mail(letter)
    found = photos(box, data)
    assert found == {"1.uu1": DATA, "1.uu2": DATA}
    first, _ = (found for found in scan(box, data) if isinstance(found, Attachment))
    assert first.place.header is Header.NONE
    assert first.name is None


def test_broken_uuencoded_lines_are_passed_over(box: Path) -> None:
    """A line that claims less than it holds does not end the photo."""
    lines = made.encode(DATA, "uuencode").split(b"\n")
    lines.insert(3, b"!zzzz".upper())
    lines.insert(3, b"  `ABCDEF".replace(b"`", b"\x21"))
    (found,) = scan(box, made.mail(made.text((b"x\n" + b"\n".join(lines)).decode())))
    assert isinstance(found, Attachment)


def test_parts_are_numbered_as_imap_does(box: Path) -> None:
    """RFC 3501 §6.4.5: nested multiparts and messages count through."""
    inner = made.multipart([made.text(), made.photo(made.png(3))], boundary="inner")
    forwarded = made.Part(("Content-Type: message/rfc822",), made.message(inner).render())
    single = made.Part(("Content-Type: message/rfc822",), made.message(made.photo(made.png(4))).render())
    twice = made.Part(("Content-Type: message/rfc822",), made.message(single).render())
    alternative = made.multipart([made.text(), made.photo(made.png(2))], "alternative", "alt")
    data = made.mail(alternative, forwarded, single, twice, made.photo(made.png(5)))
    assert {part: int(number) for number, part in enumerate(photos(box, data))} == {
        "1.2": 0,
        "2.2": 1,
        "3.1": 2,
        "4.1.1": 3,
        "5": 4,
    }


def test_a_digest_holds_messages_that_say_nothing_of_their_type(box: Path) -> None:
    """RFC 2046 §5.1.5: a part of a digest is a message by default."""
    part = made.Part((), made.message(made.photo(DATA)).render())
    assert photos(box, made.mail(made.multipart([part], "digest"))) == {"1.1": DATA}


@pytest.mark.parametrize(
    "whole",
    [
        made.Part(("Content-Type: multipart/mixed",), made.multipart([made.photo(DATA)]).body),
        made.Part(("Content-Type: multipart/mixed; boundary=other",), made.multipart([made.photo(DATA)]).body),
        made.Part(("Content-Type: text/plain",), made.multipart([made.photo(DATA)]).body),
        made.Part(("Content-Type: multipart/mixed; boundary=b",), b"\n--c\n" + made.photo(DATA).render()),
        made.Part(
            ("Content-Type: multipart/mixed; boundary=b", "Content-Transfer-Encoding: base64"),
            made.encode(DATA, "base64") + b"\n--b--\n",
        ),
        made.Part(("Content-Type: multipart/mixed; boundary=b",), b"--b--\n" + made.encode(DATA, "base64")),
    ],
    ids=["no boundary", "wrong boundary", "text", "unclosed", "preamble", "epilogue"],
)
def test_a_photo_behind_broken_boundaries_is_found(box: Path, whole: made.Part) -> None:
    """Undeclared boundaries, preambles and epilogues are looked at too."""
    assert DATA in photos(box, made.message(whole).render()).values()


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Type: image/png\nname=x.png\nContent-Transfer-Encoding: base64\n\n",
        b"\tContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n",
        b"Content-Transfer-Encoding: base64\n",
        b"CONTENT-TRANSFER-ENCODING : BASE64\n\n\n\n",
        b"Content-Transfer-Encoding:base64; x=y\nContent-Transfer-Encoding: 7bit\n\n",
    ],
    ids=["malformed line", "indented", "no blank line", "capitals", "twice"],
)
def test_a_malformed_part_header_hides_no_photo(box: Path, header: bytes) -> None:
    """Lenient as mail readers are."""
    body = b"--b\n" + header + made.encode(DATA, "base64") + b"\n--b--\n"
    data = made.message(made.Part(("Content-Type: multipart/mixed; boundary=b",), body)).render()
    assert DATA in photos(box, data).values()


@pytest.mark.parametrize("before", ["Content-Type-Hint: text/plain", "content-type without a colon", "Content-Type"])
def test_a_line_that_only_begins_like_a_field_is_not_taken_for_it(box: Path, before: str) -> None:
    """The field itself comes later; the photo's header is written anew all the same."""
    part = made.photo(DATA, name="Jane Doe.png")
    data = made.message(made.Part((before, *part.headers), part.body)).render()
    assert photos(box, data) == {"1": DATA}
    with open_export(box) as export:
        attachment = next(export.attachments())
        removal = plan_removal(export, attachment, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
    assert attachment.declared_type == "image/png"
    assert b"Jane" not in made.patched(data, removal)


def test_empty_parts_and_a_boundary_at_the_very_end_are_fine(box: Path) -> None:
    """No body, no line break, nothing after."""
    body = b"--b\n--b\nContent-Type: text/plain\n--b\n\n--b\r\n\r\n--b"
    assert scan(box, made.message(made.Part(("Content-Type: multipart/mixed; boundary=b",), body)).render()) == []


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
def test_names_and_content_ids_are_told(
    box: Path, headers: tuple[str, ...], name: str | None, content_id: str | None, *, is_inline: bool
) -> None:
    """RFC 2183, RFC 2231, RFC 2047: for the terminal alone, never in a repr."""
    part = made.Part((*headers, "Content-Transfer-Encoding: base64"), made.encode(DATA, "base64"))
    (found,) = scan(box, made.mail(made.text(), part))
    assert isinstance(found, Attachment)
    assert (found.name, found.content_id, found.is_inline) == (name, content_id, is_inline)
    assert ".png" not in repr(found)


def test_other_pictures_are_named_and_documents_are_left(box: Path) -> None:
    """A GIF is a picture that cannot be filed yet; a PDF is none."""
    data = made.mail(made.photo(made.gif()), made.photo(b"%PDF-1.7\n", kind="application/pdf"))
    (found,) = scan(box, data)
    assert isinstance(found, Attachment)
    assert found.kind is MediaType.GIF


# --- what cannot be searched is told ---


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (made.Part(("Content-Type: application/pkcs7-mime; smime-type=enveloped-data",), b"x"), Reason.ENCRYPTED),
        (made.Part(("Content-Type: application/x-pkcs7-mime; smime-type=signed-data",), b"x"), Reason.OPAQUE_SIGNED),
        (made.Part(("Content-Type: application/pgp-encrypted",), b"Version: 1"), Reason.ENCRYPTED),
        (made.text("\n-----BEGIN PGP MESSAGE-----\n\nabc\n"), Reason.ENCRYPTED),
        (made.Part(("Content-Type: message/partial; number=1",), b"x"), Reason.PARTIAL),
        (made.Part(("Content-Type: message/rfc822", "Content-Transfer-Encoding: base64"), b"A"), Reason.BROKEN),
        (made.Part(("Content-Type: application/ms-tnef",), b"x"), Reason.BROKEN),
        (made.photo(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1abc", kind="application/octet-stream"), Reason.BROKEN),
        (made.Part(("Content-Type: text/html",), b"<img src='data:image/png;base64,iVBO'>"), Reason.DATA_URI),
        (made.photo(b"<img src='DATA:image/png;base64,iVBO'>", kind="text/html"), Reason.DATA_URI),
        (made.Part(("Content-Transfer-Encoding: x-yenc",), b"x"), Reason.UNKNOWN_ENCODING),
    ],
)
def test_what_is_not_searched_is_reported(box: Path, part: made.Part, reason: Reason) -> None:
    """Never passed over in silence."""
    assert reasons(box, made.mail(made.text(), part)) == [("2", reason)]


@pytest.mark.parametrize("body", [b"hello", b"aGVsbG8", b"a", b"a!!!"])
def test_html_without_pictures_is_not_reported(box: Path, body: bytes) -> None:
    """Plain, coded, or badly coded."""
    for encoding in ("7bit", "base64"):
        part = made.Part(("Content-Type: text/html", f"Content-Transfer-Encoding: {encoding}"), body)
        assert scan(box, made.mail(made.text(), part)) == []


def test_lines_within_a_coded_message_open_no_part_of_the_outer_one(box: Path) -> None:
    """They are another encoding's text: the message is opened whole, and its parts are its own."""
    inner = made.mail(made.text(), made.photo(DATA)).replace(b"=", b"=3D")
    part = made.Part(("Content-Type: message/rfc822", "Content-Transfer-Encoding: quoted-printable"), inner)
    outer = made.multipart([part, made.photo(made.png(2))], boundary="out")
    assert photos(box, made.message(outer).render()) == {"1.2": DATA, "2": made.png(2)}


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
    monkeypatch.setattr("imgfile.mail.encodings.MAX_BODY_BYTES", 100)
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


# --- hostile input ---


def timed_scan(path: Path, data: bytes) -> list[Attachment | Unsearched]:
    """Scan within the time that linear work takes."""
    began = time.process_time()
    found = scan(path, data)
    assert time.process_time() - began < HOSTILE_SECONDS
    return found


def test_a_hundred_thousand_boundaries_end_in_time(box: Path) -> None:
    """Beyond the limit of parts the rest is reported."""
    data = made.message(made.Part(("Content-Type: multipart/mixed; boundary=b",), b"--b\n\nx\n" * 100_000)).render()
    (found,) = timed_scan(box, data)
    assert isinstance(found, Unsearched)
    assert found.reason is Reason.TOO_MANY_PARTS
    assert found.part == str(walk.MAX_PARTS)


def test_undeclared_boundaries_without_number_end_in_time(box: Path) -> None:
    """Lines of hyphens that open nothing cost one look each."""
    assert timed_scan(box, made.mail(made.text("--x\n--\n" * 100_000))) == []


@pytest.mark.parametrize("line", [b"X: y\n", b"no field\nX: y\n", b"X:\n y\n", b":\n", b"x" * 50 + b"\n"])
def test_a_header_of_a_hundred_thousand_lines_ends_in_time(box: Path, line: bytes) -> None:
    """Fields, malformed lines, continuations."""
    timed_scan(box, b"From: a@example.org\n" + line * 100_000 + b"\n\n")


def test_a_header_longer_than_the_limit_is_reported(box: Path) -> None:
    """What follows counts as body; a photo in a part of it is still found by its Content fields."""
    whole = made.multipart([made.photo(DATA)])
    data = b"From: a@example.org\n" + b"X: " + b"y\n " * (1 << 19) + b"\n" + whole.render()
    assert Reason.HEADER_TOO_LONG in {reason for _, reason in reasons(box, data)}
    assert DATA in photos(box, data).values()


def test_deep_nesting_is_cut_and_reported(box: Path) -> None:
    """Multiparts in multiparts, and messages in messages."""
    part, forwarded = made.photo(DATA), made.photo(DATA)
    for level in range(walk.MAX_DEPTH + 10):
        part = made.multipart([part], boundary=f"b{level}")
        forwarded = made.Part(("Content-Type: message/rfc822",), made.message(forwarded).render())
    for whole in (part, forwarded):
        assert Reason.TOO_DEEP in {reason for _, reason in reasons(box, made.message(whole).render())}


@pytest.mark.parametrize(
    "value",
    [
        'multipart/mixed; boundary="' + '\\"' * 8000,
        "multipart/mixed" + ";a=" * 8000,
        "multipart/mixed" + '; a*0*="x' * 4000,
        "multipart/mixed;" + " " * 15000 + "boundary=b",
        "multipart/mixed; boundary=" + "b" * 15000,
        "=?utf-8?q?" * 3000,
    ],
)
def test_a_hostile_field_value_ends_in_time(box: Path, value: str) -> None:
    """Parameters are read in time that is linear, or bounded by the value's limit."""
    part = made.Part((f"Content-Type: {value}", "Content-Disposition: " + value), b"--b\n\n--b--\n")
    timed_scan(box, made.mail(part, subject=value))


def test_uuencode_without_end_ends_in_time(box: Path) -> None:
    """Each `begin` and each line is looked at once."""
    timed_scan(box, made.mail(made.text("begin 644 x\nM" + "A" * 60 + "\n" + "begin 644 x\n" * 100_000)))


PIECES = (
    *(b"From \n", b"From: a@b\n", b"\n", b"\r\n", b"--b\n", b"--b--\n", b"--c\r\n", b"x", b"=", b"\0", b" "),
    b"Content-Type: multipart/mixed; boundary=b\n",
    b"Content-Type: multipart/digest; boundary=c\n",
    b"Content-Type: message/rfc822\n",
    b"Content-Transfer-Encoding: base64\n",
    b"iVBORw0KGgo\n",
    b"/9j/4AAQSkZJRgABAQAAAQAB\n",
    b"begin 644 x\n",
    b"M_]C_X``02D9)1@`!`0$`2`!(``#_X@Q824-#\n",
    b"end\n",
    b"Subject: =?utf-8?b?a?= =?idna?q?=ff?=\n",
    b"Date: 99 Jan 99999 99:99\n",
    b"Content-Length: 20\n",
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES)))
def test_no_bytes_make_the_scanner_fail(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]) -> None:
    """Whatever the order of mail's building blocks: a result, or `UnreadableMail`."""
    path = tmp_path_factory.getbasetemp() / "pieces"
    path.write_bytes(b"From \nFrom: x\n" + b"".join(pieces))
    with open_export(path) as export:
        for found in export.scan():
            if isinstance(found, Attachment):
                assert found.place.body_end <= export.identity.size
                try:
                    found.decode()
                except UnreadableMail:
                    assert found.place.encoding is Encoding.BASE64


# --- real mails ---


def test_every_image_of_the_real_mails_is_found(box: Path) -> None:
    """What Python's own parser decodes to an image, and every base64 run that begins as one, the scan finds."""
    compared = 0
    for sample in samples("mail"):
        data = sample.read_bytes()
        if recognise_container(data) in {None, Container.MSG}:
            continue
        mine = set(photos(box, data).values()) | {b""}
        expected = set(images_by_stdlib(data)) | set(images_by_base64_runs(data))
        heads = {image[:40] for image in mine}
        assert {image[:40] for image in expected} <= heads, sample.name
        compared += 1
    assert compared >= 30


def images_by_stdlib(data: bytes) -> list[bytes]:
    """Sniff every leaf that Python's parser finds."""
    found = []
    for part in email.message_from_bytes(data, policy=policy.compat32).walk():
        payload = None if part.is_multipart() else part.get_payload(decode=True)
        if isinstance(payload, bytes) and is_picture(payload):
            found.append(payload)
    return found


def images_by_base64_runs(data: bytes) -> list[bytes]:
    """Decode every run of base64 lines, knowing no MIME."""
    runs = re.findall(rb"(?:^[A-Za-z0-9+/]{20,}={0,2}[ \t]*\r*\n?)+", data, re.MULTILINE)
    texts = [re.sub(rb"[^A-Za-z0-9+/]", b"", run) for run in runs]
    return [image for text in texts if is_picture(image := base64.b64decode(text[: len(text) - len(text) % 4]))]


def is_picture(data: bytes) -> bool:
    """Say whether bytes begin as a picture does."""
    return identify(data) not in {None, Foreign.PDF, Foreign.SVG, Foreign.VIDEO, Foreign.ARCHIVE}


def imported_by_searching(path: Path, data: bytes) -> set[str]:
    """Search a mailbox in a process of its own, and return the modules of mail that this imported."""
    path.write_bytes(data)
    command = [sys.executable, "-c", _SEARCH_AND_LIST_MODULES, str(path)]
    modules = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return {name.removeprefix("imgfile.mail.") for name in modules if name.startswith("imgfile.mail.")}


def test_a_text_mailbox_is_searched_without_what_reads_other_kinds(box: Path) -> None:
    """Outlook's formats and archives are read by modules that are imported when such a file is met."""
    text = imported_by_searching(box, made.mbox([made.mail(made.photo(DATA))]))
    assert {"mbox", "mime.photos"} <= text
    assert not {name for name in text if name.startswith(("outlook", "zip", "removal"))}
    winmail = made.photo(outlook.tnef([("rash.png", DATA)]), kind="application/ms-tnef")
    assert "outlook.tnef" in imported_by_searching(box, made.mbox([made.mail(winmail)]))
