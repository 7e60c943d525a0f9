"""`imgfile show`: the facts of a photo, for a tired GP and for a script."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.practice.policy import change_policy
from imgfile.cli.formats import show_local_moment
from imgfile.clinical import policy
from imgfile.clinical.policy import Policy
from imgfile.clinical.proofs import Removed
from imgfile.clinical.record.model import Record, Source, SourceKind
from imgfile.clinical.vocabulary import Provenance
from imgfile.vault import layout
from kit.terminal.desk import Desk, ndjson, reference
from kit.vault.filings import MOLE, RASH, filed
from kit.vault.practice import NOON, PHOTO, clinician_of


def page(desk: Desk, record: str) -> str:
    """Show a record; return what is printed."""
    outcome = desk.as_clinician("show", record)
    assert outcome.status == 0, outcome.words
    return outcome.stdout.decode()


def test_a_childs_photo_is_shown_with_everything_that_was_decided(desk: Desk) -> None:
    """Who, what, why, on whose word, and what is not true stands out."""
    done = desk.practice.file_decided(filed(RASH))
    lines = page(desk, reference(done)).splitlines()
    assert lines[0].startswith(f"{reference(done)}   filed 22 Nov 2026 ")
    assert lines[0].endswith(" on RECEPTION-3")
    for line in (
        "  number        NHS 999 000 0018",
        "  born          14 Sep 2025, 14 months when it was filed",
        "  body site     nappy area (intimate: a nappy area)",
        "  taken         the photo did not tell",
        "  removed       nothing",
        '  came from     "rash pic", from parent@example.org, in Inbox',
        "  purpose       diagnosis",
        "  may leave for referral or advice",
        "  basis         parental responsibility",
        "  agreed        mother, by phone",
        "  asked by      Dr A. Example, 21 Nov 2026",
        "  yes           needed for this decision",
        "  NO            face to face offered",
        "  attested by   Dr A. Example, GMC 7654321",
    ):
        assert line in lines
    assert max(map(len, lines)) <= 80


def test_an_adults_photo_has_no_section_without_content(desk: Desk) -> None:
    """No safeguards, and no row that says nothing."""
    shown = page(desk, reference(desk.practice.file_decided(filed(MOLE))))
    assert "Safeguards" not in shown
    assert "  may leave for our own clinical record, diagnosis, referral or advice\n" in shown
    assert all(line.strip() == "" or line[16:].strip() for line in shown.splitlines() if line.startswith("  "))


def test_the_camera_the_removed_blocks_and_the_earlier_photo_are_told(desk: Desk) -> None:
    """As far as the record knows them; what came from outside cannot steer the terminal."""
    first = desk.practice.file_decided(filed(MOLE))

    def richer(facts: Record) -> Record:
        removed = (Removed("APP1 Exif", 12_000, ("place", "time")),)
        taken = datetime(2026, 11, 20, 18, 40)  # noqa: DTZ001 - a camera's clock
        return replace(
            facts,
            picture=replace(facts.picture, taken_at=taken, removed=removed),
            decision=replace(facts.decision, follows=first.record, objection=True),
            source=Source(kind=SourceKind.FILE, name="mole\x1b[31m.jpg", sent_at="2026-11-21T08:12:00+00:00"),
        )

    shown = page(desk, reference(desk.practice.file_decided(filed(MOLE), b"two", forge=richer)))
    for line in (
        "  taken         20 Nov 2026 18:40, by the camera's clock\n",
        "  removed       place (GPS), dates\n",
        f"  follows       {reference(first)}\n",
        "  came from     mole\N{REPLACEMENT CHARACTER}[31m.jpg\n",
        f"  sent          {show_local_moment(datetime(2026, 11, 21, 8, 12, tzinfo=UTC))}\n",
        "  objection     the patient objected\n",
    ):
        assert line in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("objection", "provenance", "words"),
    [
        (None, None, "not stated"),
        (False, Provenance.DERIVED, "not stated"),
        (False, Provenance.FLAG, "none"),
        (True, Provenance.TABLE, "the patient objected"),
    ],
)
def test_r12_an_objection_that_nobody_stated_is_not_shown_as_none(
    desk: Desk, *, objection: bool | None, provenance: Provenance | None, words: str
) -> None:
    """The first records wrote `false` where nobody had been asked, and where it came from: derived."""

    def stated(facts: Record) -> Record:
        how = {"objection": provenance} if provenance else {}
        return replace(
            facts, decision=replace(facts.decision, objection=objection), provenance=dict(facts.provenance) | how
        )

    shown = page(desk, reference(desk.practice.file_decided(filed(MOLE), forge=stated)))
    assert f"  objection     {words}\n" in shown


def test_r13_the_reason_for_a_date_that_cannot_be_right_is_shown(desk: Desk) -> None:
    """Beneath the date itself."""

    def explained(facts: Record) -> Record:
        taken = datetime(1980, 1, 1, 0, 3)  # noqa: DTZ001 - a camera's clock
        decision = replace(facts.decision, date_reason="camera clock never set")
        return replace(facts, picture=replace(facts.picture, taken_at=taken), decision=decision)

    shown = page(desk, reference(desk.practice.file_decided(filed(MOLE), forge=explained)))
    assert "  taken         1 Jan 1980 00:03, by the camera's clock\n  its date      camera clock never set\n" in shown


def test_as_json_the_facts_are_those_that_are_sealed(desk: Desk) -> None:
    """Whole, on one line; the recovery key opens them too."""
    done = desk.practice.file_decided(filed(MOLE))
    outcome = desk.run("show", reference(done), "--json", "--identity-file", desk.practice.recovery_file)
    (line,) = ndjson(outcome)
    assert (line["type"], line["record"]) == ("facts", reference(done))
    assert line["facts"]["patient"]["number"] == MOLE["patient"]
    assert line["facts"]["siblings"]["image.age"]["length"] == len(PHOTO)
    assert json.dumps(line["facts"])


@pytest.mark.parametrize(
    ("answers", "is_allowed", "words", "codes"),
    [
        (RASH, False, "referral or advice", ["referral_advice"]),
        (
            RASH,
            True,
            "our own clinical record (a clinician, at the terminal), referral or advice",
            ["own_clinical_record", "referral_advice"],
        ),
        (
            MOLE,
            True,
            "our own clinical record, diagnosis, referral or advice",
            ["own_clinical_record", "diagnosis", "referral_advice"],
        ),
    ],
)
def test_what_a_photo_may_leave_for_is_by_the_policy_of_today(
    desk: Desk, answers: dict[str, str], words: str, codes: list[str], *, is_allowed: bool
) -> None:
    """R9: an intimate photo of a child goes into our own record where the policy says so; on the page and as JSON."""
    record = reference(desk.practice.file_decided(filed(answers)))
    if is_allowed:
        founder = admit_administrator(desk.practice.vault, [clinician_of(desk.practice)])
        wider = replace(desk.practice.vault.policy, may_hand_over_intimate_under_18=True)
        change_policy(desk.practice.vault, founder, wider, at=NOON)
    (line,) = ndjson(desk.as_clinician("show", record, "--json"))
    assert line["may_leave_for"] == codes
    assert f"may leave for {words} origin" in " ".join(page(desk, record).split())


def test_what_is_filed_is_shown_without_the_policy(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of a newer imgfile says so, and that this can be shown: so it is, but for what the policy decides."""
    record = reference(desk.practice.file_decided(filed(MOLE)))
    founder = admit_administrator(desk.practice.vault, [clinician_of(desk.practice)])
    monkeypatch.setattr(policy, "FORMAT", policy.FORMAT + 1)
    monkeypatch.setattr(Policy, "format", policy.FORMAT)
    change_policy(desk.practice.vault, founder, replace(desk.practice.vault.policy, quarantine_days=3), at=NOON)
    monkeypatch.undo()
    shown = desk.as_clinician("show", record)
    assert (shown.status, "written by a newer imgfile" in shown.words) == (0, True)
    assert "may leave for not known here" in shown.stdout.decode()
    (line,) = ndjson(desk.as_clinician("show", record, "--json"))
    assert line["may_leave_for"] is None
    (point,) = (each for each in ndjson(desk.run("check", "--json")) if each.get("point") == "policy")
    assert (point["level"], "nothing is filed here" in point["message"]) == ("bad", True)


def test_showing_leaves_no_trace_in_the_vault(desk: Desk) -> None:
    """Facts are not the photo (R20): a vault that cannot be written any more can still be read."""
    done = desk.practice.file_decided(filed(MOLE))
    before = {path: path.stat().st_mtime_ns for path in desk.practice.folder.rglob("*")}
    page(desk, reference(done))
    assert {path: path.stat().st_mtime_ns for path in desk.practice.folder.rglob("*")} == before


@pytest.mark.parametrize("name", [layout.FACTS, layout.MANIFEST])
def test_damage_is_told_instead_of_facts(desk: Desk, name: str) -> None:
    """Exit code 16."""
    done = desk.practice.file_decided(filed(MOLE))
    path = desk.practice.folder / layout.record(done.patient, done.record) / name
    path.write_bytes(path.read_bytes()[:-1])
    outcome = desk.as_clinician("show", reference(done))
    assert (outcome.status, outcome.stdout) == (16, b"")
