"""Taking a photo out of a text mailbox: nothing else moves (M1-M5), and independent readers agree."""

from __future__ import annotations

import binascii
import contextlib
import email
import hashlib
import mailbox
import re
import subprocess
from collections.abc import Iterator
from email import policy
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from imgfile.clinical.proofs import Patch, Removal
from imgfile.errors import SourceChanged, UnreadableMail
from imgfile.mail.coding.encodings import Encoding, decode_image
from imgfile.mail.detect import Container
from imgfile.mail.mailbox import open_export
from imgfile.mail.model import Attachment, Signature
from imgfile.mail.packed.zip import Member
from imgfile.mail.removal.plan import plan_removal
from imgfile.mail.tombstone import Tombstone, placeholder_reference
from imgfile.mail.view import View
from kit.mail import mailboxes as made
from kit.mail import outlook_messages as outlook
from kit.tools import samples, tool

FORWARDED = made.Part(
    ("Content-Type: message/rfc822",),
    made.message(made.photo(made.png()), extra=("DKIM-Signature: v=1",)).render(),
)
CODINGS: tuple[made.Coding, ...] = ("base64", "quoted-printable", "8bit", "uuencode")


def plan(path: Path, index: int = 0) -> tuple[Removal, Attachment, bytes]:
    """Plan the removal of a mailbox's n-th photo; return the plan, the attachment, the photo."""
    with open_export(path) as export:
        attachment = list(export.attachments())[index]
        photo = attachment.decode()
        return (
            plan_removal(export, attachment, reference=made.REFERENCE, removed_on=made.REMOVED_ON),
            attachment,
            photo,
        )


def take_out(path: Path, index: int = 0) -> tuple[bytes, bytes, Patch, Attachment]:
    """Plan one removal and return the mailbox before and after it; the file on disk becomes the latter."""
    before = path.read_bytes()
    removal, attachment, photo = plan(path, index)
    (patch,) = removal.patches
    after = made.patched(before, removal)
    path.write_bytes(after)
    assert_only_the_part_changed(before, after, patch, attachment)
    copies = sum(image == photo for image in images_by_byte_scan(before))
    assert sum(image == photo for image in images_by_byte_scan(after)) < max(copies, 1)
    return before, after, patch, attachment


def assert_only_the_part_changed(before: bytes, after: bytes, patch: Patch, attachment: Attachment) -> None:
    """Assert M1-M4 from the two byte strings alone."""
    end, body = patch.offset + len(patch.after), attachment.place.body_start
    assert len(before) == len(after)
    assert before[: patch.offset] == after[: patch.offset]
    assert before[end:] == after[end:]
    assert newlines(before[body:end]) == newlines(after[body:end])
    assert before[patch.offset : body].count(b"\n") == after[patch.offset : body].count(b"\n")
    assert re.findall(rb"\r?\n", before[patch.offset : body]) == re.findall(rb"\r?\n", after[patch.offset : body])


def newlines(data: bytes) -> list[tuple[int, bytes]]:
    """Return the places of CR and LF."""
    return [(match.start(), match[0]) for match in re.finditer(rb"[\r\n]", data)]


def images_by_byte_scan(data: bytes) -> Iterator[bytes]:
    """Decode every base64 run, and everything between begin and end; an oracle that knows no MIME."""
    for run in re.finditer(rb"(?:[A-Za-z0-9+/]{4,}={0,2}\r?\n?)+", data):
        letters = re.sub(rb"[\r\n]", b"", run[0])
        for skipped in range(2):
            text = run[0].split(b"\n", skipped)[-1] if skipped else letters
            text = re.sub(rb"[\r\n=]", b"", text)
            yield binascii.a2b_base64(text[: len(text) - len(text) % 4] + b"")
            yield binascii.a2b_base64(text + b"=" * (-len(text) % 4)) if len(text) % 4 != 1 else b""
    yield data


def structure(data: bytes) -> list[list[str]]:
    """Return the tree that Python's own parser sees: messages and the number of parts on each level."""
    path_like = mailbox_messages(data)
    return [[str(len(part.get_payload())) if part.is_multipart() else "leaf" for part in m.walk()] for m in path_like]


