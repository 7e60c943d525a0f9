"""Deciding about one photo: who is the patient, is this photo known, the rest, and a confirmation that names it all."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from imgfile.acts.ingest.attendant import Change, Known, OnKnown, PhotoSkipped
from imgfile.acts.ingest.candidate import Candidate
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.decide import ask, conclude, confirm, decide, settling
from imgfile.acts.ingest.examine import examine
from imgfile.acts.ingest.known import IN_NO_RECORD
from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.options import Request, Wishes
from imgfile.acts.outcome import Failed, Filed, Outcome, Refused, Skipped
from imgfile.acts.sources.source import Fate, LocalFile, Piped
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.answers import Given, shared
from imgfile.clinical.interview.interview import BIRTH_DATE_DIFFERS
from imgfile.clinical.vocabulary import Provenance, Purpose
from imgfile.errors import AnswerInvalid, Cancelled, Damaged, RefusedByRule, SourceUnavailable
from imgfile.vault.records.manifest import Manifest
from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.terminal.typed_answers import picture
from kit.vault.filings import ADULT, CHILD, MOLE, RASH, flags
from kit.vault.ingest_runs import CONFIRMED, DRY, KEPT, WISHES, Attendant, local, parts_of, request, run_of
from kit.vault.practice import NOON, Practice

OTHER = {"patient": "9990000026", "dob": "3/3/81"}


@pytest.fixture
def mole(tmp_path: Path) -> LocalFile:
    """Give a photo in a file."""
    path = tmp_path / "mole.jpg"
    path.write_bytes(photos.phone_jpeg())
    return local(path)


def file_it(practice: Practice, photo: LocalFile, **changes: str) -> str:
    """File a photo, its source kept; return the record's reference."""
    ((_, outcome),) = ingest(run_of(practice, KEPT), [request(photo, **changes)])
    assert isinstance(outcome, Filed)
    return outcome.reference


def asked(run: Run, wanted: Request) -> Candidate:
    """Examine a photo and ask about it."""
    return ask(run, examine(run, wanted), wanted.given)


def typed(**more: list[str]) -> dict[str, list[str]]:
    """Give an adult's answers as somebody types them."""
    answers = {
        "patient": [ADULT], "dob": ["3/3/71"], "body_site": ["left shoulder"], "purpose": [""], "basis": ["1"],
        "form": ["phone"], "obtained_by": ["Dr B, GMC 7111111, 20/11/26"], "rationale": [MOLE["rationale"]],
    }  # fmt: skip
    return {**answers, **more}


# --- what ends a photo's way --------------------------------------------------------------------------------


def raising(error: Exception) -> Callable[[], Outcome | None]:
    """Return a step that ends so."""

    @settling
    def step() -> None:
        raise error

    return step


def test_what_ends_a_photos_way_is_its_outcome() -> None:
    """A rule's refusal is kept apart from other reasons; each keeps its error."""
    refused, failed = RefusedByRule("R12", "the patient objected."), Damaged("it is damaged.")
    assert raising(PhotoSkipped())() == Skipped()
    assert raising(refused)() == Refused(refused)
    assert raising(failed)() == Failed(failed)


def test_cancelling_ends_the_run_and_a_fault_is_no_outcome() -> None:
    """Neither is one photo's own."""
    with pytest.raises(Cancelled):
        raising(Cancelled("Stopped."))()
    with pytest.raises(ZeroDivisionError):
        raising(ZeroDivisionError())()


def test_a_step_that_ends_well_returns_what_it_made() -> None:
    """With its arguments as they were."""

    @settling
    def joined(first: str, *, second: str) -> str:
        return first + second

    assert joined("a", second="b") == "ab"
    assert joined.__name__ == "joined"


# --- unattended ---------------------------------------------------------------------------------------------


def test_a_photo_with_every_answer_and_yes_is_confirmed(practice: Practice, mole: LocalFile) -> None:
    """Its filing, its patient's folder, and the answers that it came with."""
    run = run_of(practice)
    stage = decide(run, request(mole))
    assert isinstance(stage, Candidate)
    filing = stage.filing
    assert filing is not None
    assert filing.patient.number == ADULT
    assert stage.folder == run.pseudonyms.folder(filing.patient)
    assert set(stage.given) == set(MOLE)
    assert (stage.source, stage.fate) == (mole, Fate.ERASED)


