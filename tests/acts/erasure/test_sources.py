"""By which plan sources go, in which order the trail and the notes follow, and how a later run finishes it all."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile.acts.erasure.ledger import Ledger
from imgfile.acts.erasure.sources import (
    Attempt,
    Finished,
    Going,
    Notebook,
    enter,
    erase_sources,
    finish_pending,
    unentered,
)
from imgfile.acts.erasure.whole_export import agree, clear, survey
from imgfile.acts.options import Wishes
from imgfile.acts.outcome import Cleared, Failed, Filed
from imgfile.acts.sources.source import MailPart, Piped, Source, plan_removal, read
from imgfile.clinical.proofs import Evidence, RecordId
from imgfile.erase.note import PendingErasure, Phase
from imgfile.errors import (
    Damaged,
    NotWritable,
    SourceChanged,
    SourceInUse,
    SourceRemains,
    SourceUnavailable,
    UnreadableMail,
)
from imgfile.files import FileIdentity
from imgfile.mail.mailbox import open_export
from imgfile.mail.removal import plan
from imgfile.mail.removal.traces import Traces
from imgfile.record_state.set_aside import PhotosSetAside, Why
from imgfile.vault import layout
from imgfile.vault.trail import chain
from kit.mail import mailboxes
from kit.mail import outlook_messages as outlook
from kit.vault.erasure import digest_of
from kit.vault.practice import NOON, Practice
from kit.vault.sources import StoppedError, entered, file_at, fill_disk, mailbox, parts_of, proven, released, stop, torn

PHOTO, OTHER = mailboxes.png(1, 9000), mailboxes.png(2, 9000)


def erase(practice: Practice, *going: Going, ledger: Ledger | None = None) -> list[Attempt]:
    """Erase sources as a run does, with the station's lock held."""
    with practice.vault.station.locked():
        return erase_sources(practice.vault, going, ledger or Ledger(), at=NOON)


def finish(practice: Practice) -> list[Finished]:
    """Finish what an earlier run began, as the next run does."""
    vault = practice.reopened()
    with vault.station.locked():
        return finish_pending(vault, at=NOON)


def phases(practice: Practice) -> list[Phase]:
    """Return how far the erasures that are noted have come."""
    return [PendingErasure.from_facts(note.facts).phase for note in practice.vault.station.pending()]


@pytest.fixture
def local(tmp_path: Path) -> Source:
    """Give a photo in a file of its own."""
    return file_at(tmp_path / "rash.png", PHOTO)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Make a mailbox with two photos."""
    return mailbox(tmp_path, PHOTO, OTHER)


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the reference of every plan that is made."""
    made: list[str] = []
    real = plan.plan_removal

    def noting(*arguments, **named):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003, ANN202
        made.append(named["reference"])
        return real(*arguments, **named)

    monkeypatch.setattr(plan, "plan_removal", noting)
    return made


# --- each source by its own permission ---


def test_sources_go_in_order_and_the_evidence_is_in_the_trail(practice: Practice, local: Source, inbox: Path) -> None:
    """A file, a part of a mailbox, and a pipe, of which nothing is there; no note is left."""
    parts = parts_of(inbox)
    releases = [released(practice, data) for data in (PHOTO, OTHER, PHOTO)]
    going = [Going(local, releases[0]), Going(parts[1], releases[1]), Going(Piped(io.BytesIO()), releases[2])]
    first, second, third = erase(practice, *going)
    assert first.erasure
    assert second.erasure
    assert third == Attempt()
    assert entered(practice, "erased") == [
        ("erased", releases[0].verified.record),
        ("erased", releases[1].verified.record),
    ]
    assert [read(part).data for part in parts_of(inbox)] == [PHOTO]
    assert not practice.vault.station.has_pending


def test_one_that_cannot_go_is_no_others_failure(practice: Practice, tmp_path: Path) -> None:
    """It stays, says why, and is in no entry of the trail."""
    sources = [file_at(tmp_path / name, PHOTO) for name in ("a.png", "b.png", "c.png")]
    sources[1].path.write_bytes(OTHER)
    releases = [released(practice, PHOTO) for _ in sources]
    first, second, third = erase(practice, *map(Going, sources, releases))
    assert (bool(first.erasure), bool(second.erasure), bool(third.erasure)) == (True, False, True)
    assert isinstance(second.remains, SourceChanged)
    assert sources[1].path.read_bytes() == OTHER
    assert entered(practice, "erased") == [("erased", releases[at].verified.record) for at in (0, 2)]