def mailbox_messages(data: bytes) -> list[email.message.Message]:
    """Parse an eml or mbox with the standard library."""
    if not data.startswith(b"From "):
        return [email.message_from_bytes(data, policy=policy.compat32)]
    starts = [match.start() for match in re.finditer(rb"^From [^\n]*\n(?=[!-9;-~]+:)", data, re.MULTILINE)]
    pieces = [data[a:b] for a, b in zip(starts, [*starts[1:], len(data)], strict=True)]
    return [email.message_from_bytes(piece.partition(b"\n")[2], policy=policy.compat32) for piece in pieces]


@st.composite
def photo_parts(draw: st.DrawFn, seed: int) -> made.Part:
    """Make a photo part of any encoding, size, name and position."""
    length = draw(st.integers(100, 3000))
    data, kind = draw(st.sampled_from([(made.png(seed, length), "image/png"), (made.jpeg(seed, length), "image/jpeg")]))
    return made.photo(
        data,
        draw(st.sampled_from(CODINGS)),
        kind=draw(st.sampled_from([kind, "application/octet-stream", "text/plain"])),
        name=draw(st.sampled_from(["a.png", "Jane Doe 9990000018.png", "x" * 90])),
        content_id=draw(st.sampled_from(["", "image001@example.org"])),
        disposition=draw(st.sampled_from(["", "inline", "attachment"])),
        width=draw(st.sampled_from([76, 72, 60, 64])),
    )


@st.composite
def mailboxes(draw: st.DrawFn) -> tuple[bytes, int]:
    """Make an eml or an mbox of any flavour and line ending, and say how many photos it has."""
    mails, photos = [], 0
    for number in range(draw(st.integers(1, 3))):
        drawn = [draw(photo_parts(2 * number + index)) for index in range(draw(st.integers(1, 2)))]
        parts = [made.text("Hello\n\nFrom now on it is worse.\n"), *drawn]
        whole = made.multipart(parts) if draw(st.booleans()) else made.multipart(parts[1:])
        if draw(st.booleans()):
            whole = made.multipart(
                [made.Part(("Content-Type: message/rfc822",), made.message(whole).render())], "mixed", "out"
            )
        mails.append(made.message(whole, number=number).render())
        photos += len(drawn)
    flavour = draw(st.sampled_from(made.FLAVOURS))
    data = made.mbox(mails, flavour, bare=draw(st.booleans()), final_newline=draw(st.booleans()))
    if len(mails) == 1 and draw(st.booleans()):
        data = mails[0]
    newline = draw(st.sampled_from(made.NEWLINES))
    is_text = b"Transfer-Encoding: 8bit" not in data and b"Content-Length" not in data
    return made.with_newlines(data, newline) if is_text else data, photos


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(mailboxes())
def test_every_photo_of_any_mailbox_goes_and_nothing_else_moves(tmp_path: Path, drawn: tuple[bytes, int]) -> None:
    """One after the other, each photo is taken out; message and part counts, line breaks, all other bytes stay."""
    data, photos = drawn
    path = tmp_path / "box"
    path.write_bytes(data)
    with open_export(path) as export:
        found = sum(1 for _ in export.attachments())
        messages = made.count_messages(export)
    assert found == photos
    tree = structure(data)
    for _ in range(photos):
        take_out(path)
    with open_export(path) as export:
        assert list(export.scan()) == []
        assert made.count_messages(export) == messages
    assert structure(path.read_bytes()) == tree


@pytest.fixture(name="eml")
def eml_path(tmp_path: Path) -> Path:
    """Return where a test writes its mail."""
    return tmp_path / "rash.eml"


def second_part(data: bytes) -> email.message.Message:
    """Return the second part of a multipart mail, as Python's own parser sees it."""
    payload = email.message_from_bytes(data, policy=policy.compat32).get_payload()
    assert isinstance(payload, list)
    part = payload[1]
    assert isinstance(part, email.message.Message)
    return part


def decoded(part: email.message.Message) -> bytes:
    """Return a part's decoded payload."""
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


def test_an_attachment_becomes_one_line_of_text(eml: Path) -> None:
    """The tombstone is base64-encoded text/plain that names the record and the day."""
    eml.write_bytes(made.mail(made.text(), made.photo(made.png(), name="2026-11-21 08.12.00 Jane Doe worse rash.png")))
    _, after, _, _ = take_out(eml)
    part = second_part(after)
    assert part.get_content_type() == "text/plain"
    assert part["X-Imgfile"].startswith("removed; ref=7f3k-q2ma; sha256=")
    assert part["X-Mozilla-Altered"].startswith('AttachmentDeleted; date="Sun Nov 22')
    assert decoded(part).decode().strip() == Tombstone(made.REFERENCE, made.REMOVED_ON, "").sentence()


