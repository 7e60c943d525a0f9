"""Withdrawing consent to a filed photo: its use stops, or it is destroyed the same day by one person (R24).

1. Stopping its use needs no identity: any computer of the practice states who withdrew, and how, and every door heeds
   it from then on. The photo stays as a record of care; two persons may destroy it.
2. Destroying it alone takes a clinician, on the day of its filing, while nothing stands in the way (`early_end`) and
   nobody has a safeguarding concern. Its use is stopped first: a run that dies leaves it stopped.
3. What stands in the way is looked for twice: before anybody is asked, and again under the lock.
4. The tombstone names the ends of all trails, so that `verify` sees what its signer saw. Then the keys go. What a run
   that died left of them, the next one removes.
"""

from __future__ import annotations

from datetime import datetime

from imgfile.acts.life.person import Actor
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.facts import Person
from imgfile.clinical.proofs import RecordId
from imgfile.clinical.record.additions import Withdrawal
from imgfile.clinical.rules import PUBLICATIONS
from imgfile.clinical.vocabulary import BEYOND_CARE, ConsentForm, Purpose, WithdrawalOutcome
from imgfile.errors import Damaged, RefusedByRule
from imgfile.frozen import dataclass, field
from imgfile.vault.access import Vault
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.burn import burn_keys
from imgfile.vault.life.early_end import Bar, bars, heads_now, is_followed, watch_for
from imgfile.vault.life.gone import Gone, How
from imgfile.vault.life.history import History
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.life.signers import Signer
from imgfile.vault.life.write import NewAddition, add, end
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.still_admitted import expect_still_admitted
from imgfile.vault.trail.read import every_entry

HOW_WITHDRAWN = tuple(
    form for form in ConsentForm if form not in {ConsentForm.NOT_APPLICABLE, ConsentForm.IMPLIED_BY_SUBMISSION}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """Who withdraws, how, and in which words."""

    giver: ConsentGiver
    form: ConsentForm
    reason: str = field(default="", repr=False)

    def with_outcome(self, outcome: WithdrawalOutcome) -> Withdrawal:
        """Return what is sealed."""
        return Withdrawal(giver=self.giver, form=self.form, outcome=outcome, reason=self.reason)


def stop_use(vault: Vault, of: Manifest, stated: Stated, by: Person | None, *, at: datetime) -> WithdrawalOutcome:
    """Stop the use of a photo, and return what that led to.

    Raises `RefusedByRule` for one that is gone, `NotWritable`, `Damaged`; then nothing was changed.
    """
    with vault.station.locked():
        history = life.load(vault, of)
        history.expect_here()
        outcome = outcome_of(vault, of)
        new = NewAddition(said=stated.with_outcome(outcome), by=by, at=at, effects=frozenset({Effect.USE_STOPPED}))
        add(vault, history, new)
    return outcome


def outcome_of(vault: Vault, of: Manifest) -> WithdrawalOutcome:
    """Return what stopping a photo's use comes to, by the copies that left: what is published nobody calls back.

    Those count that left under whatever number it had so far.
    """
    records = _records_so_far(vault, of)
    purposes = {
        Purpose(entry["purpose"])
        for entry in every_entry(vault)
        if entry["act"] == "exported" and entry.get("record") in records and entry.get("purpose") in set(Purpose)
    }
    if purposes & PUBLICATIONS:
        return WithdrawalOutcome.PUBLISHED_CANNOT_RECALL
    if purposes.intersection(BEYOND_CARE):
        return WithdrawalOutcome.SECONDARY_USE_STOPPED
    return WithdrawalOutcome.RETAINED_AS_RECORD_OF_CARE


def _records_so_far(vault: Vault, of: Manifest) -> frozenset[RecordId]:
    """Return a record and those that it was filed from; of a line that is damaged what its own manifest names."""
    try:
        return watch_for(vault, of).records
    except Damaged:  # `verify` reports it, and it is no reason not to stop a use
        return frozenset({of.record, *([of.origin.start] if of.origin else [])})


def bars_against(vault: Vault, opened: OpenedRecord, by: Actor, *, at: datetime) -> list[Bar]:
    """Return all that keeps one person from destroying a record, with the key that tells what follows it."""
    found = bars(vault, life.load(vault, opened.manifest), at)
    return [*found, *([Bar.FOLLOWED] if is_followed(vault, opened.manifest, by.practice) else [])]


def destroy_early(vault: Vault, opened: OpenedRecord, stated: Stated, by: Actor, *, at: datetime) -> Gone:
    """Stop a photo's use and destroy it: tombstone first, then its keys.

    Raises `RefusedByRule` (R24) where anything stands in the way, `NotWritable`, `Damaged`; nothing is destroyed then.
    """
    with vault.station.locked():
        expect_still_admitted(vault, by.holder)
        against = bars_against(vault, opened, by, at=at)
        if against:
            raise barred(opened.manifest, against)
        said = stated.with_outcome(WithdrawalOutcome.DESTROYED_EARLY)
        new = NewAddition(said=said, by=by.person, at=at, effects=frozenset({Effect.USE_STOPPED}))
        history = add(vault, life.load(vault, opened.manifest), new, by.key)
        gone = end(vault, history, _tombstone(vault, history, at), by.key)
        history = life.load(vault, opened.manifest)
        history.refuse_crossed()
        finish(vault, history)
    return gone


def finish(vault: Vault, of: History) -> list[str]:
    """Remove the keys of a withdrawn record that are still there, and return their names. Hold the station's lock."""
    if of.gone is None or of.gone.how is not How.WITHDRAWN:
        return []
    return burn_keys(vault, of)


def barred(of: Manifest, against: list[Bar]) -> RefusedByRule:
    """Return why one person does not destroy a record, and what is possible instead."""
    return RefusedByRule(
        "R24",
        f"{of.reference} is not destroyed by one person: {'; '.join(against)}. Nothing was destroyed.",
        f"To stop its use:  imgfile consent withdraw {of.reference} --keep\nTwo persons may destroy it (R18).",
    )


def _tombstone(vault: Vault, of: History, at: datetime) -> Gone:
    return Gone(
        folder=of.manifest.folder,
        record=of.manifest.record,
        manifest=of.manifest.digest,
        how=How.WITHDRAWN,
        knew=of.heads,
        at=at,
        heads=heads_now(vault),
        signer=Signer(""),
    )
