"""R3, R4, R5, R24: a form added since lets a photo leave for what it names, until somebody withdraws."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from imgfile.acts.disclosure.agreed import suffices
from imgfile.acts.disclosure.entry import Act, Statement
from imgfile.acts.disclosure.handover.copies import Copy
from imgfile.acts.disclosure.open import Reader
from imgfile.acts.finding.criteria import ConsentState, states_of
from imgfile.acts.life.agree import Again, Agreement, agree
from imgfile.acts.life.person import admit_person
from imgfile.acts.life.withdraw import Stated, stop_use
from imgfile.acts.signed_form import read_form
from imgfile.cli.life.page import may_leave_for
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.record.additions import MAX_DOCUMENT_BYTES, ConsentDocument
from imgfile.clinical.vocabulary import ConsentForm, Purpose
from imgfile.errors import AnswerInvalid, RefusedByRule, SourceUnavailable
from imgfile.vault.checks.verify import verify
from imgfile.vault.life.addition import AdditionKind
from imgfile.vault.roster.model import Role
from kit.photos import jpeg_png as photos
from kit.vault.exporting import export_one
from kit.vault.filings import KNEE, RASH
from kit.vault.lives import NOTE, Life, born_on
from kit.vault.practice import NOON, Practice, clinician_of

AGAIN = Again(ConsentGiver.PATIENT, ConsentForm.VERBAL_TELEPHONE)
LATER = NOON + timedelta(hours=3)
PDF = b"%PDF-1.7\nI agree to teaching\n%%EOF"
BY_PHONE = Stated(giver=ConsentGiver.PATIENT, form=ConsentForm.VERBAL_TELEPHONE)


def form(path: Path, *purposes: Purpose, **changes: object) -> ConsentDocument:
    """Return what a signed PDF says."""
    path.write_bytes(PDF)
    document = read_form(path)
    signed = ConsentDocument(
        scope=frozenset(purposes or {Purpose.TEACHING_INTERNAL}),
        giver=ConsentGiver.PATIENT,
        form=ConsentForm.WRITTEN_SIGNED,
        obtained_by="Dr A. Example",
        obtained_at=date(2026, 11, 22),
        media_type=document.media_type,
        digest=document.digest,
        document=document.data,
    )
    return replace(signed, **changes)  # type: ignore[arg-type]


def added(record: Life, said: ConsentDocument | None, again: Again | None = None) -> None:
    """Add an agreement as the founder."""
    vault = record.practice.vault
    by = admit_person(vault, [clinician_of(record.practice)], frozenset({Role.CLINICIAN}), "add it")
    agree(vault, record.opened(), Agreement(said, again), by, at=LATER)


def leave(record: Life, purpose: Purpose, *, is_anonymous: bool = True) -> Copy:
    """Export the photo."""
    stated = Statement(Act.EXPORTED, purpose, "Thursday teaching", LATER)
    reader = Reader(record.practice.founder, record.keys)
    return export_one(record.practice.vault, record.opened(), reader, stated, is_anonymous=is_anonymous)


def test_a_form_is_sealed_and_lets_it_leave_for_what_it_names(practice: Practice, tmp_path: Path) -> None:
    """For nothing else, and only where nobody can be recognised unless it says otherwise."""
    record = Life.begin(practice)
    with pytest.raises(RefusedByRule, match="nobody agreed to teaching") as refused:
        leave(record, Purpose.TEACHING_INTERNAL)
    assert (refused.value.rule, "imgfile consent add" in str(refused.value.hint)) == ("R3", True)
    added(record, form(tmp_path / "form.pdf"))
    (one,) = record.opened().added
    assert (one.stated.kind, one.stated.signer.name) == (AdditionKind.CONSENT_DOCUMENT, practice.founder)
    assert record.opened().agreed[0].document == PDF
    assert leave(record, Purpose.TEACHING_INTERNAL).data
    with pytest.raises(RefusedByRule, match="recognised") as refused:
        leave(record, Purpose.TEACHING_INTERNAL, is_anonymous=False)
    assert refused.value.rule == "R5"
    with pytest.raises(RefusedByRule):
        leave(record, Purpose.RESEARCH)
    added(record, form(tmp_path / "form.pdf", Purpose.PUBLICATION_NAMED, outlet="BMJ", is_anonymised=False))
    assert leave(record, Purpose.PUBLICATION_NAMED, is_anonymous=False).data
    assert list(verify(practice.vault)) == []


def test_r9_a_form_for_an_intimate_photo_of_a_child_is_refused(practice: Practice, tmp_path: Path) -> None:
    """Nothing is added."""
    record = Life.begin(practice, RASH)
    with pytest.raises(RefusedByRule) as refused:
        added(record, form(tmp_path / "form.pdf", giver=ConsentGiver.MOTHER))
    assert refused.value.rule == "R9"
    assert record.history.additions == ()


def test_r24_what_was_agreed_before_a_withdrawal_stays_withdrawn(practice: Practice, tmp_path: Path) -> None:
    """Its use is allowed anew, for care; for teaching it takes another form."""
    record = Life.begin(practice)
    added(record, form(tmp_path / "form.pdf"))
    record.add(NOTE)
    stop_use(practice.vault, record.of, BY_PHONE, None, at=LATER)
    with pytest.raises(RefusedByRule, match="was withdrawn"):
        added(record, form(tmp_path / "form.pdf"))
    added(record, None, AGAIN)
    assert leave(record, Purpose.DIAGNOSIS).data
    with pytest.raises(RefusedByRule) as refused:
        leave(record, Purpose.TEACHING_INTERNAL)
    assert refused.value.rule == "R3"
    added(record, form(tmp_path / "form.pdf"))
    assert leave(record, Purpose.TEACHING_INTERNAL).data
    stop_use(practice.vault, record.of, BY_PHONE, None, at=LATER)
    added(record, form(tmp_path / "form.pdf"), AGAIN)
    assert leave(record, Purpose.TEACHING_INTERNAL).data


def test_r24_what_the_patient_withdrew_nobody_else_allows_anew(practice: Practice) -> None:
    """A child as well; what a parent withdrew a parent allows."""
    record, mother = Life.begin(practice, KNEE), replace(AGAIN, giver=ConsentGiver.MOTHER)
    stop_use(practice.vault, record.of, replace(BY_PHONE, giver=ConsentGiver.MOTHER), None, at=LATER)
    added(record, None, mother)
    assert not record.history.is_use_stopped
    stop_use(practice.vault, record.of, BY_PHONE, None, at=LATER)
    with pytest.raises(RefusedByRule, match="the patient withdrew") as refused:
        added(record, None, mother)
    assert (refused.value.rule, "--giver patient" in refused.value.hint) == ("R24", True)
    assert record.history.is_use_stopped


def test_what_is_said_of_a_form_is_what_a_copy_leaves_on(practice: Practice, tmp_path: Path) -> None:
    """An amended birth date makes the patient a child, for whom their own form is not enough: every page says so."""
    record, policy, today = Life.begin(practice), practice.vault.policy, LATER.date()
    added(record, form(tmp_path / "form.pdf"))
    for is_enough in (True, False):
        opened = record.opened()
        (said,) = opened.agreed
        assert suffices(opened, said, policy, today=today) is is_enough
        assert (Purpose.TEACHING_INTERNAL in may_leave_for(opened, policy)) is is_enough
        assert (ConsentState.BEYOND_CARE in states_of(opened, policy)) is is_enough
        if is_enough:
            leave(record, Purpose.TEACHING_INTERNAL)
            record.add(born_on(date(2014, 3, 3)), key=record.founder, birth_guard="7f")
    with pytest.raises(RefusedByRule, match="nobody agreed to teaching"):
        leave(record, Purpose.TEACHING_INTERNAL)


def test_a_form_is_known_by_its_bytes(tmp_path: Path) -> None:
    """A PDF or an image, whatever its name; 20 MB at most; nothing that is neither."""
    path = tmp_path / "form.doc"
    for data, kind in ((PDF, "application/pdf"), (photos.phone_jpeg(), "image/jpeg")):
        path.write_bytes(data)
        assert read_form(path).media_type == kind
    path.write_bytes(PDF + bytes(MAX_DOCUMENT_BYTES - len(PDF)))
    assert len(read_form(path).data) == MAX_DOCUMENT_BYTES
    for data in (PDF + bytes(MAX_DOCUMENT_BYTES), b"", b"I agree", b"PK\x03\x04", b"GIF89a" + bytes(20)):
        path.write_bytes(data)
        with pytest.raises(AnswerInvalid, match=r"form\.doc"):
            read_form(path)
    with pytest.raises(SourceUnavailable, match="absent"):
        read_form(tmp_path / "absent")
