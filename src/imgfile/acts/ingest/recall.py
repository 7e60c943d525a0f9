"""A table's row whose source is gone: its photo is looked for among what is filed for the row's patient.

A table that is run again names photos whose sources are gone. Such a row must state the patient and, as a scan writes
it, the photo's digest; its stored copy is proven again where this computer filed it. Nothing is erased: there is
nothing left to erase. What the row says is judged all the same (R24), and what of it is in no record is reported. A
row that gives the photo to another patient, or the patient another birth date, than it was filed with here is not
filed already: one of the two is wrong (R25). One whose record is gone is refused: the row says what is so no more.
One that names nobody may have been completed at the terminal: it is said where the photo is filed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from imgfile.acts.ingest.already_filed import find_elsewhere, find_filed
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.known import IN_NO_RECORD, differs, gone_photo, refuse, since
from imgfile.acts.outcome import Failed, Filed, Refused
from imgfile.clinical.dates import parse_birth_date
from imgfile.clinical.facts import Facts
from imgfile.clinical.interview import choices
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.interview import Interview, Review, birth_date_differs
from imgfile.clinical.interview.questions import DISPOSITION
from imgfile.clinical.patient import PatientId, Scheme
from imgfile.clinical.proofs import Digest, PatientFolder
from imgfile.errors import AnswerInvalid, Error, Problem, RefusedByRule, SourceRemains
from imgfile.vault.records.commit import prove_stored
from imgfile.vault.records.manifest import Manifest

_NOBODY: Final = PatientFolder("")


def recall(run: Run, given: Mapping[str, Given], digest: Digest) -> Filed | Failed | Refused | str | None:
    """Return as what a photo is filed for a row's patient; a remark where it is filed, and not for the row's."""
    patient = _patient(run, given)
    folder = run.pseudonyms.folder(patient) if patient else _NOBODY
    found, gone = find_filed(run, folder, digest) if patient else (None, None)
    if found is None:
        elsewhere, gone_elsewhere = find_elsewhere(run, folder, digest)
        if tombstone := gone or gone_elsewhere:
            return Refused(gone_photo(tombstone))
        return _remark(elsewhere, names_somebody=patient is not None)
    if _has_other_birth_date(run, given, found):
        return Failed(AnswerInvalid.of([Problem("dob", "--dob", birth_date_differs([found.reference]))]))
    review = _review(run, {slug: each for slug, each in given.items() if slug != DISPOSITION})
    try:
        refuse(review, found)
    except RefusedByRule as error:
        return Refused(error)
    return _proven(run, found, digest, warnings=(IN_NO_RECORD,) if differs(run, review, found) else ())


def _remark(elsewhere: Sequence[Manifest], *, names_somebody: bool) -> str | None:
    if not elsewhere:
        return None
    reference = elsewhere[-1].reference
    if names_somebody:
        return f"this very photo is filed as {reference}, for another number than the row's: look at both numbers"
    return f"this very photo is filed as {reference}, and the row names no patient: its action may be skip"


def _has_other_birth_date(run: Run, given: Mapping[str, Given], found: Manifest) -> bool:
    try:
        born = parse_birth_date(given["dob"].text, today=run.now().date()) if "dob" in given else None
    except AnswerInvalid:
        return True
    return born is not None and run.pseudonyms.birth_guard(found.folder, born) not in run.standing(found).birth_guards


def _review(run: Run, given: Mapping[str, Given]) -> Review:
    people = tuple(run.people())
    facts = Facts(policy=run.vault.policy, today=run.now().date(), people=people, allow_test=run.wishes.allow_test)
    return Interview(given, facts).review()


def _proven(run: Run, found: Manifest, digest: Digest, *, warnings: tuple[str, ...]) -> Filed | Failed:
    try:
        reached = prove_stored(run.vault, found, digest).reached
    except SourceRemains:  # another computer filed it; here, nothing can remain
        reached = ""
    except Error as error:
        return Failed(error)
    return Filed(found.reference, is_new=False, reached=reached, warnings=warnings, since=since(run, found))


def _patient(run: Run, given: Mapping[str, Given]) -> PatientId | None:
    number, scheme = given.get("patient"), given.get("scheme")
    if number is None:
        return None
    try:
        stated = Scheme(choices.pick(scheme.text, choices.stated_schemes(run.vault.policy))) if scheme else None
        named = run.vault.policy.patients(number.text, stated, allow_test=run.wishes.allow_test)
    except AnswerInvalid:
        return None
    return named[0] if len(named) == 1 else None