@pytest.mark.parametrize(("data", "kind"), [(made.png(), "png"), (made.jpeg(), "jpeg"), (made.gif(), "gif")])
def test_an_inline_photo_becomes_a_small_picture_of_its_own_type(eml: Path, data: bytes, kind: str) -> None:
    """The text still finds the Content-ID; a viewer shows a grey square, not a broken icon."""
    if kind == "gif":
        data = data[:-1] + b"\x21\xfe\xff" + b"c" * 255 + b"\0;"
    part = made.photo(data, kind=f"image/{kind}", content_id="a@b", disposition="inline")
    eml.write_bytes(made.mail(made.text(), part))
    _, after, _, _ = take_out(eml)
    replaced = second_part(after)
    assert replaced.get_content_type() == f"image/{kind}"
    assert replaced["Content-ID"] == "<a@b>"
    assert placeholder_reference(decoded(replaced)) is not None
    with Image.open(BytesIO(decoded(replaced))) as picture:
        picture.load()
        assert picture.format == kind.upper()
        assert picture.convert("L").getpixel((0, 0)) == 128


def test_a_run_after_the_removal_finds_nothing(eml: Path) -> None:
    """Own tombstones and placeholders are known again."""
    inline = made.photo(made.png(2), content_id="a@b", disposition="inline")
    eml.write_bytes(made.mail(made.photo(made.png(1)), inline))
    take_out(eml)
    take_out(eml)
    with open_export(eml) as export:
        assert list(export.scan()) == []


def test_a_photo_that_only_says_it_was_removed_is_still_a_photo() -> None:
    """The words alone do not make a tombstone: the bytes must be the placeholder's."""
    mark = Tombstone(made.REFERENCE, made.REMOVED_ON, "0" * 64).facts().encode()
    assert placeholder_reference(made.png()[:40] + b"imgfile " + mark) is None
    assert placeholder_reference(made.png()) is None


@pytest.mark.parametrize("coding", [*CODINGS, "binary"])
def test_the_old_file_name_is_nowhere_afterwards(eml: Path, coding: made.Coding) -> None:
    """A file name may hold a patient's: it goes with the photo."""
    eml.write_bytes(made.mail(made.text(), made.photo(made.png(), coding, name="Jane Doe.png")))
    _, after, _, _ = take_out(eml)
    assert b"Jane" not in after
    assert b"patient.jpg" not in after


def test_a_mail_that_is_one_photo_keeps_its_own_header(eml: Path) -> None:
    """Sender, subject and date stay; only the Content fields are written anew."""
    eml.write_bytes(made.mail(made.photo(made.png(), name="Jane Doe.png")))
    _, after, _, attachment = take_out(eml)
    message = email.message_from_bytes(after, policy=policy.compat32)
    assert attachment.part == "1"
    assert message["Subject"] == "rash pic"
    assert message.get_content_type() == "text/plain"
    assert decoded(message).startswith(b"This photo was filed as 7f3k-q2ma")
    assert b"Jane" not in after


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Transfer-Encoding: base64",),
        ("Content-Type: a/b", "Content-Transfer-Encoding: base64"),
        ("Content-Transfer-Encoding: base64", "Content-Type: image/p"),
    ],
)
def test_a_header_too_small_for_new_words_stays_and_the_body_is_blanked(eml: Path, headers: tuple[str, ...]) -> None:
    """Nothing moves; the body holds the placeholder, so that no broken icon shows."""
    part = made.Part(headers, made.encode(made.png(), "base64"))
    eml.write_bytes(made.mail(made.text(), part))
    _, after, patch, attachment = take_out(eml)
    assert patch.offset == attachment.place.body_start
    assert placeholder_reference(decoded(second_part(after))) is not None


@pytest.mark.parametrize("coding", ["base64", "8bit"])
def test_a_whole_mail_without_content_type_is_blanked_in_its_body_alone(eml: Path, coding: made.Coding) -> None:
    """The photo was found by its bytes; no field tells of it, so none is changed."""
    head = (f"Content-Transfer-Encoding: {coding}", "Content-Language: en")
    eml.write_bytes(made.mail(made.Part(head, made.encode(made.png(), coding))))
    _, _, patch, attachment = take_out(eml)
    assert patch.offset == attachment.place.body_start


