"""Photos within something within a mailbox: found, and taken out with every other byte where it was."""

from __future__ import annotations

import base64
import contextlib
import io
import re
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import olefile
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imgfile.clinical.proofs import Evidence
from imgfile.erase import erase_region
from imgfile.errors import SourceRemains, UnreadableMail
from imgfile.mail import search
from imgfile.mail import wrapping as wrappings
from imgfile.mail.detect import CFB_MAGIC, Container
from imgfile.mail.mailbox import container_of, open_export
from imgfile.mail.model import Attachment, Header, Hidden, Reason, Signature, Unsearched
from imgfile.mail.outlook import cfb as compound
from imgfile.mail.outlook import embedded_objects as objects
from imgfile.mail.removal.plan import plan_removal
from imgfile.mail.removal.residue import choose_pieces, find_residue
from imgfile.mail.tombstone import placeholder_reference
from imgfile.mail.view import View
from kit.mail import mailboxes as made
from kit.mail import outlook_messages as outlook
from kit.tools import samples, tool
from kit.vault.erasure import Notes, release

PHOTO = made.png(1, 6000)
SMALL = made.png(2, 1500)
PROBE_BYTES = 48


@pytest.fixture(name="box")
def box_path(tmp_path: Path) -> Path:
    """Return where a test writes its mailbox."""
    return tmp_path / "box"


def scan(path: Path, data: bytes) -> list[Attachment | Unsearched]:
    """Write a mailbox file and scan it."""
    path.write_bytes(data)
    with open_export(path) as export:
        return list(export.scan())


def photos(path: Path, data: bytes) -> dict[str, bytes]:
    """Return the photos of a mailbox file by their part."""
    return {found.part: found.decode() for found in scan(path, data) if isinstance(found, Attachment)}


