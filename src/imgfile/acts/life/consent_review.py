"""Which photos were filed on a parent's consent, of patients who decide for themselves by now (R14, GMC 35).

1. A patient decides from 16; a younger one from when their competence was recorded since.
2. What is judged is the record as it is now: one whose basis was amended to the patient's own is not listed any more.
3. A record that does not open is named, and the rest are reviewed all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from imgfile.acts.disclosure.of_patient import Unopened
from imgfile.clinical.consent_basis import DECIDES_ALONE_YEARS
from imgfile.clinical.dates import age_in_years
from imgfile.clinical.record.model import Record
from imgfile.clinical.vocabulary import MinorCompetence
from imgfile.errors import Closed, Damaged, RefusedByRule
from imgfile.frozen import dataclass, field
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import PracticeKeys
from imgfile.vault.life.open import OpenedRecord, open_record
from imgfile.vault.records import manifest
from imgfile.vault.records.find import everything, is_published


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
    """Yield every photo whose consent is due for review, and each record that does not open."""
    for folder, record in everything(vault):
        if not is_published(vault, folder, record):
            continue
        try:
            opened = open_record(vault, manifest.load(vault, folder, record), practice)
        except RefusedByRule:  # it is gone
            continue
        except (Damaged, Closed) as error:
            yield Unopened(layout.reference(record), error)
            continue
        why = due(opened.facts, opened.filed.facts, today=today)
        if why is not None:
            yield Due(opened, why)


def due(now: Record, filed: Record, *, today: date) -> Why | None:
    """Return why the consent of a photo is due for review; None where it is not."""
    if not now.consent.basis.terms.states_parental_responsibility:
        return None
    if age_in_years(now.date_of_birth, now.decision.decided_on) >= DECIDES_ALONE_YEARS:
        return None  # who decided then did so because the patient lacked capacity (R7)
    if age_in_years(now.date_of_birth, today) >= DECIDES_ALONE_YEARS:
        return Why.TURNED_16
    was, competence = filed.consent.minor_competence, now.consent.minor_competence
    return Why.COMPETENT if competence is MinorCompetence.COMPETENT and was is not competence else None
