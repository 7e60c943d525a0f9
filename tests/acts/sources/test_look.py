"""What a look at a photo tells: its digest, its size as displayed, or why it could not be filed as it is."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from imgfile.acts.sources.look import look_at
from imgfile.acts.sources.source import MailPart
from imgfile.clinical.proofs import MediaType
from imgfile.errors import SourceChanged, SourceUnavailable
from imgfile.mail.mailbox import open_export
from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.vault.sources import file_at, mailbox


def test_a_photo_is_seen_as_it_is_displayed(tmp_path: Path) -> None:
    """Its digest is of the bytes as they were received."""
    data = photos.phone_jpeg(orientation=6, width=64, height=48)
    look = look_at(file_at(tmp_path / "a.jpg", data))
    assert (look.digest, look.length, look.problem) == (hashlib.sha256(data).hexdigest(), len(data), "")
    assert look.glance is not None
    assert (look.glance.media_type, look.glance.width, look.glance.height) == (MediaType.JPEG, 48, 64)


def test_what_cannot_be_stripped_says_why(tmp_path: Path) -> None:
    """It has a digest all the same."""
    look = look_at(file_at(tmp_path / "a.jpg", photos.jpeg()[:100]))
    assert look.glance is None
    assert look.problem.startswith("it ")
    assert look.digest is not None


def test_a_part_that_cannot_be_decoded_has_no_digest(tmp_path: Path) -> None:
    """Its length is what the mail says."""
    path = mailbox(tmp_path, mailboxes.png(1))
    coded = mailboxes.photo(mailboxes.png(1)).body
    path.write_bytes(path.read_bytes().replace(coded, coded[:1002]))
    with open_export(path) as export:
        (attachment,) = export.attachments()
        look = look_at(MailPart(export, attachment))
    assert (look.digest, look.glance, look.length) == (None, None, attachment.size)
    assert look.problem


@pytest.mark.parametrize(("change", "error"), [(b"another", SourceChanged), (None, SourceUnavailable)])
def test_a_file_that_is_not_what_was_found_is_not_looked_at(
    tmp_path: Path, change: bytes | None, error: type[Exception]
) -> None:
    """It changed, or it is gone."""
    source = file_at(tmp_path / "a.jpg", photos.jpeg())
    if change is None:
        source.path.unlink()
    else:
        source.path.write_bytes(change)
    with pytest.raises(error):
        look_at(source)
