"""A winmail.dat: its photos are found and taken out, its sums stay right, another reader agrees."""

from __future__ import annotations

import struct
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from imgfile.mail.detect import Container
from imgfile.mail.mailbox import container_of
from imgfile.mail.model import Reason, Unsearched
from imgfile.mail.tombstone import placeholder_reference
from kit.mail import mailboxes as made
from kit.mail import outlook_messages as outlook
from kit.mail.searching import photos, scan
from kit.mail.taking_out import holds, take_out
from kit.tools import tool

PHOTO = made.png(1, 6000)
SMALL = made.png(2, 1500)


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


def test_a_winmail_dat_says_what_it_knows_of_its_message(box: Path) -> None:
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
    """What a length claims is never made room for; nor is one without end walked without end."""
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
    """A picture that is a stream of it is found and goes; a bitmap without a head is reported."""
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


def test_pictures_within_the_texts_of_a_winmail_dat_are_reported(box: Path) -> None:
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


def unpacked(winmail: Path, folder: Path) -> dict[str, bytes]:
    """Return every file that `tnef` makes of a winmail.dat."""
    folder.mkdir()
    subprocess.run([tool("tnef"), "-C", folder, "-f", winmail], check=True, capture_output=True)
    return {found.name: found.read_bytes() for found in folder.iterdir()}


def test_another_reader_of_winmail_dat_agrees(box: Path, tmp_path: Path) -> None:
    """The program `tnef`, which checks every sum, unpacks the photo before and the placeholder afterwards."""
    files = outlook.tnef([("rash.png", PHOTO), ("notes.txt", b"hello doctor")])
    box.write_bytes(files)
    assert unpacked(box, tmp_path / "before") == {"rash.png": PHOTO, "notes.txt": b"hello doctor"}
    take_out(box)
    after = unpacked(box, tmp_path / "after")
    assert after["notes.txt"] == b"hello doctor"
    assert placeholder_reference(after["rash.png"]) is not None