def test_the_ledger_expects_gone_what_goes_and_forgets_what_could_not(practice: Practice, inbox: Path) -> None:
    """The copies of a photo that stands there still are no news."""
    ledger = Ledger()
    first, second = parts_of(inbox)
    going = [Going(first, released(practice, OTHER)), Going(second, released(practice, OTHER))]
    before = dict(_sought(second))
    assert [bool(attempt.erasure) for attempt in erase(practice, *going, ledger=ledger)] == [False, True]
    assert {export.path: set(pieces) for export, pieces in ledger.taken_out()} == before


def _sought(part: MailPart) -> list[tuple[Path, set[Traces]]]:
    ledger = Ledger()
    ledger.expect_gone(part)
    return [(export.path, set(pieces)) for export, pieces in ledger.taken_out()]


def test_nothing_to_erase_is_no_entry(practice: Practice) -> None:
    """A note of the trail says something, or is not written."""
    before = len(list(practice.folder.joinpath("audit").rglob("*")))
    assert erase(practice) == []
    enter(practice.vault, iter(()))
    assert len(list(practice.folder.joinpath("audit").rglob("*"))) == before


# --- by which plan (rule 7) ---


def test_the_plan_that_was_made_when_deciding_is_the_one_that_is_carried_out(
    practice: Practice, inbox: Path, planned: list[str]
) -> None:
    """No other is made, of two photos neither: nothing that one replaces is touched by the other."""
    going = []
    for part, data in zip(parts_of(inbox), (PHOTO, OTHER), strict=True):
        release = released(practice, data)
        going.append(Going(part, release, plan_removal(part, release.verified.record, on=NOON.date())))
    assert len(planned) == 2
    before = inbox.read_bytes()
    assert all(attempt.erasure for attempt in erase(practice, *going))
    assert len(planned) == 2
    for one in going:
        assert one.removal
        before = mailboxes.patched(before, one.removal)
    assert inbox.read_bytes() == before


def test_a_plan_that_names_another_record_is_made_anew(practice: Practice, inbox: Path, planned: list[str]) -> None:
    """The photo turned out to be filed already: its tombstone names the record that there is."""
    first, _ = parts_of(inbox)
    release = released(practice, PHOTO)
    chosen = plan_removal(first, RecordId(layout.new_id()), on=NOON.date())
    (attempt,) = erase(practice, Going(first, release, chosen))
    assert attempt.erasure
    reference = layout.reference(release.verified.record)
    assert planned == [chosen.reference, reference]
    with open_export(inbox) as export:
        assert [place.reference for place in export.taken_out()] == [reference]


def test_a_plan_is_made_where_there_is_none(practice: Practice, inbox: Path, planned: list[str]) -> None:
    """With the record's own reference, and the day of the erasure."""
    first, _ = parts_of(inbox)
    release = released(practice, PHOTO)
    assert erase(practice, Going(first, release))[0].erasure
    assert planned == [layout.reference(release.verified.record)]
    sentence = f"This photo was filed as {planned[0]} and removed from here on 2026-11-22."
    assert base64.b64encode(sentence.encode())[:60] in inbox.read_bytes().replace(b"\n", b"")


def test_photos_that_share_a_sum_go_one_after_the_other(practice: Practice, tmp_path: Path, planned: list[str]) -> None:
    """Of a message in a winmail.dat, one sum covers both: the second plan is made anew once the first photo is gone."""
    inner = outlook.tnef([("a.png", PHOTO), ("b.png", OTHER)])
    coded = base64.encodebytes(outlook.tnef([], messages=[inner]))
    part = mailboxes.Part(("Content-Type: application/ms-tnef", "Content-Transfer-Encoding: base64"), coded)
    path = tmp_path / "mail.eml"
    path.write_bytes(mailboxes.mail(mailboxes.text(), part))
    going = []
    for source, data in zip(parts_of(path), (PHOTO, OTHER), strict=True):
        release = released(practice, data)
        going.append(Going(source, release, plan_removal(source, release.verified.record, on=NOON.date())))
    first, second = going
    assert first.removal
    assert second.removal
    assert first.removal.overlaps(second.removal)
    assert [attempt.remains for attempt in erase(practice, *going)] == [None, None]
    assert planned == [first.removal.reference, second.removal.reference, second.removal.reference]
    assert parts_of(path) == []


