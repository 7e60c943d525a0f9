"""A record's sealed objects: what was filed, or damage."""

from __future__ import annotations

from imgfile.device import ReadBack
from imgfile.vault import layout
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.records import find as records
from imgfile.vault.records.objects import open_object
from kit.vault.practice import PHOTO, Practice


def test_a_filed_photo_opens_to_the_same_bytes(practice: Practice) -> None:
    """Through the practice key and the patient key that the manifest names."""
    filed = practice.file()
    opened, who = open_practice(practice.vault, practice.recovery)
    found = records.find(practice.vault, layout.reference(filed.record))
    assert who == practice.vault.roster.recovery
    assert open_object(practice.vault, found, layout.IMAGE, opened) == PHOTO
    assert found.digest == filed.manifest_digest
    assert filed.reached in {ReadBack.DEVICE, ReadBack.REOPENED}
