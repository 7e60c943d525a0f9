"""An export goes whole only when all that is lost with it was listed and agreed to, and that is in the trail."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from imgfile.acts.erasure.whole_export import Survey, agree, clear, lost, refuse_mail_store, survey
from imgfile.acts.options import Wishes
from imgfile.acts.outcome import Cleared
from imgfile.acts.sources.source import MailPart
from imgfile.clinical.proofs import Agreed, Digest, Inventory, Release
from imgfile.errors import Cancelled, NotWritable, SourceChanged, SourceRemains, UsageError
from imgfile.files import CHUNK_BYTES
from imgfile.mail.kinds import FileKind
from imgfile.mail.mailbox import Export, open_export
from imgfile.mail.model import Reason, Unsearched
from imgfile.vault import layout
from imgfile.vault.trail import permissions
from kit.mail import mailboxes
from kit.vault.erasure import digest_of, release
from kit.vault.practice import NOON, Practice
from kit.vault.sources import StoppedError, entered, fill_disk, mailbox, released, stop

PHOTO, OTHER, THIRD = (mailboxes.png(seed, 9000) for seed in (1, 2, 3))
CIPHER = mailboxes.Part(("Content-Type: application/pkcs7-mime; smime-type=enveloped-data",), b"AAAA")
WHOLLY_FILED = Inventory(Digest("1" * 64), (release(PHOTO),), (), ())
"""What an export holds of which every photo is filed."""
LOSES = Inventory(Digest("1" * 64), (release(PHOTO),), ("2/2",), ())


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Make an export with three photos, one of them twice, and a part that cannot be searched."""
    mails = [mailboxes.mail(mailboxes.text(), mailboxes.photo(data)) for data in (PHOTO, OTHER, PHOTO, THIRD)]
    path = tmp_path / "Inbox"
    path.write_bytes(mailboxes.mbox([*mails, mailboxes.mail(mailboxes.text(), CIPHER)]))
    return path


def opened(path: Path) -> Export:
    """Open an export as a run does; it need not stay open."""
    with open_export(path) as export:
        return export


# --- what is an export (rule 1) ---


