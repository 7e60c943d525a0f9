"""Keys of patients, in vaults of format 1, against their notes."""

from __future__ import annotations

from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from kit.vault.practice import Practice, of_format_1

pytestmark = of_format_1


def test_a_missing_recipient_note_is_found_by_whoever_needs_it(practice: Practice) -> None:
    """The record is sealed to that key, and the note alone tells which identity opens it."""
    practice.file()
    note = next(practice.folder.glob("patients/*/*.note"))
    note.unlink()
    found = {(finding.kind, finding.where) for finding in verify(practice.vault)}
    assert (Kind.MISSING, note.relative_to(practice.folder).as_posix()) in found
