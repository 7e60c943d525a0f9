"""What was filed to a key that somebody held who was removed by then is named, as far as the trails can be read."""

from __future__ import annotations

from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.practice.leaving import Leaver, remove
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from kit.vault.filings import MOLE, filed
from kit.vault.people import enrol_person
from kit.vault.practice import NOON, Practice, clinician_of


def test_a_trail_that_is_damaged_is_a_finding_and_ends_nothing(practice: Practice) -> None:
    """What stands behind the damage cannot be named; that it is damaged is."""
    practice, leaver = enrol_person(practice, "Dr L. Leaver", "GMC 7222222")
    practice.file_decided(filed(MOLE), b"before")
    listed = practice.vault.roster.person(leaver.holder)
    assert listed is not None
    remove(practice.vault, admit_administrator(practice.vault, [clinician_of(practice)]), Leaver(listed), at=NOON)
    late = practice.file_decided(filed(MOLE), b"late")  # by a run that had not seen it
    name = layout.record(late.patient, late.record)
    words = "It was filed after Dr L. Leaver was removed, and opens with their key."
    found = [(one.kind, one.where, one.message) for one in verify(practice.reopened())]
    assert found == [(Kind.OLD_KEY, name, words)]
    number = practice.vault.station.seen_heads()[practice.vault.here.station][0]
    trail = layout.trail(practice.vault.here.station, number)
    (practice.folder / trail).write_bytes(b"damaged")
    damaged = {(one.kind, one.where) for one in verify(practice.reopened())}
    assert (Kind.DAMAGED, trail) in damaged
    assert Kind.OLD_KEY not in {kind for kind, _ in damaged}
