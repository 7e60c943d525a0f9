"""A photo is read, stripped and shown before anything is asked, and what is to become of its source is settled."""

from __future__ import annotations

import io
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from imgfile.acts.ingest.examine import examine
from imgfile.acts.options import Request, Wishes
from imgfile.acts.sources import source as sources
from imgfile.acts.sources.source import Fate, MailPart, Piped
from imgfile.clinical.proofs import Digest, Photo, RecordId, Removal
from imgfile.errors import AnswerInvalid, SourceChanged, UnreadableMail, UnsupportedImage
from imgfile.vault import layout
from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.terminal.typed_answers import picture
from kit.vault.ingest_runs import CONFIRMED, KEPT, Attendant, local, parts_of, run_of
from kit.vault.practice import NOON, Practice

DESTROYING = replace(CONFIRMED, destroys_exports=True)
SIGNED = mailboxes.message(
    mailboxes.multipart([picture(1), mailboxes.Part(("Content-Type: application/pgp-signature",), b"signed")], "signed")
).render()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Give a photo in a file."""
    path = tmp_path / "mole.jpg"
    path.write_bytes(photos.phone_jpeg())
    return path


def test_a_file_is_read_stripped_and_to_be_erased(practice: Practice, photo: Path) -> None:
    """The original's digest, the stripped bytes, and a record's name that no other photo has."""
    one, other = (examine(run_of(practice), Request(local(photo))) for _ in range(2))
    assert one.photo == Photo(photo.read_bytes())
    assert one.stripped.original == one.photo
    assert len(one.stripped.data) < len(one.photo.data)
    assert (one.fate, one.removal) == (Fate.ERASED, None)
    assert one.source == local(photo)
    assert layout.is_id(one.record)
    assert one.record != other.record


def test_a_source_that_is_to_be_kept_is(practice: Practice, photo: Path) -> None:
    """Whatever it is."""
    assert examine(run_of(practice, KEPT), Request(local(photo))).fate is Fate.KEPT
    assert examine(run_of(practice), Request(Piped(io.BytesIO(photo.read_bytes())))).fate is Fate.ERASED


def test_whoever_attends_sees_it_first(practice: Practice, photo: Path) -> None:
    """Once it is stripped."""
    somebody = Attendant()
    examine(run_of(practice, attendant=somebody), Request(local(photo)))
    assert somebody.shown == [local(photo)]


def test_a_photo_that_the_table_does_not_name_is_refused(practice: Practice, photo: Path) -> None:
    """By the digest that was scanned; whoever attends is shown nothing."""
    somebody = Attendant()
    run = run_of(practice, attendant=somebody)
    with pytest.raises(SourceChanged) as caught:
        examine(run, Request(local(photo), expected=Digest("0" * 64)))
    assert caught.value.message == f"{photo} is not the photo that the table names."
    assert not somebody.shown
    assert examine(run, Request(local(photo), expected=Photo(photo.read_bytes()).digest)).photo.data


def test_what_is_no_photo_is_refused_by_its_name(practice: Practice, tmp_path: Path) -> None:
    """The room that knows bytes does not know names."""
    path = tmp_path / "letter.jpg"
    path.write_bytes(b"Dear doctor")
    with pytest.raises(UnsupportedImage) as caught:
        examine(run_of(practice), Request(local(path)))
    assert caught.value.message.startswith(f"{path} ")
    assert isinstance(caught.value.__cause__, UnsupportedImage)
    assert caught.value.hint == caught.value.__cause__.hint


# --- photos in mailboxes ----------------------------------------------------------------------------------


def test_a_part_of_a_mailbox_leaves_by_a_plan_that_names_its_record(practice: Practice, tmp_path: Path) -> None:
    """The tombstone bears the reference and the day; what is kept needs no plan."""
    with ExitStack() as held:
        (part,) = parts_of(tmp_path / "Inbox", mailboxes.mail(mailboxes.text(), picture(1)), held)
        examined = examine(run_of(practice), Request(part))
        assert examined.fate is Fate.ERASED
        assert examined.removal is not None
        assert examined.removal.reference == layout.reference(examined.record)
        assert examined.removal.photo == examined.photo.digest
        kept = examine(run_of(practice, KEPT), Request(part))
        assert (kept.fate, kept.removal) == (Fate.KEPT, None)


def test_the_plan_is_dated_by_the_runs_clock(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by the computer's."""
    planned: list[tuple[MailPart, RecordId, date]] = []

    def note(source: MailPart, record: RecordId, *, on: date) -> None:
        planned.append((source, record, on))

    monkeypatch.setattr(sources, "plan_removal", note)
    with ExitStack() as held:
        (part,) = parts_of(tmp_path / "Inbox", mailboxes.mail(picture(1)), held)
        examined = examine(run_of(practice), Request(part))
    assert planned == [(part, examined.record, NOON.date())]


