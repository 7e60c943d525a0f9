"""Uuencoded photos within a letter are found, and lines that only look like one are not."""

from __future__ import annotations

import time
from pathlib import Path

from imgfile.mail.mailbox import open_export
from imgfile.mail.model import Attachment, Header, Unsearched
from kit.mail import mailboxes as made
from kit.mail.searching import photos, scan

DATA = made.png()
HOSTILE_SECONDS = 10
"""Far above what linear work takes, far below what quadratic work would."""


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


def test_a_header_line_begins_no_uuencoded_file(tmp_path: Path) -> None:
    """It stands before the body that it is looked for in."""
    path = tmp_path / "box"
    mail = made.mail(made.text("\n" + made.encode(made.png(), "uuencode").decode()))
    path.write_bytes(mail.replace(b"MIME-Version", b"begin 644 x.png\nMIME-Version"))
    with open_export(path) as export:
        assert [item.decode() for item in export.attachments()] == [made.png()]


def timed_scan(path: Path, data: bytes) -> list[Attachment | Unsearched]:
    """Scan within the time that linear work takes."""
    began = time.process_time()
    found = scan(path, data)
    assert time.process_time() - began < HOSTILE_SECONDS
    return found


def test_uuencode_without_end_ends_in_time(box: Path) -> None:
    """Each `begin` and each line is looked at once."""
    timed_scan(box, made.mail(made.text("begin 644 x\nM" + "A" * 60 + "\n" + "begin 644 x\n" * 100_000)))