def test_plans_for_two_mailboxes_have_nothing_to_do_with_each_other(
    practice: Practice, tmp_path: Path, planned: list[str]
) -> None:
    """The same offsets in another file are other bytes."""
    going = []
    for name in ("Inbox", "Sent"):
        (part,) = parts_of(mailbox(tmp_path, PHOTO, name=name))
        release = released(practice, PHOTO)
        going.append(Going(part, release, plan_removal(part, release.verified.record, on=NOON.date())))
    assert all(attempt.erasure for attempt in erase(practice, *going))
    assert len(planned) == 2


# --- the trail before the notes (rule 2) ---


def test_evidence_that_cannot_be_entered_keeps_its_note(
    practice: Practice, local: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The photo is gone, and nothing but the note knows it: the next run enters it, and only then drops the note."""
    release = released(practice, PHOTO)
    with monkeypatch.context() as patch:
        fill_disk(patch)
        (attempt,) = erase(practice, Going(local, release))
    assert attempt.erasure
    assert isinstance(attempt.remains, NotWritable)
    assert attempt.remains.message == (
        "the source is erased, and the audit trail does not say so yet: the disk is full."
    )
    assert attempt.remains.hint == "Make room."
    assert entered(practice, "erased") == []
    assert phases(practice) == [Phase.ERASED]
    (finished,) = finish(practice)
    assert finished.attempt.erasure == attempt.erasure
    assert entered(practice, "erased") == [("erased", release.verified.record)]
    assert phases(practice) == []


def test_a_death_between_erasing_and_entering_loses_no_evidence(
    practice: Practice, local: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The note is dropped after the entry, whichever run writes that."""
    release = released(practice, PHOTO)
    for act in (lambda: erase(practice, Going(local, release)), lambda: finish(practice)):
        with monkeypatch.context() as patch:
            patch.setattr(chain, "append", stop)
            with pytest.raises(StoppedError):
                act()
        assert phases(practice) == [Phase.ERASED]
        assert entered(practice, "erased") == []
    finish(practice)
    assert entered(practice, "erased") == [("erased", release.verified.record)]
    assert phases(practice) == []


def test_only_what_is_erased_is_dropped_from_the_notebook(
    practice: Practice, local: Source, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A torn one waits for the next run."""
    release = released(practice, PHOTO)
    torn(lambda: erase(practice, Going(local, release)), monkeypatch)
    notebook = Notebook(practice.vault.station, practice.vault.station.pending())
    notebook.drop_finished()
    assert phases(practice) == [Phase.NOTED]
    facts = PendingErasure.from_facts(notebook.written[0].facts)
    done = notebook.write(replace(facts, phase=Phase.ERASED, sectors=b"").to_facts())
    assert notebook.written[-1] is done
    notebook.drop_finished()
    assert phases(practice) == [Phase.NOTED]
    assert inbox.exists()


def test_what_remains_is_not_said_to_be_erased() -> None:
    """Where nothing went, the trail lacks nothing."""
    kept = Attempt(remains=SourceRemains("kept."))
    assert unentered(kept, NotWritable("full.")) is kept
    assert unentered(Attempt(), NotWritable("full.")) == Attempt()


# --- finishing what an earlier run began ---


def test_a_torn_erasure_of_a_file_is_finished_and_has_its_outcome(
    practice: Practice, local: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the earlier run would have said, the record proven anew."""
    release = released(practice, PHOTO)
    torn(lambda: erase(practice, Going(local, release)), monkeypatch)
    (finished,) = finish(practice)
    assert finished.attempt.erasure
    reference = layout.reference(release.verified.record)
    assert finished.outcome == Filed(reference, is_new=False, reached="manifest", erasure=finished.attempt.erasure)
    assert finished.cleared is None
    assert not Path(local.shown).exists()
    assert entered(practice, "erased") == [("erased", release.verified.record)]
    assert not practice.vault.station.has_pending
    assert finish(practice) == []


def test_a_torn_erasure_waits_while_its_record_cannot_be_proven(
    practice: Practice, local: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R15: the photo can still be read in its source, and would be lost with it."""
    release = released(practice, PHOTO)
    torn(lambda: erase(practice, Going(local, release)), monkeypatch)
    (image,) = practice.folder.rglob("image.age")
    whole = image.read_bytes()
    image.write_bytes(whole[:-1])
    (finished,) = finish(practice)
    assert finished.outcome is None
    assert finished.attempt.erasure is None
    assert isinstance(finished.attempt.remains, Damaged)
    with pytest.raises(Damaged) as caught:
        proven(practice, release, PHOTO)
    why, hint = caught.value.message, caught.value.hint
    assert hint
    assert finished.attempt.remains.hint == hint
    assert finished.attempt.remains.message == (
        f"the erasure of {local.shown} was interrupted, and is not finished: {why}"
    )
    assert Path(local.shown).read_bytes() == PHOTO
    assert phases(practice) == [Phase.NOTED]
    image.write_bytes(whole)
    assert finish(practice)[0].attempt.erasure


def test_what_is_overwritten_already_is_finished_although_its_record_is_damaged(
    practice: Practice, local: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nothing left to lose: the evidence is entered, and the damage is the outcome."""
    release = released(practice, PHOTO)
    with monkeypatch.context() as patch:
        patch.setattr("imgfile.erase.overwrite.files.truncate", stop)
        with pytest.raises(StoppedError):
            erase(practice, Going(local, release))
    assert phases(practice) == [Phase.OVERWRITTEN]
    (image,) = practice.folder.rglob("image.age")
    image.write_bytes(image.read_bytes()[:-1])
    (finished,) = finish(practice)
    assert finished.attempt.erasure
    assert isinstance(finished.outcome, Failed)
    assert isinstance(finished.outcome.error, Damaged)
    assert not Path(local.shown).exists()
    assert entered(practice, "erased") == [("erased", release.verified.record)]


def test_a_source_that_is_gone_can_no_more_be_lost(
    practice: Practice, local: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Noted, and moved away since: reported, entered as remaining, and dropped, whatever its record is worth."""
    release = released(practice, PHOTO)
    torn(lambda: erase(practice, Going(local, release)), monkeypatch)
    Path(local.shown).unlink()
    (image,) = practice.folder.rglob("image.age")
    image.write_bytes(image.read_bytes()[:-1])
    (finished,) = finish(practice)
    assert isinstance(finished.attempt.remains, SourceChanged)
    assert finished.outcome is None
    assert entered(practice, "remains", "erased") == [("remains", release.verified.record)]
    assert not practice.vault.station.has_pending


def test_a_file_that_is_another_by_now_is_entered_as_remaining_before_its_note_goes(
    practice: Practice, local: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would fail for good: the trail says so once, and no later run tries again."""
    release = released(practice, PHOTO)
    torn(lambda: erase(practice, Going(local, release)), monkeypatch)
    Path(local.shown).write_bytes(OTHER)
    with monkeypatch.context() as patch:
        patch.setattr(chain, "append", stop)
        with pytest.raises(StoppedError):
            finish(practice)
    assert phases(practice) == [Phase.NOTED]
    (finished,) = finish(practice)
    assert isinstance(finished.attempt.remains, SourceChanged)
    assert finished.outcome is None
    assert Path(local.shown).read_bytes() == OTHER
    assert entered(practice, "remains", "erased") == [("remains", release.verified.record)]
    assert finish(practice) == []


def test_what_cannot_be_finished_just_now_keeps_its_note(
    practice: Practice, local: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second name can be deleted: the run after that finishes it."""
    release = released(practice, PHOTO)
    torn(lambda: erase(practice, Going(local, release)), monkeypatch)
    (tmp_path / "twin.png").hardlink_to(Path(local.shown))
    (finished,) = finish(practice)
    assert isinstance(finished.attempt.remains, SourceRemains)
    assert phases(practice) == [Phase.NOTED]
    assert entered(practice, "remains", "erased") == []
    (tmp_path / "twin.png").unlink()
    assert finish(practice)[0].attempt.erasure


def test_a_mailbox_is_locked_anew_before_it_is_changed(
    practice: Practice, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program has it by now: the erasure waits, and is finished when that is closed."""
    first, _ = parts_of(inbox)
    release = released(practice, PHOTO)
    torn(lambda: erase(practice, Going(first, release)), monkeypatch)
    before, lock = inbox.read_bytes(), inbox.with_name("Inbox.lock")
    lock.write_bytes(b"4711\n")
    (finished,) = finish(practice)
    assert isinstance(finished.attempt.remains, SourceInUse)
    assert inbox.read_bytes() == before
    assert phases(practice) == [Phase.NOTED]
    lock.unlink()
    (finished,) = finish(practice)
    assert finished.attempt.erasure
    assert [read(part).data for part in parts_of(inbox)] == [OTHER]
    assert not lock.exists()


def test_what_is_changed_already_needs_no_lock_nor_does_a_file(
    practice: Practice, local: Source, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only its evidence is missing; and a photo's own file has no lock that anybody knows."""
    first, _ = parts_of(inbox)
    with monkeypatch.context() as patch:
        fill_disk(patch)
        erase(practice, Going(first, released(practice, PHOTO)))
    torn(lambda: erase(practice, Going(local, released(practice, PHOTO))), monkeypatch)
    for path in (inbox, Path(local.shown)):
        path.with_name(f"{path.name}.lock").write_bytes(b"4711\n")
    assert all(finished.attempt.erasure for finished in finish(practice))
    assert not practice.vault.station.has_pending


def test_a_mailbox_that_is_gone_is_not_looked_for_a_lock(
    practice: Practice, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is reported as moved or deleted."""
    first, _ = parts_of(inbox)
    torn(lambda: erase(practice, Going(first, released(practice, PHOTO))), monkeypatch)
    inbox.unlink()
    (finished,) = finish(practice)
    assert isinstance(finished.attempt.remains, SourceChanged)
    assert "was moved or deleted" in finished.attempt.remains.message


def _clear(practice: Practice, path: Path, *photos: bytes) -> tuple[list[RecordId], Callable[[], Cleared]]:
    """File the photos of an export; return their records, and what erases the export."""
    releases = {digest_of(data): released(practice, data) for data in photos}
    with open_export(path) as export:
        surveyed = survey(export, releases, lambda _: None)
    agreed = agree(surveyed, Wishes(is_confirmed=True, may_lose_unfiled=True), None)
    records = [release.verified.record for release in releases.values()]
    return records, lambda: clear(practice.vault, export, agreed, at=NOON)


def test_a_torn_erasure_of_an_export_is_finished_for_every_photo_in_it(
    practice: Practice, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each record is proven anew; the trail says `cleared`, and each source `erased`."""
    records, act = _clear(practice, inbox, PHOTO, OTHER)
    torn(act, monkeypatch)
    (finished,) = finish(practice)
    assert finished.attempt.erasure
    assert finished.outcome == finished.cleared
    assert finished.cleared == Cleared(inbox, tuple(map(layout.reference, records)), erasure=finished.attempt.erasure)
    evidence = finished.attempt.erasure.evidence
    assert entered(practice, "cleared", "erased") == [
        ("cleared", evidence.name), ("erased", records[0]), ("erased", records[1]),
    ]  # fmt: skip
    assert not inbox.exists()


def test_a_torn_erasure_of_an_export_waits_while_any_of_its_records_cannot_be_proven(
    practice: Practice, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of its photos would be lost with it. It is locked like the mailbox that it is, too."""
    _, act = _clear(practice, inbox, PHOTO, OTHER)
    torn(act, monkeypatch)
    before = inbox.read_bytes()
    lock = inbox.with_name("Inbox.lock")
    lock.write_bytes(b"4711\n")
    (finished,) = finish(practice)
    assert isinstance(finished.attempt.remains, SourceInUse)
    lock.unlink()
    image = min(practice.folder.rglob("image.age"))
    image.write_bytes(image.read_bytes()[:-1])
    (finished,) = finish(practice)
    assert isinstance(finished.attempt.remains, Damaged)
    assert finished.outcome is None
    assert inbox.read_bytes() == before
    assert phases(practice) == [Phase.NOTED]


@pytest.mark.parametrize(
    ("why", "data", "is_kept"),
    [
        (Why.HOLD, PHOTO, True),  # filed, and held since
        (Why.HOLD, OTHER, True),  # in no record: somebody agreed to lose it
        (Why.QUARANTINE, OTHER, True),
        (Why.QUARANTINE, PHOTO, False),  # filed: it waits no more
        (Why.HOLD, b"a photo of another mailbox", False),
    ],
)
@pytest.mark.parametrize("is_begun", [False, True])
def test_a_torn_erasure_of_an_export_waits_for_what_was_set_aside_meanwhile(  # noqa: PLR0913 - a table of three
    practice: Practice,
    inbox: Path,
    monkeypatch: pytest.MonkeyPatch,
    why: Why,
    data: bytes,
    *,
    is_kept: bool,
    is_begun: bool,
) -> None:
    """R21, R11: whoever agreed did not know of it. What is overwritten in part, and no mailbox now, waits for all."""
    _, act = _clear(practice, inbox, PHOTO)
    torn(act, monkeypatch)
    if is_begun:
        with inbox.open("r+b") as file:
            (note,) = practice.vault.station.pending()
            file.write(PendingErasure.from_facts(note.facts).target.fresh(0, 512))
    before = inbox.read_bytes()
    aside = PhotosSetAside(practice.vault.station)
    with practice.vault.station.locked():
        set_aside = aside.add(digest_of(data), why, str(inbox), at=NOON)
    (finished,) = finish(practice)
    is_waiting = is_kept or is_begun
    assert isinstance(finished.attempt.remains, SourceRemains) is is_waiting, finished.attempt
    assert inbox.exists() is is_waiting
    if is_waiting:
        assert inbox.read_bytes() == before
        assert phases(practice) == [Phase.NOTED]
        with practice.vault.station.locked():
            aside.end(set_aside.mark)
        (finished,) = finish(practice)
        assert finished.attempt.erasure
        assert not inbox.exists()


# --- who names a source again that is gone by now (rule 6) ---


def _finished(practice: Practice, source: Source, data: bytes, monkeypatch: pytest.MonkeyPatch) -> Finished:
    torn(lambda: erase(practice, Going(source, released(practice, data))), monkeypatch)
    (finished,) = finish(practice)
    return finished


def test_a_file_that_is_gone_is_accounted_for(
    practice: Practice, local: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its path, however it is spelled; not where another file has the name, nor for any other complaint."""
    finished = _finished(practice, local, PHOTO, monkeypatch)
    gone, path = SourceUnavailable("it is not there."), Path(local.shown)
    assert finished.accounts_for(local.shown, gone)
    monkeypatch.chdir(path.parent)
    assert finished.accounts_for(path.name, gone)
    assert not finished.accounts_for(str(path.with_name("other.png")), gone)
    assert not finished.accounts_for(local.shown, UnreadableMail("no mailbox."))
    assert not replace(finished, outcome=None).accounts_for(local.shown, gone)
    path.write_bytes(OTHER)
    assert not finished.accounts_for(local.shown, gone)


def test_a_part_that_is_gone_is_accounted_for(practice: Practice, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mailbox is there, and has no photo at that place any more."""
    finished = _finished(practice, parts_of(inbox)[0], PHOTO, monkeypatch)
    assert finished.accounts_for(str(inbox), UnreadableMail("no photo there."))
    assert not finished.accounts_for(str(inbox), SourceUnavailable("it is not there."))
    assert isinstance(finished.outcome, Filed)
    assert finished.outcome.erasure
    assert finished.outcome.erasure.evidence > Evidence.E0
    assert FileIdentity.at(inbox)