def take_out(path: Path) -> bytes:
    """Take one photo out in memory, as planned; the file on disk becomes what is left, and is returned."""
    with open_export(path) as export:
        attachment = next(export.attachments())
        removal = plan_removal(export, attachment, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
    before = path.read_bytes()
    after = made.patched(before, removal)
    assert len(after) == len(before)
    if b"\0" not in before:
        assert re.findall(rb"\r?\n", after) == re.findall(rb"\r?\n", before)
    path.write_bytes(after)
    return after


def everything_in(data: bytes, depth: int = 6) -> Iterator[bytes]:
    """Yield a file and whatever base64 runs and compound files in it hold, again and again: an oracle by bytes."""
    yield data
    if not depth:
        return
    for run in re.finditer(rb"(?:[A-Za-z0-9+/]{16,}\r?\n)+[A-Za-z0-9+/]*={0,2}", data):
        letters = re.sub(rb"[\r\n=]", b"", run[0])
        letters = letters[:-1] if len(letters) % 4 == 1 else letters
        yield from everything_in(base64.b64decode(letters + b"=" * (-len(letters) % 4)), depth - 1)
    for start in (found.start() for found in re.finditer(re.escape(CFB_MAGIC), data)):
        for stream in streams(data[start:]).values():
            yield from everything_in(stream, depth - 1)


def streams(data: bytes) -> dict[str, bytes]:
    """Return the streams of a compound file as olefile reads them."""
    with olefile.OleFileIO(io.BytesIO(data)) as opened:
        return {"/".join(path): opened.openstream(path).read() for path in opened.listdir()}


def holds(data: bytes, photo: bytes) -> bool:
    """Say whether any 48 bytes of a photo's midst stand anywhere in a file."""
    probes = [photo[at : at + PROBE_BYTES] for at in range(200, len(photo) - PROBE_BYTES, 400)]
    return any(probe in inner for inner in everything_in(data) for probe in probes)


# --- what may lie in what ---


def in_coded_message(content: bytes, width: int = 76) -> bytes:
    """Forward a mail as a base64-coded message, as some programs wrongly do."""
    return made.mail(made.text(), made.Part(CODED, made.encode(content, "base64", width=width)), subject="Fwd: rash")


def in_file_of_mail(kind: str) -> Callable[[bytes], bytes]:
    """Attach a file to a mail."""
    return lambda content: made.mail(made.text(), made.photo(content, kind=kind, name="attached.bin"))


def in_outlook_message(content: bytes) -> bytes:
    """Attach a file to an Outlook message."""
    return outlook.compound(outlook.message([outlook.attached(content, "attached.bin")]))


CODED = ("Content-Type: message/rfc822", "Content-Transfer-Encoding: base64")
MAILS: tuple[Callable[[bytes], bytes], ...] = (
    in_coded_message,
    lambda content: in_coded_message(content, 60),
    in_file_of_mail("application/octet-stream"),
)
"""Put a mail, a winmail.dat or an Outlook message into a mail."""
FILES: tuple[Callable[[bytes], bytes], ...] = (
    lambda content: outlook.tnef([("attached.bin", content)]),
    in_outlook_message,
)
"""Put one into a file that is no text."""
LEAVES: tuple[Callable[[bytes], bytes], ...] = (
    lambda photo: made.mail(made.text(), made.photo(photo)),
    lambda photo: made.with_newlines(made.mail(made.text(), made.photo(photo)), "crlf"),
    lambda photo: made.mbox([made.mail(made.photo(photo)), made.mail(made.text())]),
    lambda photo: made.mail(made.photo(photo, "quoted-printable"), made.text()),
    lambda photo: made.emlx(made.mail(made.photo(photo))),
    lambda photo: outlook.tnef([("rash.png", photo)]),
    lambda photo: outlook.tnef([], messages=[outlook.tnef([("rash.png", photo)])]),
    lambda photo: outlook.compound(outlook.message([outlook.attached(photo, "rash.png")])),
    lambda photo: outlook.compound(outlook.message([outlook.attached(photo, "rash.png")]), shift=12, seed=3),
)
"""Put a photo into a mail or file."""


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(LEAVES),
    st.lists(st.sampled_from(MAILS + FILES), max_size=3),
    st.integers(0, 99),
    st.sampled_from([600, 1500, 4200, 6001, 6002]),
)
def test_a_photo_in_anything_in_anything_goes_and_nothing_else_moves(
    tmp_path: Path,
    leaf: Callable[[bytes], bytes],
    around: list[Callable[[bytes], bytes]],
    seed: int,
    length: int,
) -> None:
    """M1-M6 through every wrapping: lengths and line breaks stay, an oracle by bytes finds none of the photo."""
    photo = made.png(seed, length)
    data = leaf(photo)
    for wrap in around:
        data = wrap(data)
    path = tmp_path / "box"
    assert list(photos(path, data).values()) == [photo]
    with open_export(path) as export:
        pieces = choose_pieces(export, next(export.attachments()))
    assert find_residue(path, pieces)
    after = take_out(path)
    assert not holds(after, photo)
    assert find_residue(path, pieces) == []
    assert scan(path, after) == []
    assert container_of(path) is not None


def test_the_parts_are_numbered_on_into_what_is_wrapped(box: Path) -> None:
    """Message, winmail.dat and Outlook message alike."""
    inner = made.mail(made.text(), made.photo(PHOTO))
    files = outlook.tnef([("a.png", SMALL), ("b.eml", inner)])
    data = made.mail(
        made.Part(CODED, made.encode(inner, "base64")),
        made.photo(files, kind="application/ms-tnef"),
        made.photo(SMALL),
        made.Part(CODED, made.encode(made.mail(made.photo(SMALL)), "base64")),
    )
    assert photos(box, data) == {"1.2": PHOTO, "2.1": SMALL, "2.2.2": PHOTO, "3": SMALL, "4.1": SMALL}


def test_a_wrapped_photo_is_told_of_like_any_other(box: Path) -> None:
    """The outermost message's facts, the file's own name, and who signed around it."""
    files = outlook.tnef([("Jane Doe.png", PHOTO)])
    (found,) = scan(box, made.mail(made.photo(files), extra=("DKIM-Signature: v=1",)))
    assert isinstance(found, Attachment)
    assert (found.name, found.size, found.signed) == ("Jane Doe.png", len(PHOTO), Signature.DKIM)
    assert found.message.sender == "parent@example.org"
    assert found.place.header is Header.BINARY
    assert not found.is_inline
    assert "Jane" not in repr(found)


