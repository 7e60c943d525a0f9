"""R6, R7, R25: what is given anew by flags names all that is missing with it at once, and keeps what still fits.

| door | what stands on |
| --- | --- |
| `amend`, `inbox accept` | every answer that rests on none that changed; of a new basis what fits it (`taken_over`) |
| `move` | nothing: the answers are another patient's |
| `consent add` | nothing: what is agreed since is a consent of its own |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.vocabulary import ConsentForm
from imgfile.vault.life import settled
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Manifest
from kit.life_rules_table import WHY, Office, an_office, run, today
from kit.rules_table import GROUPS, LEAP_PATIENTS, NOTHING, PATIENTS, Age, Case, Row, flag_of
from kit.vault.filings import flags, interview, knowing
from kit.vault.inbox import put_decided
from kit.vault.practice import NOON

pytestmark = pytest.mark.slow

CHILD, TEEN, GROWN = GROUPS
PHONE, NO_FORM = ConsentForm.VERBAL_TELEPHONE, ConsentForm.NOT_APPLICABLE
EVIDENCE = {"capacity_evidence": "Dr B. Other, 21 Nov 2026"}
COMPETENT = {"basis": "competent_minor", "giver": None, "competence_evidence": "Dr B. Other, 21 Nov 2026"}
ATTORNEY = {"basis": "attorney", "decided_by": "R. Ray", "authority": "LPA for health of 2024, seen", **EVIDENCE}
INTERESTS = {"basis": "best interests", "form": None, "consulted": "her son", **EVIDENCE}
MOTHER = {"giver": "mother", "form": "phone"}
UNASKED = {"form": "sent unasked", "spoken_since": "phone"}

Agreed = tuple[ConsentGiver, ConsentForm]

ROWS: list[tuple[Age, Mapping[str, str | None], Mapping[str, str], str | Agreed]] = [
    # before → what is given → what is missing then, or who agreed, and how
    (CHILD, {}, {"basis": "competent_minor"}, "wants competence_evidence form"),
    (CHILD, {}, {"basis": "local authority or court"}, "wants giver form"),
    (CHILD, {}, {"basis": "local authority or court", "giver": "guardian"}, "wants form"),
    (CHILD, {"giver": "guardian"}, {"basis": "local authority or court"}, (ConsentGiver.GUARDIAN, PHONE)),
    (CHILD, {"giver": "guardian"}, {"basis": "local authority or court", "giver": "local authority"}, "wants form"),
    (CHILD, {}, {"basis": "best interests"}, "wants consulted"),
    (CHILD, {}, {"basis": "best interests", "consulted": "her aunt"}, (ConsentGiver.CLINICIAN_BEST_INTERESTS, NO_FORM)),
    (CHILD, {}, {"basis": "parental_responsibility"}, (ConsentGiver.MOTHER, PHONE)),
    (CHILD, {}, {"basis": "parental responsibility", "form": "video"}, (ConsentGiver.MOTHER, ConsentForm.VERBAL_VIDEO)),
    (CHILD, COMPETENT, {"basis": "parental_responsibility"}, "wants giver form"),
    (CHILD, COMPETENT, {"basis": "parental_responsibility", **MOTHER}, (ConsentGiver.MOTHER, PHONE)),
    (TEEN, {}, {"basis": "parental_responsibility"}, "wants capacity_evidence giver form"),
    (TEEN, {}, {"basis": "best interests", **EVIDENCE}, "wants consulted"),
    (TEEN, {}, {"dob": "14/9/1971"}, (ConsentGiver.PATIENT, PHONE)),
    (TEEN, {}, {"dob": "14/9/1971", "basis": "patient's own"}, (ConsentGiver.PATIENT, PHONE)),
    (GROWN, {}, {"basis": "attorney"}, "wants capacity_evidence decided_by authority form"),
    (GROWN, {}, {"basis": "best interests"}, "wants capacity_evidence consulted"),
    (GROWN, {}, {"dob": "14/9/1971", "basis": "attorney"}, "wants capacity_evidence decided_by authority form"),
    (GROWN, UNASKED, {"basis": "attorney"}, "wants capacity_evidence decided_by authority form"),
    (GROWN, ATTORNEY, {"basis": "deputy"}, "wants decided_by authority form"),
    (GROWN, ATTORNEY, {"basis": "best interests"}, "wants consulted"),
    (GROWN, ATTORNEY, {"basis": "patient's own"}, "wants form"),
    (GROWN, INTERESTS, {"basis": "attorney"}, "wants decided_by authority form"),
    (GROWN, INTERESTS, {"basis": "patient's own", "form": "phone"}, (ConsentGiver.PATIENT, PHONE)),
    (GROWN, {}, {"form": "sent unasked"}, "R11"),
    # another birth date: what no rule objects to at that age, and nothing more is wanted with, stands
    (CHILD, {}, {"dob": "14/9/2017"}, (ConsentGiver.MOTHER, PHONE)),
    (GROWN, {}, {"dob": "4/3/1972"}, (ConsentGiver.PATIENT, PHONE)),
    (CHILD, {}, {"dob": "14/9/1971"}, "wants basis form"),
    (GROWN, ATTORNEY, {"dob": "14/9/1971"}, (ConsentGiver.ATTORNEY_HW, PHONE)),
    (CHILD, COMPETENT, {"dob": "4/3/1972"}, "wants basis form"),
]  # fmt: skip


_BORN_ANEW = [number for number, (_, _, given, _) in enumerate(ROWS) if "dob" in given]
BORN_ANEW = dict(zip(_BORN_ANEW, (*PATIENTS[3:], *LEAP_PATIENTS), strict=False))
"""Number of a row with another birth date → a patient of its own."""
FRESH = {"dob", "body_site", "purpose", "obtained_at", "rationale"}
"""What moving asks beside the consent, and nothing of it is another patient's."""
AGREED_SINCE = [
    ([], "wants giver form purpose asked_by asked_on anonymised recognisable"),
    (["--purpose", "research"], "wants giver form asked_by asked_on anonymised recognisable"),
    (["--purpose", "publication"], "wants giver form asked_by asked_on outlet anonymised recognisable"),
    (["--purpose", "public_media"], "wants giver form asked_by asked_on outlet anonymised recognisable"),
    (["--purpose", "research", "--giver", "mother"], "wants form asked_by asked_on anonymised recognisable"),
    (["--again"], "wants giver form"),
]
"""What `consent add` is given by flags, and what it names as missing: an outlet too, by whatever name of a purpose."""


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    """Keep one practice for all rows: each files a photo of its own."""
    with an_office() as found:
        yield found


