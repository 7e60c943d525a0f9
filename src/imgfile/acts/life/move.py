"""Moving a record that was filed for the wrong patient (R25): the photo goes to the right one, with fresh answers.

1. A clinician moves it. Nothing is taken over but what is of the photo itself: where it came from, its dates, and that
   it shows another person too. Every rule judges the fresh answers; what is asked is asked anew.
2. The photo counts as made by the day it was filed first, under whatever number: no move takes a child's photo out of
   R9, and an intimate photo stays one unless whoever sits here says otherwise. Nor does one undo a withdrawal (R24).
3. First the new record, then the tombstone, then the old keys go (`leading`). A legal hold goes along (`carry`).
4. Whatever died, moving it again goes on where it stopped, at any computer and whatever number is typed then: with the
   new record that is there, never with a second one. What the right patient has is looked at again before one is made:
   somebody was asked since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from imgfile.acts.life.attended import expect_attended, expect_intimate_stays
from imgfile.acts.life.leading import Destination, Moved, Order, anew, begun, came_from, file_anew, first_day, lead
from imgfile.acts.life.person import facts_of
from imgfile.acts.signed_form import named_form
from imgfile.clinical.facts import EarlierPhoto, Facts, Person
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.filed import sent_on
from imgfile.clinical.interview.interview import Interview
from imgfile.clinical.patient import PatientId
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.clinical.record.model import Decision
from imgfile.errors import RefusedByRule, UsageError
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.pseudonyms import Pseudonyms, open_pseudonyms
from imgfile.vault.life import history as life
from imgfile.vault.life.gone import How
from imgfile.vault.life.history import gone_refusal
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.life.standing import Standing, Standings, born_otherwise
from imgfile.vault.life.write import finish_entries
from imgfile.vault.records.find import Catalogue
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import Role
from imgfile.vault.still_admitted import expect_still_admitted

if TYPE_CHECKING:
    from imgfile.clinical.interview.prompt import Ask

MAY_MOVE: Final = frozenset({Role.CLINICIAN})
_NOT_MOVED: Final = "Nothing was changed."


# --- before anything is changed ---------------------------------------------------------------------------------


def base_facts(vault: Vault, by: Person | None, *, at: datetime, allow_test: bool) -> Facts:
    """Return what stands before any question, of whatever photo."""
    stands = facts_of(vault, by, today=at.astimezone().date())
    return replace(stands, asked_by=by.name if by else None, allow_test=allow_test, read_form=named_form)


def settle(  # noqa: PLR0913 - what is answered, by whom, and what of it is changed
    vault: Vault,
    opened: OpenedRecord,
    given: Mapping[str, Given],
    base: Facts,
    ask: Ask | None,
    *,
    changing: str = "",
) -> Destination:
    """Have fresh answers given for the right patient, and every rule judge them; or one of these changed.

    Raises `AnswerInvalid`, `RefusedByRule`, `Cancelled`, `Damaged`; nothing was changed.
    """
    _expect_used(opened)
    taken = opened.facts.picture.taken_at
    facts = replace(
        base,
        taken_on=taken.date() if taken else None,
        sent_on=sent_on(opened.facts),
        first_on=first_day(opened.manifest),
    )
    interview = Interview(given, facts, ask, changing=changing)
    earlier = _recognised(vault, opened, interview)
    filing = interview.complete(earlier, opened.facts.decision.shows_another)
    filing.refuse_who_had_left(vault.left_on)
    expect_intimate_stays(opened.facts, filing, is_asked=ask is not None)
    expect_attended(opened.facts, is_asked=ask is not None)
    folder = open_pseudonyms(vault).folder(filing.patient)
    return Destination(filing, folder, interview.given, interview.facts)


def _expect_used(opened: OpenedRecord) -> None:
    """See that nobody withdrew: in its new place the photo would be used again. Raises `RefusedByRule`."""
    reference = opened.manifest.reference
    if opened.history.is_use_stopped:
        raise RefusedByRule(
            "R24",
            f"consent to {reference} was withdrawn: moving it would let it be used again.",
            f"{_NOT_MOVED} Where the withdrawal was another patient's slip:  imgfile consent add {reference} --again",
        )


def _recognised(vault: Vault, opened: OpenedRecord, interview: Interview) -> list[EarlierPhoto] | None:
    """Settle who the right patient is; return their earlier photos, None where it stays open who that is."""
    pseudonyms, who = open_pseudonyms(vault), interview.identify()
    while who is not None:
        patient, born = who
        here = _standings(vault, pseudonyms.folder(patient))
        _expect_another(opened, patient, here, pseudonyms)
        guard = pseudonyms.birth_guard(pseudonyms.folder(patient), born)
        there = [each for each in here if each.gone is None and not came_from(each.manifest, opened.manifest)]
        otherwise = born_otherwise(there, guard)
        if not otherwise:
            return [_earlier(each.manifest) for each in there]
        who = interview.correct_birth_date(otherwise)
    return None


def _standings(vault: Vault, folder: PatientFolder) -> list[Standing]:
    standings = Standings(vault)
    found = [standings.of(each) for each in Catalogue().records_of(vault, folder)]
    return sorted(found, key=lambda each: each.manifest.filed_at)


def _expect_another(opened: OpenedRecord, patient: PatientId, here: list[Standing], pseudonyms: Pseudonyms) -> None:
    """See that it is another patient, for whom this very photo is not filed, nor was destroyed."""
    of = opened.manifest
    folder = pseudonyms.folder(patient)
    if folder == of.folder:
        raise UsageError(f"{of.reference} is filed under that number already.", f"imgfile amend {of.reference}")
    mark = pseudonyms.photo(folder, opened.facts.picture.original_digest)
    for each in here:
        if each.manifest.photo_mark != mark or came_from(each.manifest, of):
            continue
        if each.gone is None:
            raise RefusedByRule(
                "R25",
                f"this very photo is filed for that patient already, as {each.manifest.reference}.",
                f"{_NOT_MOVED} Two persons destroy the wrong one of the two.",
            )
        if each.gone.how is not How.MOVED:
            raise RefusedByRule(gone_refusal(each.gone).rule, gone_refusal(each.gone).message, _NOT_MOVED)


def _earlier(of: Manifest) -> EarlierPhoto:
    return EarlierPhoto(of.record, of.reference, of.filed_at.astimezone().date())


# --- moving -----------------------------------------------------------------------------------------------------


def move(vault: Vault, order: Order, to: Destination) -> Moved:
    """File a record's photo for the right patient, and put a tombstone that leads there in its old place.

    Raises `RefusedByRule` for a record that is gone since, `NotWritable`, `Damaged`; then moving it again goes on.
    """
    with vault.station.locked():
        expect_still_admitted(vault, order.by.holder)
        finish_entries(vault)
        life.load(vault, order.old).expect_here()
        there = begun(vault, order.old)
        if not there:
            _expect_another(order.opened, to.filing.patient, _standings(vault, to.folder), open_pseudonyms(vault))
            record = RecordId(layout.new_id())
            facts = anew(vault, order, to, record, Decision.of(to.filing))
            there = [file_anew(vault, order, facts, to.filing.form_data)]
        return lead(vault, order, there)