def test_lines_of_the_outer_mail_keep_their_places(box: Path) -> None:
    """Only letters of base64 change, each for another one, whatever stands between them."""
    inner = made.mail(made.text(), made.photo(PHOTO))
    coded = made.encode(inner, "base64").replace(b"\n", b" \r\n", 9).replace(b"A", b"A!\t", 5)
    box.write_bytes(made.mail(made.text(), made.Part(CODED, coded)))
    before = box.read_bytes()
    after = take_out(box)
    letters = re.compile(rb"[A-Za-z0-9+/]")
    assert letters.sub(b"", after) == letters.sub(b"", before)
    assert after.count(b"!\t") == before.count(b"!\t") == 5


@pytest.mark.parametrize("coding", ["quoted-printable", "x-uuencode"])
def test_a_message_in_an_encoding_that_cannot_keep_its_length_is_searched_and_refused(box: Path, coding: str) -> None:
    """The photo is found and can be filed; its removal is refused before anything is touched."""
    inner = made.mail(made.text(), made.photo(PHOTO))
    body = inner.replace(b"=", b"=3D") if coding == "quoted-printable" else made.encode(inner, "uuencode")
    headers = ("Content-Type: message/rfc822", f"Content-Transfer-Encoding: {coding}")
    assert photos(box, made.mail(made.Part(headers, body))) == {"1.2": PHOTO}
    with open_export(box) as export, pytest.raises(UnreadableMail, match="cannot be changed in place"):
        take_out(box)
    with open_export(box) as export:
        assert choose_pieces(export, next(export.attachments())) == ()


def test_a_binary_file_in_a_mail_without_encoding_is_refused_where_lines_would_move(box: Path) -> None:
    """The photo's own bytes look like line breaks to a mail server."""
    files = outlook.tnef([("a.png", PHOTO)])
    assert photos(box, made.mail(made.text(), made.photo(files, "binary"))) == {"2.1": PHOTO}
    with pytest.raises(UnreadableMail, match="cannot be changed"):
        take_out(box)


def test_a_mail_attached_as_it_is_keeps_its_lines(box: Path) -> None:
    """Without encoding, its photo goes as from any mail."""
    inner = made.mail(made.photo(PHOTO))
    assert photos(box, made.mail(made.text(), made.photo(inner, "8bit", kind="application/octet-stream"))) == {
        "2.1": PHOTO
    }
    assert not holds(take_out(box), PHOTO)
    assert scan(box, box.read_bytes()) == []