def words_of(given: Mapping[str, str]) -> list[str]:
    """Spell answers as flags."""
    return [word for slug, text in given.items() for word in flag_of(slug, text)]


def agreed(office: Office, of: Manifest) -> Agreed:
    """Return who agreed, and how, as a record says it now."""
    consent = office.opened(of).facts.consent
    return consent.giver, consent.form


@pytest.mark.parametrize(("number", "row"), [*enumerate(ROWS)])
def test_amend_and_accept_name_all_that_is_missing_and_keep_what_fits(
    office: Office, number: int, row: tuple[Age, Mapping[str, str | None], Mapping[str, str], str | Agreed]
) -> None:
    """The same at both; where nothing is missing, the record says who agreed and how."""
    age, before, given, expected = row
    whose = BORN_ANEW[number] if "dob" in given else ""  # a birth date must agree with those filed before
    answers = Row(Case("", "", before), age, "ordinary", whose).answers
    filing = interview(flags(answers), knowing(today=today(), sent_on=None)).filing
    waits = put_decided(office.practice, filing, office.data())
    said = run("inbox", "accept", waits.reference, *words_of(given), "--yes", by=office)
    done = office.practice.file_decided(filing, office.data(), at=NOON)
    of = manifest.load(office.practice.vault, done.patient, done.record)
    assert run("amend", of.reference, *words_of(given), "--reason", WHY, by=office).replace("nothing", "done") == said
    if isinstance(expected, str):
        assert said == expected
        return
    assert (said, agreed(office, of)) == ("done", expected)
    verdict = settled.load(office.practice.vault, waits)
    assert verdict is not None
    assert verdict.to is not None
    assert agreed(office, manifest.load(office.practice.vault, *verdict.to)) == expected


def test_another_number_for_what_waits_asks_all_that_was_said_of_the_patient_anew(office: Office) -> None:
    """R25: whose birth date and consent it was is another one's."""
    waits = office.put(Row(NOTHING, GROWN, "ordinary"))
    other = ("inbox", "accept", waits.reference, "--yes", "--patient", "9434765870")
    assert run(*other, by=office) == "wants dob purpose basis form"
    usual = {slug: text for slug, text in Row(NOTHING, GROWN, "ordinary").usual.items() if slug in {"dob", "purpose"}}
    assert run(*other, *words_of(usual), "--basis", "patient's own", by=office) == "wants form"
    assert run(*other, *words_of(usual), "--basis", "patient's own", "--form", "phone", by=office) == "done"


@pytest.mark.parametrize("given", [{"basis": "best interests"}, {"basis": "attorney"}, {"giver": "patient"}], ids=str)
def test_a_move_takes_nothing_over(office: Office, given: dict[str, str]) -> None:
    """Whatever is given by flags, all the rest is named at once."""
    of = office.file(Row(NOTHING, GROWN, "ordinary"))
    said = run("move", of.reference, "--patient", "-", *words_of(given), "--yes", "--reason", WHY, by=office,
               stdin="9434765870")  # fmt: skip
    missing = set(said.removeprefix("wants ").split())
    assert missing >= FRESH
    assert missing & {"consulted", "decided_by", "basis"}


@pytest.mark.parametrize(("words", "expected"), AGREED_SINCE)
def test_what_is_agreed_since_names_all_that_is_missing(office: Office, words: list[str], expected: str) -> None:
    """Nothing is taken over from the record: it is a consent of its own."""
    of = office.file(Row(NOTHING, GROWN, "ordinary"))
    assert run("consent", "add", of.reference, *words, by=office) == expected


def test_an_amendment_without_its_reason_names_that_with_the_rest(office: Office) -> None:
    """At once, and not one after the other."""
    of = office.file(Row(NOTHING, GROWN, "ordinary"))
    assert (
        run("amend", of.reference, "--basis", "best interests", by=office) == "wants capacity_evidence consulted reason"
    )
    assert run("amend", of.reference, "--body-site", "left hip", by=office) == "wants reason"
