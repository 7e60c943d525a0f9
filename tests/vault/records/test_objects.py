"""A record's sealed objects: what was filed, or damage."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imgfile.clinical.proofs import Digest
from imgfile.device import ReadBack
from imgfile.errors import Damaged, WrongKey
from imgfile.vault import layout
from imgfile.vault.keys.practice import PracticeKeys, open_practice
from imgfile.vault.records import find as records
from imgfile.vault.records import manifest, objects
from imgfile.vault.records.objects import open_object
from kit.vault.practice import PHOTO, Practice, of_each_format


@of_each_format
def test_a_filed_photo_opens_to_the_same_bytes(practice: Practice) -> None:
    """Through the practice key and the key that the manifest states."""
    filed = practice.file()
    opened, who = open_practice(practice.vault, practice.recovery)
    found = records.find(practice.vault, layout.reference(filed.record))
    assert who == practice.vault.roster.recovery.holder
    assert open_object(practice.vault, found, layout.IMAGE, opened) == PHOTO
    assert found.digest == filed.manifest_digest
    assert filed.reached in {ReadBack.DEVICE, ReadBack.REOPENED}


@of_each_format
@pytest.mark.parametrize("name", [layout.IMAGE, layout.FACTS])
def test_an_object_is_read_only_as_its_manifest_states_it(practice: Practice, name: str) -> None:
    """Its digest and its length; a record is whole when all of its objects are."""
    filed = practice.file()
    found = manifest.load(practice.vault, filed.patient, filed.record)
    path = f"{layout.record(filed.patient, filed.record)}/{name}"
    sealed = (practice.folder / path).read_bytes()
    assert objects.read_matched(practice.vault, found, name) == sealed
    objects.objects_match(practice.vault, found)
    stated = found.objects[name]
    for other in (replace(stated, length=len(sealed) + 1), replace(stated, digest=Digest("0" * 64))):
        changed = replace(found, objects={**found.objects, name: other})
        for look in (objects.objects_match, lambda vault, of: objects.read_matched(vault, of, name)):
            with pytest.raises(Damaged, match=f"^{path} is not what was filed") as caught:
                look(practice.vault, changed)
            assert caught.value.hint == "Restore it from a backup, then:  imgfile verify"


@of_each_format
def test_an_object_opens_only_with_the_practice(practice: Practice) -> None:
    """Nor does it with the recovery key itself, which opens the practice's identity first."""
    filed = practice.file()
    found = manifest.load(practice.vault, filed.patient, filed.record)
    with pytest.raises(WrongKey):
        objects.open_object(practice.vault, found, layout.IMAGE, PracticeKeys({1: practice.recovery[0]}))