def test_an_export_of_one_file_may_go(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it is spelled."""
    refuse_mail_store(inbox)
    monkeypatch.chdir(inbox.parent)
    refuse_mail_store(Path("Inbox"))


def _profile(folder: Path) -> Path:
    (folder / "Mail").mkdir(parents=True)
    (folder / "prefs.js").write_text("")
    return mailbox(folder / "Mail", PHOTO)


def _maildir(folder: Path, name: str) -> Path:
    (folder / name).mkdir(parents=True)
    return mailbox(folder / name, PHOTO, name="1700000000.a")


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda folder: folder, "is a folder"),
        (_profile, "is Thunderbird's own mailbox"),
        (lambda folder: _maildir(folder, "cur"), "is a message of a Maildir"),
        (lambda folder: _maildir(folder, "new"), "is a message of a Maildir"),
    ],
)
def test_what_a_mail_program_keeps_is_no_export(tmp_path: Path, make, what: str) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - any of the above
    """There the photos alone are taken out."""
    path = make(tmp_path)
    with pytest.raises(UsageError) as caught:
        refuse_mail_store(path)
    assert caught.value.message == f"{path} {what}, and --destroy-export erases an export that is one file."
    assert caught.value.hint == "Leave --destroy-export out: the photos alone are taken out, and the mail stays."


# --- what it holds (rule 2) ---


def test_a_survey_tells_the_filed_photos_from_the_others_and_from_what_was_not_searched(inbox: Path) -> None:
    """By the digest of each: one that lies there twice is one record, and both places go with it."""
    releases = {digest_of(data): release(data) for data in (PHOTO, THIRD, b"filed from elsewhere")}
    surveyed = survey(opened(inbox), releases, lambda _: None)
    assert surveyed.path == inbox
    assert surveyed.messages == 5
    assert [part.part for part in surveyed.unfiled] == ["2/2"]
    assert [(each.message.number, each.reason) for each in surveyed.unsearched] == [(5, Reason.ENCRYPTED)]
    assert surveyed.inventory == Inventory(
        content=digest_of(inbox.read_bytes()),
        filed=(release(PHOTO), release(THIRD)),
        unfiled=("2/2",),
        unsearched=("5/2",),
    )
    assert surveyed.inventory.loses_photos


def test_a_photo_that_cannot_be_decoded_counts_as_not_filed(tmp_path: Path) -> None:
    """Nobody knows what it is."""
    path = mailbox(tmp_path, PHOTO)
    data = path.read_bytes()
    at = data.index(b"iVBOR") + 4000
    path.write_bytes(data[:at] + b"=" * 4 + data[at + 4 :])
    surveyed = survey(opened(path), {digest_of(PHOTO): release(PHOTO)}, lambda _: None)
    assert surveyed.inventory.filed == ()
    assert surveyed.inventory.unfiled == ("1/2",)


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_the_digest_is_of_the_whole_file_however_long(tmp_path: Path, more: int) -> None:
    """Read piece by piece, with a last one that is whole, or a byte."""
    path = mailbox(tmp_path, PHOTO)
    path.write_bytes(path.read_bytes().ljust(2 * CHUNK_BYTES + more, b"\n"))
    assert survey(opened(path), {}, lambda _: None).inventory.content == digest_of(path.read_bytes())


# --- who agrees (rule 3) ---


def _surveyed(inventory: Inventory) -> Survey:
    return Survey(Path("/export/Inbox"), 3, (), (), inventory)


def never(_surveyed: Survey) -> NoReturn:
    """Fail where nobody is to be asked."""
    raise AssertionError


@pytest.mark.parametrize(
    ("inventory", "wishes"),
    [
        (WHOLLY_FILED, Wishes(is_confirmed=True)),
        (WHOLLY_FILED, Wishes(is_confirmed=True, may_lose_unfiled=True)),
        (LOSES, Wishes(is_confirmed=True, may_lose_unfiled=True)),
    ],
)
def test_flags_agree_to_what_they_say(inventory: Inventory, wishes: Wishes) -> None:
    """Nobody is asked then: where photos would be lost, one flag confirms and another says just that."""
    assert agree(_surveyed(inventory), wishes, never) == Agreed(inventory)


@pytest.mark.parametrize(
    ("inventory", "wishes"),
    [
        (WHOLLY_FILED, Wishes()),
        (WHOLLY_FILED, Wishes(may_lose_unfiled=True)),
        (LOSES, Wishes(is_confirmed=True)),
        (LOSES, Wishes(may_lose_unfiled=True)),
    ],
)
def test_whatever_the_flags_do_not_say_is_asked(inventory: Inventory, wishes: Wishes) -> None:
    """--yes alone loses no photo: who attends is asked with the very list; who does not attend keeps the export."""
    surveyed = _surveyed(inventory)
    asked: list[Survey] = []

    def accept(shown: Survey) -> bool:
        asked.append(shown)
        return True

    assert agree(surveyed, wishes, accept) == Agreed(inventory)
    assert asked == [surveyed]
    for ask in (None, lambda _: False):
        with pytest.raises(SourceRemains) as caught:
            agree(surveyed, wishes, ask)
        if inventory is LOSES:
            assert caught.value.message == "/export/Inbox is kept: 1 photo in it is not filed."
            assert caught.value.hint == "File them, or agree to lose them with --destroy-unfiled."
        else:
            assert caught.value.message == "/export/Inbox is kept."
            assert caught.value.hint == "To erase it, run the same command again, and confirm."


def test_whoever_leaves_the_question_ends_the_run() -> None:
    """It is no answer."""

    def leave(_surveyed: Survey) -> NoReturn:
        raise Cancelled("stopped.")

    with pytest.raises(Cancelled):
        agree(_surveyed(LOSES), Wishes(), leave)


@pytest.mark.parametrize(
    ("unfiled", "unsearched", "words"),
    [
        (0, 0, ""),
        (1, 0, "1 photo in it is not filed"),
        (1200, 0, "1,200 photos in it are not filed"),
        (0, 1, "not looked into: 1 video"),
        (0, 1200, "not looked into: 1,200 videos"),
        (2, 1, "2 photos in it are not filed, not looked into: 1 video"),
    ],
)
def test_what_is_lost_is_said_by_number_and_kind(inbox: Path, unfiled: int, unsearched: int, words: str) -> None:
    """Photos and parts apart."""
    inventory = Inventory(Digest("1" * 64), (), ("1/1",) * unfiled, ("1/1",) * unsearched)
    photo = next(MailPart(opened(inbox), each) for each in opened(inbox).attachments())
    part = Unsearched(photo.attachment.message, "1", Reason.NOT_OPENED, FileKind.VIDEO)
    surveyed = Survey(inbox, 1, (photo,) * unfiled, (part,) * unsearched, inventory)
    assert lost(surveyed) == words
    assert inventory.loses_photos == bool(words)


def test_what_is_absent_or_not_recognised_is_said_so(inbox: Path) -> None:
    """Each by its fate: what a mail announces and lacks may be known to this mail alone."""
    photo = next(opened(inbox).attachments())
    reasons = (Reason.NOT_OPENED, Reason.EMPTY, Reason.NO_PICTURE, Reason.ELSEWHERE)
    parts = tuple(Unsearched(photo.message, "1", reason, FileKind.PICTURE) for reason in reasons)
    surveyed = Survey(inbox, 1, (), parts, Inventory(Digest("1" * 64), (), (), ("1/1",) * 4))
    assert lost(surveyed) == "not looked into: 1 picture, announced and absent: 2 pictures, not recognised: 1 picture"


# --- how it goes (rules 4 and 5) ---


def agreed(practice: Practice, path: Path, *photos: bytes) -> tuple[Export, Agreed, list[Release]]:
    """File photos of an export, and agree that it goes."""
    releases = {digest_of(data): released(practice, data) for data in photos}
    export = opened(path)
    surveyed = survey(export, releases, lambda _: None)
    consent = agree(surveyed, Wishes(is_confirmed=True, may_lose_unfiled=True), None)
    return export, consent, list(releases.values())


def test_an_export_goes_with_its_agreement_before_and_its_evidence_after(practice: Practice, inbox: Path) -> None:
    """The trail says what was agreed to; then that the export is erased, and with it the source of each record."""
    export, consent, (first, third) = agreed(practice, inbox, PHOTO, THIRD)
    cleared = clear(practice.vault, export, consent, at=NOON)
    assert cleared.erasure
    assert cleared == Cleared(
        inbox,
        records=(layout.reference(first.verified.record), layout.reference(third.verified.record)),
        unfiled=1,
        unsearched=1,
        erasure=cleared.erasure,
    )
    assert not inbox.exists()
    assert entered(practice, "clearing", "cleared", "erased") == [
        ("clearing", None),
        ("cleared", cleared.erasure.evidence.name),
        ("erased", first.verified.record),
        ("erased", third.verified.record),
    ]
    assert not practice.vault.station.has_pending


def test_nothing_goes_before_the_agreement_is_in_the_trail(
    practice: Practice, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trail that cannot be written keeps the export; so does a death before the entry."""
    export, consent, _ = agreed(practice, inbox, PHOTO)
    before = inbox.read_bytes()

    def refuse(*_: object) -> NoReturn:
        raise NotWritable("the disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(permissions, "append", refuse)
        cleared = clear(practice.vault, export, consent, at=NOON)
    assert cleared.erasure is None
    assert isinstance(cleared.remains, NotWritable)
    assert (cleared.unfiled, cleared.unsearched) == (2, 1)
    with monkeypatch.context() as patch:
        patch.setattr(permissions, "append", stop)
        with pytest.raises(StoppedError):
            clear(practice.vault, export, consent, at=NOON)
    assert inbox.read_bytes() == before
    assert not practice.vault.station.has_pending


def test_an_export_that_changed_since_it_was_walked_is_kept(practice: Practice, inbox: Path) -> None:
    """What came in between was in nobody's list: same file, same length, other bytes."""
    export, consent, _ = agreed(practice, inbox, PHOTO)
    data = inbox.read_bytes()
    inbox.write_bytes(data[:-2] + b"!\n")
    changed = inbox.read_bytes()
    cleared = clear(practice.vault, export, consent, at=NOON)
    assert cleared.erasure is None
    assert isinstance(cleared.remains, SourceChanged)
    assert inbox.read_bytes() == changed
    assert not practice.vault.station.has_pending


def test_the_agreement_about_one_export_erases_no_other(practice: Practice, inbox: Path, tmp_path: Path) -> None:
    """Nor where the very same photos lie in it."""
    _, consent, _ = agreed(practice, inbox, PHOTO, OTHER, THIRD)
    other = mailbox(tmp_path, PHOTO, OTHER, THIRD, name="Sent")
    before = other.read_bytes()
    cleared = clear(practice.vault, opened(other), consent, at=NOON)
    assert isinstance(cleared.remains, SourceChanged)
    assert other.read_bytes() == before
    assert inbox.exists()


def test_evidence_that_cannot_be_entered_keeps_the_note(
    practice: Practice, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The export is gone, and nothing but the note knows it."""
    export, consent, _ = agreed(practice, inbox, PHOTO)
    fill_disk(monkeypatch)
    cleared = clear(practice.vault, export, consent, at=NOON)
    assert cleared.erasure
    assert isinstance(cleared.remains, NotWritable)
    assert cleared.remains.message == (
        "the source is erased, and the audit trail does not say so yet: the disk is full."
    )
    assert not inbox.exists()
    assert entered(practice, "cleared", "erased") == []
    assert len(practice.vault.station.pending()) == 1


def test_a_death_between_erasing_and_entering_keeps_the_note(
    practice: Practice, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever run enters the evidence, the note is dropped after that."""
    export, consent, _ = agreed(practice, inbox, PHOTO)
    monkeypatch.setattr("imgfile.vault.trail.chain.append", stop)
    with pytest.raises(StoppedError):
        clear(practice.vault, export, consent, at=NOON)
    assert len(practice.vault.station.pending()) == 1
