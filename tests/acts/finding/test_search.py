"""Finding photos: every filter against photos that pass it and that do not, as their facts are now."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

import pytest

from imgfile.acts.disclosure.of_patient import Unopened, records_of_patient
from imgfile.acts.disclosure.open import Reader
from imgfile.acts.finding.criteria import ConsentState, Criteria
from imgfile.acts.finding.search import Found, Search, enter_search
from imgfile.clinical.dates import Days
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.clinical.record.model import Record
from imgfile.clinical.sites.match import words_of
from imgfile.clinical.vocabulary import Purpose
from imgfile.errors import NoVault
from imgfile.vault import layout
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.life.addition import Effect
from imgfile.vault.records import manifest
from imgfile.vault.records.find import patients
from imgfile.vault.trail import read as trail
from kit.vault.filings import KNEE, MOLE, RASH, filed
from kit.vault.lives import HOLD, WITHDRAWN, Life, amended_site
from kit.vault.memory_store import MemoryStore
from kit.vault.practice import NOON, PHOTO, Practice

OTHER = "Nurse B. Other, NMC 12A3456C"


@dataclass(frozen=True)
class Filed:
    """A practice with a photo of each kind, by what a test calls it."""

    practice: Practice
    names: dict[str, str]
    """Reference → what it is called here."""
    records: dict[str, RecordId]
    child: PatientFolder
    """Where the rash, the knee and the elbow lie."""
    reader: Reader

    def search(self, criteria: Criteria) -> Search:
        """Begin a search."""
        return Search(self.practice.vault, self.reader, criteria)

    def found(self, criteria: Criteria) -> set[str]:
        """Return what a search through everything finds; everything opens."""
        results = list(self.search(criteria).through(patients(self.practice.vault)))
        assert all(isinstance(each, Found) for each in results)
        return {self.names[each.reference] for each in results}


def dated(at: datetime | None, follows: RecordId | None, facts: Record) -> Record:
    """Date a photo, and say what it follows."""
    picture, decision = replace(facts.picture, taken_at=at), replace(facts.decision, follows=follows)
    return replace(facts, picture=picture, decision=decision)


@pytest.fixture
def kept(practice: Practice) -> Filed:
    """File a rash, a mole, two knees and another mole, and live on: one amended, one withdrawn, one held, one gone."""
    lives: dict[str, Life] = {}
    for number, (name, answers) in enumerate(
        {
            "rash": RASH,
            "mole": MOLE,
            "knee": KNEE | {"purpose": "monitoring_response"},
            "elbow": KNEE
            | {"obtained_by": "Nurse B. Other, NMC 12A3456C", "rationale": "Stitches out, compare with last week's"},
            "gone": MOLE | {"body_site": "right shoulder"},
            "held": MOLE | {"body_site": "scalp"},
        }.items()
    ):
        at = NOON - timedelta(days=10 - number)
        day = None if name == "mole" else (at - timedelta(days=100)).replace(tzinfo=None)
        follows = RecordId(lives["rash"].of.record) if name == "knee" else None
        done = practice.file_decided(
            filed(answers),
            PHOTO + name.encode(),
            at=at,
            forge=partial(dated, day, follows),
            moved_from=lives["gone"].of if name == "held" else None,
        )
        lives[name] = Life(practice, manifest.load(practice.vault, done.patient, done.record))
    lives["elbow"].add(amended_site("left elbow"), key=lives["elbow"].founder)
    lives["mole"].add(WITHDRAWN, Effect.USE_STOPPED, key=lives["mole"].founder)
    lives["held"].add(HOLD, Effect.HELD)
    lives["gone"].move_away(to=(lives["held"].of.folder, lives["held"].of.record))
    opened, who = open_practice(practice.vault, practice.recovery)
    names = {each.of.reference: name for name, each in lives.items()}
    return Filed(
        practice,
        names,
        {name: each.of.record for name, each in lives.items()},
        lives["rash"].of.folder,
        Reader(who, opened),
    )


def sought(*, words: str = "", site: str = "", rationale: str = "", who: str = "") -> Criteria:
    """Look for words."""
    return Criteria(words=words_of(words), site=words_of(site), rationale=words_of(rationale), who=words_of(who))


ALL = {"rash", "mole", "knee", "elbow", "held"}
DAY = date(2026, 11, 12)
"""The day on which the first photo was filed, and the mole's, which says none, a day later."""
BEFORE = DAY - timedelta(days=100)
FILTERS: list[tuple[Criteria, set[str]]] = [
    (Criteria(), ALL),
    (sought(site="shoulder"), {"mole"}),
    (sought(site="SHOULDERS"), {"mole"}),
    (sought(site="left should"), {"mole"}),
    (sought(site="knee"), {"knee"}),
    (sought(site="elbow"), {"elbow"}),
    (sought(site="left"), {"mole", "knee", "elbow"}),
    (sought(site="houlder"), set()),
    (sought(site="toe"), set()),
    (sought(rationale="stitch last week"), {"elbow"}),
    (sought(rationale="stitch miles"), set()),
    (sought(rationale="shoulder"), set()),
    (sought(who="nurse other"), {"elbow"}),
    (sought(who="7654321"), {"rash"}),
    (sought(who="reception"), ALL),
    (sought(who="nobody"), set()),
    (sought(words="shoulder"), {"mole"}),
    (sought(words="left stitch"), {"elbow"}),
    (sought(words="monitor"), set()),
    (sought(words="response"), {"knee"}),
    (Criteria(made=Days(BEFORE, BEFORE)), {"rash"}),
    (Criteria(made=Days(BEFORE, BEFORE + timedelta(days=2))), {"rash", "knee"}),
    (Criteria(made=Days(DAY)), {"mole"}),
    (Criteria(made=Days(DAY + timedelta(days=1), DAY + timedelta(days=1))), {"mole"}),
    (Criteria(made=Days(None, BEFORE)), {"rash"}),
    (Criteria(made=Days(DAY + timedelta(days=2))), set()),
    (Criteria(filed=Days(DAY, DAY)), {"rash"}),
    (Criteria(filed=Days(DAY + timedelta(days=2))), {"knee", "elbow", "held"}),
    (Criteria(filed=Days(None, DAY - timedelta(days=1))), set()),
    (Criteria(purposes=frozenset({Purpose.MONITORING_RESPONSE})), {"knee"}),
    (Criteria(purposes=frozenset({Purpose.MONITORING_RESPONSE, Purpose.DIAGNOSIS})), ALL),
    (Criteria(purposes=frozenset({Purpose.RESEARCH})), set()),
    (Criteria(states=frozenset({ConsentState.WITHDRAWN})), {"mole"}),
    (Criteria(states=frozenset({ConsentState.HELD})), {"held"}),
    (Criteria(states=frozenset({ConsentState.GIVEN})), ALL - {"mole"}),
    (Criteria(states=frozenset({ConsentState.HELD, ConsentState.WITHDRAWN})), {"mole", "held"}),
    (Criteria(states=frozenset({ConsentState.OTHER_BASIS})), set()),
    (Criteria(states=frozenset({ConsentState.BEYOND_CARE})), set()),
    (replace(sought(site="left"), purposes=frozenset({Purpose.MONITORING_RESPONSE})), {"knee"}),
]