def test_without_yes_only_the_confirmation_is_missing(practice: Practice, mole: LocalFile) -> None:
    """A dry run needs none."""
    stage = decide(run_of(practice, WISHES), request(mole))
    assert isinstance(stage, Failed)
    assert isinstance(stage.error, AnswerInvalid)
    (problem,) = stage.error.problems
    assert (problem.question, problem.flag, problem.message) == ("confirmation", "--yes", "is missing")
    assert problem.is_missing
    assert stage.error.message == "everything is answered; the confirmation is missing: --yes"
    assert stage.error.hint == ("Without a terminal, --yes confirms that the photo is filed and its source erased.")
    assert isinstance(decide(run_of(practice, DRY), request(mole)), Candidate)


def test_what_is_missing_fails_that_photo(practice: Practice, mole: LocalFile) -> None:
    """With everything that is missing, the patient among it."""
    stage = decide(run_of(practice), Request(mole, flags({"body_site": "left knee"})))
    assert isinstance(stage, Failed)
    assert isinstance(stage.error, AnswerInvalid)
    assert [problem.question for problem in stage.error.problems][:3] == ["patient", "dob", "purpose"]


def test_a_photo_that_cannot_be_read_fails_by_itself(practice: Practice, tmp_path: Path) -> None:
    """Before it is asked about."""
    path = tmp_path / "gone.jpg"
    path.write_bytes(b"x")
    source = local(path)
    path.unlink()
    stage = decide(run_of(practice), request(source))
    assert isinstance(stage, Failed)
    assert isinstance(stage.error, SourceUnavailable)


@pytest.mark.parametrize("wishes", [CONFIRMED, WISHES, DRY])
def test_r9_nobody_attests_unattended(practice: Practice, mole: LocalFile, wishes: Wishes) -> None:
    """With every answer, confirmed or not; a dry run says so too."""
    stage = decide(run_of(practice, wishes), request(mole, RASH))
    assert isinstance(stage, Refused)
    assert stage.error.rule == "R9"
    assert stage.error.message.startswith("an intimate photo of a child is filed by a clinician at the terminal")


# --- what stands before any question ------------------------------------------------------------------------


def test_the_practice_and_the_photo_are_known_before_anything_is_asked(practice: Practice, mole: LocalFile) -> None:
    """Policy, day, the camera's day, and the only clinician of the roster, who thereby asked and attests."""
    somebody = Attendant({"intimate": ["y"], "safeguards": ["1257"]})
    run = run_of(practice, attendant=somebody)
    answers = {slug: text for slug, text in RASH.items() if slug != "obtained_by"}
    somebody.typed["obtained_by"] = [""]
    filing = asked(run, request(mole, answers)).filing
    assert filing is not None
    assert filing.policy == run.vault.policy
    assert filing.decided_on == NOON.date()
    assert filing.consent.obtained_by == "Dr A. Example"
    assert str(filing.attested_by) == "Dr A. Example, GMC 7654321"
    assert filing.sent_on is None
    taken_at = examine(run, request(mole)).stripped.taken_at
    assert taken_at is not None
    assert filing.taken_on == taken_at.date()


def test_a_files_name_is_no_rationale(practice: Practice, tmp_path: Path) -> None:
    """Nor an attachment's; of standard input there is none."""
    name = "IMG_20261121_080912_HDR"
    path = tmp_path / f"{name}.jpg"
    path.write_bytes(photos.phone_jpeg())
    run = run_of(practice)
    with pytest.raises(RefusedByRule, match="is the file's name"):
        asked(run, request(local(path), rationale=name))
    photo = mailboxes.photo(photos.phone_jpeg(), kind="image/jpeg", name=f"{name}.jpg")
    with ExitStack() as held:
        (part,) = parts_of(tmp_path / "Inbox", mailboxes.mail(photo), held)
        with pytest.raises(RefusedByRule, match="is the file's name"):
            asked(run, request(part, rationale=name))
    assert asked(run, request(Piped(io.BytesIO(photos.phone_jpeg())), rationale=name)).filing


