"""What a run remembers of each mailbox: which photos may go, and by what those taken out would be known again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from imgfile.acts.erasure.ledger import Ledger
from imgfile.acts.sources.source import MailPart
from kit.mail import mailboxes
from kit.vault.erasure import digest_of, release
from kit.vault.sources import file_at, mailbox, parts_of

PHOTO, OTHER = mailboxes.png(1, 9000), mailboxes.png(2, 9000)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Make a mailbox with two photos."""
    return mailbox(tmp_path, PHOTO, OTHER)


def test_a_released_photo_of_a_mailbox_is_known_by_its_digest(inbox: Path, tmp_path: Path) -> None:
    """In that mailbox and in no other."""
    first, second = parts_of(inbox)
    ledger = Ledger()
    ledger.note(first, release(PHOTO))
    ledger.note(second, release(OTHER))
    assert ledger.releases(inbox) == {digest_of(PHOTO): release(PHOTO), digest_of(OTHER): release(OTHER)}
    assert not ledger.releases(tmp_path / "Sent")


def test_a_photo_in_a_file_of_its_own_leaves_nothing(tmp_path: Path) -> None:
    """Its file goes whole: there is nothing to be looked through afterwards."""
    source = file_at(tmp_path / "a.png", PHOTO)
    ledger = Ledger()
    ledger.note(source, release(PHOTO))
    ledger.expect_gone(source)
    ledger.forget(source)
    assert not ledger.releases(source.path)
    assert list(ledger.taken_out()) == []


def _expecting(*parts: MailPart) -> Ledger:
    ledger = Ledger()
    for part in parts:
        ledger.expect_gone(part)
    return ledger


def test_photos_taken_out_are_sought_mailbox_by_mailbox(inbox: Path, tmp_path: Path) -> None:
    """One search for all of them: each is known by its digest, and those of one mailbox are joined."""
    first, second = parts_of(inbox)
    (third,) = parts_of(mailbox(tmp_path, mailboxes.png(3, 9000), name="Sent"))
    sought = {export.path: set(pieces) for export, pieces in _expecting(first, third).taken_out()}
    assert sought.keys() == {inbox, tmp_path / "Sent"}
    for path, part in ((inbox, first), (tmp_path / "Sent", third)):
        (traces,) = sought[path]
        assert traces.digest == hashlib.sha256(part.attachment.decode()).hexdigest()
        assert traces.anchored or traces.letters
    second_alone = next(_expecting(second).taken_out())[1]
    same_export = MailPart(first.export, second.attachment)
    ((export, both),) = _expecting(first, same_export).taken_out()
    assert export is first.export
    assert set(both) == sought[inbox] | set(second_alone)


def test_what_could_not_be_taken_out_is_not_sought(inbox: Path) -> None:
    """It stands there, which was reported already; the other photo is sought still."""
    first, second = parts_of(inbox)
    ledger = _expecting(first, second)
    ledger.forget(first)
    ledger.forget(first)
    ((_, pieces),) = ledger.taken_out()
    assert set(pieces) == set(next(_expecting(second).taken_out())[1])


def test_nothing_is_sought_in_a_mailbox_that_is_gone_whole(inbox: Path, tmp_path: Path) -> None:
    """In another one it is."""
    (third,) = parts_of(mailbox(tmp_path, mailboxes.png(3, 9000), name="Sent"))
    ledger = _expecting(*parts_of(inbox), third)
    ledger.close(inbox)
    assert [export.path for export, _ in ledger.taken_out()] == [tmp_path / "Sent"]