def test_a_part_that_cannot_be_taken_out_is_refused_or_goes_with_its_export(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said before anything is asked, with the way on."""

    def refuse(_source: MailPart, _record: RecordId, *, on: date) -> Removal:
        raise UnreadableMail(f"it is torn, {on}.", "Export it again.")

    monkeypatch.setattr(sources, "plan_removal", refuse)
    with ExitStack() as held:
        (part,) = parts_of(tmp_path / "Inbox", mailboxes.mail(picture(1)), held)
        with pytest.raises(UnreadableMail) as caught:
            examine(run_of(practice), Request(part))
        assert caught.value.message == f"{part.shown}: it is torn, 2026-11-22."
        assert caught.value.hint == "Export it again.\nTo file it and leave it there:  --keep-source"
        examined = examine(run_of(practice, DESTROYING), Request(part))
        assert (examined.fate, examined.removal) == (Fate.WITH_EXPORT, None)


@pytest.mark.parametrize(
    ("place", "advice"),
    [
        ("Inbox", "Unpack it, or erase it whole once its photos are filed:  --destroy-export"),
        ("Mail/cur/1:2,S", "Once it is filed, delete the message in the mail program."),
    ],
)
def test_nobody_is_advised_to_erase_whole_what_a_mail_program_keeps(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, advice: str
) -> None:
    """For that is refused: the message goes there by the program."""

    def refuse(_source: MailPart, _record: RecordId, **_on: date) -> Removal:
        raise UnreadableMail(
            "it is packed.", "Unpack it, or erase it whole once its photos are filed:  --destroy-export"
        )

    monkeypatch.setattr(sources, "plan_removal", refuse)
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        (part,) = parts_of(path, mailboxes.mail(picture(1)), held)
        with pytest.raises(UnreadableMail) as caught:
            examine(run_of(practice), Request(part))
    assert caught.value.hint == f"{advice}\nTo file it and leave it there:  --keep-source"


def test_a_refusal_without_advice_has_that_of_keeping_alone(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without blanks before it."""

    def refuse(_source: MailPart, _record: RecordId, **_on: date) -> Removal:
        raise UnreadableMail("it is torn.")

    monkeypatch.setattr(sources, "plan_removal", refuse)
    with ExitStack() as held:
        (part,) = parts_of(tmp_path / "Inbox", mailboxes.mail(picture(1)), held)
        with pytest.raises(UnreadableMail) as caught:
            examine(run_of(practice), Request(part))
    assert caught.value.hint == "To file it and leave it there:  --keep-source"


@pytest.mark.parametrize(
    ("wishes", "fate"),
    [
        (CONFIRMED, None),
        (replace(CONFIRMED, may_break_signature=True), Fate.ERASED),
        (replace(DESTROYING, may_break_signature=True), Fate.ERASED),
        (KEPT, Fate.KEPT),
        (DESTROYING, Fate.WITH_EXPORT),
    ],
)
def test_a_senders_own_signature_is_not_broken_unasked(
    practice: Practice, tmp_path: Path, wishes: Wishes, fate: Fate | None
) -> None:
    """A photo in a signed message goes only if that was agreed to, or with the whole export."""
    with ExitStack() as held:
        (part,) = parts_of(tmp_path / "Inbox", SIGNED, held)
        if fate is not None:
            examined = examine(run_of(practice, wishes), Request(part))
            assert (examined.fate, examined.removal is not None) == (fate, fate is Fate.ERASED)
            return
        with pytest.raises(AnswerInvalid) as caught:
            examine(run_of(practice, wishes), Request(part))
    (problem,) = caught.value.problems
    assert (problem.question, problem.flag, problem.is_missing) == ("break_signature", "--break-signature", True)
    assert caught.value.message.startswith(f"{part.shown} is signed by its sender")
    assert "--break-signature" in caught.value.hint
    assert "--keep-source" in caught.value.hint


def test_a_signature_is_asked_about_before_the_photo_is_read(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large attachment is decoded for nothing else."""
    monkeypatch.setattr(sources, "read", lambda _source: pytest.fail("it was read"))
    with ExitStack() as held:
        (part,) = parts_of(tmp_path / "Inbox", SIGNED, held)
        with pytest.raises(AnswerInvalid):
            examine(run_of(practice), Request(part))