def test_a_message_says_when_it_was_sent(practice: Practice, tmp_path: Path) -> None:
    """Its day is offered for the consent, and counts for the patient's age."""
    with ExitStack() as held:
        (part,) = parts_of(tmp_path / "Inbox", mailboxes.mail(picture(1)), held)
        somebody = Attendant({"obtained_by": [""]})
        run = run_of(practice, attendant=somebody)
        rest = {slug: text for slug, text in MOLE.items() if slug not in {"obtained_by", "obtained_at"}}
        filing = asked(run, request(part, rest)).filing
    assert filing is not None
    sent = datetime(2026, 11, 21, 8, 12, tzinfo=UTC).astimezone().date()
    assert filing.sent_on == sent
    assert filing.consent.obtained_at == sent


def test_test_numbers_are_taken_only_where_that_was_agreed_to(practice: Practice, mole: LocalFile) -> None:
    """No patient has one."""
    stage = decide(run_of(practice, Wishes(is_confirmed=True)), request(mole, **OTHER))
    assert isinstance(stage, Failed)
    assert isinstance(stage.error, AnswerInvalid)
    (problem,) = stage.error.problems
    assert (problem.question, problem.message.split(",")[0]) == ("patient", "is a test number")
    assert isinstance(decide(run_of(practice), request(mole, **OTHER)), Candidate)


@pytest.mark.parametrize(("can_skip", "can_be_left"), [(True, True), (False, False)])
def test_a_photo_may_be_left_at_its_first_question_where_that_leads_on(
    practice: Practice, mole: LocalFile, *, can_skip: bool, can_be_left: bool
) -> None:
    """To another photo, as whoever attends knows; never where the answers of others rest on it."""
    somebody = Attendant(typed(patient=[ADULT, ADULT], dob=["3/3/71", "3/3/71"]), can_skip=can_skip)
    run = run_of(practice, attendant=somebody)
    examined = examine(run, Request(mole))
    rest = {slug: text for slug, text in MOLE.items() if slug not in {"patient", "dob"}}
    ask(run, examined, flags(rest))
    assert somebody.prompts[0].can_skip is can_be_left
    ask(run, examined, flags(rest), can_skip=False)
    assert somebody.prompts[2].can_skip is False


def test_a_photo_that_shares_answers_begins_with_its_site(practice: Practice, mole: LocalFile) -> None:
    """There it may be left."""
    somebody = Attendant(typed(), can_skip=True)
    run = run_of(practice, attendant=somebody)
    candidate = ask(run, examine(run, Request(mole)), shared(flags(MOLE)), is_sharing=True)
    assert somebody.asked == ["body_site"]
    assert somebody.prompts[0].can_skip
    assert candidate.given["patient"] == Given(ADULT, Provenance.SHARED)


# --- is this photo known? -----------------------------------------------------------------------------------


def test_a_photo_that_is_filed_ends_the_questions_when_its_patient_is_known(
    practice: Practice, mole: LocalFile
) -> None:
    """Nothing is asked that would be in no record."""
    reference = file_it(practice, mole)
    somebody = Attendant(typed())
    candidate = asked(run_of(practice, attendant=somebody), Request(mole))
    assert somebody.asked == ["patient", "dob"]
    assert isinstance(candidate.decision, Manifest)
    assert candidate.decision.reference == reference
    assert candidate.folder == candidate.decision.folder
    assert candidate.filing is None
    assert candidate.given == {}


@pytest.mark.parametrize("scheme", [{}, {"scheme": "nhs"}])
def test_unattended_a_photo_that_is_filed_needs_its_number_and_birth_date_alone(
    practice: Practice, mole: LocalFile, scheme: dict[str, str]
) -> None:
    """Whatever else is missing: nothing is said then that would be in no record."""
    file_it(practice, mole)
    stage = decide(run_of(practice), Request(mole, flags({"patient": ADULT, "dob": "3/3/71", **scheme})))
    assert isinstance(stage, Candidate)
    assert stage.filing is None
    assert stage.remarks == ()


# --- what is said of a photo that is filed (R24) ------------------------------------------------------------

OBJECTIONS = [
    ({"objection": "yes"}, "R12"),
    ({"objection": "withdrawn"}, "R12"),
    ({"basis": "not_obtained"}, "R1"),
]