@pytest.mark.parametrize("spare", [1, 2])
def test_letters_that_no_encoder_wrote_are_left(box: Path, spare: int) -> None:
    """The last letter may carry bits that mean nothing: re-encoding would not give it back."""
    data = outlook.tnef([("a.png", PHOTO)])
    data = data[: data.index(PHOTO) + 3000]
    letters = base64.b64encode(data[: len(data) // 3 * 3 - 3 + spare]).rstrip(b"=")
    odd = letters[:-1] + bytes([letters[-1] + 1]) + b"=" * (3 - spare)
    box.write_bytes(made.mail(made.text(), made.photo(data)).replace(made.encode(data, "base64"), odd))
    with pytest.raises(UnreadableMail, match="cannot be changed in place"):
        take_out(box)


# --- winmail.dat ---


def sums_are_right(data: bytes) -> bool:
    """Check the sum of every attribute."""
    at = 6
    while at < len(data):
        length = int.from_bytes(data[at + 5 : at + 9], "little")
        body = data[at + 9 : at + 9 + length]
        if sum(body) & 0xFFFF != int.from_bytes(data[at + 9 + length : at + 11 + length], "little"):
            return False
        at += 11 + length
    return True


def test_a_winmail_dat_loses_its_photo_and_keeps_its_sums(box: Path) -> None:
    """A grey square and zeros; only the data and its sum differ."""
    data = outlook.tnef([("a.png", PHOTO), ("b.txt", b"hello"), ("c.png", SMALL)])
    box.write_bytes(data)
    assert container_of(box) is Container.TNEF
    after = take_out(box)
    assert sums_are_right(after)
    start = data.index(PHOTO)
    end = start + len(PHOTO)
    assert (after[:start], after[end + 2 :]) == (data[:start], data[end + 2 :])
    assert placeholder_reference(after[start:end]) is not None
    assert after[start:end].rstrip(b"\0").endswith(b"IEND\xaeB`\x82")
    assert photos(box, after) == {"3": SMALL}


def test_a_winmail_dat_tells_what_it_knows_of_its_message(box: Path) -> None:
    """Subject, date and Message-ID; the sender stands in the mail around it."""
    (found,) = scan(box, outlook.tnef([("a.png", PHOTO)], subject="rash"))
    assert found.message.subject == "rash"
    assert found.message.message_id == "<1@example.org>"
    assert found.message.sent_at == datetime(2026, 11, 21, 8, 12, tzinfo=UTC)
    (found,) = scan(box, outlook.tnef([("a.png", PHOTO)]).replace(struct.pack("<2H", 2026, 11), b"\0\0\0\0"))
    assert found.message.sent_at is None


def test_a_tiny_photo_in_a_winmail_dat_leaves_zeros(box: Path) -> None:
    """Fewer bytes than any placeholder has."""
    box.write_bytes(outlook.tnef([("a.gif", made.gif())]))
    assert take_out(box) == outlook.tnef([("a.gif", bytes(len(made.gif())))])


def test_53_bytes_that_claim_gigabytes_cost_nothing(box: Path) -> None:
    """What a length claims is never made room for; nor is one that goes on for ever walked for ever."""
    head = outlook.tnef([])[:40]
    for length in (0x7FFFFFFF, 0xFFFFFFFF, 12):
        for code in (0x0006800F, 0x00069005, 0x00018004, 0x00018010):
            began = time.process_time()
            data = head + struct.pack("<BII", 2, 0x00069002, 0) + b"\0\0" + struct.pack("<BII", 2, code, length)[:9]
            assert scan(box, data) == []
            assert time.process_time() - began < 1
    began = time.process_time()
    assert scan(box, head[:6] + struct.pack("<BIIH", 2, 0x00069002, 0, 0) * 300_000) == []
    assert time.process_time() - began < 1


def test_a_file_that_stands_among_an_attachments_properties_alone_goes_too(box: Path) -> None:
    """Some programs write no data attribute; where there is one, the property is no second photo."""
    head = outlook.tnef([])
    kept = struct.pack("<IHHII", 1, 0x0102, 0x3701, 1, len(PHOTO)) + PHOTO + struct.pack("<IIi", 1, 0x370B0003, -1)
    begins, data = outlook.attribute(2, 0x00069002, bytes(14)), outlook.attribute(2, 0x0006800F, SMALL)
    properties = outlook.attribute(2, 0x00069005, kept)
    assert photos(box, head + begins + data + properties) == {"1": SMALL}
    assert photos(box, head + begins + properties[: 9 + 16]) == {}
    before = head + begins + properties
    assert photos(box, before) == {"1": PHOTO}
    after = take_out(box)
    assert sums_are_right(after)
    assert (after[: before.index(PHOTO)], after[-14:-2]) == (before[: before.index(PHOTO)], before[-14:-2])
    assert scan(box, after) == []


def test_an_object_pasted_into_a_winmail_dat_is_searched(box: Path) -> None:
    """A picture that is a stream of it is found and goes; a bitmap without a head is told."""
    objects = [outlook.compound({"CONTENTS": data}) for data in (PHOTO, b"\x28\0\0\0" + bytes(900))]
    interface = bytes.fromhex("0b00000000000000c000000000000046")
    data = outlook.tnef([])
    for number, one in enumerate(objects):
        value = struct.pack("<IHHII", 1, 0x000D, 0x3701, 1, len(one) + 16) + interface + one
        data += outlook.attribute(2, 0x00069002, bytes(14)) + outlook.attribute(2, 0x00069005, value)
        assert number < 2
    found = scan(box, data)
    assert [(one.part, getattr(one, "reason", None)) for one in found] == [("1.s1", None), ("2.s1", Reason.RICH_TEXT)]
    after = take_out(box)
    assert sums_are_right(after)
    assert not holds(after, PHOTO)


def test_pictures_within_the_texts_of_a_winmail_dat_are_told(box: Path) -> None:
    """The texts are properties among others."""
    html, rtf = b'<img src="data:image/png;base64,iVBO">\0\0', b"\0" * 8 + b"MELA" + bytes(4) + b"{\\rtf1{\\pict ff}}"
    values = [struct.pack("<HHII", 0x0102, code, 1, len(text)) + text for code, text in ((0x1013, html), (0x1009, rtf))]
    data = outlook.tnef([("a.png", SMALL)])
    found = scan(box, data + outlook.attribute(1, 0x00069003, struct.pack("<I", 2) + b"".join(values)))
    assert [one.part for one in found] == ["html", "rtf", "1"]
    assert [one.reason for one in found if isinstance(one, Unsearched)] == [Reason.DATA_URI, Reason.RICH_TEXT]
    cut = outlook.attribute(1, 0x00069003, values[0][:14])
    assert scan(box, outlook.tnef([]) + cut) == []


def test_a_photo_in_a_winmail_dat_that_is_cut_off_goes_too(box: Path) -> None:
    """There is no sum to put right."""
    data = outlook.tnef([("a.png", PHOTO)])
    data = data[: data.index(PHOTO) + len(PHOTO) - 10]
    box.write_bytes(data)
    assert not holds(take_out(box), PHOTO)


def test_another_reader_of_winmail_dat_agrees(box: Path, tmp_path: Path) -> None:
    """The program `tnef`, which checks every sum, unpacks the photo before and the placeholder afterwards."""
    files = outlook.tnef([("rash.png", PHOTO), ("notes.txt", b"hello doctor")])
    box.write_bytes(files)
    assert unpacked(box, tmp_path / "before") == {"rash.png": PHOTO, "notes.txt": b"hello doctor"}
    take_out(box)
    after = unpacked(box, tmp_path / "after")
    assert after["notes.txt"] == b"hello doctor"
    assert placeholder_reference(after["rash.png"]) is not None


def unpacked(winmail: Path, folder: Path) -> dict[str, bytes]:
    """Return every file that `tnef` makes of a winmail.dat."""
    folder.mkdir()
    subprocess.run([tool("tnef"), "-C", folder, "-f", winmail], check=True, capture_output=True)
    return {found.name: found.read_bytes() for found in folder.iterdir()}


# --- Outlook messages ---


TWO = outlook.message([outlook.attached(PHOTO, "Jane Doe.png"), outlook.attached(SMALL, "b.png", content_id="b@c")])


@pytest.mark.parametrize("shift", [9, 12])
@pytest.mark.parametrize("seed", [None, 1])
@pytest.mark.parametrize("index", [0, 1])
def test_only_the_photos_stream_of_an_outlook_message_differs(
    box: Path, shift: int, seed: int | None, index: int
) -> None:
    """Small and large sectors, in order or scattered: olefile reads every other stream as before."""
    data = outlook.compound(TWO, shift=shift, seed=seed)
    box.write_bytes(data)
    before = streams(data)
    with open_export(box) as export:
        attachment = list(export.attachments())[index]
        removal = plan_removal(export, attachment, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
        assert made.count_messages(export) == 1
    after = streams(made.patched(data, removal))
    changed = {name for name in before if before[name] != after[name]}
    assert before.keys() == after.keys()
    assert changed == {f"__attach_version1.0_#0000000{index}/__substg1.0_37010102"}
    assert placeholder_reference(after[changed.pop()]) is not None


def test_an_outlook_message_tells_who_sent_it_and_when(box: Path) -> None:
    """The SMTP address, the subject, the time of sending, the Message-ID; a picture with a Content-ID is inline."""
    found = [found for found in scan(box, outlook.compound(TWO)) if isinstance(found, Attachment)]
    assert [(one.part, one.name, one.is_inline) for one in found] == [
        ("1", "Jane Doe.png", False),
        ("2", "b.png", True),
    ]
    message = found[0].message
    assert (message.sender, message.subject, message.message_id) == (
        "parent@example.org",
        "rash pic",
        "<1@example.org>",
    )
    assert message.sent_at == datetime(2026, 11, 21, 8, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "sender"),
    [({}, "A Parent"), (outlook.text("0C1F", "a@b.org"), "a@b.org"), (outlook.text("0C1F", "/o=X"), "A Parent")],
)
def test_a_sender_without_an_address_is_named(box: Path, given: dict[str, bytes], sender: str) -> None:
    """An Exchange address says nothing to a person."""
    tree = {name: value for name, value in TWO.items() if "5D01" not in name and name not in given}
    (found, *_) = scan(box, outlook.compound({**tree, **given}))
    assert found.message.sender == sender


@pytest.mark.parametrize("ticks", [b"", bytes(8), b"\xff" * 8])
def test_an_outlook_message_without_a_date_has_none(box: Path, ticks: bytes) -> None:
    """None, zero, or beyond every calendar."""
    properties = bytes(32) + (struct.pack("<II", 0x0E060040, 6) + ticks if ticks else b"")
    (found, *_) = scan(box, outlook.compound({**TWO, "__properties_version1.0": properties}))
    assert found.message.sent_at is None


def test_a_picture_pasted_into_a_rich_text_is_found_in_its_object(box: Path) -> None:
    """An object has streams of its own; an attached message has attachments of its own."""
    pasted = outlook.attached_object({"CONTENTS": PHOTO, "\1Ole": bytes(20)})
    attached = outlook.attached_object(outlook.message([outlook.attached(SMALL, "a.png")], is_embedded=True))
    data = outlook.compound(outlook.message([pasted, attached]))
    assert sorted(photos(box, data).values()) == sorted([PHOTO, SMALL])
    for _ in range(2):
        take_out(box)
    assert scan(box, box.read_bytes()) == []


def test_a_pasted_picture_that_is_no_file_is_told(box: Path) -> None:
    """Packed with a name before it, or a bitmap without the head that makes a file; not an icon's drawing."""
    packed = outlook.attached_object(
        {"\1Ole10Native": b"\1\0\0\0\2\0rash.jpg\0" + made.jpeg(), "\2OlePres000": bytes(90)}
    )
    bitmap = outlook.attached_object({"CONTENTS": b"\x28\0\0\0" + bytes(900)})
    sheet = outlook.attached_object({"\1Ole10Native": b"\1\0\0\0\2\0a.xls\0" + bytes(90), "CONTENTS": bytes(90)})
    found = scan(box, outlook.compound(outlook.message([packed, bitmap, sheet])))
    assert [(one.part, getattr(one, "reason", None)) for one in found] == [
        ("1", Reason.RICH_TEXT),
        ("2", Reason.RICH_TEXT),
    ]


def test_pictures_within_the_texts_of_an_outlook_message_are_told(box: Path) -> None:
    """Of the message, of one attached to it; the list of property names has streams that only look like texts."""
    html, rtf = b'<img src="data:image/png;base64,iVBO">', b"\0" * 8 + b"MELA" + bytes(4) + b"{\\rtf1{\\pict ff}}"
    bodies = {"__substg1.0_10130102": html, "__substg1.0_10090102": rtf}
    names = {"__nameid_version1.0": bodies}
    inner = outlook.attached_object({**outlook.message([outlook.attached(SMALL, "a.png")], is_embedded=True), **bodies})
    found = scan(
        box,
        outlook.compound(
            {**outlook.message([inner]), **names, "__substg1.0_1013001F": html.decode().encode("utf-16-le")}
        ),
    )
    told = {one.part: one.reason for one in found if isinstance(one, Unsearched)}
    assert told == {"html": Reason.DATA_URI, "1.html": Reason.DATA_URI, "1.rtf": Reason.RICH_TEXT}
    assert [one.part for one in found if isinstance(one, Attachment)] == ["1.1"]


def test_a_mail_attached_to_an_outlook_message_loses_its_photo_alone(box: Path) -> None:
    """Only the sectors that held it change, scattered as they are."""
    mail = made.mail(made.text("Dear doctor\n" * 900), made.photo(PHOTO), made.text("Yours\n" * 900))
    data = outlook.compound(outlook.message([outlook.attached(mail, "a.eml")]), seed=2)
    box.write_bytes(data)
    after = take_out(box)
    assert not holds(after, PHOTO)
    assert sum(one != other for one, other in zip(data, after, strict=True)) < 1.4 * len(PHOTO) + 200


def test_another_compound_file_is_no_mailbox(box: Path) -> None:
    """A Word document, by itself or attached; a damaged file is reported where it is attached."""
    word = outlook.compound({"WordDocument": PHOTO})
    box.write_bytes(word)
    assert container_of(box) is None
    with pytest.raises(UnreadableMail, match="no mailbox"), open_export(box):
        pass
    assert scan(box, made.mail(made.photo(word, kind="application/msword"))) == []
    broken = made.mail(made.photo(word[:700], kind="application/msword"))
    assert [found.reason for found in scan(box, broken) if isinstance(found, Unsearched)] == [Reason.BROKEN]
    box.write_bytes(word[:700])
    assert container_of(box) is None


def test_the_largest_messages_have_lists_of_lists() -> None:
    """Beyond 7 MB the header has no room for the table's sectors."""
    data = outlook.compound(outlook.message([outlook.attached(bytes(range(256)) * 34_000, "a.bin")]))
    view = View(data)
    mine = {"/".join(path): stream.open(view).slice(0, len(data)) for path, stream in compound.Compound(view).streams()}
    assert mine == streams(data)


def test_storages_nested_without_end_are_left() -> None:
    """Deeper than any message."""
    tree: outlook.Tree = {"a": b"x"}
    for _ in range(compound.MAX_DEPTH + 2):
        tree = {"s": tree}
    assert list(compound.Compound(View(outlook.compound(tree))).streams()) == []


def test_what_lies_deeper_in_an_outlook_file_than_is_read_is_told(box: Path) -> None:
    """In a message forwarded over and over as a file, and in an object of such depth within a winmail.dat."""
    tree = outlook.message([outlook.attached(PHOTO, "a.png")])
    for _ in range(compound.MAX_DEPTH // 2):
        tree = outlook.message([outlook.attached_object(tree)])
    assert [found.reason for found in scan(box, outlook.compound(tree)) if isinstance(found, Unsearched)] == [
        Reason.TOO_MANY_PARTS
    ]
    deep: outlook.Tree = {"a": PHOTO}
    for _ in range(compound.MAX_DEPTH + 1):
        deep = {"s": deep}
    (told,) = objects.find_enclosed(View(outlook.compound(deep)))
    assert told == Hidden("s1", Reason.TOO_MANY_PARTS)


def test_more_lines_in_a_directory_than_are_read_are_told(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message with thousands of files."""
    data = outlook.compound(outlook.message([outlook.attached(PHOTO, "a.png")]))
    monkeypatch.setattr(compound, "MAX_ENTRIES", 8)
    assert [found.reason for found in scan(box, data) if isinstance(found, Unsearched)] == [Reason.TOO_MANY_PARTS]


def test_small_streams_without_a_home_are_empty() -> None:
    """The root's own stream, in which they should lie, is gone."""
    data = bytearray(outlook.compound({"a": b"small"}))
    struct.pack_into("<I", data, data.index("Root Entry".encode("utf-16-le")) + 116, outlook.END)
    ((_, stream),) = compound.Compound(View(bytes(data))).streams()
    assert stream.runs == ()


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 6000), st.sampled_from([0, 1, 2, 7, 0xFE, 0xFF])), max_size=12),
    st.integers(0, 12_000),
)
def test_no_change_to_a_compound_file_makes_the_reader_fail(changes: list[tuple[int, int]], length: int) -> None:
    """Loops, crossing chains, sizes beyond the file: some streams, no more than its own size, or `UnreadableMail`."""
    data = bytearray(outlook.compound(TWO, seed=5)[:length])
    for at, value in changes:
        if at < len(data):
            data[at] = value
    view = View(bytes(data))
    try:
        found = list(compound.Compound(view).streams())
    except UnreadableMail:
        return
    assert sum(length for _, stream in found for _, length in stream.runs) <= 2 * len(data)
    assert all(start + length <= len(data) for _, stream in found for start, length in stream.runs)