def test_each_filter_finds_what_passes_it_and_nothing_else(kept: Filed) -> None:
    """By the facts as they are now: the elbow was filed as a knee, and what is gone is found by none."""
    for criteria, names in FILTERS:
        assert kept.found(criteria) == names, criteria
    follows = Criteria(follows=kept.records["rash"])
    assert kept.found(follows) == {"knee"}
    assert kept.found(Criteria(follows=kept.records["knee"])) == set()
    rash = next(reference for reference, name in kept.names.items() if name == "rash")
    assert kept.found(Criteria(words=(rash[:4],))) == {"rash"}


def test_what_is_gone_is_counted_and_what_does_not_open_is_named(kept: Filed) -> None:
    """Whatever is looked for: nobody can know whether it is meant."""
    broken = {name: kept.records[name] for name in ("rash", "held")}
    for folder in patients(kept.practice.vault):
        for name, file in (("rash", layout.MANIFEST), ("held", layout.FACTS)):
            path = kept.practice.folder / layout.record(folder, broken[name]) / file
            if path.exists():
                path.write_bytes(b"broken")
    search = kept.search(sought(site="toe"))
    results = list(search.through(patients(kept.practice.vault)))
    assert {kept.names[each.reference] for each in results if isinstance(each, Unopened)} == broken.keys()
    assert len(results) == search.tally.unopened == len(broken)
    assert search.tally.records == len(ALL) - len(broken)
    assert search.tally.gone == {"moved": 1}