@pytest.mark.parametrize("door", [Provenance.FLAG, Provenance.ANSWERS_FILE, Provenance.TABLE])
@pytest.mark.parametrize(("said", "rule"), OBJECTIONS)
@pytest.mark.parametrize("wishes", [CONFIRMED, KEPT, DRY, WISHES])
@pytest.mark.parametrize("is_attended", [True, False])
@pytest.mark.parametrize("rest", [MOLE, {"patient": ADULT, "dob": "3/3/71"}])
def test_r24_an_objection_a_refusal_or_a_withdrawal_never_ends_well(  # noqa: PLR0913 - one argument a door
    practice: Practice,
    mole: LocalFile,
    *,
    door: Provenance,
    said: dict[str, str],
    rule: str,
    wishes: Wishes,
    is_attended: bool,
    rest: dict[str, str],
) -> None:
    """By whichever door it comes; it is judged before anybody is asked what is to become of the source."""
    reference = file_it(practice, mole)
    somebody = Attendant() if is_attended else None
    stage = decide(run_of(practice, wishes, somebody), Request(mole, flags(rest | said, door)))
    assert isinstance(stage, Refused)
    assert stage.error.rule == rule
    assert stage.error.message.endswith(f"It is filed as {reference}; nothing was erased.")
    assert mole.path.exists()


DIFFERING = [
    {"body_site": "right shoulder"},
    {"intimate": "yes"},
    {"form": "signed"},
    {"consent_document": "f" * 64},
    {"rationale": "Another lesion, for comparison in three months"},
    {"explained": "why"},
    {"basis": "nonsense"},
    {"sensitivity": "forensic"},
]


@pytest.mark.parametrize("changes", DIFFERING)
@pytest.mark.parametrize("wishes", [CONFIRMED, KEPT, DRY])
def test_r24_unattended_answers_that_differ_let_no_source_go(
    practice: Practice, mole: LocalFile, changes: dict[str, str], wishes: Wishes
) -> None:
    """--yes is no yes to that; the very same answers, however they are spelled, go on."""
    file_it(practice, mole)
    stage = decide(run_of(practice, wishes), request(mole, **changes))
    assert isinstance(stage, Refused)
    assert stage.error.rule == "R24"
    again = request(mole, dob="3/3/1971", obtained_at="2026-11-20", form="by phone", purpose="Diagnosis")
    assert isinstance(decide(run_of(practice, wishes), again), Candidate)


def test_r24_what_follows_or_was_only_accepted_is_not_compared(practice: Practice, mole: LocalFile) -> None:
    """Neither then nor now: whoever left the default standing said nothing."""
    somebody = Attendant(typed())
    ((_, outcome),) = ingest(run_of(practice, KEPT, somebody), [Request(mole)])
    assert isinstance(outcome, Filed)
    said = {slug: text for slug, text in MOLE.items() if slug != "purpose"} | {"obtained_by": "Dr B, GMC 7111111"}
    assert isinstance(decide(run_of(practice), Request(mole, flags(said))), Candidate)
    stage = decide(run_of(practice), Request(mole, flags({**said, "giver": "patient"})))
    assert isinstance(stage, Refused)


def test_r24_a_computer_that_did_not_file_it_cannot_tell(practice: Practice, mole: LocalFile) -> None:
    """Nor one that has lost its memory: that counts as differing."""
    file_it(practice, mole)
    (memory,) = practice.vault.station.folder.glob("filed")
    memory.unlink()
    stage = decide(run_of(practice), request(mole))
    assert isinstance(stage, Refused)
    assert stage.error.rule == "R24"


@pytest.mark.parametrize(("answer", "rule"), [(OnKnown.NEW, "R24"), (OnKnown.OBJECTS, "R24"), (OnKnown.GO_ON, "")])
@pytest.mark.parametrize("wishes", [WISHES, replace(WISHES, is_source_kept=True)])
def test_r24_whoever_attends_goes_on_or_has_something_to_say(
    practice: Practice, mole: LocalFile, answer: OnKnown, rule: str, wishes: Wishes
) -> None:
    """What is new, and an objection, leave the source; nothing was said of it beforehand that could differ."""
    reference = file_it(practice, mole)
    somebody = Attendant(typed(), on_known=[answer])
    stage = decide(run_of(practice, wishes, somebody), Request(mole))
    assert somebody.known == [(mole, stage.fate if isinstance(stage, Candidate) else somebody.known[0][1],
                               Known(reference, NOON.date(), differs=False))]  # fmt: skip
    assert (stage.error.rule if isinstance(stage, Refused) else "") == rule


