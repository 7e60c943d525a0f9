"""Filing what is confirmed: written, proven, entered in the trail, and only then erased; each photo by itself."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from imgfile.acts.erasure import sources as erasing
from imgfile.acts.ingest import commit as committing
from imgfile.acts.ingest.candidate import Candidate, Confirmed
from imgfile.acts.ingest.commit import file
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.decide import decide
from imgfile.acts.options import Request
from imgfile.acts.outcome import Failed, Filed, Outcome
from imgfile.acts.sources.source import LocalFile, Piped, take_away
from imgfile.clinical.proofs import Evidence, Verified
from imgfile.clinical.record import json as record_json
from imgfile.errors import Damaged, NotWritable, SourceRemains
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.records import commit as vault_commit
from imgfile.vault.records import find as records
from imgfile.vault.trail import permissions
from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.terminal.typed_answers import picture
from kit.vault.filings import MOLE
from kit.vault.ingest_runs import CONFIRMED, KEPT, local, parts_of, request, run_of
from kit.vault.practice import NOON, Practice


@pytest.fixture
def moles(tmp_path: Path) -> list[LocalFile]:
    """Give two photos in files."""
    made = []
    for number in (1, 2):
        path = tmp_path / f"mole {number}.jpg"
        path.write_bytes(photos.jpeg(photos.pixels(300 + number, 200)))
        made.append(local(path))
    return made


def confirmed(run: Run, *requests: Request) -> list[Confirmed]:
    """Decide about photos that have every answer."""
    stages = [decide(run, each) for each in requests]
    return [Confirmed(stage) for stage in stages if isinstance(stage, Candidate)]


def refuse(*_: object, **__: object) -> None:
    """Be another computer."""
    raise SourceRemains("filed by another computer")


def test_a_group_is_filed_and_its_sources_go(practice: Practice, moles: list[LocalFile]) -> None:
    """One outcome a photo, in order; each record's name was chosen when it was decided about."""
    run = run_of(practice)
    group = confirmed(run, *map(request, moles))
    outcomes = file(run, group)
    for one, outcome, source in zip(group, outcomes, moles, strict=True):
        assert isinstance(outcome, Filed)
        assert outcome.reference == layout.reference(one.examined.record)
        assert (outcome.is_new, outcome.remains, outcome.follows) == (True, None, None)
        assert outcome.reached in {"device", "reopened"}
        assert outcome.erasure is not None
        assert outcome.erasure.evidence > Evidence.E0
        assert not source.path.exists()


def test_the_manifest_is_marked_for_its_photo_patient_and_birth_date(
    practice: Practice, moles: list[LocalFile]
) -> None:
    """By these it is recognised; it says when it was filed by the run's clock."""
    run = run_of(practice, KEPT)
    (one,) = confirmed(run, request(moles[0]))
    file(run, [one])
    (manifest,) = records.Catalogue().records_of(run.vault, one.folder)
    filing = one.filing
    assert filing is not None
    assert manifest.photo_mark == run.pseudonyms.photo(one.folder, one.examined.photo.digest)
    assert manifest.birth_guard == run.pseudonyms.birth_guard(one.folder, filing.date_of_birth)
    assert manifest.record == one.examined.record
    assert manifest.filed_at == NOON


