"""The conversations of the seed case, an adult's mole and the same rash a week later, word for word."""

from __future__ import annotations

from datetime import date

from imgfile.clinical.consent_basis import ConsentBasis, ConsentGiver
from imgfile.clinical.facts import EarlierPhoto
from imgfile.clinical.interview.confirmation import confirmation
from imgfile.clinical.patient import PatientId
from imgfile.clinical.proofs import RecordId
from imgfile.clinical.vocabulary import (
    Capacity,
    ConsentForm,
    IntimateSite,
    Origin,
    PrEvidence,
    Provenance,
    Purpose,
    Safeguard,
    Sensitivity,
)
from kit.vault.filings import ADULT, CHILD, FACTS, Known, Script, interview, knowing

RATIONALE = "Rationale: which decision, why remote, what explained, safety net, why keep it"
SAFEGUARDS = """\
Intimate photo of a child. Type the numbers that are true; the others are "no":
  1 needed for this decision         2 face to face considered
  3 face to face offered             4 shows no more than needed
  5 told who will see it             6 parent was present
  7 no safeguarding concern          8 no objection or distress told
  Without 8 it is not stated.        (1 2 5 7 are required)"""
MOTHERS_WORDS = (
    "Worse despite usual care; video failed, family isolating; told mother why; swab/F2F if needed; compare later"
)


def no_history(_patient: PatientId, _born: date) -> Known:
    """Recognise the patient, and know no photo."""
    return Known()


def test_the_seed_case_takes_ten_answers_and_the_last_four_digits() -> None:
    """A2: an intimate photo of a child, asked of her mother by phone, defaults accepted with Enter."""
    script = Script([CHILD, "14/9/25", "nappy area", "", "", "1", "mother phone", "", MOTHERS_WORDS, "1245 67"])
    filing = interview({}, knowing(can_skip=True), script, no_history).filing

    assert script.words == [
        "Patient number (v look, s skip, q quit):",
        "Date of birth:",
        "Body site:",
        "Intimate? A nappy area counts as intimate [Y/n]:",
        "Purpose [diagnosis] (? lists):",
        "Consent basis: 1 parental responsibility  2 local authority or court  3 best interests",
        "Who agreed, and how (mother phone, father video, ...; ? lists):",
        "Asked by, on [Dr A. Example, 21 Nov 2026]:",
        RATIONALE,
        SAFEGUARDS,
    ]
    assert [prompt.notice for prompt in script.prompts if prompt.notice] == [
        ("NHS 999 000 0018, born 14 Sep 2025, 14 months. No earlier photo here.",)
    ]
    assert script.prompts[2].notice
    assert script.problems == []
    typed = [CHILD, "14/9/25", "nappy area", "", "", "1", "mother phone", "", MOTHERS_WORDS, "1245 67", "0018"]
    assert sum(len(line) + 1 for line in typed) == 170  # keys, Enter counted

    asked = confirmation(filing)
    assert asked.lines == (
        "patient    999 000 0018, born 14 Sep 2025, 14 months; nappy area, intimate",
        f"rationale  {MOTHERS_WORDS}",
        "parental responsibility: mother, by phone, asked by Dr A. Example 21 Nov 2026",
        "for diagnosis only; intimate, child; attested by Dr A. Example, GMC 7654321",
    )
    assert asked.words == "Last four digits of the patient number to attest and file (c change, q quit):"
    assert asked.needs_digits
    assert asked.accepts(" 0018 ")
    assert asked.accepts("\uff10\uff10\uff11\uff18")
    assert not any(map(asked.accepts, ("y", "yes", "", "0026", "18", CHILD)))


def test_the_seed_case_records_where_each_answer_came_from() -> None:
    """What was typed, accepted and derived stays apart in the record."""
    script = Script([CHILD, "14/9/25", "nappy area", "", "", "1", "mother phone", "", MOTHERS_WORDS, "1245 67"])
    filing = interview({}, FACTS, script, no_history).filing

    assert filing.intimate_site is IntimateSite.NAPPY_AREA
    assert filing.sensitivity is Sensitivity.INTIMATE
    assert filing.origin is Origin.REQUESTED_BY_CLINICIAN
    assert filing.consent.basis is ConsentBasis.PARENTAL_RESPONSIBILITY
    assert filing.consent.giver is ConsentGiver.MOTHER
    assert filing.consent.form is ConsentForm.VERBAL_TELEPHONE
    assert filing.consent.pr_evidence is PrEvidence.STATED
    assert filing.consent.capacity is None
    assert filing.safeguards is not None
    assert [code for code, is_true in filing.safeguards.items() if not is_true] == [Safeguard.OFFERED_F2F]
    assert len(filing.safeguards) == 7
    typed, derived, defaulted = Provenance.TYPED, Provenance.DERIVED, Provenance.DEFAULTED
    assert dict(filing.provenance) == {
        "patient": typed,
        "scheme": derived,
        "dob": typed,
        "body_site": typed,
        "intimate": defaulted,
        "purpose": defaulted,
        "basis": typed,
        "pr_evidence": derived,
        "giver": typed,
        "form": typed,
        "obtained_by": defaulted,
        "obtained_at": defaulted,
        "rationale": typed,
        "safeguards": typed,
        "attested_by": derived,
        "sensitivity": derived,
        "origin": derived,
    }


