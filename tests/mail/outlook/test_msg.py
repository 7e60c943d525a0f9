"""An Outlook message: its facts, its photos, and what leaves it."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest

from imgfile.clinical.proofs import Evidence
from imgfile.erase.region import erase_region
from imgfile.errors import SourceRemains
from imgfile.mail.kinds import FileKind
from imgfile.mail.mailbox import open_export
from imgfile.mail.model import Attachment, Hidden, Reason, Unsearched
from imgfile.mail.outlook import cfb as compound
from imgfile.mail.outlook import embedded_objects as objects
from imgfile.mail.removal.plan import plan_removal
from imgfile.mail.tombstone import placeholder_reference
from imgfile.mail.view import View
from kit.mail import mailboxes as made
from kit.mail import outlook_messages as outlook
from kit.mail.searching import scan
from kit.mail.taking_out import holds, streams, take_out
from kit.vault.erasure import Notes, release

PHOTO = made.png(1, 6000)
SMALL = made.png(2, 1500)
TWO = outlook.message([outlook.attached(PHOTO, "Jane Doe.png"), outlook.attached(SMALL, "b.png", content_id="b@c")])


def test_an_outlook_message_says_who_sent_it_and_when(box: Path) -> None:
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


def test_pictures_within_the_texts_of_an_outlook_message_are_reported(box: Path) -> None:
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
    reported = {one.part: one.reason for one in found if isinstance(one, Unsearched)}
    assert reported == {"html": Reason.DATA_URI, "1.html": Reason.DATA_URI, "1.rtf": Reason.RICH_TEXT}
    assert [one.part for one in found if isinstance(one, Attachment)] == ["1.1"]


def test_what_lies_deeper_in_an_outlook_file_than_is_read_is_reported(box: Path) -> None:
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
    (reported,) = objects.find_enclosed(View(outlook.compound(deep)))
    assert reported == Hidden("s1", Reason.TOO_MANY_PARTS, FileKind.OUTLOOK)


def test_more_lines_in_a_directory_than_are_read_are_reported(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message with thousands of files."""
    data = outlook.compound(outlook.message([outlook.attached(PHOTO, "a.png")]))
    monkeypatch.setattr(compound, "MAX_ENTRIES", 8)
    assert [found.reason for found in scan(box, data) if isinstance(found, Unsearched)] == [Reason.TOO_MANY_PARTS]


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


def test_a_mail_attached_to_an_outlook_message_loses_its_photo_alone(box: Path) -> None:
    """Only the sectors that held it change, scattered as they are."""
    mail = made.mail(made.text("Dear doctor\n" * 900), made.photo(PHOTO), made.text("Yours\n" * 900))
    data = outlook.compound(outlook.message([outlook.attached(mail, "a.eml")]), seed=2)
    box.write_bytes(data)
    after = take_out(box)
    assert not holds(after, PHOTO)
    assert sum(one != other for one, other in zip(data, after, strict=True)) < 1.4 * len(PHOTO) + 200


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


def test_a_picture_that_an_attachment_names_and_does_not_hold_is_absent(box: Path) -> None:
    """It lies on a server, or was never downloaded; an attached message or a document without bytes is none."""
    named = outlook.attached(b"", "IMG_1.jpg", kind="image/jpeg")
    without = {name: data for name, data in named.items() if not name.startswith("__substg1.0_3701")}
    letter = outlook.attached(b"", "letter.pdf", kind="application/pdf")
    message = outlook.attached_object(outlook.message([outlook.attached(PHOTO, "a.png")], is_embedded=True))
    found = scan(box, outlook.compound(outlook.message([without, letter, message])))
    reported = [(one.part, one.reason, one.name) for one in found if isinstance(one, Unsearched)]
    assert reported == [("1", Reason.EMPTY, "IMG_1.jpg")]
    assert len(found) == 2
