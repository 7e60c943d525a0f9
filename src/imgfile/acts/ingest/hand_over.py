"""Handing over what was just filed: a page for each photo in a document folder, made from memory.

Thirty photos on a Monday would take thirty passphrases otherwise: a station cannot open what it filed, but it holds the
photo until its source is erased. After the filed copies are proven, and before any source goes:

1. An intimate photo of a child is never handed over so (R9), nor one that was filed for something beyond care (R5), nor
   one that was filed before, whose facts are sealed; each is said, and counts as not handed over.
2. What is handed over is in the trail as an export by this station, durably, before the file is there (R20).
3. A page is there whole under its name or not at all. That it was handed over is remembered beside the record.
4. A page that cannot be written is no reason to keep a source: the photo is filed and proven. It is said, with an exit
   code of its own, and the photo counts as not handed over.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from imgfile import files, staging
from imgfile.acts.disclosure.entry import Act, Statement, enter_exported
from imgfile.acts.disclosure.handover.copies import Form
from imgfile.acts.disclosure.handover.put_together import put_together
from imgfile.acts.disclosure.handover.remember import remember_handed_over
from imgfile.acts.ingest.candidate import Confirmed
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.record import composed
from imgfile.clinical.permitted_uses import granted, shows_child_intimately
from imgfile.clinical.proofs import Verified
from imgfile.clinical.record.model import Record
from imgfile.clinical.vocabulary import Purpose
from imgfile.errors import Error, NotWritable
from imgfile.frozen import dataclass, field
from imgfile.vault.access import Vault
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Manifest

LEAST_FREE_BYTES: Final = 32 << 20
"""So much room a document folder must have before anything is filed: for two or three photos of a phone."""
REASON: Final = "handed over to our own clinical record as it was filed"


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What became of handing one photo over."""

    path: Path | None = None
    """The page that was written; None where there is none."""
    why_not: str = ""
    error: Error | None = None
    """What went wrong, where that is the reason."""


@dataclass(slots=True)
class _Going:
    """A photo on its way into the folder."""

    at: int
    """Its place among those that were filed."""
    of: Manifest
    page: bytes = field(repr=False)
    path: Path


def expect_folder(vault: Vault, folder: Path) -> None:
    """See that pages can be written to a folder, before anything is filed. Raises `NotWritable`."""
    if not files.is_folder(folder):
        raise NotWritable(f"{folder} is no folder, and pages are to be handed over there.", "Nothing was filed.")
    if vault.store.contains(folder / "page.pdf"):
        raise NotWritable(f"{folder} lies in the vault, where nothing lies unsealed.", "Name a folder outside of it.")
    if not files.can_remove_from(folder):
        raise NotWritable(f"{folder} cannot be written to. Nothing was filed.", "Check who may write there.")
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise NotWritable(f"{folder} has room for {free / 1e6:.0f} MB only. Nothing was filed.", "Make room there.")


def hand_over(run: Run, filed: Sequence[tuple[Confirmed, Verified]], folder: Path) -> list[HandedOver]:
    """Hand over what was filed and proven; return what became of each, in order. The station's lock is held."""
    found: list[HandedOver] = []
    going: list[_Going] = []
    for at, (one, proof) in enumerate(filed):
        try:
            why, ready = _ready(run, at, one, proof, folder)
        except Error as error:
            found.append(HandedOver(why_not=error.message, error=error))
            continue
        found.append(HandedOver(why_not=why))
        going += ready
    for each, outcome in zip(going, _written(run, going, folder), strict=True):
        found[each.at] = outcome
    return found


def _ready(run: Run, at: int, one: Confirmed, proof: Verified, folder: Path) -> tuple[str, list[_Going]]:
    """Return why a photo is not handed over, or its page."""
    if one.filing is None or not proof.is_new:
        return "it was filed before, and what is known of it is sealed", []
    of = manifest.load(run.vault, proof.patient, proof.record)
    examined = one.examined
    facts = composed(
        run.vault,
        folder=proof.patient,
        record=proof.record,
        source=examined.source,
        stripped=examined.stripped,
        filing=one.filing,
        filed_at=of.filed_at,
    )
    why = _why_not(facts)
    if why:
        return why, []
    together = put_together(
        run.vault, [(facts, examined.stripped.data)], Form.PDF, at=run.now(), purpose=Purpose.OWN_CLINICAL_RECORD
    )
    ((name, page),) = together.files.items()
    return "", [_Going(at, of, page, folder / name)]


def _why_not(facts: Record) -> str:
    if shows_child_intimately(facts):
        return "R9: an intimate photo of a child is handed over by a clinician, by itself"
    if Purpose.OWN_CLINICAL_RECORD not in granted(facts):
        return f"R5: it was filed for {facts.decision.purpose.label}, which does not cover our own clinical record"
    return ""


def _written(run: Run, going: Sequence[_Going], folder: Path) -> list[HandedOver]:
    """Enter in the trail that pages leave, write them, and remember those that are there."""
    if not going:
        return []
    stated = Statement(Act.EXPORTED, Purpose.OWN_CLINICAL_RECORD, REASON, run.now())
    try:
        enter_exported(run.vault, [each.of for each in going], run.vault.here.station, stated, form=Form.PDF.value)
    except Error as error:
        return [HandedOver(why_not=error.message, error=error) for _ in going]
    return [_remembered(run, each, error, folder) for each, error in zip(going, _publish(going), strict=True)]


def _publish(going: Sequence[_Going]) -> list[Error | None]:
    errors: dict[int, Error] = {}
    with staging.Staging("export") as under_way:
        staged = []
        for each in going:
            try:
                under_way.add(each.path, each.page)
                staged.append(each.at)
            except NotWritable as error:
                errors[each.at] = error
        errors |= {at: error for at, error in zip(staged, under_way.publish(), strict=True) if error is not None}
    return [errors.get(each.at) for each in going]


def _remembered(run: Run, each: _Going, error: Error | None, folder: Path) -> HandedOver:
    if error is not None:
        return HandedOver(why_not=error.message, error=error)
    if run.vault.roster.is_format_1:
        return HandedOver(each.path)
    try:
        now = run.now()
        where = f"document folder {folder.name or folder}"[:_WHERE_CHARACTERS]
        remember_handed_over(run.vault, each.of, where, now.date(), run.clinician_here, at=now)
    except Error as unremembered:
        return HandedOver(each.path, f"it is there, but not remembered as handed over: {unremembered.message}")
    return HandedOver(each.path)


_WHERE_CHARACTERS: Final = 120
"""A line's bound (`clinical.text`)."""
