"""The reasons for which a record was looked at and exported (R20): where they lie, and what outlives a move.

The key of a reason goes with its record's. Who got a copy has to be known all the same where the photo was the wrong
patient's (R25): so what moves a record opens its reasons, and seals them with the old answers, for whoever reads the
trail later. What is destroyed keeps none.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping

from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Closed, Damaged
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import PracticeKeys
from imgfile.vault.life.contents import open_old_answers
from imgfile.vault.life.gone import Gone
from imgfile.vault.trail.read import every_entry
from imgfile.vault.trail.reasons import StatedReason, open_reason, stated_reason

REASON = "reason"
"""What a tombstone's answers call the reason why a record was moved."""
REASONS = "reasons"
"""What they call those for which it was looked at and exported: id -> text."""


def stated_reasons(vault: Vault, folder: PatientFolder, record: RecordId) -> Iterator[tuple[object, StatedReason]]:
    """Yield the reasons that the trails state of a record, each as its entry spells it, and as it is read."""
    for entry in every_entry(vault):
        if entry.get("record") == record and "reason" in entry:
            with contextlib.suppress(ValueError):  # `verify` reports it
                yield entry["reason"], stated_reason(folder, entry["reason"])


def open_reasons(vault: Vault, folder: PatientFolder, record: RecordId, practice: PracticeKeys) -> dict[str, str]:
    """Return a record's reasons, by their ids; without one that is damaged, or closed to whoever opens it."""
    found = {}
    for spelled, stated in stated_reasons(vault, folder, record):
        with contextlib.suppress(Closed, Damaged):  # a move waits for none; `verify` reports it
            found[_id(stated)] = open_reason(vault, folder, spelled, practice)
    return found


def kept_reason(vault: Vault, of: Gone, stated: StatedReason | None, practice: PracticeKeys) -> str | None:
    """Return a reason that a moved record's tombstone keeps; without a statement, why the record was moved.

    None where it keeps none, as of what was destroyed, or of which the loss was accepted. Raises `Damaged`, `Closed`.
    """
    if of.key is None or of.sealed is None or of.sealed.digest in vault.roster.accepted:
        return None
    answers = _read(open_old_answers(vault, of, practice), of)
    reasons = answers.get(REASONS, {})
    kept = answers.get(REASON) if stated is None else reasons.get(_id(stated)) if isinstance(reasons, dict) else None
    return kept if isinstance(kept, str) else None


def _read(answers: bytes, of: Gone) -> Mapping[str, object]:
    try:
        read = json.loads(answers)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise Damaged(f"what {of.reference} kept when it was moved cannot be read.", "imgfile verify")
    return read


def _id(stated: StatedReason) -> str:
    return str(stated.key.thing) if stated.key is not None else stated.digest
