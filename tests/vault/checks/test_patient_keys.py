"""Keys of patients, in vaults of format 1, against their notes."""

from __future__ import annotations

from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.thing_key import ThingKey
from kit.vault.destroying import Two
from kit.vault.lives import Life
from kit.vault.practice import Practice, as_format_2, of_format_1

pytestmark = of_format_1


def test_a_missing_recipient_note_is_found_by_whoever_needs_it(practice: Practice) -> None:
    """The record is sealed to that key, and the note alone tells which identity opens it."""
    practice.file()
    note = next(practice.folder.glob("patients/*/*.note"))
    note.unlink()
    found = {(finding.kind, finding.where) for finding in verify(practice.vault)}
    assert (Kind.MISSING, note.relative_to(practice.folder).as_posix()) in found


def test_a_key_whose_records_are_all_gone_remains_where_it_is_put_back(practice: Practice) -> None:
    """A warning, as of any other key of what is gone."""
    life = Life.begin(practice)
    assert not isinstance(life.of.key, ThingKey)
    two = Two.of(as_format_2(practice))
    path = practice.folder / layout.patient_identity(life.of.folder, life.of.key)
    kept = path.read_bytes()
    two.destroy(life.of)
    assert not path.exists()
    assert [*verify(two.practice.reopened())] == []
    path.write_bytes(kept)
    (found,) = verify(two.practice.reopened())
    assert (found.kind, found.message) == (Kind.REMAINS, "All that it opens is gone; so should it be.")
    assert practice.folder / found.where == path
