"""R3, R4: a photo is filed for teaching, research or publication with its signed form, sealed beside it, by every door.

The form and the record are one: both are there, or neither is, and then the source is.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile.acts.disclosure.agreed import agreed_purposes
from imgfile.acts.inbox import accept as accepting
from imgfile.acts.inbox import decide as deciding
from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.life.amend import amend, begin, take
from imgfile.acts.life.person import Actor, admit_person
from imgfile.acts.options import Request
from imgfile.acts.outcome import Failed, Filed, Outcome, Refused, SetAside
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.permitted_uses import refuse_export
from imgfile.clinical.proofs import Digest
from imgfile.clinical.record.additions import MAX_DOCUMENT_BYTES, Withdrawal
from imgfile.clinical.vocabulary import ConsentForm, Provenance, Purpose, PurposeKind, WithdrawalOutcome
from imgfile.errors import AnswerInvalid, Error, RefusedByRule
from imgfile.record_state.set_aside import PhotosSetAside, Why
from imgfile.vault import layout
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.history import load as load_history
from imgfile.vault.life.open import OpenedRecord, open_record
from imgfile.vault.life.settled import MAY_SETTLE
from imgfile.vault.life.write import NewAddition, add
from imgfile.vault.records import item
from imgfile.vault.records.find import find
from imgfile.vault.records.open_item import open_item
from kit.photos import jpeg_png as photos
from kit.rules_table import GROUPS, UNATTENDED, Bench, Case, Row, unattended
from kit.vault.filings import MOLE, RASH, flags
from kit.vault.ingest_runs import CONFIRMED, Attendant, local, run_of
from kit.vault.practice import NOON, Practice, clinician_of

PDF = b"%PDF-1.7\nI agree that my photo is used for teaching and research.\n%%EOF\n"
TEACHING = {**MOLE, "purpose": "teaching", "form": "signed"}


@pytest.fixture
def form(tmp_path: Path) -> Path:
    """Scan a signed form."""
    path = tmp_path / "form.pdf"
    path.write_bytes(PDF)
    return path


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Give a photo in a file."""
    path = tmp_path / "mole.jpg"
    path.write_bytes(photos.phone_jpeg())
    return path


def filed(
    practice: Practice, photo: Path, answers: dict[str, str], attendant: Attendant | None = None, **changes: object
) -> Outcome:
    """Run ingest over one photo."""
    wishes = replace(CONFIRMED, **changes)  # type: ignore[arg-type]
    ((_, outcome),) = ingest(run_of(practice, wishes, attendant), [Request(local(photo), flags(answers))])
    return outcome


def person(practice: Practice) -> Actor:
    """Admit the founder."""
    return admit_person(practice.vault, [clinician_of(practice)], MAY_SETTLE, "accept")


def opened(practice: Practice, outcome: Outcome) -> OpenedRecord:
    """Open what was filed."""
    assert isinstance(outcome, Filed), outcome
    vault = practice.reopened()
    return open_record(vault, find(vault, outcome.reference), person(practice).practice)


def leaves_for(practice: Practice, record: OpenedRecord) -> set[Purpose]:
    """Return for which uses beyond care a copy may leave."""
    agreed = agreed_purposes(practice.vault, record, at=NOON)
    allowed = set()
    for purpose in Purpose:
        try:
            refuse_export(record.facts, purpose, agreed)
        except RefusedByRule:
            continue
        allowed.add(purpose)
    return {purpose for purpose in allowed if purpose.kind is PurposeKind.SECONDARY}


@pytest.mark.parametrize(
    ("answers", "uses"),
    [
        ({}, {"teaching_internal"}),
        ({"covers": "teaching, research"}, {"teaching_internal", "research"}),
        ({"purpose": "research"}, {"research"}),
        ({"purpose": "training"}, {"training_assessment"}),
        ({"purpose": "publication", "outlet": "BMJ Case Reports"}, {"publication_named"}),
        ({"purpose": "media", "outlet": "The Argus"}, {"public_media"}),
        ({"purpose": "diagnosis", "covers": "teaching"}, {"teaching_internal"}),
        ({"purpose": "diagnosis"}, set()),
    ],
    ids=lambda one: " ".join(sorted(one)),
)
def test_with_its_form_a_photo_is_filed_and_leaves_for_what_the_form_names(
    practice: Practice, photo: Path, form: Path, answers: dict[str, str], uses: set[str]
) -> None:
    """The form is an object of the record, whole; its own file stays, the photo's source goes."""
    record = opened(practice, filed(practice, photo, {**TEACHING, "consent_document": str(form), **answers}))
    assert (photo.exists(), form.read_bytes()) == (False, PDF)
    assert record.filed_form is not None
    assert (record.filed_form.data, record.filed_form.media_type) == (PDF, "application/pdf")
    assert record.facts.consent.document == hashlib.sha256(PDF).hexdigest()
    assert set(record.manifest.objects) == {layout.IMAGE, layout.FACTS, layout.FORM}
    assert leaves_for(practice, record) == uses
    assert list(verify(practice.reopened())) == []
    assert list(verify_openings(practice.reopened(), person(practice).practice)) == []


