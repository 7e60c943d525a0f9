"""Pictures that a program pasted into a rich text are found in its objects, or reported."""

from __future__ import annotations

from pathlib import Path

from imgfile.mail.model import Reason
from kit.mail import mailboxes as made
from kit.mail import outlook_messages as outlook
from kit.mail.searching import photos, scan
from kit.mail.taking_out import take_out

PHOTO = made.png(1, 6000)
SMALL = made.png(2, 1500)


def test_a_picture_pasted_into_a_rich_text_is_found_in_its_object(box: Path) -> None:
    """An object has streams of its own; an attached message has attachments of its own."""
    pasted = outlook.attached_object({"CONTENTS": PHOTO, "\1Ole": bytes(20)})
    attached = outlook.attached_object(outlook.message([outlook.attached(SMALL, "a.png")], is_embedded=True))
    data = outlook.compound(outlook.message([pasted, attached]))
    assert sorted(photos(box, data).values()) == sorted([PHOTO, SMALL])
    for _ in range(2):
        take_out(box)
    assert scan(box, box.read_bytes()) == []


def test_a_pasted_picture_that_is_no_file_is_reported(box: Path) -> None:
    """Packed with a name before it, or a bitmap without the head that makes a file; not an icon's drawing.

    A packed spreadsheet is not looked into, and is reported too.
    """
    packed = outlook.attached_object(
        {"\1Ole10Native": b"\1\0\0\0\2\0rash.jpg\0" + made.jpeg(), "\2OlePres000": bytes(90)}
    )
    bitmap = outlook.attached_object({"CONTENTS": b"\x28\0\0\0" + bytes(900)})
    sheet = outlook.attached_object({"\1Ole10Native": b"\1\0\0\0\2\0a.xls\0" + bytes(90), "CONTENTS": bytes(90)})
    found = scan(box, outlook.compound(outlook.message([packed, bitmap, sheet])))
    assert [(one.part, getattr(one, "reason", None)) for one in found] == [
        ("1", Reason.RICH_TEXT),
        ("2", Reason.RICH_TEXT),
        ("3.s2", Reason.NOT_OPENED),
    ]
