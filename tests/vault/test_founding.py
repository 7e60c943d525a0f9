"""Founding a vault: every key is tested, roster 1 comes last, and a dead attempt is finished or cleared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import beneath, files, notes, sealing, staging, station
from imgfile.acts import init
from imgfile.clinical.policy import Policy
from imgfile.clinical.vocabulary import IntimateUnder18, Nation
from imgfile.errors import Damaged, NotWritable, UsageError
from imgfile.practice_state.founding import FoundingNote
from imgfile.sealing.passphrase import Passphrase
from imgfile.vault import founding, layout
from imgfile.vault.access import open_vault
from imgfile.vault.checks.verify import verify
from imgfile.vault.founding import Founder
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.roster.json import parse
from kit.vault.power import Power, watched_power
from kit.vault.practice import NOON, PASSPHRASE, Practice, found_practice, light_passphrases

FOUNDER = Founder(
    "Dr A. Example",
    "GMC 7654321",
    "RECEPTION-3",
    Policy(nation=Nation.WALES, intimate_under_18=IntimateUnder18.REFUSE),
    is_post_quantum=False,
)


@pytest.fixture(autouse=True)
def weak_passphrases() -> Iterator[None]:
    """Let scrypt take a millisecond."""
    with light_passphrases():
        yield


def plan(folder: Path, recovery: str = "recovery.txt") -> init.Plan:
    """Plan a vault below a folder."""
    return init.Plan(folder / "vault", FOUNDER, PASSPHRASE, folder / recovery)


def test_a_founded_vault_is_sound_and_opens_with_either_identity(tmp_path: Path, state: Path) -> None:
    """The passphrase's identity and the recovery file both open the practice key."""
    vault = open_vault(init.found(plan(tmp_path), at=NOON))
    assert list(verify(vault)) == []
    assert vault.policy.nation is Nation.WALES
    recovery = sealing.parse_identity_file((tmp_path / "recovery.txt").read_bytes())
    sealed = vault.station.identity_file.read_bytes()
    clinician = sealing.parse_identity_file(sealing.unseal_bytes(sealed, [Passphrase(PASSPHRASE)]))
    assert open_practice(vault, recovery)[1] == vault.roster.recovery.holder
    assert open_practice(vault, clinician)[1] == vault.roster.people[0].credentials[0].holder
    assert state.stat().st_mode & 0o077 == 0
    assert not list((state / "founding").iterdir())


def test_a_post_quantum_vault_is_the_same_in_other_keys(tmp_path: Path, state: Path) -> None:
    """Every recipient in the roster is a hybrid one."""
    assert state
    vault = found_practice(tmp_path, is_post_quantum=True).vault
    assert vault.roster.is_post_quantum
    assert vault.roster.generation.recipient.startswith("age1pq1")
    assert list(verify(vault)) == []


def test_a_folder_in_use_is_refused(tmp_path: Path, state: Path) -> None:
    """Neither a vault nor anything else is written over."""
    assert state
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault" / "letter.doc").write_bytes(b"mine")
    with pytest.raises(UsageError, match="not empty"):
        init.found(plan(tmp_path), at=NOON)
    assert [path.name for path in (tmp_path / "vault").iterdir()] == ["letter.doc"]


def test_the_computers_own_keys_never_lie_in_a_vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads the share would read them: the signing key states, and the identity links patients."""
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path / "vault" / "state"))
    with pytest.raises(UsageError, match="inside the vault"):
        found_practice(tmp_path)
    assert not (tmp_path / "vault").exists()


def test_a_vault_is_never_founded_twice(practice: Practice) -> None:
    """The second init says so, and changes nothing."""
    before = {path: path.read_bytes() for path in practice.folder.rglob("*") if path.is_file()}
    with pytest.raises(UsageError, match="holds a vault already"):
        init.found(plan(practice.folder.parent, "other.txt"), at=NOON)
    assert {path: path.read_bytes() for path in practice.folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("recovery", ["vault/recovery.txt", "."])
def test_the_recovery_file_must_have_a_place_of_its_own(tmp_path: Path, recovery: str) -> None:
    """Not inside the vault it opens, and not a folder's name."""
    with pytest.raises(UsageError):
        init.check_places(tmp_path / "vault", tmp_path / recovery)


def test_an_existing_file_is_not_overwritten_by_the_recovery_key(tmp_path: Path, state: Path) -> None:
    """Somebody's file of that name stays; naming another one continues."""
    assert state
    (tmp_path / "recovery.txt").write_bytes(b"mine")
    with pytest.raises(NotWritable, match="exists already"):
        init.found(plan(tmp_path), at=NOON)
    assert (tmp_path / "recovery.txt").read_bytes() == b"mine"
    assert list(verify(open_vault(init.found(plan(tmp_path, "other.txt"), at=NOON)))) == []


