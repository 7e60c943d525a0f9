"""Which photos were filed on a parent's consent, of patients who decide for themselves by now (R14, GMC 35).

1. A patient decides from 16; a younger one from when they were recorded as competent, with whichever photo of theirs.
2. What is judged is the record as it is now: one whose basis was amended to the patient's own is not listed any more,
   nor is one to which they agreed since, or whose use they stopped. What a parent stated before they decided for
   themselves is no answer of theirs.
3. A record that does not open is named, and the rest are reviewed all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from itertools import groupby

from imgfile.acts.disclosure.of_patient import Unopened
from imgfile.clinical.consent_basis import DECIDES_ALONE_YEARS
from imgfile.clinical.dates import age_in_years
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.clinical.record.additions import Amendment
from imgfile.clinical.record.model import Record
from imgfile.clinical.vocabulary import MinorCompetence
from imgfile.errors import Closed, Damaged, RefusedByRule
from imgfile.frozen import dataclass, field
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import PracticeKeys
from imgfile.vault.life.addition import AdditionKind
from imgfile.vault.life.open import Added, OpenedRecord, open_record
from imgfile.vault.life.stated import known_records
from imgfile.vault.records import manifest
from imgfile.vault.records.find import everything, is_published, record_names
from imgfile.vault.records.taken_away import TAKEN_AWAY, taken_away


class Why(StrEnum):
    """Why a consent is due for review."""

    TURNED_16 = "turned_16"
    COMPETENT = "competent"


@dataclass(frozen=True, slots=True)
class Due:
    """One photo whose consent is due for review."""

    opened: OpenedRecord = field(repr=False)
    why: Why


def review(vault: Vault, practice: PracticeKeys, *, today: date) -> Iterator[Due | Unopened]:
    """Yield every photo whose consent is due for review, and each record that does not open, or was taken away."""
    known, there = known_records(vault), set[RecordId]()
    for _, found in groupby(everything(vault), key=lambda place: place[0]):
        places = [place for place in found if is_published(vault, *place)]
        there.update(record for _, record in places)
        yield from _of_patient(vault, practice, places, today=today)
    for record in taken_away(vault, known, there):
        yield Unopened(layout.reference(record), Damaged(TAKEN_AWAY))


def why_due(vault: Vault, practice: PracticeKeys, opened: OpenedRecord, *, today: date) -> Why | None:
    """Return why the consent of one photo is due for review, by all of its patient's that open; None where it is not.

    Raises `Damaged`.
    """
    folder = opened.manifest.folder
    places = [(folder, record) for record in record_names(vault, folder)]
    found = [each for each in _of_patient(vault, practice, places, today=today) if isinstance(each, Due)]
    return next((each.why for each in found if each.opened.manifest == opened.manifest), None)


def _of_patient(
    vault: Vault, practice: PracticeKeys, places: Iterable[tuple[PatientFolder, RecordId]], *, today: date
) -> Iterator[Due | Unopened]:
    theirs: list[OpenedRecord] = []
    for folder, record in places:
        if not is_published(vault, folder, record):
            continue
        try:
            theirs.append(open_record(vault, manifest.load(vault, folder, record), practice))
        except RefusedByRule:  # it is gone
            continue
        except (Damaged, Closed) as error:
            yield Unopened(layout.reference(record), error)
    competent = sorted(filter(None, map(competent_on, theirs)))
    for opened in theirs:
        why = due(opened.facts, opened.filed.facts, today=today, competent=competent[-1] if competent else None)
        if why is not None and not _is_reviewed(opened, why, competent):
            yield Due(opened, why)


def _is_reviewed(opened: OpenedRecord, why: Why, competent: Sequence[date]) -> bool:
    """Return whether the patient was asked since: their consent was stated anew, or the photo's use is stopped.

    `competent` are the days on which they were recorded as competent, in order.
    """
    stated = (each.at.astimezone().date() for each in opened.history.of_kind(AdditionKind.CONSENT_CHANGE))
    return opened.history.is_use_stopped or any(_decides(opened.facts, why, day, competent) for day in stated)


def _decides(now: Record, why: Why, day: date, competent: Sequence[date]) -> bool:
    """Return whether the patient decided for themselves on a day, for the reason for which a photo is due."""
    if why is Why.TURNED_16:
        return age_in_years(now.date_of_birth, day) >= DECIDES_ALONE_YEARS
    since = next((each for each in competent if each >= now.decision.decided_on), day)
    return day >= since


def competent_on(opened: OpenedRecord) -> date | None:
    """Return when the patient was recorded as competent, by one of their photos; None where this one does not say."""
    if opened.facts.consent.minor_competence is not MinorCompetence.COMPETENT:
        return None
    if opened.filed.facts.consent.minor_competence is MinorCompetence.COMPETENT:
        return opened.facts.decision.decided_on
    amended = [each for each in opened.added if isinstance(each.content.said, Amendment)]
    said = [each.stated.at for each in amended if _says_competent(each)] or [each.stated.at for each in amended]
    return max(said).astimezone().date() if said else None


def _says_competent(each: Added) -> bool:
    """Return whether an amendment made a child competent: another one, later, is no day on which they were found so."""
    said = each.content.said
    if not isinstance(said, Amendment):
        return False
    return bool(said.changes.get("consent", {}).get("minor_competence") == MinorCompetence.COMPETENT)


def due(now: Record, filed: Record, *, today: date, competent: date | None = None) -> Why | None:
    """Return why the consent of a photo is due for review; None where it is not.

    `competent` is the day on which the patient was recorded as competent last, with whichever photo of theirs.
    """
    if not now.consent.basis.terms.states_parental_responsibility:
        return None
    decided = now.decision.decided_on
    if age_in_years(now.date_of_birth, decided) >= DECIDES_ALONE_YEARS:
        return None  # who decided then did so because the patient lacked capacity (R7)
    if age_in_years(now.date_of_birth, today) >= DECIDES_ALONE_YEARS:
        return Why.TURNED_16
    if filed.consent.minor_competence is MinorCompetence.COMPETENT:
        return None
    is_since = now.consent.minor_competence is MinorCompetence.COMPETENT or (
        competent is not None and decided <= competent
    )
    return Why.COMPETENT if is_since else None