@pytest.mark.parametrize("wishes", [CONFIRMED, WISHES])
def test_r24_where_answers_differ_yes_beforehand_is_no_yes(practice: Practice, mole: LocalFile, wishes: Wishes) -> None:
    """Whoever attends is asked, told, and the outcome says what is in no record."""
    file_it(practice, mole)
    somebody = Attendant()
    stage = decide(run_of(practice, wishes, somebody), request(mole, body_site="right shoulder"))
    assert isinstance(stage, Candidate)
    assert [known.differs for _, _, known in somebody.known] == [True]
    assert stage.remarks == (IN_NO_RECORD,)


def test_r24_of_the_same_photo_twice_in_a_run_with_other_answers_one_source_stays(
    practice: Practice, mole: LocalFile, tmp_path: Path
) -> None:
    """The second one's answers would be in no record."""
    path = tmp_path / "twin.jpg"
    path.write_bytes(mole.path.read_bytes())
    requests = [request(mole), request(local(path), body_site="right shoulder")]
    first, second = [outcome for _, outcome in ingest(run_of(practice), requests)]
    assert isinstance(first, Filed)
    assert isinstance(second, Refused)
    assert second.error.rule == "R24"
    assert (mole.path.exists(), path.exists()) == (False, True)


# --- the very same photo for another patient (R25) ----------------------------------------------------------


@pytest.mark.parametrize("wishes", [CONFIRMED, KEPT, DRY, WISHES])
def test_r25_unattended_the_same_photo_for_another_patient_stops(
    practice: Practice, mole: LocalFile, wishes: Wishes
) -> None:
    """As this computer filed it before; the record is named, never its patient."""
    reference = file_it(practice, mole)
    stage = decide(run_of(practice, wishes), request(mole, **OTHER))
    assert isinstance(stage, Refused)
    assert stage.error.rule == "R25"
    assert reference in stage.error.message
    assert mole.path.exists()


def test_r25_before_more_is_asked_somebody_says_that_it_shows_both(practice: Practice, mole: LocalFile) -> None:
    """Then both are recorded so, never whose the other is; and neither stops any more."""
    reference = file_it(practice, mole)
    other = typed(patient=[OTHER["patient"]], dob=[OTHER["dob"]])
    somebody = Attendant(other, reasons=["mother and baby"])
    run = run_of(practice, replace(WISHES, is_source_kept=True), somebody)
    ((_, outcome),) = ingest(run, [Request(mole)])
    assert [[photo.reference for photo in each] for each in somebody.elsewhere] == [[reference]]
    assert isinstance(outcome, Filed)
    ((_, confirmation),) = somebody.confirmed
    assert "it shows another patient too: mother and baby" in confirmation.lines
    again = run_of(practice)
    assert isinstance(decide(again, request(mole)), Candidate)
    who = {"patient": OTHER["patient"], "dob": OTHER["dob"]}
    assert isinstance(decide(again, Request(mole, flags(who))), Candidate)
    third = decide(run_of(practice), request(mole, patient="9990000018", dob="3/3/91"))
    assert isinstance(third, Refused)


def test_r25_whoever_does_not_say_so_stops(practice: Practice, mole: LocalFile) -> None:
    """Nothing more is asked."""
    file_it(practice, mole)
    somebody = Attendant(typed(patient=[OTHER["patient"]], dob=[OTHER["dob"]]))
    with pytest.raises(Cancelled):
        decide(run_of(practice, WISHES, somebody), Request(mole))
    assert somebody.asked == ["patient", "dob"]


def test_an_earlier_photo_is_named_and_can_be_followed(practice: Practice, mole: LocalFile, tmp_path: Path) -> None:
    """The next one's notice names it."""
    reference = file_it(practice, mole)
    path = tmp_path / "later.jpg"
    path.write_bytes(photos.jpeg(photos.pixels(300, 200)))
    somebody = Attendant(typed(purpose=["m"]))
    filing = asked(run_of(practice, attendant=somebody), Request(local(path))).filing
    assert filing is not None
    assert filing.purpose is Purpose.MONITORING_RESPONSE
    assert filing.follows is not None
    assert filing.follows.reference == reference
    assert somebody.prompts[2].notice[1] == f"1 earlier photo: {reference}, filed 22 Nov 2026."


