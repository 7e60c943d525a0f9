"""Header blocks and the values of fields, however malformed or long."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from imgfile.mail.mailbox import open_export
from imgfile.mail.model import Attachment, Reason, Unsearched
from imgfile.mail.removal.plan import plan_removal
from kit.mail import mailboxes as made
from kit.mail.searching import photos, reasons, scan

DATA = made.png()
HOSTILE_SECONDS = 10
"""Far above what linear work takes, far below what quadratic work would."""


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


def test_a_header_longer_than_the_limit_is_reported(box: Path) -> None:
    """What follows counts as body; a photo in a part of it is still found by its Content fields."""
    whole = made.multipart([made.photo(DATA)])
    data = b"From: a@example.org\n" + b"X: " + b"y\n " * (1 << 19) + b"\n" + whole.render()
    assert Reason.HEADER_TOO_LONG in {reason for _, reason in reasons(box, data)}
    assert DATA in photos(box, data).values()


def timed_scan(path: Path, data: bytes) -> list[Attachment | Unsearched]:
    """Scan within the time that linear work takes."""
    began = time.process_time()
    found = scan(path, data)
    assert time.process_time() - began < HOSTILE_SECONDS
    return found


@pytest.mark.parametrize("line", [b"X: y\n", b"no field\nX: y\n", b"X:\n y\n", b":\n", b"x" * 50 + b"\n"])
def test_a_header_of_a_hundred_thousand_lines_ends_in_time(box: Path, line: bytes) -> None:
    """Fields, malformed lines, continuations."""
    timed_scan(box, b"From: a@example.org\n" + line * 100_000 + b"\n\n")


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
