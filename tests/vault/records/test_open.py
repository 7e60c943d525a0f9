"""What opens is what was filed, at its place; anything else is damage, to people and to `verify` alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from imgfile import sealing
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.clinical.record.model import Record, Sibling
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.practice import PracticeKeys, open_practice
from imgfile.vault.records import manifest
from imgfile.vault.records.open import Opened, open_every_sibling, open_facts, open_photo
from kit.vault.filings import MOLE, filed
from kit.vault.practice import PHOTO, Practice, of_each_format

OTHER_ID = "f" * 32


def practice_identity(practice: Practice) -> PracticeKeys:
    """Open the practice's keys with the recovery key."""
    return open_practice(practice.vault, practice.recovery)[0]


def opened(practice: Practice, **options: Any) -> Opened:  # noqa: ANN401 - file_decided's own
    """File a photo and open its facts."""
    done = practice.file_decided(filed(MOLE), **options)
    found = manifest.load(practice.vault, done.patient, done.record)
    return open_facts(practice.vault, found, practice_identity(practice))


@of_each_format
def test_a_filed_photo_opens_to_the_bytes_that_were_filed(practice: Practice) -> None:
    """The whole walk: recovery key, practice, patient, facts and photo."""
    record = opened(practice)
    assert open_photo(practice.vault, record, practice_identity(practice)) == PHOTO
    assert record.facts.decision.body_site == "left shoulder"


def moved(**changes: str) -> Callable[[Record], Record]:
    """Forge facts that belong elsewhere."""
    return lambda facts: replace(facts, place=replace(facts.place, **changes))  # type: ignore[arg-type]  # all are text


def with_siblings(**changes: Sibling) -> Callable[[Record], Record]:
    """Forge facts that name other objects."""
    return lambda facts: replace(facts, siblings=dict(facts.siblings) | changes)


def with_image(digest: Digest | None = None, length: int | None = None) -> Callable[[Record], Record]:
    """Forge facts of another photo."""

    def forge(facts: Record) -> Record:
        stated = facts.siblings[layout.IMAGE]
        other = Sibling(digest or stated.digest, stated.length if length is None else length)
        return replace(facts, siblings={layout.IMAGE: other})

    return forge


MISPLACED = {
    "vault": moved(vault=OTHER_ID),
    "patient": moved(pid=PatientFolder(OTHER_ID)),
    "record": moved(record=RecordId(OTHER_ID)),
    "station": moved(station=OTHER_ID),
    "role": moved(role="amendment"),
    "siblings": with_siblings(scan=Sibling(Digest("0" * 64), 1)),
    "no sibling": lambda facts: replace(facts, siblings={}),
}
ANOTHER_PHOTO = {"digest": with_image(digest=Digest("0" * 64)), "length": with_image(length=1)}


@of_each_format
@pytest.mark.parametrize("forge", MISPLACED.values(), ids=MISPLACED.keys())
def test_facts_that_do_not_belong_here_are_damage(practice: Practice, forge: Callable[[Record], Record]) -> None:
    """The age format has no associated data: only the facts' own words bind them to their place."""
    with pytest.raises(Damaged):
        opened(practice, forge=forge)


@of_each_format
@pytest.mark.parametrize("forge", ANOTHER_PHOTO.values(), ids=ANOTHER_PHOTO.keys())
def test_a_photo_other_than_its_facts_state_is_damage(practice: Practice, forge: Callable[[Record], Record]) -> None:
    """Digest and length, each by itself."""
    record = opened(practice, forge=forge)
    with pytest.raises(Damaged, match=r"image\.age"):
        open_photo(practice.vault, record, practice_identity(practice))
    with pytest.raises(Damaged, match=r"image\.age"):
        open_every_sibling(practice.vault, record, practice_identity(practice))


@of_each_format
def test_a_record_that_the_practice_key_does_not_open_is_damage(practice: Practice) -> None:
    """It is no wrong passphrase: whoever asked has opened the practice's identity already."""
    done = practice.file_decided(filed(MOLE))
    found = manifest.load(practice.vault, done.patient, done.record)
    with pytest.raises(Damaged, match="practice"):
        open_facts(practice.vault, found, PracticeKeys({1: sealing.generate_identity(post_quantum=False)}))


@of_each_format
@pytest.mark.parametrize("forge", (MISPLACED | ANOTHER_PHOTO).values(), ids=(MISPLACED | ANOTHER_PHOTO).keys())
def test_verify_finds_by_opening_what_signatures_cannot_tell(
    practice: Practice, forge: Callable[[Record], Record]
) -> None:
    """A station gone bad signs what it likes; opening shows it. The sound record beside it is counted too."""
    practice.file_decided(filed(MOLE))
    bad = practice.file_decided(filed(MOLE), b"another", forge=forge)
    assert list(verify(practice.vault)) == []
    counted: list[None] = []
    found = list(verify_openings(practice.vault, practice_identity(practice), on_record=lambda: counted.append(None)))
    assert [(finding.kind, finding.where) for finding in found] == [
        (Kind.DAMAGED, layout.record(bad.patient, bad.record))
    ]
    assert len(counted) == 2


@of_each_format
def test_verify_passes_over_a_record_that_does_not_exist_yet(practice: Practice) -> None:
    """What a dead run left is `verify`'s to tell, without opening anything."""
    done = practice.file_decided(filed(MOLE))
    (practice.folder / layout.record(done.patient, done.record) / layout.MANIFEST).unlink()
    assert list(verify_openings(practice.vault, practice_identity(practice))) == []