def test_another_birth_date_is_asked_again_and_then_the_photo_is_recognised(
    practice: Practice, mole: LocalFile
) -> None:
    """One of number and birth date was a slip."""
    reference = file_it(practice, mole)
    somebody = Attendant(typed(dob=["4/3/71", "5/3/71", "3/3/71"]))
    candidate = asked(run_of(practice, attendant=somebody), Request(mole))
    assert somebody.asked == ["patient", "dob", "dob", "dob"]
    assert [prompt.problem for prompt in somebody.prompts] == ["", "", *[f"{BIRTH_DATE_DIFFERS} ({reference})"] * 2]
    assert isinstance(candidate.decision, Manifest)
    assert candidate.decision.reference == reference


def test_unattended_another_birth_date_is_refused(practice: Practice, mole: LocalFile) -> None:
    """Though the photo and the number are the very same."""
    reference = file_it(practice, mole)
    with pytest.raises(AnswerInvalid) as caught:
        asked(run_of(practice), request(mole, dob="4/3/71"))
    said = f"{BIRTH_DATE_DIFFERS} ({reference})"
    assert [(each.question, each.message) for each in caught.value.problems] == [("dob", said)]


# --- confirming ---------------------------------------------------------------------------------------------


def test_whoever_attends_confirms_patient_source_and_fate(practice: Practice, mole: LocalFile) -> None:
    """And sees which answers were theirs."""
    somebody = Attendant(typed())
    stage = decide(run_of(practice, WISHES, somebody), Request(mole))
    assert isinstance(stage, Candidate)
    ((candidate, confirmation),) = somebody.confirmed
    assert (candidate.source, candidate.fate) == (mole, Fate.ERASED)
    assert confirmation.lines[0].startswith("patient    943 476 5870, born 3 Mar 1971")
    assert candidate.given.keys() == stage.given.keys() == {*MOLE}
    assert candidate.facts is not None
    assert candidate.facts.body_site == "left shoulder"


@pytest.mark.parametrize("wishes", [CONFIRMED, DRY])
def test_what_was_confirmed_beforehand_is_not_asked_again(practice: Practice, mole: LocalFile, wishes: Wishes) -> None:
    """Nor what a dry run would not file."""
    somebody = Attendant()
    assert isinstance(decide(run_of(practice, wishes, somebody), request(mole)), Candidate)
    assert not somebody.confirmed


def test_r9_yes_beforehand_attests_nothing(practice: Practice, mole: LocalFile) -> None:
    """An intimate photo of a child is confirmed at the terminal all the same."""
    somebody = Attendant({"intimate": ["y"], "safeguards": ["1257"]})
    assert isinstance(decide(run_of(practice, CONFIRMED, somebody), request(mole, RASH)), Candidate)
    ((_, confirmation),) = somebody.confirmed
    assert confirmation.needs_digits
    assert CHILD.endswith(confirmation.digits)


def test_yes_beforehand_confirms_no_answer_that_was_given_for_another_photo(
    practice: Practice, mole: LocalFile
) -> None:
    """Rule 4 of a message's photos."""
    somebody = Attendant()
    run = run_of(practice, CONFIRMED, somebody)
    given = {**flags(MOLE), "rationale": Given(MOLE["rationale"], Provenance.SHARED)}
    confirm(run, ask(run, examine(run, Request(mole)), given))
    assert len(somebody.confirmed) == 1


def test_an_answer_is_changed_and_confirmed_anew(practice: Practice, mole: LocalFile) -> None:
    """What rests on it and stands with it stays: at that age the basis and the form do."""
    rationales = [MOLE["rationale"], "Another lesion, for comparison in three months"]
    answers = typed(dob=["3/3/71", "4/3/71"], basis=["1"], form=["phone"], rationale=rationales)
    somebody = Attendant(answers, [Change("dob"), Change("rationale")])
    stage = decide(run_of(practice, WISHES, somebody), Request(mole))
    assert isinstance(stage, Candidate)
    filing = stage.filing
    assert filing is not None
    assert filing.rationale == "Another lesion, for comparison in three months"
    assert filing.date_of_birth == date(1971, 3, 4)
    assert somebody.asked[8:] == ["dob", "rationale"]
    assert len(somebody.confirmed) == 3


