"""R9, R11, R28: what is set aside may have a sealed copy in the inbox, once a person has answered what it shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from imgfile.acts.check.inbox import check_inbox
from imgfile.acts.check.points import Level
from imgfile.acts.check.status import status_of
from imgfile.acts.inbox import accept as accepting
from imgfile.acts.inbox import decide as deciding
from imgfile.acts.inbox import reject as rejecting
from imgfile.acts.inbox.list import is_overdue, waiting
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.life.person import Actor, admit_person
from imgfile.acts.options import Request, Wishes
from imgfile.acts.outcome import Filed, Refused, SetAside
from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.practice.policy import change_policy
from imgfile.clinical.dates import show_date
from imgfile.clinical.vocabulary import ConsentForm, Disposition, IntimateUnder18
from imgfile.errors import AnswerInvalid
from imgfile.record_state.set_aside import PhotosSetAside, Why
from imgfile.vault import layout
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.life.settled import MAY_SETTLE
from imgfile.vault.records import item as items
from imgfile.vault.records.find import find
from imgfile.vault.records.item import Item
from imgfile.vault.records.open_item import open_item, open_item_photo
from kit.photos import jpeg_png as photos
from kit.vault.erasure import digest_of
from kit.vault.filings import MOLE, RASH, flags
from kit.vault.ingest_runs import CONFIRMED, DRY, Attendant, local, run_of
from kit.vault.practice import NOON, Practice, clinician_of

ADULT = {"patient": ["d", MOLE["patient"]], "dob": [MOLE["dob"]], "body_site": [MOLE["body_site"]]}
CHILD = {"patient": ["d", RASH["patient"]], "dob": [RASH["dob"]], "body_site": ["nappy area"], "intimate": ["y"]}
KNEE = {**CHILD, "body_site": ["left knee"], "intimate": ["n"]}


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Give a photo in a file."""
    path = tmp_path / "mole.jpg"
    path.write_bytes(photos.phone_jpeg())
    return path


def set_aside(
    practice: Practice, photo: Path, typed: dict[str, list[str]], way: str = "5", wishes: Wishes = CONFIRMED
) -> SetAside:
    """Type d at the first question, and the way; then answer."""
    somebody = Attendant({**{slug: list(texts) for slug, texts in typed.items()}, "not_filing": [way]})
    ((_, outcome),) = ingest(run_of(practice, wishes, somebody), [Request(local(photo), {})])
    assert isinstance(outcome, SetAside), outcome
    assert photo.exists()
    return outcome


def person(practice: Practice) -> Actor:
    """Admit the founder."""
    return admit_person(practice.vault, [clinician_of(practice)], MAY_SETTLE, "accept")


def items_of(practice: Practice) -> list[Item]:
    """Return what waits."""
    return [each for each in waiting(practice.reopened()) if isinstance(each, Item)]


def test_a_copy_waits_with_the_same_deadline_and_everybody_sees_what_is_late(practice: Practice, photo: Path) -> None:
    """Sealed under its own key, whole; the source stays, and nothing of it was erased."""
    outcome = set_aside(practice, photo, ADULT)
    (of,) = items_of(practice)
    assert (outcome.how, outcome.item, of.why) == (Disposition.QUARANTINE, of.reference, items.Why.QUARANTINED)
    assert f"A sealed copy waits in the inbox as {of.reference}." in outcome.error.message
    until = date.fromisoformat(of.deadline)
    assert until == NOON.date() + timedelta(days=practice.vault.policy.quarantine_days) == outcome.until
    vault, keys = practice.reopened(), person(practice).practice
    opened = open_item(vault, of, keys)
    assert digest_of(open_item_photo(vault, opened, keys)) == opened.facts.siblings[layout.IMAGE].digest
    assert opened.facts.consent.form is ConsentForm.NOT_APPLICABLE
    assert opened.facts.decision.disposition is Disposition.QUARANTINE
    assert list(verify(vault)) == []
    assert list(verify_openings(vault, keys)) == []
    assert [is_overdue(of, day) for day in (until, until + timedelta(days=1))] == [False, True]
    assert check_inbox(vault, until).level is Level.LOOK
    assert (late := check_inbox(vault, until + timedelta(days=1))).level is Level.WARN
    assert late.places == (of.reference,)
    assert status_of(vault, NOON + timedelta(days=practice.vault.policy.quarantine_days + 1)).overdue == 1
    again = set_aside(practice, photo, {"patient": ["d"]})
    assert (again.item, len(items_of(practice))) == (of.reference, 1)


@pytest.mark.parametrize("policy", IntimateUnder18)
def test_an_intimate_photo_of_a_child_is_never_copied(practice: Practice, photo: Path, policy: IntimateUnder18) -> None:
    """Whatever the practice files: it waits where it lies, and that is said."""
    by = admit_administrator(practice.vault, [clinician_of(practice)])
    change_policy(practice.vault, by, replace(practice.vault.policy, intimate_under_18=policy), at=NOON)
    outcome = set_aside(practice, photo, CHILD)
    assert "Nothing was copied: R9" in outcome.error.message
    assert (outcome.item, items_of(practice)) == ("", [])
    kept = PhotosSetAside(practice.reopened().station).find(digest_of(photo.read_bytes()))
    assert kept is not None
    assert kept.why is Why.QUARANTINE


def test_another_photo_of_a_child_is_and_3_copies_nothing(practice: Practice, photo: Path) -> None:
    """Nor does a dry run."""
    assert set_aside(practice, photo, {"patient": ["d"]}, way="3").item == ""
    assert set_aside(practice, photo, {"patient": ["d"]}, wishes=DRY).item == ""
    assert items_of(practice) == []
    assert set_aside(practice, photo, KNEE).item
    assert len(items_of(practice)) == 1