def test_a_header_that_claims_a_table_without_end_costs_nothing() -> None:
    """Lists that name themselves, four thousand million sectors, chains that meet."""
    data = bytearray(outlook.compound({f"s{n}": bytes(5000) for n in range(60)}))
    struct.pack_into("<8I", data, 44, 0xFFFFFFFF, *struct.unpack_from("<3I", data, 48), 4096, 0, 0xFFFFFFFF, 0)
    struct.pack_into("<110I", data, 72, 0xFFFFFFFF, *[0] * 109)
    began = time.process_time()
    with contextlib.suppress(UnreadableMail):
        list(compound.Compound(View(bytes(data))).streams())
    assert time.process_time() - began < 1


def test_streams_that_share_their_sectors_are_refused() -> None:
    """Fifty thousand names for one long chain would be walked for hours."""
    data = bytearray(outlook.compound({name: bytes(9000 if name == "a" else 5000) for name in "abcdefghi"}))
    first = data.index(b"a\0\0\0")
    for line in range(first + 128, first + 128 * 9, 128):
        data[line + 116 : line + 128] = data[first + 116 : first + 128]
    with pytest.raises(UnreadableMail, match="damaged"):
        list(compound.Compound(View(bytes(data))).streams())


# --- bounds ---


def test_wrappings_without_end_are_cut_and_reported(box: Path) -> None:
    """Mails in mails in mails, each encoded."""
    data = made.mail(made.photo(SMALL))
    for _ in range(wrappings.MAX_WRAPPINGS + 1):
        data = in_coded_message(data)
    assert [found.reason for found in scan(box, data) if isinstance(found, Unsearched)] == [Reason.TOO_DEEP]


