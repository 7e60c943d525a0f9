"""What a source is called, how its photo is read, and by which permission and plan it goes."""

from __future__ import annotations

import base64
import io
from datetime import date
from pathlib import Path

import pytest

from imgfile.acts.sources.source import MailPart, Piped, plan_removal, read, take_away
from imgfile.clinical.proofs import RecordId
from imgfile.errors import SourceChanged, UnreadableMail
from imgfile.mail.mailbox import open_export
from imgfile.vault import layout
from kit.mail import mailboxes
from kit.vault.erasure import Notes, digest_of, release
from kit.vault.sources import file_at, mailbox, parts_of

PHOTO, OTHER = mailboxes.png(1), mailboxes.png(2)
RECORD = RecordId("2" * 32)
"""What `release` says that a photo is filed as."""
DAY = date(2026, 11, 22)


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    """Give a place for pending notes."""
    folder = tmp_path / "notes"
    folder.mkdir()
    return Notes(folder)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Make a mailbox with two photos."""
    return mailbox(tmp_path, PHOTO, OTHER)


# --- what it is called ---


def test_each_kind_of_source_has_a_name(tmp_path: Path, inbox: Path) -> None:
    """A file its path, a part of a mailbox that of the mailbox with its message and part, a pipe no name."""
    assert file_at(tmp_path / "rash.jpg", PHOTO).shown == str(tmp_path / "rash.jpg")
    assert [part.shown for part in parts_of(inbox)] == [
        f"{inbox} (message 1, part 2)",
        f"{inbox} (message 2, part 2)",
    ]
    assert [part.part for part in parts_of(inbox)] == ["1/2", "2/2"]
    assert Piped(io.BytesIO()).shown == "standard input"


def test_only_a_persons_own_signature_counts_as_one(tmp_path: Path) -> None:
    """A server's is checked on arrival, and nobody looks at it afterwards."""
    signature = mailboxes.Part(("Content-Type: application/pkcs7-signature",), b"AAAA")
    signed = mailboxes.multipart([mailboxes.photo(PHOTO), signature], "signed")
    by_person = mailboxes.message(signed).render()
    by_server = mailboxes.mail(mailboxes.photo(PHOTO), extra=("DKIM-Signature: v=1; a=rsa-sha256",))
    (tmp_path / "Inbox").write_bytes(mailboxes.mbox([by_person, by_server, mailboxes.mail(mailboxes.photo(PHOTO))]))
    assert [part.is_signed_by_person for part in parts_of(tmp_path / "Inbox")] == [True, False, False]


# --- reading it ---


def test_a_photo_is_read_whole_from_wherever_it_lies(tmp_path: Path, inbox: Path) -> None:
    """Its digest is that of the bytes as they were received."""
    for source in (file_at(tmp_path / "a.png", PHOTO), parts_of(inbox)[0], Piped(io.BytesIO(PHOTO))):
        photo = read(source)
        assert photo.data == PHOTO
        assert photo.digest == digest_of(PHOTO)


def test_a_file_that_changed_since_it_was_found_is_not_read(tmp_path: Path) -> None:
    """What was listed and asked for is not what is there."""
    source = file_at(tmp_path / "a.png", PHOTO)
    source.path.write_bytes(OTHER + b".")
    with pytest.raises(SourceChanged, match=r"a\.png changed since it was found") as caught:
        read(source)
    assert caught.value.hint == "Run the same command again."


# --- planning how it leaves its mailbox ---


def test_a_plan_is_of_the_photo_and_names_its_record(inbox: Path) -> None:
    """By the digest of what its bytes decode to; the tombstone tells the record's reference, and the day."""
    first, second = parts_of(inbox)
    removal = plan_removal(first, RECORD, on=DAY)
    assert removal.photo == digest_of(PHOTO)
    assert plan_removal(second, RECORD, on=DAY).photo == digest_of(OTHER)
    assert removal.reference == layout.reference(RECORD)
    (patch,) = removal.patches
    assert patch.before == digest_of(inbox.read_bytes()[patch.offset : patch.end])
    sentence = f"This photo was filed as {layout.reference(RECORD)} and removed from here on 2026-11-22."
    assert sentence.encode() in b"".join(map(base64.b64decode, patch.after.rpartition(b"\n\n")[2].split()))


