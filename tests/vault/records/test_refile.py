"""A photo that was filed is filed elsewhere: the very photo, whose new manifest says where it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from imgfile.clinical.proofs import Digest, RecordId, Refiled
from imgfile.errors import Damaged
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.records import manifest
from imgfile.vault.records.commit import Submission, commit
from imgfile.vault.records.manifest import Cause, Manifest, Origin
from imgfile.vault.records.open import Opened, open_facts
from imgfile.vault.records.refile import refile
from kit.vault.filings import MOLE, filed
from kit.vault.practice import NOON, OTHER_PATIENT, PHOTO, Practice, resigned


def opened_record(practice: Practice) -> tuple[Opened, Refiled]:
    """File a photo as people do, and open it to be filed elsewhere."""
    done = practice.file_decided(filed(MOLE))
    keys, _ = open_practice(practice.vault, practice.recovery)
    opened = open_facts(practice.vault, manifest.load(practice.vault, done.patient, done.record), keys)
    return opened, refile(practice.vault, opened, keys)


def filed_elsewhere(practice: Practice, opened: Opened, photo: Refiled) -> Manifest:
    """File it for another patient."""
    pseudonyms = open_pseudonyms(practice.vault)
    folder = pseudonyms.folder(OTHER_PATIENT)
    submission = Submission(
        folder=folder,
        record=RecordId(layout.new_id()),
        stripped=photo,
        facts=b"{}",
        photo_mark=pseudonyms.photo(folder, photo.original_digest),
        same_mark=pseudonyms.same(photo.original_digest),
        birth_guard="7f",
        filed_at=NOON + timedelta(days=1),
        origin=Origin(Cause.MOVED, opened.manifest.record, opened.manifest.first_filed_at),
    )
    done = commit(practice.vault, submission)
    assert done.original_digest == opened.facts.picture.original_digest
    return manifest.load(practice.vault, folder, done.record)


def test_it_keeps_its_mark_and_the_day_of_its_first_filing(practice: Practice) -> None:
    """So it is known as the same photo, and judged by that day."""
    opened, photo = opened_record(practice)
    assert photo.data == PHOTO
    moved = filed_elsewhere(practice, opened, photo)
    assert moved.same_mark == opened.manifest.same_mark
    assert (moved.origin, moved.first_filed_at) == (Origin(Cause.MOVED, opened.manifest.record, NOON), NOON)
    assert (opened.manifest.origin, opened.manifest.first_filed_at) == (None, NOON)


def test_a_photo_that_is_not_the_one_of_its_facts_is_not_filed_elsewhere(practice: Practice) -> None:
    """Whatever it opens to."""
    opened, _ = opened_record(practice)
    keys, _ = open_practice(practice.vault, practice.recovery)
    image = replace(opened.facts.siblings[layout.IMAGE], digest=Digest("0" * 64))
    other = replace(opened, facts=replace(opened.facts, siblings={layout.IMAGE: image}))
    with pytest.raises(Damaged):
        refile(practice.vault, other, keys)


@pytest.mark.parametrize(
    "origin",
    [
        {"how": "copied", "from": "a" * 32, "first": "2026-11-22T12:00:00Z"},
        {"how": "moved", "from": "../..", "first": "2026-11-22T12:00:00Z"},
        {"how": "moved", "from": "a" * 32, "first": "then"},
        {"how": "moved"},
        "moved",
    ],
)
def test_an_origin_must_say_what_origins_say(practice: Practice, origin: object) -> None:
    """Even signed by this station."""
    opened, photo = opened_record(practice)
    moved = filed_elsewhere(practice, opened, photo)
    name = f"{layout.record(moved.folder, moved.record)}/{layout.MANIFEST}"

    def forged(body: Body) -> Body:
        return {**body, "origin": origin}

    resigned(practice, "manifest", name, forged)
    with pytest.raises(Damaged):
        manifest.load(practice.vault, moved.folder, moved.record)