def test_what_is_sealed_is_the_filing_and_the_stripped_photo(
    practice: Practice, moles: list[LocalFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the place where the record is written."""
    submitted = []

    def note(_vault: Vault, submission: vault_commit.Submission) -> Verified:
        submitted.append(submission)
        raise NotWritable("seen enough.")

    monkeypatch.setattr(vault_commit, "commit", note)
    run = run_of(practice)
    (one,) = confirmed(run, request(moles[0]))
    (outcome,) = file(run, [one])
    assert isinstance(outcome, Failed)
    (submission,) = submitted
    assert submission.stripped is one.examined.stripped
    facts = record_json.load(submission.facts)
    assert (facts.place.record, facts.place.pid) == (one.examined.record, one.folder)
    assert facts.decision.rationale == MOLE["rationale"]
    assert facts.source.name == "mole 1.jpg"
    assert facts.filed_at == submission.filed_at == NOON


def test_a_source_that_is_kept_is_filed_and_named_in_the_trail_alone(
    practice: Practice, moles: list[LocalFile]
) -> None:
    """Nothing is said to be erased; of standard input there is nothing to erase."""
    run = run_of(practice, KEPT)
    (kept,) = file(run, confirmed(run, request(moles[0])))
    assert isinstance(kept, Filed)
    assert kept.erasure is None
    assert moles[0].path.exists()
    run = run_of(practice, CONFIRMED)
    (piped,) = file(run, confirmed(run, request(Piped(io.BytesIO(photos.jpeg(photos.pixels(99, 50)))))))
    assert isinstance(piped, Filed)
    assert (piped.is_new, piped.erasure, piped.remains) == (True, None, None)


def test_a_photo_that_follows_another_says_so(practice: Practice, moles: list[LocalFile]) -> None:
    """By the reference that people see."""
    run = run_of(practice)
    (first,) = file(run, confirmed(run, request(moles[0])))
    (second,) = file(run, confirmed(run, request(moles[1], purpose="m")))
    assert isinstance(first, Filed)
    assert isinstance(second, Filed)
    assert second.follows == first.reference


def test_each_photo_of_a_mailbox_is_noted_whether_it_goes_now_or_with_its_export(
    practice: Practice, tmp_path: Path
) -> None:
    """An export that goes whole asks which of its photos are filed."""
    with ExitStack() as held:
        parts = parts_of(tmp_path / "Inbox", mailboxes.mail(picture(1), picture(2)), held)
        for wishes in (KEPT, CONFIRMED):
            run = run_of(practice, wishes)
            group = confirmed(run, *map(request, parts))
            outcomes = file(run, group)
            assert all(isinstance(outcome, Filed) for outcome in outcomes)
            noted = run.ledger.releases(tmp_path / "Inbox")
            assert set(noted) == {one.examined.photo.digest for one in group}
            assert [isinstance(each, Filed) and each.erasure is not None for each in outcomes] == [
                wishes is CONFIRMED
            ] * 2


# --- a photo that is filed already --------------------------------------------------------------------------


def test_the_same_photo_twice_in_a_group_is_filed_once(practice: Practice, moles: list[LocalFile]) -> None:
    """It is looked for again just before it would be written; the second is proven, and its source goes too."""
    twin = moles[0].path.with_name("twin.jpg")
    twin.write_bytes(moles[0].path.read_bytes())
    run = run_of(practice)
    first, second = file(run, confirmed(run, request(moles[0]), request(local(twin))))
    assert isinstance(first, Filed)
    assert isinstance(second, Filed)
    assert (first.is_new, second.is_new) == (True, False)
    assert first.reference == second.reference
    assert second.reached == "manifest"
    assert not twin.exists()


def test_what_another_computer_filed_is_not_proven_and_its_source_stays(
    practice: Practice, moles: list[LocalFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others of its group are filed and go."""
    run = run_of(practice, KEPT)
    file(run, confirmed(run, request(moles[0])))
    monkeypatch.setattr(vault_commit, "prove_stored", refuse)
    run = run_of(practice)
    known, new = file(run, confirmed(run, *map(request, moles)))
    assert isinstance(known, Filed)
    assert isinstance(known.remains, SourceRemains)
    assert (known.is_new, known.reached, known.erasure) == (False, "", None)
    assert moles[0].path.exists()
    assert isinstance(new, Filed)
    assert new.is_new
    assert not moles[1].path.exists()


def test_a_record_that_vanished_after_it_was_recognised_is_a_failure(
    practice: Practice, moles: list[LocalFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are no answers to file the photo anew with, and its source stays."""
    run = run_of(practice, KEPT)
    file(run, confirmed(run, request(moles[0])))
    run = run_of(practice)
    (one,) = confirmed(run, request(moles[0]))
    assert one.filing is None
    monkeypatch.setattr(records.Catalogue, "records_of", lambda *_, **__: iter(()))
    (outcome,) = file(run, [one])
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, Damaged)
    assert outcome.error.message == "it was filed a moment ago, and is not there now."
    assert outcome.error.hint == "Run:  imgfile verify"
    assert moles[0].path.exists()


# --- what goes wrong ----------------------------------------------------------------------------------------


def test_one_photos_failure_is_no_others(
    practice: Practice, moles: list[LocalFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its outcome stands in its place, and its source stays."""
    original = vault_commit.commit
    calls: list[object] = []

    def fail_first(vault: Vault, submission: vault_commit.Submission) -> Verified:
        calls.append(submission)
        if len(calls) == 1:
            raise NotWritable("the disk is full.")
        return original(vault, submission)

    monkeypatch.setattr(vault_commit, "commit", fail_first)
    run = run_of(practice)
    failed, filed = file(run, confirmed(run, *map(request, moles)))
    assert isinstance(failed, Failed)
    assert failed.error.message == "the disk is full."
    assert moles[0].path.exists()
    assert isinstance(filed, Filed)
    assert not moles[1].path.exists()


def test_r15_nothing_is_erased_before_the_trail_says_that_it_is_filed(
    practice: Practice, moles: list[LocalFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each proven photo fails with the trail; one that failed before keeps its own reason."""

    def full(_vault: Vault, proven: Sequence[Verified], **_: object) -> None:
        assert len(proven) == 1
        raise NotWritable("the trail is full.")

    original = vault_commit.commit

    def fail_first(*_: object) -> Verified:
        monkeypatch.setattr(vault_commit, "commit", original)
        raise Damaged("the folder is damaged.")

    monkeypatch.setattr(vault_commit, "commit", fail_first)
    monkeypatch.setattr(permissions, "release", full)
    monkeypatch.setattr(committing, "erase_sources", lambda *_args, **_more: pytest.fail("it was erased"))
    run = run_of(practice)
    outcomes = file(run, confirmed(run, *map(request, moles)))
    assert [outcome.error.message for outcome in outcomes if isinstance(outcome, Failed)] == [
        "the folder is damaged.",
        "the trail is full.",
    ]
    assert all(source.path.exists() for source in moles)


def test_the_trail_is_left_alone_where_nothing_was_filed(
    practice: Practice, moles: list[LocalFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would say nothing."""

    def full(*_: object) -> Verified:
        raise NotWritable("the disk is full.")

    monkeypatch.setattr(vault_commit, "commit", full)
    monkeypatch.setattr(permissions, "release", lambda *_args, **_more: pytest.fail("an empty note"))
    run = run_of(practice)
    outcomes = file(run, confirmed(run, *map(request, moles)))
    assert all(isinstance(outcome, Failed) for outcome in outcomes)


def test_a_source_that_could_not_go_is_said_to_remain(
    practice: Practice, moles: list[LocalFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The photo is filed, and the other source goes."""

    def stuck(source: object, *rest: object) -> object:
        if source == moles[0]:
            raise SourceRemains("it is locked.")
        return take_away(source, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(erasing, "take_away", stuck)
    run = run_of(practice)
    outcomes: list[Outcome] = file(run, confirmed(run, *map(request, moles)))
    first, second = outcomes
    assert isinstance(first, Filed)
    assert first.is_new
    assert isinstance(first.remains, SourceRemains)
    assert first.erasure is None
    assert isinstance(second, Filed)
    assert second.remains is None
    assert second.erasure is not None