def test_a_whole_mail_whose_content_type_is_too_short_keeps_it(eml: Path) -> None:
    """`Content-Type: x` cannot become text/plain; the body alone is replaced."""
    head = ("Content-Type: x", "Content-Transfer-Encoding: base64")
    eml.write_bytes(made.mail(made.Part(head, made.encode(made.png(), "base64"))))
    _, _, patch, attachment = take_out(eml)
    assert patch.offset == attachment.place.body_start


def test_a_tiny_photo_leaves_only_blanks(eml: Path) -> None:
    """Where not even one word fits, the body is spaces and line breaks."""
    part = made.Part(("Content-Transfer-Encoding: base64",), made.encode(made.gif(), "base64"))
    eml.write_bytes(made.mail(made.text(), part))
    _, after, _, _ = take_out(eml)
    assert decoded(second_part(after)) == b""


def test_a_header_of_one_line_for_raw_bytes_takes_the_sentence_as_it_is(eml: Path) -> None:
    """Without room for an encoding the text stands in plain; without any, in the old header's body."""
    part = made.Part(("Content-Type: application/octet-stream",), made.png())
    eml.write_bytes(made.mail(made.text(), part))
    _, after, _, _ = take_out(eml)
    replaced = second_part(after)
    assert replaced.get_content_type() == "text/plain"
    assert b"".join(decoded(replaced).split()).startswith(b"Thisphotowasfiledas7f3k-q2ma")


def test_a_footer_that_a_mailing_list_appended_stays(eml: Path) -> None:
    """Text after complete base64 lines is no part of the photo."""
    footer = b"\n_______________\nSurgery list, private\n"
    part = made.photo(made.png())
    eml.write_bytes(made.mail(made.Part(part.headers, part.body + footer)))
    before, after, _, _ = take_out(eml)
    assert footer in before
    assert footer in after


@pytest.mark.parametrize("length", [1999, 2000, 2001])
def test_a_footer_after_base64_without_padding_stays_too(eml: Path, length: int) -> None:
    """Complete groups of four end the photo; where a group is open, the text after it counts as the photo's."""
    part = made.photo(made.jpeg(1, length))
    body = part.body.rstrip(b"=")
    eml.write_bytes(made.mail(made.Part(part.headers, body + b"\n\n-- \nlist\n")))
    with open_export(eml) as export:
        (attachment,) = export.attachments()
        assert attachment.decode().startswith(made.jpeg(1, length)[:-3])


@pytest.mark.parametrize("footer", [b"\n\nSent by list server!\n", b"\n\n-- \nlist\n", b"\n\n____\nlist\n"])
def test_a_footer_after_base64_whose_last_line_is_full_is_no_part_of_the_photo(eml: Path, footer: bytes) -> None:
    """All its lines are as long as the first, and the footer's letters are no line of it."""
    photo = made.jpeg(1, 57 * 20 - 13)
    part = made.photo(photo)
    assert len(part.body.splitlines()[-1]) == 76
    eml.write_bytes(made.mail(made.Part(part.headers, part.body + footer)))
    with open_export(eml) as export:
        (attachment,) = export.attachments()
        assert attachment.decode() == photo


def test_a_photo_behind_a_header_without_blank_line_is_replaced_without_moving_the_split(eml: Path) -> None:
    """The header stays and the body begins with letters, or it would read as a continuation line."""
    part = made.photo(made.png())
    glued = b"--b\n" + "".join(f"{line}\n" for line in part.headers).encode() + part.body
    eml.write_bytes(made.mail(made.Part(("Content-Type: multipart/mixed; boundary=b",), glued + b"\n--b--\n")))
    _, after, patch, attachment = take_out(eml)
    assert patch.offset == attachment.place.body_start
    assert after[patch.offset : patch.offset + 1].isalnum()


def test_a_tiny_photo_behind_a_header_without_blank_line_is_refused(eml: Path) -> None:
    """Blanks there would join the header: it is said, and nothing is planned."""
    glued = b"--b\nContent-Transfer-Encoding: base64\n" + made.encode(made.gif(), "base64")
    eml.write_bytes(made.mail(made.Part(("Content-Type: multipart/mixed; boundary=b",), glued + b"\n--b--\n")))
    with pytest.raises(UnreadableMail, match="without a blank line"):
        plan(eml)


