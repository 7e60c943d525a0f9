"""Getting back in with the recovery key, on a computer that knows nothing: only the right vault, and said to all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import notes, sealing, station
from imgfile.acts.practice import recover as act
from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.practice.leaving import renew_recovery
from imgfile.acts.practice.recover import Newcomer
from imgfile.errors import Damaged, NotWritable, NoVault, UsageError, WrongKey
from imgfile.sealing.passphrase import Passphrase
from imgfile.vault import layout
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.roster.model import Role
from kit.vault.filings import MOLE, filed
from kit.vault.practice import NOON, Practice, as_format_1, clinician_of, light_passphrases

COLLEAGUE = Newcomer("Dr B. Colleague", "GMC 7111111", "LAPTOP-9", "some other passphrase")


@pytest.fixture
def bare(practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Practice:
    """Give a vault with a record, on a computer that knows nothing of it."""
    practice.file_decided(filed(MOLE))
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path / "bare"))
    return practice


@pytest.fixture
def founder(practice: Practice) -> sealing.KeyIdentity:
    """Give the founder's identity, which only the first computer keeps."""
    return clinician_of(practice)


def recovered(bare: Practice, newcomer: Newcomer = COLLEAGUE) -> Vault:
    """Recover as the command does."""
    vault = act.look(bare.folder, act.first_roster(bare.folder))
    with light_passphrases():
        return act.recover(vault, act.admit_recovery(vault, bare.recovery[0]), newcomer, at=NOON)


def test_person_and_computer_are_let_in_and_file(bare: Practice) -> None:
    """Records of before and after open with the new passphrase; the pseudonyms are the same."""
    known = open_pseudonyms(bare.vault).key
    vault = recovered(bare)
    assert station.known_vaults()[0].station == vault.here.station
    assert open_pseudonyms(vault).key == known
    person = vault.roster.person(vault.here.person)
    assert person is not None
    assert (person.title, set(person.roles)) == (
        "Dr B. Colleague, GMC 7111111",
        {Role.ADMINISTRATOR, Role.CLINICIAN},
    )
    replace(bare, vault=vault).file_decided(filed(MOLE), b"another")
    sealed = vault.station.identity_file.read_bytes()
    (identity,) = sealing.parse_identity_file(sealing.unseal_bytes(sealed, [Passphrase(COLLEAGUE.passphrase)]))
    keys, who = open_practice(vault, [identity])
    assert who == person.credentials[0].holder
    assert [*verify_openings(vault, keys)] == []
    assert [*verify(vault)] == []
    assert admit_administrator(vault, [identity]).holder == who


def test_somebody_listed_gets_a_second_credential(founder: sealing.KeyIdentity, bare: Practice) -> None:
    """Typed as the roster has them: they are the same person, and what they had still opens."""
    vault = recovered(bare, replace(COLLEAGUE, name="Dr A. Example", registration="GMC 7654321"))
    (person,) = vault.roster.people
    assert len(person.credentials) == 2
    assert open_practice(vault, [founder])[1] == person.credentials[0].holder


def test_every_other_computer_follows(bare: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The roster is signed by the recovery key, which the one before lists."""
    made = recovered(bare)
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path / "state"))
    seen = open_vault(bare.vault.station).roster
    assert seen == made.roster
    assert (seen.change, seen.note.signer) == ("recovered", bare.vault.roster.recovery.holder)


def test_a_recovery_file_names_its_vault(bare: Practice) -> None:
    """And an older one does not, so that somebody must type the words."""
    data = bare.recovery_file.read_bytes()
    first = act.first_roster(bare.folder)
    assert act.stated_vault(data) == (first.vault, first.digest)
    assert act.stated_vault(b"\n".join(data.splitlines()[3:])) == ("", "")


def test_only_the_recovery_key_of_today_lets_in(
    founder: sealing.KeyIdentity, bare: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a clinician's identity, not one that was replaced, not a stranger's."""
    vault = act.look(bare.folder, act.first_roster(bare.folder))
    with pytest.raises(UsageError, match="no recovery key"):
        act.admit_recovery(vault, founder)
    with pytest.raises(WrongKey):
        act.admit_recovery(vault, sealing.generate_identity(post_quantum=False))
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path / "state"))
    by = admit_administrator(bare.vault, [founder])
    renew_recovery(bare.vault, by, tmp_path / "recovery-2.txt", at=NOON)
    with pytest.raises(UsageError, match="replaced by a newer one") as caught:
        act.admit_recovery(act.look(bare.folder, act.first_roster(bare.folder)), bare.recovery[0])
    assert f"imgfile join {bare.folder}" in caught.value.hint


def test_of_format_1_it_says_what_is_possible(practice: Practice) -> None:
    """That key opens every record, and signs nothing."""
    old = as_format_1(practice)
    vault = act.look(old.folder, act.first_roster(old.folder))
    with pytest.raises(UsageError, match="lets nobody in") as caught:
        act.admit_recovery(vault, old.recovery[0])
    assert "age" in caught.value.hint


def test_a_folder_without_a_vault_or_with_a_forged_one(bare: Practice, tmp_path: Path) -> None:
    """Is said to be that; nothing was made."""
    with pytest.raises(NoVault, match="no vault at"):
        act.first_roster(tmp_path / "nowhere")
    path = bare.folder / layout.roster(1)
    note = notes.parse(path.read_bytes())
    path.write_bytes(notes.SigningKey.generate(note.signer).sign("roster", note.vault, note.body, version=2).encode())
    with pytest.raises(Damaged):
        act.look(bare.folder, act.first_roster(bare.folder))
    assert not (tmp_path / "bare").exists()


def test_a_run_that_died_is_repeated_from_the_start(bare: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it had made is notices; the computer did not trust the vault by then."""
    with monkeypatch.context() as patch:

        def full(_store: object, name: str, _data: bytes) -> bool:
            raise NotWritable(f"{name} cannot be written")

        patch.setattr(type(bare.vault.store), "claim", full)
        with pytest.raises(NotWritable):
            recovered(bare)
    assert station.known_vaults() == []
    vault = recovered(bare)
    assert {finding.kind.weight.value for finding in verify(vault)} == {"notice"}
    assert len(vault.roster.stations) == 2