def test_accepting_the_copy_asks_for_everything_else_and_ends_the_wait(practice: Practice, photo: Path) -> None:
    """Nobody had agreed to anything; then the source is recognised, and goes."""
    set_aside(practice, photo, ADULT)
    (of,) = items_of(practice)
    run: Run = run_of(practice)
    by = person(practice)
    opened = open_item(run.vault, of, by.practice)
    with pytest.raises(AnswerInvalid) as missing:
        deciding.decide(run, opened, {}, by.person, None)
    assert {"purpose", "basis", "form", "obtained_at", "rationale"} <= {
        each.question for each in missing.value.problems
    }
    rest = {slug: text for slug, text in MOLE.items() if slug not in {"patient", "dob", "body_site", "scheme"}}
    record = accepting.accept(run, deciding.decide(run, opened, flags(rest), by.person, None), by)
    assert find(run.vault, layout.reference(record)).origin is not None
    assert PhotosSetAside(run.vault.station).all() == []
    ((_, outcome),) = ingest(run_of(practice), [Request(local(photo), flags(MOLE))])
    assert isinstance(outcome, Filed), outcome
    assert (outcome.is_new, photo.exists()) == (False, False)
    assert list(verify(practice.reopened())) == []


UNASKED = {
    "purpose": [""],
    "basis": ["1"],
    "form": ["sent unasked"],
    "giver": ["mother sent unasked"],
    "spoken_since": ["n"],
}
SENT_UNASKED = {
    "an adult's, all typed here": ({}, ADULT, True),
    "a child's, all typed here": ({}, KNEE, True),
    "an intimate one of a child": ({}, CHILD, False),
    "an intimate one of an adult": ({}, {**ADULT, "body_site": ["left breast"], "intimate": ["y"]}, False),
    "the number by a flag": ({"patient": MOLE["patient"]}, ADULT, False),
    "the site by a flag": ({"body_site": MOLE["body_site"]}, ADULT, False),
    "said by a flag that it was": ({"form": "sent unasked"}, ADULT, False),
}
"""What a flag says, what is typed, and whether a sealed copy waits then."""


@pytest.mark.parametrize("into_inbox", [False, True], ids=["", "--inbox"])
@pytest.mark.parametrize("case", SENT_UNASKED)
def test_what_turns_out_to_have_been_sent_unasked_is_copied_once_a_person_answered_what_it_shows(
    practice: Practice, photo: Path, case: str, *, into_inbox: bool
) -> None:
    """R11: refused with its deadline, the source stays; of an intimate photo somebody asks for the copy themselves."""
    given, typed, is_copied = SENT_UNASKED[case]
    wishes = replace(CONFIRMED, is_confirmed=False, into_inbox=into_inbox)
    for _ in range(2):  # the second time there is no second copy
        answers = {slug: [text for text in texts if text != "d"] for slug, texts in {**typed, **UNASKED}.items()}
        ((_, outcome),) = ingest(run_of(practice, wishes, Attendant(answers)), [Request(local(photo), flags(given))])
        assert isinstance(outcome, Refused), outcome
        assert outcome.error.rule == "R11"
        until = NOON.date() + timedelta(days=practice.vault.policy.quarantine_days)
        assert f"set aside until {show_date(until)}." in outcome.error.message
        assert [each.reference in outcome.error.message for each in items_of(practice)] == [True] * is_copied
    (kept,) = PhotosSetAside(practice.reopened().station).all()
    assert (kept.until, bool(kept.item), photo.exists()) == (until, is_copied, True)
    assert list(verify(practice.reopened())) == []


@pytest.mark.parametrize("is_accepted", [True, False], ids=["accepted", "rejected"])
def test_what_died_before_the_wait_was_ended_is_finished_by_the_same_again(
    practice: Practice, photo: Path, monkeypatch: pytest.MonkeyPatch, *, is_accepted: bool
) -> None:
    """Else this computer would leave a photo alone for good that somebody had decided about; a hold stays."""
    set_aside(practice, photo, ADULT)
    (of,) = items_of(practice)
    run, by = run_of(practice), person(practice)
    opened, aside = open_item(run.vault, of, by.practice), PhotosSetAside(run.vault.station)
    rest = {slug: text for slug, text in MOLE.items() if slug not in {"patient", "dob", "body_site", "scheme"}}
    choice = deciding.decide(run, opened, flags(rest), by.person, None)

    def settled() -> None:
        if is_accepted:
            accepting.accept(run, choice, by)
        else:
            rejecting.reject(run, opened, by, "not needed")

    with monkeypatch.context() as patch:
        patch.setattr(PhotosSetAside, "end_copy", _dies)
        with pytest.raises(KeyboardInterrupt):
            settled()
    assert aside.has_copy(of.reference)
    assert (accepting.finish(run, of) is not None) is is_accepted
    assert rejecting.finish(run.vault, of) is not is_accepted
    assert not aside.has_copy(of.reference)
    assert (accepting.finish(run, of), rejecting.finish(run.vault, of)) == (None, False)
    assert list(verify(practice.reopened())) == []


def _dies(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_hold_outlasts_its_copy(practice: Practice, photo: Path) -> None:
    """Whatever is decided about the copy: a named person lifts it (R21)."""
    set_aside(practice, photo, ADULT)
    (of,) = items_of(practice)
    aside = PhotosSetAside(practice.vault.station)
    digest = digest_of(photo.read_bytes())
    aside.add(digest, Why.HOLD, "mole.jpg", at=NOON)
    aside.note_copy(digest, of.reference)
    assert not aside.has_copy(of.reference)
    aside.end_copy(of.reference)
    assert aside.on_hold(digest)
