"""What waits in the inbox is filed by a clinician, judged anew, once; or is rejected, and nothing opens it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from imgfile.acts.check.gone_keys import clean_gone_keys
from imgfile.acts.inbox import accept as accepting
from imgfile.acts.inbox import decide as deciding
from imgfile.acts.inbox import reject as rejecting
from imgfile.acts.inbox import settle
from imgfile.acts.inbox.list import waiting
from imgfile.acts.inbox.look import look, why_hidden
from imgfile.acts.inbox.open import open_waiting, open_waiting_photo
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.known import IN_NO_RECORD
from imgfile.acts.ingest.recall import recall
from imgfile.acts.life.person import Actor, admit_person
from imgfile.acts.options import Wishes
from imgfile.acts.outcome import Filed
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.proofs import PatientFolder, Photo, RecordId
from imgfile.clinical.vocabulary import Provenance
from imgfile.errors import Damaged, NotWritable, RefusedByRule, UnsupportedImage, UsageError
from imgfile.record_state.set_aside import PhotosSetAside, Why
from imgfile.station import Station, known_vaults
from imgfile.vault import layout
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.keys.things import INBOX_FOLDER
from imgfile.vault.life import settled
from imgfile.vault.life.early_end import Bar, bars, heads_now
from imgfile.vault.life.gone import Gone, How
from imgfile.vault.life.history import load as load_history
from imgfile.vault.life.settled import MAY_SETTLE, Verdict
from imgfile.vault.life.signers import Signer
from imgfile.vault.life.write import claim_entered, end, finish_entries
from imgfile.vault.records import commit, manifest
from imgfile.vault.records.find import is_published
from imgfile.vault.records.item import Item
from imgfile.vault.records.manifest import Cause
from imgfile.vault.records.open_item import open_item, open_item_photo
from imgfile.vault.roster.model import Role
from imgfile.vault.store.directory import Store
from imgfile.vault.trail import chain as trail_chain
from imgfile.vault.trail import permissions
from imgfile.vault.trail import read as trail
from kit.photos.jpeg_png import jpeg
from kit.vault.filings import MOLE, RASH, flags
from kit.vault.harm import flipped
from kit.vault.inbox import put, reject
from kit.vault.joining import account, joined
from kit.vault.practice import NOON, PHOTO, Practice, change_roster, clinician_of

FOR_ANOTHER = {slug: MOLE[slug] for slug in ("dob", "purpose", "basis", "form")}
"""What rests on whose photo it is, and is answered anew with another number."""


def clinician(practice: Practice) -> Actor:
    """Admit the founder."""
    return admit_person(practice.vault, [clinician_of(practice)], MAY_SETTLE, "accept")


def run_of(practice: Practice) -> Run:
    """Return what an acceptance runs with."""
    return Run(practice.vault, Wishes(is_confirmed=True, is_source_kept=True, allow_test=True), lambda: NOON)


def decided(practice: Practice, of: Item, **given: str) -> deciding.Decided:
    """Judge an item anew, unattended, with these answers for others."""
    opened = open_item(practice.vault, of, clinician(practice).practice)
    answers = {slug: Given(text, Provenance.FLAG) for slug, text in given.items()}
    return deciding.decide(run_of(practice), opened, answers, clinician(practice).person, None)


def accepted(practice: Practice, of: Item, **given: str) -> RecordId:
    """Accept an item."""
    return accepting.accept(run_of(practice), decided(practice, of, **given), clinician(practice))


def test_what_was_said_of_what_is_accepted_is_known_where_its_source_comes_again(practice: Practice) -> None:
    """At the computer that accepted it: the same answers are in the record, and others in none (R24)."""
    accepted(practice, put(practice))
    for said, warnings in ((MOLE, ()), ({**MOLE, "body_site": "left knee"}, (IN_NO_RECORD,))):
        found = recall(run_of(practice), flags(said), Photo(PHOTO).digest)
        assert isinstance(found, Filed)
        assert found.warnings == warnings


def test_what_waited_here_without_a_copy_waits_no_more_once_its_photo_is_accepted(practice: Practice) -> None:
    """It was set aside where it lay, and somebody put it into the inbox elsewhere; another photo waits on."""
    aside = PhotosSetAside(practice.vault.station)
    with practice.vault.station.locked():
        for photo in (PHOTO, b"another"):
            aside.add(Photo(photo).digest, Why.QUARANTINE, "mole.jpg", at=NOON, until=NOON.date())
    accepted(practice, put(practice))
    assert [aside.find(Photo(photo).digest) is None for photo in (PHOTO, b"another")] == [True, False]


def test_an_item_becomes_a_record_that_says_where_it_was(practice: Practice) -> None:
    """Whole, and nothing of the item opens any more."""
    of = put(practice)
    assert list(verify(practice.vault)) == []
    assert [each.item for each in waiting(practice.vault) if isinstance(each, Item)] == [of.item]
    choice = decided(practice, of, body_site="right knee")
    record = accepting.accept(run_of(practice), choice, clinician(practice))
    stated = manifest.load(practice.vault, choice.folder, record)
    assert stated.origin is not None
    assert (stated.origin.how, stated.origin.start, stated.origin.first) == (Cause.ACCEPTED, of.item, NOON)
    assert not practice.vault.store.exists(of.key.name)
    keys, _ = open_practice(practice.vault, practice.recovery)
    assert list(verify(practice.vault)) == []
    assert list(verify_openings(practice.vault, keys)) == []
    with pytest.raises(Damaged):
        open_item(practice.vault, of, keys)
    with pytest.raises(UsageError, match="was accepted"):
        settle.expect_waiting(practice.vault, of)
    assert list(waiting(practice.vault)) == []


def test_the_same_photo_twice_is_one_record(practice: Practice) -> None:
    """The second item is accepted as the first one's."""
    first, second = put(practice), put(practice)
    record = accepted(practice, first)
    assert accepted(practice, second) == record
    assert list(verify(practice.vault)) == []


