"""Second copies are looked for when a run is over, reported with their place, and found where they can be taken out."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile.acts.erasure.ledger import Ledger
from imgfile.acts.erasure.mailbox_copies import Residue, digest_of, find_copies, find_residue, take_out
from imgfile.acts.options import Wishes
from imgfile.acts.sources.find import find
from imgfile.acts.sources.found import Scope
from imgfile.acts.sources.source import LocalFile, MailPart, Source
from imgfile.clinical.proofs import Release
from imgfile.errors import SourceChanged, SourceUnavailable
from imgfile.files import FileIdentity
from imgfile.mail.removal import plan
from imgfile.mail.removal.place import Lies, Where
from imgfile.vault import layout
from kit.mail import mailboxes
from kit.mail import outlook_messages as outlook
from kit.vault.erasure import release
from kit.vault.practice import NOON, Practice
from kit.vault.sources import entered, mailbox, parts_of, released

PHOTO = mailboxes.png(1, 9000)
DELETED = ("X-Mozilla-Status: 0009",)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    """Give the first of two photos; a mailbox holds it a second time, in a deleted message, a third time, torn off."""
    one, other = (mailboxes.photo(mailboxes.png(seed, 9000)) for seed in (1, 2))
    mails = [mailboxes.mail(one), mailboxes.mail(other), mailboxes.mail(one, extra=DELETED)]
    torn = mailboxes.mail(mailboxes.text("> " + mailboxes.encode(PHOTO, "base64").decode()[6000:]))
    (tmp_path / "Inbox").write_bytes(mailboxes.mbox([*mails, torn]))
    with ExitStack() as held:
        yield find([str(tmp_path / "Inbox")], Scope(part="1/1"), held).sources[0]


def noted(source: Source) -> Ledger:
    """Release a photo, and say that it is about to be taken out."""
    ledger = Ledger()
    ledger.note(source, release(PHOTO))
    ledger.expect_gone(source)
    return ledger


def test_a_copy_is_told_with_the_message_that_it_lies_in(source: Source) -> None:
    """The photo itself still stands there too: it was not taken out in this test."""
    (residue,) = find_residue(noted(source))
    assert {(place.lies, place.message) for place in residue.places} == {
        (Lies.IN_MESSAGE, 1), (Lies.IN_DELETED, 3), (Lies.IN_MESSAGE, 4),
    }  # fmt: skip


def test_only_the_very_same_photo_can_be_taken_out_and_none_that_was_left(source: Source) -> None:
    """A torn piece is reported and never touched; nor is what somebody chose to leave, or a message that is signed."""
    ledger, wishes = noted(source), Wishes()
    found = find_residue(ledger)
    copies = find_copies(found, ledger, wishes, left=(), on=NOON.date())
    assert [copy.source.part for copy in copies] == ["1/1", "3/1"]
    assert {copy.release.verified.original_digest for copy in copies} == {hashlib.sha256(PHOTO).hexdigest()}
    path = found[0].path
    assert [copy.source.part for copy in find_copies(found, ledger, wishes, left={(path, "3/1")}, on=NOON.date())] == [
        "1/1"
    ]
    assert not find_copies(found, Ledger(), wishes, left=(), on=NOON.date())


def test_a_signed_message_is_not_offered_to_be_broken(tmp_path: Path) -> None:
    """Unless the person said that it may."""
    signature = mailboxes.Part(("Content-Type: application/pkcs7-signature",), b"AAAA")
    signed = mailboxes.multipart([mailboxes.photo(PHOTO), signature], "signed")
    mails = [mailboxes.mail(mailboxes.photo(PHOTO)), mailboxes.message(signed).render()]
    (tmp_path / "Inbox").write_bytes(mailboxes.mbox(mails))
    with ExitStack() as held:
        source = find([str(tmp_path / "Inbox")], Scope(part="1/1"), held).sources[0]
        ledger = noted(source)
        found = find_residue(ledger)
        for may_break, parts in ((False, ["1/1"]), (True, ["1/1", "2/1"])):
            wishes = Wishes(may_break_signature=may_break)
            copies = find_copies(found, ledger, wishes, left=(), on=NOON.date())
            assert [copy.source.part for copy in copies] == parts


def test_what_could_not_be_taken_out_is_not_looked_for(source: Source, tmp_path: Path) -> None:
    """Nor is anything of a file, or in a mailbox, that is gone altogether."""
    ledger = noted(source)
    ledger.forget(source)
    local = LocalFile(tmp_path / "a.jpg", FileIdentity(1, 2, 3, 4, 5))
    ledger.note(local, release(PHOTO))
    ledger.expect_gone(local)
    ledger.forget(local)
    assert find_residue(ledger) == []
    ledger = noted(source)
    ledger.close(tmp_path / "Inbox")
    assert find_residue(ledger) == []


def test_a_mailbox_that_is_away_by_then_leaves_it_unknown(source: Source, tmp_path: Path) -> None:
    """And says so; nothing is offered."""
    ledger = noted(source)
    (tmp_path / "Inbox").rename(tmp_path / "elsewhere")
    (residue,) = find_residue(ledger)
    assert isinstance(residue.unknown, SourceUnavailable)
    assert not find_copies([replace(residue, places=())], ledger, Wishes(), left=(), on=NOON.date())
    assert isinstance(source, MailPart)


# --- taking them out ---


def expecting(path: Path, found_release: Release) -> Ledger:
    """Release the first photo of a mailbox, and say that it is about to be taken out."""
    (first, *_) = parts_of(path)
    ledger = Ledger()
    ledger.note(first, found_release)
    ledger.expect_gone(first)
    return ledger


def test_a_copy_goes_by_the_photos_own_permission_and_its_tombstone_names_that_record(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the plan that was made when it was found; the evidence of each is in the trail, and other photos stay."""
    path = mailbox(tmp_path, PHOTO, mailboxes.png(2, 9000), PHOTO)
    ledger = expecting(path, released(practice, PHOTO))
    copies = find_copies(find_residue(ledger), ledger, Wishes(), left=(), on=NOON.date())
    (release_of_it,) = ledger.releases(path).values()
    record = release_of_it.verified.record
    assert {copy.removal.reference for copy in copies} == {layout.reference(record)}
    assert {copy.removal.photo for copy in copies} == {release_of_it.digest}
    before = path.read_bytes()
    for copy in copies:
        before = mailboxes.patched(before, copy.removal)
    monkeypatch.delattr(plan, "plan_removal")  # none is made anew
    attempts = take_out(practice.vault, copies, ledger, at=NOON)
    assert [bool(attempt.erasure) for attempt in attempts] == [True, True]
    assert path.read_bytes() == before
    assert entered(practice, "erased") == [("erased", record), ("erased", record)]
    assert [part.part for part in parts_of(path)] == ["2/2"]


