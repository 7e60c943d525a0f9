"""What others leave in a vault is a notice or a warning, wherever it lies; a name of the vault's own is damage."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgfile.vault.checks.findings import Kind, Weight
from imgfile.vault.checks.litter import is_litter
from imgfile.vault.checks.verify import verify
from kit.vault.practice import Practice, of_each_format

pytestmark = of_each_format

LITTER = (
    *(".DS_Store", "._manifest.note", ".Spotlight-V100", "Thumbs.db", "desktop.ini", "~$letter.docx", "@eaDir"),
    *(".nfs0000000000a1b2c300000001", ".~lock.t.xlsx#", "lost+found", ".Trash-1000", ".stfolder", ".sync_a1b2c3d4.db"),
    *("manifest.sync-conflict-20261121-081200-ABCDEFG.note", "manifest (Bob's conflicted copy 2026-11-21).note"),
    *("1 (conflicted copy 2026-11-21 081200).note", "record_conflict-20261121-081200.age", "System Volume Information"),
)
FOREIGN = ("notes.txt", "photo of rash.jpg", "backup.zip", "manifest - Copy.note", "1 (1).note", "README.md", "x" * 200)
PLANTED = ("0" * 32, "0" * 32 + ".age", "0" * 32 + ".note", "f" * 64 + ".age", "99.note", "other.age", "gone.note")


def folders(vault: Path) -> list[Path]:
    """Return every folder of a vault, itself first."""
    return [vault, *sorted(path for path in vault.rglob("*") if path.is_dir())]


@pytest.mark.parametrize(
    ("name", "kind", "weight"),
    [(name, Kind.LITTER, Weight.NOTICE) for name in LITTER]
    + [(name, Kind.FOREIGN, Weight.WARNING) for name in FOREIGN],
)
def test_what_others_put_there_is_no_damage_in_any_folder(
    practice: Practice, name: str, kind: Kind, weight: Weight
) -> None:
    """A disk's or a server's files are a notice, a person's a warning: nothing reads them, and the vault goes on."""
    practice.file()
    assert is_litter(name) is (kind is Kind.LITTER)
    for folder in folders(practice.folder):
        (folder / name).write_bytes(b"theirs")
    found = [one for one in verify(practice.vault) if one.kind is not Kind.UNFINISHED]
    assert {(one.kind, one.kind.weight) for one in found} == {(kind, weight)}
    assert len(found) == len(folders(practice.folder))
    practice.file(b"another")


@pytest.mark.parametrize("name", PLANTED)
def test_a_name_of_the_vault_s_own_kind_is_damage_where_nothing_accounts_for_it(practice: Practice, name: str) -> None:
    """Somebody may have planted it. A patient's folder without a record is what a dead run leaves."""
    practice.file()
    for folder in folders(practice.folder):
        (folder / name).write_bytes(b"theirs")
    damaged = {one.where.rpartition("/")[0] for one in verify(practice.vault) if one.kind.weight is Weight.DAMAGE}
    unclaimed = {folder.relative_to(practice.folder).as_posix() for folder in folders(practice.folder)} - damaged
    assert unclaimed <= {".", *(path.relative_to(practice.folder).as_posix() for path in _of_keys(practice.folder))}


def _of_keys(vault: Path) -> list[Path]:
    """Return the folders in which a key that nothing was sealed to yet may lie, or what was sealed to such a key."""
    named = ("keys", "keys/patients", "keys/things", "keys/practice", "patients/*")
    return sorted(path for name in named for path in _in(vault, name))


def _in(vault: Path, name: str) -> list[Path]:
    return [*vault.glob(f"{name}/*/")]
