"""Looking for filed photos by what their sealed facts say.

1. Every record of the patients in question is opened as it is now, one after the other, and let go again: what it takes
   to keep does not grow with the vault. Whoever wants the newest first keeps as many as they show.
2. A record that is gone is no photo any more; it is counted. One that does not open is yielded as that: nobody can know
   whether it is one of those that are looked for, so it is never passed over in silence.
3. What a manifest says in clear is judged first: what cannot be meant is not opened.
4. R20 is about photos, and a search shows none: looking for one patient's is entered in the trail no more than `show`
   is. One through all patients' facts is: whoever looks after the practice's records can see that it was made, when,
   and with whose identity. What was looked for is not entered, for that may tell of a patient (R23).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass as plain_dataclass
from dataclasses import field as plain_field
from datetime import date, datetime

from imgfile.acts.disclosure.of_patient import Unopened, made_at
from imgfile.acts.disclosure.on_hold import on_hold
from imgfile.acts.disclosure.open import Reader
from imgfile.acts.finding.criteria import ConsentState, Criteria, states_of
from imgfile.clinical.patient import PatientId
from imgfile.clinical.policy import Policy
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.clinical.vocabulary import Purpose
from imgfile.errors import Closed, Damaged, RefusedByRule
from imgfile.frozen import dataclass, field
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life import history as life
from imgfile.vault.life.open import OpenedRecord, open_record
from imgfile.vault.life.stated import known_records
from imgfile.vault.records import manifest
from imgfile.vault.records.find import is_published, record_names
from imgfile.vault.records.taken_away import TAKEN_AWAY, taken_away
from imgfile.vault.times import format_time
from imgfile.vault.trail import chain

SEARCHED = "searched"
"""What the trail calls a search through every patient's facts."""


@dataclass(frozen=True, slots=True)
class Found:
    """One photo that was looked for: what a list of them shows, and no more of its facts."""

    reference: str
    patient: PatientId = field(repr=False)
    born: date = field(repr=False)
    made_at: datetime
    """In local time, without an offset."""
    is_dated: bool
    """Whether its camera said when; else `made_at` is when it was filed."""
    filed_at: datetime
    body_site: str = field(repr=False)
    is_intimate: bool
    purpose: Purpose
    states: frozenset[ConsentState]
    follows: str
    """The reference of the photo that it follows; empty for none."""
    asked_by: str = field(repr=False)
    attested_by: str = field(repr=False)
    rationale: str = field(repr=False)


@plain_dataclass(slots=True)
class Tally:
    """What a search has come past so far."""

    records: int = 0
    """Standing records, those included that their manifest alone ruled out."""
    unopened: int = 0
    closed: int = 0
    """Of those that do not open, how many are closed to whoever looks."""
    gone: Counter[str] = plain_field(default_factory=Counter)
    """How many are gone, by how: `moved`, `withdrawn`, `destroyed`."""


class Search:
    """One search; `tally` says what it has come past. `is_whole`: it is one through every patient's records."""

    def __init__(self, vault: Vault, reader: Reader, criteria: Criteria, *, is_whole: bool = False) -> None:
        self._vault, self._reader, self._criteria = vault, reader, criteria
        self._is_whole, self._there = is_whole, set[RecordId]()
        self._computers = vault.roster.station_names
        self._on_hold = on_hold(vault)
        self.tally = Tally()

    def through(
        self, folders: Iterable[PatientFolder], advance: Callable[[int], None] = lambda _: None
    ) -> Iterator[Found | Unopened]:
        """Yield the photos that are looked for, in the order of their directories, and each record that does not open.

        `advance` is called for each patient. Raises `NotWritable` where the keys are away.
        """
        known = known_records(self._vault)
        for folder in folders:
            for each in self._of_patient(folder):
                if isinstance(each, Unopened):
                    self.tally.unopened += 1
                    self.tally.closed += each.is_closed
                    yield each
                elif (found := self._matched(each)) is not None:
                    yield found
            advance(1)
        if self._is_whole:
            for record in taken_away(self._vault, known, self._there):
                self.tally.unopened += 1
                yield Unopened(layout.reference(record), Damaged(TAKEN_AWAY))

    def _matched(self, opened: OpenedRecord) -> Found | None:
        """Return a photo that is looked for; None for any other."""
        policy, computer = self._vault.policy, self._computers.get(opened.manifest.station, "")
        where = self._on_hold.where(opened)
        if not self._criteria.match(opened, computer, policy, is_safeguarded=None if where is None else bool(where)):
            return None
        return _found(opened, policy, is_safeguarded=bool(where))

    @property
    def knows_holds(self) -> bool:
        """Whether every trail holds, so that whoever is not said to be on a safeguarding hold is on none."""
        return self._on_hold.seen.is_whole

    def _of_patient(self, folder: PatientFolder) -> Iterator[OpenedRecord | Unopened]:
        """Yield a patient's standing records that may be meant, open."""
        try:
            names = list(record_names(self._vault, folder))
        except Damaged as error:
            yield Unopened("", error)
            return
        for record in names:
            try:
                opened = self._opened(folder, record)
            except (Damaged, Closed) as error:
                yield Unopened(layout.reference(record), error)
            else:
                if opened is not None:
                    yield opened

    def _opened(self, folder: PatientFolder, record: RecordId) -> OpenedRecord | None:
        """Open a record that may be meant, and count it, or that it is gone. Raises `Damaged`."""
        vault, opened = self._vault, None
        if not is_published(vault, folder, record):
            return None
        self._there.add(record)
        of = manifest.load(vault, folder, record)
        try:
            if self._criteria.may_match(of):
                opened = open_record(vault, of, self._reader.practice)
            else:
                life.load(vault, of).expect_here()
        except RefusedByRule:
            tombstone = life.load(vault, of).gone
            self.tally.gone[tombstone.how.value if tombstone else ""] += 1
        else:
            self.tally.records += 1
        return opened


def _found(opened: OpenedRecord, policy: Policy, *, is_safeguarded: bool) -> Found:
    facts = opened.facts
    decision = facts.decision
    return Found(
        reference=opened.manifest.reference,
        patient=facts.patient,
        born=facts.date_of_birth,
        made_at=made_at(facts),
        is_dated=facts.picture.taken_at is not None,
        filed_at=opened.manifest.filed_at,
        body_site=decision.body_site,
        is_intimate=decision.intimate_site is not None,
        purpose=decision.purpose,
        states=states_of(opened, policy, is_safeguarded=is_safeguarded),
        follows=layout.reference(decision.follows) if decision.follows else "",
        asked_by=facts.consent.obtained_by,
        attested_by=str(decision.attested_by or ""),
        rationale=decision.rationale,
    )


def enter_search(vault: Vault, reader: Reader, *, at: datetime) -> None:
    """Enter in the trail that somebody looks through every patient's facts. Raises `NoVault`, `NotWritable`, `Damaged`.

    So it does at a computer that only reads, or where the vault cannot be written: a practice must be able to read its
    records there all the same, so it is the caller's to say that it was not entered.
    """
    vault.station.require_memory()
    with vault.station.locked():
        chain.append(vault, [{"act": SEARCHED, "at": format_time(at), "actor": reader.who}])