def test_init_survives_death_at_every_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever file is the last one written, the same init again founds a sound vault and leaves no stranger."""

    class DiedError(BaseException):
        """Not an error that anything would catch."""

    real_publish, real_replace = files.publish, files.replace
    real_beneath, real_staging = beneath.Folder.publish, staging.publish
    for last in range(30):
        folder = tmp_path / str(last)
        folder.mkdir()
        monkeypatch.setenv("IMGFILE_STATE", str(folder / "state"))
        count = [0]

        def dying(real: Callable[..., object], count: list[int] = count, last: int = last) -> Callable[..., object]:
            def call(*arguments: object) -> object:
                if count[0] == last:
                    raise DiedError
                count[0] += 1
                return real(*arguments)

            return call

        monkeypatch.setattr(files, "publish", dying(real_publish))
        monkeypatch.setattr(beneath.Folder, "publish", dying(real_beneath))
        monkeypatch.setattr(staging, "publish", dying(real_staging))
        monkeypatch.setattr(files, "replace", dying(real_replace))
        died = True
        try:
            init.found(plan(folder), at=NOON)
            died = False
        except DiedError:
            pass
        monkeypatch.setattr(files, "publish", real_publish)
        monkeypatch.setattr(beneath.Folder, "publish", real_beneath)
        monkeypatch.setattr(staging, "publish", real_staging)
        monkeypatch.setattr(files, "replace", real_replace)
        if not died:
            break
        vault = open_vault(init.found(plan(folder), at=NOON))
        assert list(verify(vault)) == [], f"after death at write {last}"
        assert len(station.known_vaults()) == 1
    else:
        pytest.fail("init writes more files than were tried")
    assert last > 8


def test_an_unreadable_founding_note_is_told(tmp_path: Path, state: Path) -> None:
    """A damaged note of an unfinished init is damage of this computer's state, not a reason to clear a folder."""
    assert state
    note = FoundingNote.of(tmp_path / "vault")
    note.write("a" * 32)
    note.path.write_bytes(b"{")
    with pytest.raises(Damaged):
        init.found(plan(tmp_path), at=NOON)


def test_another_vault_at_the_same_place_is_not_continued(practice: Practice) -> None:
    """A note about one vault says nothing about another that lies there by now."""
    FoundingNote.of(practice.folder).write("a" * 32)
    assert founding.continued(practice.folder) is None


def test_a_recovery_file_that_reads_back_otherwise_founds_nothing(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stick that stores something else is noticed before the vault exists."""
    assert state
    other = sealing.generate_identity(post_quantum=False)
    real = staging.publish

    def lying(path: Path, data: bytes, maker: str) -> None:
        real(path, sealing.render_identity_file(other) if path.name == "recovery.txt" else data, maker)

    monkeypatch.setattr(staging, "publish", lying)
    with pytest.raises(Damaged, match="does not open the vault"):
        init.found(plan(tmp_path), at=NOON)
    assert not (tmp_path / "vault" / layout.roster(1)).exists()


def test_a_clinicians_identity_that_does_not_open_founds_nothing(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The identity is tested as it was stored."""
    assert state
    real = founding.opens_practice
    monkeypatch.setattr(
        founding,
        "opens_practice",
        lambda draft, name, identity: name != draft.clinician_file and real(draft, name, identity),
    )
    with pytest.raises(Damaged, match="clinician's identity"):
        init.found(plan(tmp_path), at=NOON)
    assert not station.known_vaults()


def test_plans_keep_their_secrets() -> None:
    """No passphrase in a repr."""
    assert PASSPHRASE not in repr(plan(Path()))
    assert replace(FOUNDER, name="Dr B.").name in repr(replace(FOUNDER, name="Dr B."))


def test_roster_1_is_not_there_before_what_it_names_would_survive_a_power_cut(tmp_path: Path, state: Path) -> None:
    """At every call to the system while it is founded; and then roster 1 and this station's own keys would as well."""
    seen = []
    (tmp_path / "vault").mkdir()

    def look(power: Power) -> None:
        path = tmp_path / "vault" / layout.roster(1)
        if path.exists():
            roster = parse(notes.parse(path.read_bytes()))
            names = {
                layout.policy(roster.policy_digest),
                *(layout.practice_key(1, who) for who in roster.generation.holders),
                *(layout.signer_key(holder) for holder in roster.roster_signers),
                *(layout.station_key(entry.station) for entry in roster.stations),
            }
            assert [name for name in names if not power.survives(f"vault/{name}")] == []
            assert power.survives("recovery.txt")
            seen.append(names)

    with watched_power(tmp_path, look) as power:
        vault = open_vault(init.found(plan(tmp_path), at=NOON))
        assert seen
        kept = (tmp_path / "vault" / layout.roster(1), *(path for path in state.rglob("*") if path.is_file()))
        assert [path for path in kept if not power.survives(path.relative_to(tmp_path).as_posix())] == []
    assert {path.name for path in kept} >= {"pin.json", "signing.key", "station.txt", "identity.age"}
    assert list(verify(vault)) == []


def test_folders_that_a_dead_attempt_left_empty_are_taken_and_nobodys_files(tmp_path: Path, state: Path) -> None:
    """The keys' marker is the last that is cleared away; behind it lie folders, in which somebody may put a file."""
    assert state
    keys = tmp_path / "keys"
    FoundingNote.of(tmp_path / "vault").write("a" * 32, keys)
    (keys / "practice").mkdir(parents=True)
    (keys / "practice" / "letter.txt").write_text("somebody's\n")
    with pytest.raises(UsageError, match="is not empty"):
        found_practice(tmp_path, keys=keys)
    assert (keys / "practice" / "letter.txt").read_text() == "somebody's\n"
    (keys / "practice" / "letter.txt").unlink()
    assert [*verify(found_practice(tmp_path, keys=keys).vault)] == []