@pytest.mark.parametrize("kept", ["", "3/3/71", "3 March 1971"])
def test_whoever_goes_back_or_says_the_same_again_changes_nothing(
    practice: Practice, mole: LocalFile, kept: str
) -> None:
    """What rests on the answer stays too."""
    somebody = Attendant(typed(dob=["3/3/71", kept]), [Change("dob")])
    stage = decide(run_of(practice, WISHES, somebody), Request(mole))
    assert isinstance(stage, Candidate)
    assert somebody.asked[8:] == ["dob"]
    assert len(somebody.confirmed) == 2
    first, second = (candidate for candidate, _ in somebody.confirmed)
    assert first.facts == second.facts


def test_a_change_may_lead_to_a_photo_that_is_filed(practice: Practice, mole: LocalFile) -> None:
    """Then that is agreed to instead."""
    reference = file_it(practice, mole, **OTHER)
    answers = typed(patient=[ADULT, OTHER["patient"]], dob=["3/3/71", OTHER["dob"]])
    somebody = Attendant(answers, [Change("patient")], reasons=["mother and baby"])
    stage = decide(run_of(practice, WISHES, somebody), Request(mole))
    assert isinstance(stage, Candidate)
    assert stage.filing is None
    assert [(source, fate, known.reference) for source, fate, known in somebody.known] == [
        (mole, Fate.ERASED, reference)
    ]


@pytest.mark.parametrize(
    ("wishes", "is_asked"),
    [(WISHES, True), (CONFIRMED, False), (DRY, False), (replace(WISHES, is_source_kept=True), True)],
)
def test_that_a_filed_photo_loses_its_source_is_agreed_to(
    practice: Practice, mole: LocalFile, wishes: Wishes, *, is_asked: bool
) -> None:
    """Here or beforehand; where the source is kept, an objection may still be made."""
    reference = file_it(practice, mole)
    somebody = Attendant(typed())
    assert isinstance(decide(run_of(practice, wishes, somebody), Request(mole)), Candidate)
    assert [known.reference for _, _, known in somebody.known] == [reference] * is_asked
    assert not somebody.confirmed


def test_unattended_a_filed_photo_needs_yes_too(practice: Practice, mole: LocalFile) -> None:
    """Its source would go."""
    file_it(practice, mole)
    stage = decide(run_of(practice, WISHES), request(mole))
    assert isinstance(stage, Failed)
    assert isinstance(stage.error, AnswerInvalid)
    assert [problem.flag for problem in stage.error.problems] == ["--yes"]


# --- two patients' numbers ----------------------------------------------------------------------------------


def test_the_very_same_photo_is_not_two_patients_in_one_run(practice: Practice, mole: LocalFile) -> None:
    """One of the two numbers is wrong, and somebody must say which."""
    run = run_of(practice)
    assert isinstance(decide(run, request(mole)), Candidate)
    assert isinstance(decide(run, request(mole)), Candidate)
    stage = decide(run, request(mole, **OTHER))
    assert isinstance(stage, Refused)
    assert stage.error.rule == "R25"


def test_a_filed_photo_of_a_second_patient_is_refused_before_its_source_is_agreed_to_go(
    practice: Practice, mole: LocalFile
) -> None:
    """It was another patient's earlier in this run."""
    file_it(practice, mole, **OTHER)
    somebody = Attendant({}, reasons=["mother and baby"])
    run = run_of(practice, WISHES, somebody)
    assert isinstance(decide(run, request(mole)), Candidate)
    who = {"patient": OTHER["patient"], "dob": OTHER["dob"]}
    stage = decide(run, Request(mole, flags(who)))
    assert isinstance(stage, Refused)
    assert stage.error.rule == "R25"


def test_a_photo_that_is_not_confirmed_is_nobodys_yet(practice: Practice, mole: LocalFile) -> None:
    """Whoever left it may give another number."""
    run = run_of(practice)
    first, second = (asked(run, request(mole, **changes)) for changes in ({}, OTHER))
    assert isinstance(first.decision, Filing)
    assert conclude(run, second) is second
    with pytest.raises(RefusedByRule, match="another patient's"):
        conclude(run, first)
