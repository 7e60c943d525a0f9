"""Moving a vault from format 1 to format 2: one roster, and every record as it was."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from imgfile import sealing
from imgfile.acts.practice import upgrade
from imgfile.acts.practice.administrator import Administrator, admit_administrator
from imgfile.errors import Damaged, UsageError
from imgfile.notes import SigningKey
from imgfile.practice_state.joining import Approval
from imgfile.vault import layout
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.keys.signers import open_signer
from imgfile.vault.records import find as records
from imgfile.vault.records.commit import prove_stored
from imgfile.vault.thing_key import ThingKey
from kit.vault.filings import MOLE, filed
from kit.vault.practice import NOON, PHOTO, Practice, as_format_1, clinician_of


@pytest.fixture
def old(practice: Practice) -> Practice:
    """Give a vault of format 1 with one record."""
    made = as_format_1(practice)
    made.file_decided(filed(MOLE))
    return made


def administrator(practice: Practice) -> Administrator:
    """Admit the founder."""
    return admit_administrator(practice.vault, [clinician_of(practice)])


def test_with_the_recovery_key_it_gets_what_it_signs_with(old: Practice) -> None:
    """Same holder, now with keys; filed before and after opens, and the whole vault verifies."""
    holder = old.vault.roster.recovery.holder
    vault = upgrade.upgrade_with(old.vault, administrator(old), old.recovery[0], at=NOON)
    roster = vault.roster
    assert (roster.format, roster.number, roster.recovery.holder) == (2, 2, holder)
    assert open_signer(vault, holder, old.recovery).public == roster.recovery.keys
    assert roster.stations[0].person == roster.people[0].who
    again = Practice(vault, old.folder, old.recovery_file)
    again.file_decided(filed(MOLE), b"another photo")
    kinds = {type(each.key) for each in records.Catalogue().records_of(vault, next(iter(records.patients(vault))))}
    assert kinds == {str, ThingKey}
    for identities in ([clinician_of(again)], again.recovery):
        assert [*verify_openings(vault, open_practice(vault, identities)[0])] == []
    assert [*verify(vault)] == []


def test_without_it_a_new_one_takes_its_place(old: Practice, tmp_path: Path) -> None:
    """The new file opens everything; the old one what it opened, and signs nothing."""
    before = old.vault.roster.recovery.holder
    vault = upgrade.upgrade_anew(old.vault, administrator(old), tmp_path / "recovery-2.txt", at=NOON)
    assert [one.holder for one in vault.roster.closed.recoveries] == [before]
    assert before not in vault.roster.roster_signers
    new = Practice(vault, old.folder, tmp_path / "recovery-2.txt")
    assert open_practice(vault, new.recovery)[1] == vault.roster.recovery.holder
    assert f"# roster 1 {vault.station.pin.first_digest}\n" in new.recovery_file.read_text()
    assert [*verify(vault)] == []


def test_a_photo_filed_in_format_1_is_proven_after_it(old: Practice) -> None:
    """So that the same photo, met again, still lets its source go."""
    (stored,) = records.Catalogue().records_of(old.vault, next(iter(records.patients(old.vault))))
    vault = upgrade.upgrade_with(old.vault, administrator(old), old.recovery[0], at=NOON)
    assert prove_stored(vault, stored, stored.digest).record == stored.record
    assert PHOTO


def test_it_is_done_once_and_by_an_administrator(old: Practice) -> None:
    """The recovery key of format 1 signs nothing; a vault of format 2 is left as it is."""
    with pytest.raises(UsageError, match="may not change"):
        admit_administrator(old.vault, old.recovery)
    vault = upgrade.upgrade_with(old.vault, administrator(old), old.recovery[0], at=NOON)
    with pytest.raises(UsageError, match="of format 2 already"):
        upgrade.upgrade_with(vault, administrator(old), old.recovery[0], at=NOON)


def test_a_run_that_died_before_its_roster_is_repeated(old: Practice) -> None:
    """The signing key that it kept is taken up."""
    holder = old.vault.roster.recovery.holder
    kept, _ = upgrade._signer(old.vault, Approval.of(old.vault.id, holder), holder, old.recovery[0])
    vault = upgrade.upgrade_with(old.vault, administrator(old), old.recovery[0], at=NOON)
    assert vault.roster.recovery.keys == kept
    assert [*verify(vault)] == []
    assert layout.FORMAT_VERSION == 2


def test_a_signing_key_that_somebody_else_put_there_is_not_taken_up(old: Practice) -> None:
    """Whoever once held the recovery file knows its recipient; with a key of theirs they would sign rosters."""
    holder, (recovery,) = old.vault.roster.recovery.holder, old.recovery
    secret = base64.b64encode(SigningKey.generate(holder).secret)
    old.vault.store.publish(layout.signer_key(holder), sealing.seal_bytes(secret, [recovery.recipient]))
    with pytest.raises(Damaged, match="this computer did not write it"):
        upgrade.upgrade_with(old.vault, administrator(old), recovery, at=NOON)
    assert old.reopened().roster.is_format_1