def test_r21_what_another_computer_has_on_hold_waits_on(practice: Practice) -> None:
    """It is neither looked at, accepted nor rejected anywhere, until a person lifts that there."""
    of, run = put(practice), run_of(practice)
    opened, by = open_item(practice.vault, of, clinician(practice).practice), clinician(practice)
    ready = decided(practice, of)
    mark = run.pseudonyms.same(opened.facts.picture.original_digest)
    entry = {"at": "2026-11-22T12:00:00Z", "hold": "ab" * 16, "photo": mark}
    with practice.vault.station.locked():
        trail_chain.append(practice.vault, [{"act": "held", **entry}])
    for act in (
        lambda: deciding.decide(run, opened, {}, by.person, None),
        lambda: accepting.accept(run, ready, by),
        lambda: rejecting.reject(run, opened, by, "not needed"),
        lambda: look(run, opened, by),
    ):
        with pytest.raises(RefusedByRule, match="safeguarding hold, at") as refused:
            act()
        assert refused.value.rule == "R21"
    with practice.vault.station.locked():
        trail_chain.append(practice.vault, [{"act": "lifted", **entry}])
    assert accepting.accept(run, ready, by)


def test_a_verdict_that_an_older_copy_of_the_inbox_hides_is_missed(practice: Practice) -> None:
    """The trail states it: nothing that was rejected is accepted, looked at or rejected again, its key put back."""
    of, by, run = put(practice, data=jpeg()), clinician(practice), run_of(practice)
    key = practice.folder / of.key.name
    sealed, opened = key.read_bytes(), open_item(practice.vault, of, by.practice)
    ready = decided(practice, of)
    rejecting.reject(run, opened, by, "not needed")
    (practice.folder / settled.name_of(of.item)).unlink()
    key.write_bytes(sealed)
    for act in (
        lambda: settle.expect_waiting(practice.vault, of),
        lambda: accepting.accept(run, ready, by),
        lambda: rejecting.reject(run, opened, by, "not needed"),
        lambda: look(run, opened, by),
    ):
        with pytest.raises(Damaged, match="a trail states it"):
            act()
    assert list(verify(practice.vault)) != []


def test_another_patients_photo_waits_on(practice: Practice) -> None:
    """R25, whoever accepts it."""
    accepted(practice, put(practice))
    other = put(practice)
    with pytest.raises(RefusedByRule, match="filed for another patient"):
        decided(practice, other, patient="9990000026", **FOR_ANOTHER)
    settle.expect_waiting(practice.vault, other)