REFUSED: dict[str, tuple[dict[str, str], str, str]] = {
    "no form": ({"consent_document": ""}, "R3", "consent_document"),
    "no form, published": ({"consent_document": "", "purpose": "publication"}, "R4", "consent_document"),
    "its digest alone": ({"consent_document": "f" * 64}, "R3", "consent_document"),
    "another use": ({"purpose": "research", "covers": "teaching"}, "R3", "covers"),
    "by word of mouth": ({"form": "phone"}, "R3", "form"),
    "by e-mail": ({"form": "email"}, "R3", "form"),
    "for care, by phone": ({"purpose": "diagnosis", "covers": "research", "form": "phone"}, "R3", "form"),
    "no outlet": ({"purpose": "publication"}, "", "outlet"),
    "marketing": ({"covers": "marketing"}, "", "covers"),
    "sold": ({"purpose": "marketing"}, "R5", "purpose"),
    "best interests": ({"basis": "best interests", "form": "", "consulted": "her daughter",
                        "capacity": "assessed_lacks", "capacity_evidence": "Dr B, today"}, "R8", ""),
    "no file": ({"consent_document": "absent.pdf"}, "", "consent_document"),
    "a folder": ({"consent_document": "."}, "", "consent_document"),
    "no form at all": ({"consent_document": "letter.txt"}, "", "consent_document"),
    "too large": ({"consent_document": "large.pdf"}, "", "consent_document"),
    "the photo": ({"consent_document": "mole.jpg"}, "", "consent_document"),
    "a link": ({"consent_document": "link.pdf"}, "", "consent_document"),
    "an outlet without": ({"purpose": "diagnosis", "consent_document": "", "outlet": "BMJ"}, "", ""),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
def test_without_a_form_that_stands_it_is_not_filed_and_says_what_would_do(
    practice: Practice, photo: Path, form: Path, why: str
) -> None:
    """Rule, reason, what would satisfy it, and that it may be filed for care; nothing was changed."""
    changes, rule, question = REFUSED[why]
    (form.parent / "letter.txt").write_bytes(b"Dear patient")
    with (form.parent / "large.pdf").open("wb") as large:
        large.write(PDF)
        large.truncate(MAX_DOCUMENT_BYTES + 1)
    (form.parent / "link.pdf").symlink_to(form)
    named = changes.get("consent_document", "form.pdf")
    place = named if not named or len(named) == 64 else str(form.parent / named)
    answers = {**TEACHING, **changes, "consent_document": place}
    outcome = filed(practice, photo, {slug: text for slug, text in answers.items() if text})
    assert isinstance(outcome, Refused | Failed), outcome
    assert photo.exists()
    assert not any(True for _ in practice.vault.store.names(layout.PATIENTS))
    error: Error = outcome.error
    told = f"{error.message} {error.hint}"
    if rule:
        assert rule in (error.rule if isinstance(error, RefusedByRule) else told)
    if question and isinstance(error, AnswerInvalid):
        assert question in {each.question for each in error.problems}, told
    if rule in {"R3", "R4"} and question != "":
        assert "imgfile consent add" in told


def test_an_intimate_photo_of_a_child_and_one_on_hold_go_nowhere_with_a_form(
    practice: Practice, photo: Path, form: Path
) -> None:
    """R9, whatever the form says; and what is on hold is not copied as a form either (R21)."""
    attendant = Attendant(typed={"intimate": ["y"], "safeguards": ["1257"]})
    answers = {**RASH, "form": "signed", "consent_document": str(form), "covers": "teaching"}
    answers = {slug: text for slug, text in answers.items() if slug not in {"intimate", "safeguards"}}
    with pytest.raises(KeyError, match="covers"):  # it is asked anew what the form covers, and nobody says
        filed(practice, photo, answers, attendant)
    assert "R9" in attendant.prompts[-1].problem
    digest = Digest(hashlib.sha256(PDF).hexdigest())
    with practice.vault.station.locked():
        PhotosSetAside(practice.vault.station).add(digest, Why.HOLD, "form.pdf", at=NOON)
    outcome = filed(practice, photo, {**TEACHING, "consent_document": str(form)})
    assert isinstance(outcome, SetAside)
    assert photo.exists()


def test_at_the_terminal_the_form_is_asked_for_where_the_purpose_needs_it_and_none_asks_for_another_purpose(
    practice: Practice, photo: Path, form: Path
) -> None:
    """Why, and what is possible instead, stands above the question; for care nothing more is asked."""
    answers = {slug: text for slug, text in TEACHING.items() if slug != "purpose"}
    somebody = Attendant(typed={"purpose": ["teaching", "teaching"], "consent_document": ["none", f"'{form}'"]})
    outcome = filed(practice, photo, answers, somebody, is_confirmed=False)
    assert opened(practice, outcome).filed_form is not None
    assert somebody.asked == ["purpose", "consent_document", "purpose", "consent_document"]
    problem = somebody.prompts[1].problem
    assert problem.startswith("R3: imgfile does not file for teaching in the practice without a signed form")
    assert problem.endswith("file it for care, then add the signed form: imgfile consent add RECORD.")
    (_, confirmation) = somebody.confirmed[-1]
    assert f"form       {form}, for teaching in the practice; its own file stays" in confirmation.lines


@pytest.fixture
def bench(practice: Practice, tmp_path: Path) -> Bench:
    """Give a folder of photos and a form."""
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "form.pdf").write_bytes(PDF)
    return Bench(folder, practice)


