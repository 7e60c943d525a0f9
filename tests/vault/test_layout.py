"""Names in a vault: random, of one shape, and short where people say them."""

from __future__ import annotations

from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.vault import layout


def test_record_ids_are_random_and_references_short() -> None:
    """128 bits of name, 40 bits of reference."""
    assert layout.new_id() != layout.new_id()
    assert layout.reference(RecordId("0" * 32)) == "0000-0000"
    assert layout.reference(RecordId("f" * 32)) == "zzzz-zzzz"
    assert layout.note_number("01.note") is None
    assert layout.note_number("12.note") == 12
    assert Digest("0" * 64) in layout.reason(PatientFolder("a" * 32), Digest("0" * 64))
