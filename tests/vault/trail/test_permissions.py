"""Permission to erase is in the trail, durably, before anybody has it."""

from __future__ import annotations

import errno
from dataclasses import replace

import pytest

from imgfile.clinical.proofs import Agreed, Digest, Inventory, PatientFolder
from imgfile.clinical.vocabulary import Disposition
from imgfile.errors import NotWritable, RefusedByRule
from imgfile.record_state.set_aside import PhotosSetAside, Why
from imgfile.vault import layout
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.roster.model import Role, Use
from imgfile.vault.trail import permissions
from imgfile.vault.trail import read as trail
from imgfile.vault.trail.permissions import Disposal
from imgfile.vault.trail.reasons import open_reason
from kit.vault.erasure import refusing, stand_in
from kit.vault.power import watched_power
from kit.vault.practice import NOON, OTHER_PATIENT, Practice


def test_a_release_names_what_was_proven_and_the_entry_that_says_so(practice: Practice) -> None:
    """One note for all of a group; each photo has its own entry and its own permission."""
    first, second = (
        practice.file(b"one"),
        replace(practice.file(b"two", OTHER_PATIENT), is_new=False, reached="manifest"),
    )
    released = permissions.release(practice.vault, [first, second], at=NOON)
    note = trail.load(practice.vault, practice.vault.here.station, 1)
    assert [one.verified for one in released] == [first, second]
    assert {one.audit_digest for one in released} == {note.digest}
    assert list(note.entries) == [
        {
            "act": act,
            "at": "2026-11-22T12:00:00Z",
            "patient": proof.patient,
            "record": proof.record,
            "manifest": proof.manifest_digest,
            "read_back": proof.reached,
        }
        for act, proof in (("filed", first), ("matched", second))
    ]


def test_a_clearance_names_what_was_agreed_to_and_the_entry_that_says_so(practice: Practice) -> None:
    """The records whose photos stand in the export, and how many parts are in none."""
    [released] = permissions.release(practice.vault, [practice.file()], at=NOON)
    agreed = Agreed(Inventory(Digest("7" * 64), (released,), ("12/1", "12/2"), ("13/1", "13/2", "14/1")))
    cleared = permissions.clear(practice.vault, agreed, at=NOON)
    note = trail.load(practice.vault, practice.vault.here.station, 2)
    assert cleared.agreed is agreed
    assert cleared.audit_digest == note.digest
    assert list(note.entries) == [
        {
            "act": "clearing",
            "at": "2026-11-22T12:00:00Z",
            "records": [released.verified.record],
            "unfiled": 2,
            "unsearched": 3,
        }
    ]


def test_what_permits_would_survive_a_power_cut(practice: Practice) -> None:
    """Whoever has a permission may erase at once."""
    filed = practice.file()
    here = practice.vault.here.station
    with watched_power(practice.folder) as power:
        [released] = permissions.release(practice.vault, [filed], at=NOON)
        assert power.survives(layout.trail(here, 1))
        permissions.clear(practice.vault, Agreed(Inventory(Digest("7" * 64), (released,), (), ())), at=NOON)
        assert power.survives(layout.trail(here, 2))