def test_a_stray_carriage_return_in_a_header_leaves_the_header_alone(eml: Path) -> None:
    """Some readers count it as a line, some do not: nothing there is touched."""
    part = made.photo(made.png())
    headers = (part.headers[0].replace("\n", "\r\r\n"), *part.headers[1:])
    eml.write_bytes(made.mail(made.text(), made.Part(headers, part.body)))
    _, _, patch, attachment = take_out(eml)
    assert patch.offset == attachment.place.body_start


@pytest.mark.parametrize(
    ("part", "extra", "signed"),
    [
        (made.multipart([made.photo(made.png())], "signed"), (), Signature.MULTIPART),
        (made.multipart([made.photo(made.png())]), ("DKIM-Signature: v=1",), Signature.DKIM),
        (made.multipart([FORWARDED], "signed"), (), Signature.MULTIPART),
        (made.multipart([made.photo(made.png())]), (), None),
    ],
)
def test_a_signature_that_the_removal_breaks_is_told(
    eml: Path, part: made.Part, extra: tuple[str, ...], signed: Signature | None
) -> None:
    """The caller decides whether to go on."""
    eml.write_bytes(made.mail(part, extra=extra))
    with open_export(eml) as export:
        assert [found.signed for found in export.attachments()] == [signed]


@pytest.mark.parametrize("reference", ["", "a b", "a\nb", "x" * 65, "é"])
def test_a_reference_that_could_break_a_header_is_refused(reference: str) -> None:
    """Line breaks and blanks never reach a header."""
    with pytest.raises(ValueError, match="reference"):
        Tombstone(reference, made.REMOVED_ON, "")


# --- other people's readers ---


def test_munpack_and_ripmime_find_no_image_afterwards(eml: Path, tmp_path: Path) -> None:
    """Both unpack the tombstone as text, and both saw the photo before."""
    data = made.png()
    eml.write_bytes(made.mail(made.text(), made.photo(data, name="rash.png")))
    assert data in unpacked(eml, tmp_path / "before")
    take_out(eml)
    for contents in unpacked(eml, tmp_path / "after"):
        assert not contents.startswith(b"\x89PNG")


def unpacked(mail: Path, folder: Path) -> list[bytes]:
    """Return every file that munpack and ripmime make of a mail."""
    for name in ("munpack", "ripmime"):
        (folder / name).mkdir(parents=True)
    subprocess.run([tool("munpack"), "-q", "-t", "-C", folder / "munpack", mail], check=True, capture_output=True)
    subprocess.run([tool("ripmime"), "-i", mail, "-d", folder / "ripmime"], check=True, capture_output=True)
    return [found.read_bytes() for found in folder.rglob("*") if found.is_file()]


def test_mu_shows_the_one_line_and_nothing_to_extract(eml: Path, tmp_path: Path) -> None:
    """`mu view` prints the sentence; `mu extract` saves no attachment."""
    eml.write_bytes(made.mail(made.text(), made.photo(made.png(), name="rash.png")))
    take_out(eml)
    shown = subprocess.run([tool("mu"), "view", eml], check=True, capture_output=True).stdout
    assert b"This photo was filed as 7f3k-q2ma" in shown
    target = tmp_path / "extracted"
    target.mkdir()
    subprocess.run([tool("mu"), "extract", "-a", f"--target-dir={target}", eml], check=False, capture_output=True)
    assert [found for found in target.iterdir() if found.read_bytes().startswith(b"\x89PNG")] == []


def test_pythons_mailbox_sees_the_same_messages(tmp_path: Path) -> None:
    """Count and every other message's bytes are the same before and after."""
    path = tmp_path / "box"
    mails = [made.mail(made.text(), made.photo(made.png(n)), number=n) for n in range(4)]
    path.write_bytes(made.mbox(mails))
    before = messages_by_mailbox(path)
    take_out(path, 2)
    after = messages_by_mailbox(path)
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, True, False, True]


def messages_by_mailbox(path: Path) -> list[bytes]:
    """Return each message of an mbox as Python's `mailbox` cuts it."""
    with contextlib.closing(mailbox.mbox(path)) as box:
        return [box.get_bytes(key) for key in box.keys()]  # noqa: SIM118 - a mailbox iterates over its messages


def lies_in_archive(attachment: Attachment) -> bool:
    """Return whether a photo lies in a zip archive or Office document."""
    return any(isinstance(each, Member) for each in attachment.place.wrappings)