def test_what_its_manifest_rules_out_is_not_opened(kept: Filed) -> None:
    """So a broken object of it does not matter, and it counts as looked into."""
    for folder in patients(kept.practice.vault):
        path = kept.practice.folder / layout.record(folder, kept.records["rash"]) / layout.FACTS
        if path.exists():
            path.write_bytes(b"broken")
    search = kept.search(Criteria(filed=Days(DAY + timedelta(days=1))))
    assert len(list(search.through(patients(kept.practice.vault)))) == len(ALL) - 1
    assert (search.tally.records, search.tally.unopened) == (len(ALL), 0)


def test_a_search_through_everybody_is_entered_in_the_trail_without_what_was_looked_for(kept: Filed) -> None:
    """R20 is about photos; this is so that whoever looks after the records can see it."""
    vault = kept.practice.vault
    enter_search(vault, kept.reader, at=NOON)
    *_, last = trail.walk(vault, vault.here.station)
    assert last.entries == ({"act": "searched", "at": "2026-11-22T12:00:00Z", "actor": kept.reader.who},)
    with pytest.raises(NoVault):
        enter_search(replace(vault, roster=replace(vault.roster, stations=())), kept.reader, at=NOON)


# --- what it costs ----------------------------------------------------------------------------------------------


class CountingStore(MemoryStore):
    """Counts what is read and listed, by the patient's directory in whose name that is; "" for what is elsewhere."""

    def read(self, name: str, *, limit: int | None = None) -> bytes:
        """Read an object, and count that."""
        COUNTED.append(name)
        return super().read(name, limit=limit)

    def names(self, folder: str) -> Iterator[str]:
        """List a folder, and count that."""
        COUNTED.append(folder)
        return super().names(folder)

    def exists(self, name: str) -> bool:
        """Return whether an object is there, and count that."""
        COUNTED.append(name)
        return name in self.objects


COUNTED: list[str] = []
STUBS = 2_000


def in_memory(practice: Practice, stubs: int = 0) -> Practice:
    """Return a practice whose vault lies in memory, beside records of other patients that nobody should look at."""
    store = CountingStore.copy_of(practice.vault.store)
    for _ in range(stubs):
        store.objects[f"{layout.record(PatientFolder(layout.new_id()), RecordId(layout.new_id()))}/x"] = b""
    return replace(practice, vault=replace(practice.vault, store=store))


def test_one_patients_photos_cost_what_that_patient_has(kept: Filed) -> None:
    """In a vault of thousands no other patient's directory is listed, and nothing in one is read."""
    counted = []
    kept.search(Criteria())  # which reads on once what the trails state of holds
    records_of_patient(in_memory(kept.practice).vault, kept.child, kept.reader)  # and this, what they state of records
    for stubs in (0, STUBS):
        large = in_memory(kept.practice, stubs)
        COUNTED.clear()
        opened = records_of_patient(large.vault, kept.child, kept.reader)
        looked = len(COUNTED)
        assert all(name.startswith(("keys/", "audit/", layout.patient(kept.child))) for name in COUNTED)
        list(Search(large.vault, kept.reader, Criteria()).through([kept.child]))
        counted.append((len(opened), looked, len(COUNTED)))
    assert counted[0] == counted[1]
    assert counted[0][0] == len(("rash", "knee", "elbow"))


def peak_of(practice: Practice, reader: Reader, folders: list[PatientFolder]) -> int:
    """Return how many bytes a search through these patients takes at most, that finds nothing and keeps nothing."""
    search = Search(practice.vault, reader, sought(site="nowhere"))
    list(search.through(folders * 3))  # what is imported and remembered once
    tracemalloc.start()
    try:
        assert list(search.through(folders)) == []
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_what_is_looked_through(kept: Filed) -> None:
    """The same patients forty times over take as much as once."""
    folders = list(patients(kept.practice.vault))
    once = peak_of(kept.practice, kept.reader, folders)
    assert peak_of(kept.practice, kept.reader, folders * 40) < once + (64 << 10)


@pytest.mark.parametrize("times", [20, pytest.param(1_000, marks=pytest.mark.long)])
def test_what_was_looked_through_leaves_nothing_behind(kept: Filed, times: int) -> None:
    """As many blocks of memory stand afterwards as before; of five thousand records: pytest -m long, half a minute."""
    folders = list(patients(kept.practice.vault))
    search = kept.search(sought(site="nowhere"))
    list(search.through(folders * 3))  # what is imported and remembered once
    gc.collect()
    before = sys.getallocatedblocks()
    assert list(search.through(folders * times)) == []
    gc.collect()
    assert sys.getallocatedblocks() < before + 500