@pytest.mark.parametrize("call", ["fsync", "link"])
def test_without_its_entry_there_is_no_permission(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """A disk that is full, or gone, releases nothing."""
    [released] = permissions.release(practice.vault, [practice.file()], at=NOON)
    agreed = Agreed(Inventory(Digest("7" * 64), (released,), (), ()))
    stand_in(refusing(call, errno.EIO), monkeypatch.setattr)
    with pytest.raises(NotWritable):
        permissions.release(practice.vault, [released.verified], at=NOON)
    with pytest.raises(NotWritable):
        permissions.clear(practice.vault, agreed, at=NOON)


def test_an_item_of_the_inbox_is_entered_as_one(practice: Practice) -> None:
    """It names no patient: nobody has said yet whose it is."""
    item = replace(practice.file(), patient=PatientFolder(layout.INBOX))
    permissions.release(practice.vault, [item], at=NOON)
    (entry,) = trail.load(practice.vault, practice.vault.here.station, 1).entries
    assert entry == {
        "act": "item",
        "at": "2026-11-22T12:00:00Z",
        "item": item.record,
        "note": item.manifest_digest,
        "read_back": item.reached,
    }


# --- a photo that is filed nowhere (R28) ----------------------------------------------------------------------

PHOTO = Digest("9" * 64)


def decided(practice: Practice, folder: PatientFolder | None = None) -> Disposal:
    """Decide, as the founder, that a photo goes."""
    (person,) = practice.vault.roster.people
    return Disposal(PHOTO, Disposition.REJECT_RETURN, person.who, folder, "sent to the wrong practice")


@pytest.mark.parametrize("folder", [None, PatientFolder("a" * 32)])
def test_a_photo_that_is_not_filed_may_go_once_that_is_entered(
    practice: Practice, folder: PatientFolder | None
) -> None:
    """Its reason is sealed, with the patient's where somebody knows who that is; how it went is known from then on."""
    vault = practice.vault
    mark = open_pseudonyms(vault).same(PHOTO)
    assert permissions.how_disposed(vault, mark) is None
    disposed = permissions.dispose(vault, decided(practice, folder), at=NOON)
    note = trail.load(vault, vault.here.station, 1)
    (entry,) = note.entries
    assert (disposed.digest, disposed.mark, disposed.audit_digest) == (PHOTO, mark, note.digest)
    assert (entry["act"], entry["photo"], entry["how"]) == ("disposed", mark, "reject_return")
    assert (entry["actor"], entry.get("patient")) == (decided(practice).actor, folder)
    keys, _ = open_practice(vault, practice.recovery)
    here = folder or PatientFolder(layout.INBOX)
    assert open_reason(vault, here, entry["reason"], keys) == "sent to the wrong practice"
    assert permissions.how_disposed(vault, mark) is Disposition.REJECT_RETURN
    assert permissions.how_disposed(vault, "0" * 64) is None


def test_nobody_else_and_no_other_decision_lets_a_photo_go(practice: Practice) -> None:
    """Each refusal by its rule, before anything is sealed or entered."""
    vault, usual = practice.vault, decided(practice)
    (person,) = vault.roster.people
    clerk = replace(vault.roster, people=(replace(person, roles=(Role.ADMINISTRATOR,)),))
    reception = practice.reopened()
    reception.__dict__["here"] = replace(vault.here, use=Use.RECEPTION)
    refused = {
        "at a reception computer": (reception, usual, "R26", "a reception computer erases no photo"),
        "of whom nobody knows": (vault, replace(usual, actor="0" * 32), "R28", "only a clinician of the practice"),
        "of no clinician": (replace(vault, roster=clerk), usual, "R28", "only a clinician of the practice"),
        "to keep it": (vault, replace(usual, how=Disposition.QUARANTINE), "R28", "only a clinician of the practice"),
    }
    before = sorted(practice.folder.rglob("*"))
    for case, (of, disposal, rule, words) in refused.items():
        with pytest.raises(RefusedByRule, match=words) as caught:
            permissions.dispose(of, disposal, at=NOON)
        assert caught.value.rule == rule, case
        assert caught.value.hint == "Nothing was changed. A clinician decides, at their own computer."
        assert sorted(practice.folder.rglob("*")) == before, case


def test_a_photo_on_a_safeguarding_hold_is_left_as_it_is(practice: Practice) -> None:
    """Whoever decides; one that merely waits may go (R21)."""
    photos = PhotosSetAside(practice.vault.station)
    with practice.vault.station.locked():
        photos.add(PHOTO, Why.QUARANTINE, "x", at=NOON)
        permissions.dispose(practice.vault, decided(practice), at=NOON)
        photos.add(PHOTO, Why.HOLD, "x", at=NOON)
    before = sorted(practice.folder.rglob("*"))
    with pytest.raises(RefusedByRule, match="it is on a safeguarding hold; it is left as it is") as caught:
        permissions.dispose(practice.vault, decided(practice), at=NOON)
    assert (caught.value.rule, sorted(practice.folder.rglob("*"))) == ("R21", before)