def test_every_real_mail_loses_its_photos_and_nothing_else(tmp_path: Path) -> None:
    """Over all sample mails: each photo found is taken out by M1-M5, and the parser's tree stays."""
    taken = left = 0
    for sample in samples("mail"):
        path = tmp_path / sample.name
        path.write_bytes(sample.read_bytes())
        try:
            with open_export(path) as export:
                found = list(export.attachments())
                documents = [one for one in found if lies_in_archive(one)]  # nothing is taken out of those
                count = len(found) - len(documents)
                is_single = export.container is Container.EML
        except UnreadableMail:
            continue
        tree = structure(path.read_bytes()) if is_single else []
        for _ in range(count):
            with open_export(path) as export:
                index = [lies_in_archive(one) for one in export.attachments()].index(False)
            _, _, _, attachment = take_out(path, index)
            assert attachment.place.encoding in Encoding
            taken += 1
        with open_export(path) as export:
            assert list(export.attachments()) == documents
        assert (structure(path.read_bytes()) if is_single else []) == tree
        left += len(documents)
    assert taken >= 40
    assert left


# --- not a byte of the photo is left, and the plan says which photo it is of ---

LAST = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(range(1, 250)) * 40 + b"\xff\xd9"
"""A photo whose last byte, in any encoding, is neither a blank nor a zero."""


@pytest.mark.parametrize("newline", ["lf", "crlf"])
@pytest.mark.parametrize("end", [b"\n", b""])
@pytest.mark.parametrize("coding", CODINGS)
def test_the_whole_body_is_replaced_to_its_last_byte(
    tmp_path: Path, coding: made.Coding, end: bytes, newline: made.Newline
) -> None:
    """What follows the tombstone's words are blanks and the photo's own line breaks, up to where the photo ended."""
    part = made.photo(LAST, coding)
    whole = made.mail(made.Part(part.headers, part.body + end))
    path = tmp_path / "box"
    path.write_bytes(whole if coding == "8bit" else made.with_newlines(whole, newline))
    before = path.read_bytes()
    removal, attachment, photo = plan(path)
    (patch,) = removal.patches
    body = attachment.place.body_start
    assert patch.offset <= body
    assert patch.end == attachment.place.body_end == len(before)
    assert removal.photo == hashlib.sha256(photo).hexdigest()
    after = patch.after[body - patch.offset :]
    words = after.rstrip(b" \r\n")
    assert len(words) < 200
    for at, (old, new) in enumerate(zip(before[body:], after, strict=True)):
        if old in b"\r\n":
            assert new == old
        elif at >= len(words):
            assert new == ord(" ")


@pytest.mark.parametrize("seed", [None, 9])
def test_a_photo_in_a_file_that_is_no_text_is_replaced_to_its_last_byte(tmp_path: Path, seed: int | None) -> None:
    """A placeholder, then zeros: in as many pieces as the photo lies in, in whichever order they lie."""
    path = tmp_path / "box"
    path.write_bytes(outlook.compound(outlook.message([outlook.attached(LAST, "a.jpg")]), seed=seed))
    before = path.read_bytes()
    removal, _, photo = plan(path)
    assert photo == LAST
    old = b"".join(before[patch.offset : patch.end] for patch in removal.patches)
    new = b"".join(patch.after for patch in removal.patches)
    assert sorted(old) == sorted(photo)
    assert len(new) == len(photo)
    assert new.count(0) > len(photo) - 600
    assert removal.photo == hashlib.sha256(photo).hexdigest()
    path.write_bytes(made.patched(before, removal))
    with open_export(path) as export:
        assert [place.reference for place in export.taken_out()] == [made.REFERENCE]


def test_a_mailbox_that_changes_while_the_plan_is_made_has_none(tmp_path: Path) -> None:
    """The digests of the photo and of its bytes would be of two things."""
    path = tmp_path / "box"
    path.write_bytes(made.mail(made.text(), made.photo(made.png())))
    with open_export(path) as export:
        (attachment,) = export.attachments()

        def decode_and_be_overtaken(view: View, start: int, end: int, encoding: Encoding) -> bytes:
            data = decode_image(view, start, end, encoding)
            path.write_bytes(path.read_bytes().replace(b"iVBOR", b"iVBOS"))
            return data

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("imgfile.mail.removal.plan.decode_image", decode_and_be_overtaken)
            with pytest.raises(SourceChanged, match="changed while it was being read"):
                plan_removal(export, attachment, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