def test_an_intimate_photo_of_a_child_is_accepted_by_nobody_unattended(practice: Practice) -> None:
    """What was typed when it was put there was typed at another prompt (R9)."""
    of = put(practice, RASH)
    with pytest.raises(RefusedByRule, match="at the terminal, not in a batch") as refused:
        decided(practice, of)
    assert refused.value.rule == "R9"


def test_who_looked_while_it_waited_has_looked_at_the_record(practice: Practice) -> None:
    """So one person does not destroy it on the day of its filing (R24)."""
    of = put(practice, data=jpeg())
    by = clinician(practice)
    assert why_hidden(practice.vault, open_item(practice.vault, of, by.practice), by) == ""
    look(run_of(practice), open_item(practice.vault, of, by.practice), by)
    choice = decided(practice, of)
    record = accepting.accept(run_of(practice), choice, by)
    stated = manifest.load(practice.vault, choice.folder, record)
    assert bars(practice.vault, load_history(practice.vault, stated), NOON) == [Bar.LOOKED_AT]
    assert list(verify(practice.vault)) == []


def test_what_cannot_be_shown_uses_no_look_up(practice: Practice) -> None:
    """A photo that no decoder knows: nothing is entered, so whoever meant to look has not looked."""
    of = put(practice)
    by = clinician(practice)
    before = list(trail.walk(practice.vault, practice.vault.here.station))
    assert why_hidden(practice.vault, open_item(practice.vault, of, by.practice), by).startswith("It cannot be shown")
    with pytest.raises(UnsupportedImage, match="cannot be shown"):
        look(run_of(practice), open_item(practice.vault, of, by.practice), by)
    assert list(trail.walk(practice.vault, practice.vault.here.station)) == before


def test_a_rejected_item_opens_no_more(practice: Practice) -> None:
    """And is nobody's to accept."""
    of = put(practice)
    keys = clinician(practice).practice
    opened = open_item(practice.vault, of, keys)
    assert open_item_photo(practice.vault, opened, keys) == PHOTO
    choice = decided(practice, of)
    reject(practice.vault, of, clinician(practice))
    assert not practice.vault.store.exists(of.key.name)
    for late in (
        lambda: open_waiting(practice.vault, of, keys),
        lambda: open_waiting_photo(practice.vault, opened, keys),
    ):
        with pytest.raises(UsageError, match="was rejected"):  # by another computer, between the look and the key
            late()
    with pytest.raises(UsageError, match="rejected"):
        accepting.accept(run_of(practice), choice, clinician(practice))
    assert list(verify(practice.vault)) == []