def test_a_wrapped_file_too_large_to_be_opened_is_reported(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be held in memory."""
    monkeypatch.setattr(search, "MAX_WRAPPED_BYTES", 1000)
    (found,) = scan(box, in_coded_message(made.mail(made.photo(PHOTO))))
    assert isinstance(found, Unsearched)
    assert found.reason is Reason.TOO_LARGE


# --- on the disk ---


def test_an_outlook_messages_scattered_photo_goes_in_one_erasure(box: Path, tmp_path: Path) -> None:
    """All its sectors stand in one note."""
    (tmp_path / "notes").mkdir()
    notes = Notes(tmp_path / "notes")
    data = outlook.compound(outlook.message([outlook.attached(made.jpeg(1, 40_000), "a.jpg")]), seed=9)
    box.write_bytes(data)
    with open_export(box) as export:
        attachment = next(export.attachments())
        removal = plan_removal(export, attachment, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
        assert len(removal.patches) > 5
        erased = erase_region(release(attachment.decode()), box, export.identity, removal, pending=notes)
    assert erased.evidence > Evidence.E0
    assert box.read_bytes() == made.patched(data, removal)


def test_a_photo_in_more_pieces_than_a_note_has_room_for_is_left(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is overwritten that could not be finished."""
    monkeypatch.setattr("imgfile.erase.preconditions.MOST_RUNS", 5)
    box.write_bytes(outlook.compound(TWO, seed=9))
    before = box.read_bytes()
    with open_export(box) as export:
        attachment = next(export.attachments())
        removal = plan_removal(export, attachment, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
        with pytest.raises(SourceRemains, match="more than can be noted"):
            erase_region(release(attachment.decode()), box, export.identity, removal, pending=Notes(tmp_path))
    assert box.read_bytes() == before


# --- real files ---


def test_the_real_outlook_files_are_read_as_olefile_reads_them() -> None:
    """Every stream of every sample message, byte for byte."""
    compared = 0
    for sample in samples("mail"):
        data = sample.read_bytes()
        if data.startswith(CFB_MAGIC):
            view = View(data)
            mine = {
                "/".join(path): bytes(stream.open(view).slice(0, len(data)))
                for path, stream in compound.Compound(view).streams()
            }
            assert mine == streams(data), sample.name
            compared += 1
    assert compared >= 4