@pytest.mark.parametrize("door", UNATTENDED)
def test_every_door_takes_a_form_and_refuses_without_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, door: str
) -> None:
    """A table names it from where the table lies, everything else from where the command runs."""
    is_table = door in {"CSV", "xlsx", "NDJSON"}
    monkeypatch.chdir(tmp_path if is_table else bench.folder)
    written = {"purpose": "research", "form": "signed"}
    adult = GROUPS[-1]
    rows = [
        Row(Case("R3", "with it", {**written, "consent_document": "form.pdf"}), adult, "ordinary"),
        Row(Case("R3", "without", written), adult, "ordinary"),
        Row(Case("R3", "not there", {**written, "consent_document": "absent.pdf"}), adult, "ordinary"),
        Row(Case("R4", "outlet", {**written, "purpose": "publication_named", "outlet": "BMJ",
                                  "consent_document": "form.pdf"}), adult, "ordinary"),
    ]  # fmt: skip
    said = unattended(bench, rows, door)
    assert said == ["files", "R3", "wants consent_document", "files"]


def test_a_withdrawal_ends_what_the_form_agreed_to(practice: Practice, photo: Path, form: Path) -> None:
    """Also what the photo was filed for; its use allowed anew does not bring that back (R24)."""
    record = opened(practice, filed(practice, photo, {**TEACHING, "consent_document": str(form)}))
    vault, by = practice.reopened(), person(practice)
    said = Withdrawal(
        giver=record.facts.consent.giver,
        form=ConsentForm.VERBAL_TELEPHONE,
        outcome=WithdrawalOutcome.SECONDARY_USE_STOPPED,
    )
    with vault.station.locked():
        add(vault, record.history, NewAddition(said=said, by=None, at=NOON, effects=frozenset({Effect.USE_STOPPED})))
    again = open_record(vault, record.manifest, by.practice)
    assert again.agreed == ()
    assert again.agreed_at_filing is not None
    assert leaves_for(practice, again) == set()
    assert load_history(vault, record.manifest).is_use_stopped


def test_an_amendment_keeps_the_form_and_says_nothing_else_of_it(practice: Practice, photo: Path, form: Path) -> None:
    """Every rule judges the record anew with its form; what the form covers is no answer to amend."""
    record = opened(practice, filed(practice, photo, {**TEACHING, "consent_document": str(form)}))
    vault, by = practice.reopened(), person(practice)
    draft = take(begin(vault, record, by.person), {"body_site": Given("left forearm", Provenance.FLAG)}, None)
    assert draft.changes == {"decision": {"body_site": "left forearm"}}
    amend(vault, draft, "misheard", by, at=NOON)
    assert leaves_for(practice, open_record(vault, record.manifest, by.practice)) == {Purpose.TEACHING_INTERNAL}
    with pytest.raises(Error, match="not amended"):
        take(draft, {"covers": Given("research", Provenance.FLAG)}, None)
    with pytest.raises(Error, match=r"R3|form"):
        take(draft, {"purpose": Given("research", Provenance.FLAG)}, None)


def test_the_inbox_keeps_the_form_and_whoever_accepts_files_it(practice: Practice, photo: Path, form: Path) -> None:
    """Sealed with the item under its key; judged anew with the answers."""
    outcome = filed(practice, photo, {**TEACHING, "consent_document": str(form)}, into_inbox=True)
    assert isinstance(outcome, Filed), outcome
    assert not photo.exists()
    vault, by = practice.reopened(), person(practice)
    assert list(verify(vault)) == []
    waits = open_item(vault, item.find(vault, outcome.reference), by.practice)
    assert waits.form is not None
    run = run_of(practice, CONFIRMED)
    decided = deciding.decide(run, waits, {}, by.person, None)
    record = accepting.accept(run, decided, by)
    found = open_record(run.vault, find(run.vault, layout.reference(record)), by.practice)
    assert found.filed_form is not None
    assert (found.filed_form.data, found.facts.decision.purpose) == (
        PDF,
        Purpose.TEACHING_INTERNAL,
    )
    assert leaves_for(practice, found) == {Purpose.TEACHING_INTERNAL}
    assert list(verify(run.vault)) == []


def test_who_changes_or_takes_the_form_is_found(practice: Practice, photo: Path, form: Path) -> None:
    """The manifest has its digest: it is as much of the record as the photo."""
    record = opened(practice, filed(practice, photo, {**TEACHING, "consent_document": str(form)}))
    name = f"{layout.record(record.manifest.folder, record.manifest.record)}/{layout.FORM}"
    path = practice.folder / name
    sealed = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    assert [str(each) for each in verify(practice.reopened())] != []
    path.unlink()
    assert [str(each) for each in verify(practice.reopened())] != []