def test_an_adults_mole_takes_eight_answers_and_a_yes() -> None:
    """A3: the patient's own consent; nothing is asked that follows from the rest."""
    rationale = "New pigmented lesion, triage for 2WW, patient 40 miles away"
    script = Script([ADULT, "3/3/71", "left shoulder", "", "1", "phone", "", rationale])
    facts = knowing(sent_on=None, taken_on=date(2026, 11, 20), file_name="mole.jpg")
    filing = interview({}, facts, script, no_history).filing

    assert script.words == [
        "Patient number (v look, q quit):",
        "Date of birth:",
        "Body site:",
        "Purpose [diagnosis] (? lists):",
        "Consent basis: 1 patient's own (capacity presumed)  2 attorney  3 deputy  4 best interests  (? all)",
        "How did the patient agree (phone, video, in person, email, ...; ? lists):",
        "Asked by, on [Dr A. Example, 20 Nov 2026]:",
        RATIONALE,
    ]
    assert script.prompts[2].notice == ("NHS 943 476 5870, born 3 Mar 1971, 55 years. No earlier photo here.",)
    assert filing.consent.giver is ConsentGiver.PATIENT
    assert filing.consent.capacity is Capacity.PRESUMED
    assert filing.sensitivity is Sensitivity.NONE
    assert filing.safeguards is None
    assert filing.attested_by is None

    asked = confirmation(filing)
    assert asked.lines == (
        "patient    943 476 5870, born 3 Mar 1971, 55 years; left shoulder, not intimate",
        f"rationale  {rationale}",
        "patient's own consent, by phone, asked by Dr A. Example 20 Nov 2026; for diagnosis",
    )
    assert asked.words == "File it? (y file, c change, q quit):"
    assert not asked.needs_digits
    assert all(map(asked.accepts, ("y", " Y", "yes")))
    assert not any(map(asked.accepts, ("", "n", "c", "5870")))


def test_the_same_rash_a_week_later_follows_the_first_photo() -> None:
    """A4: the patient is recognised, `m` says what the photo is for, and nothing else is inherited."""
    first = EarlierPhoto(RecordId("7f" * 16), "7f3k", date(2026, 11, 22))
    facts = knowing(today=date(2026, 11, 28), sent_on=date(2026, 11, 28))
    rationale = "Response to clotrimazole after 7 days; stop or continue"
    script = Script([CHILD, "14/9/25", "nappy area", "", "m", "1", "mother phone", "", rationale, "1245 67"])
    filing = interview({}, facts, script, lambda _patient, _born: Known((first,))).filing

    assert len(script.prompts) == 10
    assert script.prompts[2].notice == (
        "NHS 999 000 0018, born 14 Sep 2025, 14 months, as before.",
        "1 earlier photo: 7f3k, filed 22 Nov 2026.",
    )
    assert script.words[4] == "Purpose [diagnosis]; m = response since 7f3k:"
    assert script.words[7] == "Asked by, on [Dr A. Example, 28 Nov 2026]:"
    assert filing.purpose is Purpose.MONITORING_RESPONSE
    assert filing.follows == first
    asked = confirmation(filing)
    assert asked.lines[3] == (
        "for response to treatment since 7f3k only; intimate, child; attested by Dr A. Example, GMC 7654321"
    )
    assert asked.accepts("0018")


def test_several_earlier_photos_are_counted_and_the_last_is_named() -> None:
    """The notice names one photo, the newest."""
    photos = tuple(EarlierPhoto(RecordId(f"{day:032x}"), f"ref{day}", date(2026, 11, day)) for day in (1, 2, 3))
    script = Script([CHILD, "14/9/25", "left knee", "n", "m", "1", "father video", "", RATIONALE])
    filing = interview({}, FACTS, script, lambda _patient, _born: Known(photos)).filing
    assert script.prompts[2].notice[1] == "3 earlier photos, the last: ref3, filed 3 Nov 2026."
    assert filing.follows == photos[2]
    assert confirmation(filing).lines == (
        "patient    999 000 0018, born 14 Sep 2025, 14 months; left knee, not intimate",
        f"rationale  {RATIONALE}",
        (
            "parental responsibility: father, by video, asked by Dr A. Example 21 Nov 2026; "
            "for response to treatment since ref3"
        ),
    )


def test_a_station_that_cannot_recognise_patients_says_nothing_about_earlier_photos() -> None:
    """Not knowing is not the same as none."""
    script = Script([ADULT, "3/3/71", "left shoulder", "", "1", "phone", "", RATIONALE])
    interview({}, knowing(), script)
    assert script.prompts[2].notice == ("NHS 943 476 5870, born 3 Mar 1971, 55 years.",)