def test_a_copy_that_another_photo_took_the_place_of_is_left(practice: Practice, tmp_path: Path) -> None:
    """Between finding and taking it out: the plan was of other bytes."""
    path = mailbox(tmp_path, PHOTO, PHOTO)
    ledger = expecting(path, released(practice, PHOTO))
    copies = find_copies(find_residue(ledger), ledger, Wishes(), left=(), on=NOON.date())
    coded, other = (mailboxes.encode(data, "base64") for data in (PHOTO, mailboxes.png(2, 9000)))
    swapped = path.read_bytes().replace(coded, other)
    path.write_bytes(swapped)
    attempts = take_out(practice.vault, copies, ledger, at=NOON)
    assert all(isinstance(attempt.remains, SourceChanged) for attempt in attempts)
    assert path.read_bytes() == swapped
    assert entered(practice, "erased") == []


def test_where_messages_are_not_known_every_photo_is_compared(tmp_path: Path) -> None:
    """An Outlook message is no text: which of its attachments it is, their digests say."""
    path = tmp_path / "rash.msg"
    attached = [outlook.attached(PHOTO, "a.png"), outlook.attached(mailboxes.png(2, 9000), "b.png")]
    path.write_bytes(outlook.compound(outlook.message(attached)))
    ledger = expecting(path, release(PHOTO))
    (residue,) = find_residue(ledger)
    assert [(place.lies, place.message, place.part) for place in residue.places] == [(Lies.IN_MESSAGE, 1, "1")]
    copies = find_copies([residue], ledger, Wishes(), left=(), on=NOON.date())
    assert [copy.removal.photo for copy in copies] == [release(PHOTO).digest]


def test_a_photo_that_cannot_be_decoded_is_nobodys_copy(tmp_path: Path) -> None:
    """And keeps no other from being offered."""
    path = mailbox(tmp_path, mailboxes.png(2, 9000), PHOTO)
    data = path.read_bytes()
    at = data.index(b"iVBOR") + 4000
    path.write_bytes(data[:at] + b"=" * 4 + data[at + 4 :])
    broken, whole = parts_of(path)
    assert digest_of(broken) is None
    assert digest_of(whole) == release(PHOTO).digest
    ledger = Ledger()
    ledger.note(whole, release(PHOTO))
    places = (Where(0, Lies.IN_MESSAGE, 1), Where(0, Lies.IN_MESSAGE, 2))
    copies = find_copies([Residue(whole.export, places)], ledger, Wishes(), left=(), on=NOON.date())
    assert [copy.source.part for copy in copies] == ["2/2"]


def test_what_cannot_be_taken_out_is_not_offered(tmp_path: Path) -> None:
    """It stays in its archive, and is reported."""
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("one.eml", mailboxes.mail(mailboxes.photo(PHOTO)))
    (part,) = parts_of(path)
    ledger = Ledger()
    ledger.note(part, release(PHOTO))
    residue = Residue(part.export, (Where(0, Lies.UNTOLD),))
    assert not find_copies([residue], ledger, Wishes(), left=(), on=NOON.date())