def test_a_photo_that_cannot_be_taken_out_has_no_plan(tmp_path: Path) -> None:
    """The way on is named by whoever asked."""
    path = tmp_path / "export.zip"
    import zipfile  # noqa: PLC0415 - this test alone

    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("one.eml", mailboxes.mail(mailboxes.photo(PHOTO)))
    with open_export(path) as export:
        (part,) = [MailPart(export, attachment) for attachment in export.attachments()]
        with pytest.raises(UnreadableMail, match="zip archive"):
            plan_removal(part, RECORD, on=DAY)


# --- taking it away ---


def test_a_file_goes_and_so_does_a_part_of_a_mailbox_by_its_plan(tmp_path: Path, inbox: Path, notes: Notes) -> None:
    """Of the mailbox nothing else changes; of a pipe nothing is there."""
    source = file_at(tmp_path / "a.png", PHOTO)
    assert take_away(source, release(PHOTO), None, notes) is not None
    assert not source.path.exists()
    first, _ = parts_of(inbox)
    removal = plan_removal(first, RECORD, on=DAY)
    before = inbox.read_bytes()
    assert take_away(first, release(PHOTO), removal, notes) is not None
    assert inbox.read_bytes() == mailboxes.patched(before, removal)
    assert [read(part).data for part in parts_of(inbox)] == [OTHER]
    assert take_away(Piped(io.BytesIO(PHOTO)), release(PHOTO), None, notes) is None


def test_a_part_of_a_mailbox_never_goes_without_a_plan(inbox: Path, notes: Notes) -> None:
    """It would be reported as gone, and be there."""
    before = inbox.read_bytes()
    with pytest.raises(ValueError, match="by a plan alone"):
        take_away(parts_of(inbox)[0], release(PHOTO), None, notes)
    assert inbox.read_bytes() == before


def test_another_photo_than_the_released_one_is_left(tmp_path: Path, inbox: Path, notes: Notes) -> None:
    """Whichever of file, part and plan was mixed up: the release is of certain bytes."""
    source = file_at(tmp_path / "a.png", PHOTO)
    first, second = parts_of(inbox)
    before = inbox.read_bytes()
    with pytest.raises(SourceChanged):
        take_away(source, release(OTHER), None, notes)
    for part in (first, second):
        with pytest.raises(SourceChanged, match="another photo"):
            take_away(part, release(PHOTO), plan_removal(second, RECORD, on=DAY), notes)
    assert source.path.read_bytes() == PHOTO
    assert inbox.read_bytes() == before
    assert not notes.all()


def test_a_photo_that_another_took_the_place_of_is_left(inbox: Path, notes: Notes) -> None:
    """Swapped in the mailbox once the plan was made, byte for byte at the same place."""
    first, _ = parts_of(inbox)
    removal = plan_removal(first, RECORD, on=DAY)
    data = inbox.read_bytes()
    swapped = data.replace(mailboxes.encode(PHOTO, "base64"), mailboxes.encode(mailboxes.png(3), "base64"))
    assert len(swapped) == len(data)
    assert swapped != data
    inbox.write_bytes(swapped)
    with pytest.raises(SourceChanged, match="other content"):
        take_away(first, release(PHOTO), removal, notes)
    assert inbox.read_bytes() == swapped
    assert not notes.all()


def test_a_photo_that_was_swapped_before_the_plan_was_made_is_left(inbox: Path, notes: Notes) -> None:
    """Read and filed was what stood there a moment earlier: the plan says which photo it found."""
    first, _ = parts_of(inbox)
    filed = read(first)
    data = inbox.read_bytes()
    swapped = data.replace(mailboxes.encode(PHOTO, "base64"), mailboxes.encode(mailboxes.png(3), "base64"))
    inbox.write_bytes(swapped)
    with pytest.raises(SourceChanged, match="another photo"):
        take_away(first, release(filed.data), plan_removal(first, RECORD, on=DAY), notes)
    assert inbox.read_bytes() == swapped