def test_a_rejection_that_died_is_finished_by_the_same_again(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its key goes then; of what waits, was accepted or is wholly rejected nothing is left to finish."""
    of, other = put(practice), put(practice, data=b"another")
    with monkeypatch.context() as patch:
        patch.setattr(Store, "burn", _fails)
        with pytest.raises(NotWritable):
            reject(practice.vault, of, clinician(practice))
    assert practice.vault.store.exists(of.key.name)
    assert rejecting.finish(practice.vault, of)
    assert not practice.vault.store.exists(of.key.name)
    assert not rejecting.finish(practice.vault, of)
    assert not rejecting.finish(practice.vault, other)
    accepted(practice, other)
    assert not rejecting.finish(practice.vault, other)
    assert list(verify(practice.vault)) == []


def test_of_two_who_decide_at_once_one_decides(practice: Practice) -> None:
    """The note has one name, and is created once: the second finds the first's record, or that it was rejected."""
    of = put(practice)
    one, other = decided(practice, of), decided(practice, of)
    record = accepting.accept(run_of(practice), one, clinician(practice))
    with pytest.raises(UsageError, match="was accepted"):
        accepting.accept(run_of(practice), other, clinician(practice))
    found = settled.load(practice.vault, of)
    assert found is not None
    assert (found.how, found.to) == (Verdict.ACCEPTED, (one.folder, record))


SAME = PatientFolder("0" * 32)
"""Stands for where the item's own patient's records lie."""
A_MINUTE_AGO = NOON - timedelta(minutes=1)
MEANWHILE: dict[str, tuple[str, Verdict, tuple[PatientFolder, RecordId] | None, str]] = {
    "accepted, and rejected meanwhile": ("accept", Verdict.REJECTED, None, "was rejected a moment ago"),
    "accepted, and for another number meanwhile": (
        "accept",
        Verdict.ACCEPTED,
        (PatientFolder("a" * 32), RecordId("b" * 32)),
        "was accepted for another number a moment ago",
    ),
    "accepted, and for the same number meanwhile": (
        "accept",
        Verdict.ACCEPTED,
        (SAME, RecordId("b" * 32)),
        "is being accepted at another computer",
    ),
    "rejected, and accepted meanwhile": (
        "reject",
        Verdict.ACCEPTED,
        (PatientFolder("a" * 32), RecordId("b" * 32)),
        "was accepted a moment ago",
    ),
    "rejected, and rejected meanwhile": ("reject", Verdict.REJECTED, None, "was rejected a moment ago"),
}


@pytest.mark.parametrize("moment", ["expect_waiting", "sign"])
@pytest.mark.parametrize(("act", "how", "to", "words"), MEANWHILE.values(), ids=MEANWHILE)
def test_whoever_comes_second_by_a_moment_files_and_removes_nothing(  # noqa: PLR0913, PLR0917 - a row of the table
    practice: Practice,
    act: str,
    how: Verdict,
    to: tuple[PatientFolder, RecordId] | None,
    words: str,
    moment: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another computer settled it between the look and the note, or as it is written: the one that is there counts.

    No trail says that this one did anything: neither that it settled the item, nor why it rejects it.
    """
    of, by, vault = put(practice), clinician(practice), practice.vault
    choice = decided(practice, of)
    to = (choice.folder, to[1]) if to is not None and to[0] == SAME else to
    theirs = settled.Settled(item=of.item, manifest=of.digest, how=how, to=to, at=A_MINUTE_AGO, signer=Signer(""))
    asks = accepting if act == "accept" else rejecting
    where = asks if moment == "expect_waiting" else settled
    note, real = settled.sign(vault, theirs, by.key).encode(), getattr(where, moment)

    def overtaken(*given: Any) -> Any:  # noqa: ANN401 - of what is looked at, or signed
        done = real(*given)
        vault.store.publish(settled.name_of(of.item), note)
        return done

    with monkeypatch.context() as patch:
        patch.setattr(where, moment, overtaken)
        with pytest.raises(UsageError, match=words):
            accepting.accept(run_of(practice), choice, by) if act == "accept" else reject(vault, of, by)
    assert vault.store.exists(of.key.name)
    assert not list(practice.folder.glob(f"{layout.PATIENTS}/*/*/{layout.MANIFEST}"))
    with vault.station.locked():
        finish_entries(vault)
    assert {entry["act"] for entry in trail.every_entry(vault)} == {"item"}


def test_a_rejection_that_died_is_finished_where_its_reason_is_entered_and_not_before(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere the key stays: who rejected it, and why, is in the trail before nothing opens it any more."""
    of = put(practice)
    joined(practice, tmp_path / "second")
    practice = replace(practice, vault=practice.reopened())
    with monkeypatch.context() as patch:
        patch.setattr(trail_chain, "append", _fails)
        with pytest.raises(NotWritable):
            reject(practice.vault, of, clinician(practice))
    with account(tmp_path / "second"):
        (pin,) = known_vaults()
        with pytest.raises(UsageError, match="another computer began to reject"):
            rejecting.finish(open_vault(Station(pin)), of)
    assert practice.vault.store.exists(of.key.name)
    assert rejecting.finish(practice.vault, of)
    assert not practice.vault.store.exists(of.key.name)
    (disposed,) = [entry for entry in trail.every_entry(practice.vault) if entry["act"] == "disposed"]
    found = settled.load(practice.vault, of)
    assert found is not None
    assert (disposed["item"], disposed["note"]) == (of.item, found.digest)
    assert list(verify(practice.vault)) == []


def test_a_verdict_that_is_taken_away_while_it_is_stated_ends_nothing(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not called rejected, and its key stays."""
    of, by = put(practice), clinician(practice)

    def taken(vault: Vault, name: str, *given: Any) -> None:  # noqa: ANN401 - of a note
        claim_entered(vault, name, *given)
        (practice.folder / name).unlink()

    monkeypatch.setattr(settle, "claim_entered", taken)
    with pytest.raises(UsageError, match="could not be settled"):
        reject(practice.vault, of, by)
    assert practice.vault.store.exists(of.key.name)


def test_an_acceptance_that_died_before_its_record_is_finished_by_the_next(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays as the record that its note names."""
    of = put(practice)
    choice = decided(practice, of)
    with monkeypatch.context() as patch:
        patch.setattr(commit, "commit", _fails)
        with pytest.raises(NotWritable):
            accepting.accept(run_of(practice), choice, clinician(practice))
    assert {finding.kind for finding in verify(practice.vault)} == {Kind.UNFINISHED}
    found = settled.load(practice.vault, of)
    assert found is not None
    assert found.to is not None
    assert not is_published(practice.vault, *found.to)
    assert accepted(practice, of) == found.to[1]
    assert list(verify(practice.vault)) == []


def _fails(*_: object, **__: object) -> None:
    raise NotWritable("the disk is full.")


def test_who_is_no_clinician_settles_nothing(practice: Practice) -> None:
    """Neither at the command, nor by a note."""
    of = put(practice)
    by = clinician(practice)
    roles = (Role.ADMINISTRATOR,)
    change_roster(practice, lambda newest: replace(newest, people=(replace(newest.people[0], roles=roles),)))
    practice = replace(practice, vault=practice.reopened())
    with pytest.raises(RefusedByRule, match="only a clinician may"):
        clinician(practice)
    with pytest.raises(RefusedByRule, match="only a clinician"):
        reject(practice.vault, of, by)


@pytest.mark.parametrize("name", [layout.IMAGE, layout.FACTS, layout.MANIFEST])
def test_what_is_changed_or_missing_of_an_item_is_found(practice: Practice, name: str) -> None:
    """An object, or its note."""
    of = put(practice)
    path = practice.folder / layout.item(of.item) / name
    path.write_bytes(flipped(path.read_bytes()))
    assert Kind.DAMAGED in {finding.kind for finding in verify(practice.vault)}
    path.unlink()
    kinds = {finding.kind for finding in verify(practice.vault)}
    assert Kind.MISSING in kinds


def test_a_key_of_what_is_settled_is_found(practice: Practice) -> None:
    """An older copy of the keys was put back."""
    of = put(practice)
    kept = (practice.folder / of.key.name).read_bytes()
    reject(practice.vault, of, clinician(practice))
    (practice.folder / of.key.name).write_bytes(kept)
    assert [finding.kind for finding in verify(practice.vault)] == [Kind.REMAINS]
    assert clean_gone_keys(practice.vault) == 1
    assert list(verify(practice.vault)) == []
    waits = put(practice, data=PHOTO + b"another")
    assert clean_gone_keys(practice.vault) == 0
    assert practice.vault.store.exists(waits.key.name)
    assert of.key.folder == INBOX_FOLDER == PatientFolder("inbox")


def test_who_looked_at_an_item_that_was_filed_already_has_looked_at_that_record(practice: Practice) -> None:
    """Before it was accepted as that; and at another one, nobody has (R24). What does not hold of the inbox says no."""
    first, second, other = put(practice, data=jpeg()), put(practice, data=jpeg()), put(practice, data=PHOTO)
    by = clinician(practice)
    records = [accepted(practice, each) for each in (first, other)]
    folder = decided(practice, second).folder
    look(run_of(practice), open_item(practice.vault, second, by.practice), by)
    assert accepted(practice, second) == records[0]
    history, others = (load_history(practice.vault, manifest.load(practice.vault, folder, each)) for each in records)
    assert bars(practice.vault, history, NOON) == [Bar.LOOKED_AT]
    assert bars(practice.vault, others, NOON) == []
    stone = Gone(
        folder=folder,
        record=records[0],
        manifest=history.manifest.digest,
        how=How.WITHDRAWN,
        knew=history.heads,
        at=NOON,
        heads=heads_now(practice.vault),
        signer=Signer(""),
    )
    with practice.vault.station.locked():
        end(practice.vault, history, stone, by.key)
    (found,) = [each for each in verify(practice.vault) if each.kind is Kind.DAMAGED]
    assert "somebody looked at it" in found.message
    settled_as = practice.folder / layout.item(second.item) / layout.GONE
    settled_as.write_bytes(settled_as.read_bytes()[:-1])
    with pytest.raises(Damaged):
        bars(practice.vault, others, NOON)
    assert layout.item(second.item) in {each.where.rpartition("/")[0] for each in verify(practice.vault)}


@pytest.mark.parametrize("died_at", ["entry", "key", "known"])
def test_an_acceptance_that_died_after_its_record_is_finished_by_the_same_again(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, died_at: str
) -> None:
    """The record is proven and entered, then the item's key goes; another computer is told where, or finishes."""
    joined(practice, tmp_path / "second")
    practice = replace(practice, vault=practice.reopened())
    if died_at == "known":
        accepted(practice, put(practice))
    of = put(practice)
    choice, by = decided(practice, of), clinician(practice)
    with monkeypatch.context() as patch:
        if died_at == "entry":
            patch.setattr(permissions, "release", _fails)
        else:
            patch.setattr(type(practice.vault.store), "burn", _fails)
        with pytest.raises(NotWritable):
            accepting.accept(run_of(practice), choice, by)
    found = settled.load(practice.vault, of)
    assert found is not None
    assert found.to is not None
    assert is_published(practice.vault, *found.to)
    kinds = {Kind.UNFINISHED, Kind.REMAINS} if died_at == "entry" else {Kind.REMAINS}
    assert {each.kind for each in verify(practice.vault)} == kinds
    with account(tmp_path / "second"):
        (pin,) = known_vaults()
        there = Run(open_vault(Station(pin)), run_of(practice).wishes, lambda: NOON)
        if died_at == "entry":
            with pytest.raises(UsageError, match="RECEPTION-3 began to accept"):
                accepting.finish(there, of)
            assert practice.vault.store.exists(of.key.name)
            photo = practice.folder / layout.record(*found.to) / layout.IMAGE
            whole = photo.read_bytes()
            photo.write_bytes(flipped(whole))
            with pytest.raises(Damaged):
                accepting.finish(run_of(practice), of)
            assert practice.vault.store.exists(of.key.name)
            photo.write_bytes(whole)
        else:
            done = accepting.finish(there, of)
            assert done is not None
    done = accepting.finish(run_of(practice), of)
    assert (done and done.record) == (found.to[1] if died_at == "entry" else None)
    assert list(verify(practice.vault)) == []
    assert accepting.finish(run_of(practice), of) is None
    with pytest.raises(UsageError, match="was accepted"):
        settle.expect_waiting(practice.vault, of)


@pytest.mark.parametrize("died_at", ["publish", "create"])
def test_an_acceptance_that_died_amid_its_record_goes_on_at_that_computer(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, died_at: str
) -> None:
    """The key and the files that it wrote have names that can be given once; another computer is told where."""
    joined(practice, tmp_path / "second")
    practice = replace(practice, vault=practice.reopened())
    of = put(practice)
    choice = decided(practice, of)
    store = type(practice.vault.store)
    real = getattr(store, died_at)

    def dies(self: Store, name: str, *data: Any) -> None:  # noqa: ANN401 - of either
        if name.startswith(layout.PATIENTS):
            raise NotWritable("the power went.")
        real(self, name, *data)

    by = clinician(practice)
    with monkeypatch.context() as patch:
        patch.setattr(store, died_at, dies)
        with pytest.raises(NotWritable):
            accepting.accept(run_of(practice), choice, by)
    found = settled.load(practice.vault, of)
    assert found is not None
    assert found.to is not None
    assert practice.vault.store.exists(layout.thing_key(*found.to))
    with account(tmp_path / "second"):
        (pin,) = known_vaults()
        there = Run(open_vault(Station(pin)), run_of(practice).wishes, lambda: NOON)
        with pytest.raises(UsageError, match="RECEPTION-3 began to accept"):
            accepting.accept(there, choice, by)
    assert accepted(practice, of) == found.to[1]
    assert not [each for each in verify(practice.vault) if each.kind.is_damage]
