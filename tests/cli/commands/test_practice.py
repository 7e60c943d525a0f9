"""People, computers and keys of a practice, as they are typed and as scripts give them: two accounts, a terminal."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from kit.terminal.processes import Argument, Outcome, imgfile, imgfile_session

FOUNDER = ("--nation", "england", "--intimate-under-18", "refuse", "--clinician", "Dr A. Example, GMC 7654321")
COLLEAGUE = ("--clinician", "Dr B. Colleague, GMC 7111111", "--station-name", "LAPTOP-9", "--yes")


@dataclass(frozen=True)
class Office:
    """Two accounts of one practice, each with its own state and a passphrase in a file."""

    folder: Path

    @property
    def vault(self) -> Path:
        """Where the vault lies."""
        return self.folder / "vault"

    @property
    def recovery(self) -> Path:
        """Where the first recovery file lies."""
        return self.folder / "recovery.txt"

    def passphrase(self, who: str) -> str:
        """Return the passphrase of somebody's account."""
        return f"the passphrase of {who}"

    def known(self, who: str) -> tuple[str, str]:
        """Return the flag that gives somebody's passphrase."""
        path = self.folder / f"{who}.pass"
        path.write_text(self.passphrase(who) + "\n")
        return ("--identity-command", f"cat {path}")

    def state(self, who: str) -> dict[str, str | None]:
        """Return the environment of somebody's account."""
        return {"IMGFILE_STATE": str(self.folder / who)}

    def run(self, who: str, *arguments: Argument, is_known: bool = True) -> Outcome:
        """Run a command in somebody's account, with their passphrase if it takes one."""
        return imgfile(*arguments, *(self.known(who) if is_known else ()), env=self.state(who))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Give a practice with one account, and its recovery file."""
    office = Office(tmp_path)
    done = office.run("one", "init", office.vault, *FOUNDER, "--recovery-file", office.recovery, "--classic")
    assert done.status == 0, done.words
    return office


def let_in(office: Office) -> None:
    """Let a colleague in with the recovery key."""
    done = office.run("two", "recover", office.vault, "--recovery-file", office.recovery, *COLLEAGUE)
    assert done.status == 0, done.words
    assert "Dr A. Example, GMC 7654321: administrator, clinician" in done.words


def test_recover_asks_for_what_it_needs_and_shows_whom_it_found(office: Office) -> None:
    """At a terminal, on a computer that knows nothing; the words are asked where the file is an older one."""
    lines = office.recovery.read_text().splitlines()
    older = office.folder / "older.txt"
    older.write_text("\n".join(line for line in lines if "roster" not in line) + "\n")
    words = imgfile("vault", "list", "--json", env=office.state("one")).stdout
    fingerprint = json.loads(words)["fingerprint"]
    with imgfile_session("recover", office.vault, env=office.state("two")) as session:
        session.answer("Recovery file:", str(older))
        session.answer("eight words", "zoo zoo zoo zoo zoo zoo zoo zoo")
        session.expect("not the words of the vault")
        session.answer("eight words", fingerprint.upper().replace(" / ", "-"))
        session.expect("Computers:")
        session.answer("nobody missing?", "y")
        session.answer("registration number:", "Dr B. Colleague, GMC 7111111")
        session.answer("Passphrase.", office.passphrase("two"))
        session.answer("Once more:", office.passphrase("two"))
        done = session.finish()
    assert done.status == 0
    assert imgfile("list", env=office.state("two")).status == 0
    assert office.run("two", "people", "role", "Dr B. Colleague", "witness", "administrator").status == 0


def test_recover_refuses_another_vaults_file_and_a_computer_that_belongs(office: Office, tmp_path: Path) -> None:
    """Nothing was changed."""
    other = Office(tmp_path / "other")
    other.folder.mkdir()
    assert other.run("one", "init", other.vault, *FOUNDER, "--recovery-file", other.recovery, "--classic").status == 0
    done = office.run("two", "recover", office.vault, "--recovery-file", other.recovery, *COLLEAGUE)
    assert (done.status, "of another vault" in done.words) == (2, True)
    done = office.run("one", "recover", office.vault, "--recovery-file", office.recovery, *COLLEAGUE)
    assert (done.status, "belongs to that vault already" in done.words) == (2, True)
    done = imgfile("recover", office.vault, "--no-input", env=office.state("two"))
    assert (done.status, "--recovery-file" in done.words) == (13, True)


def test_somebody_leaves_as_the_dialogue_has_it(office: Office) -> None:
    """A slip in the number is asked again; what cannot be taken back is said; then they are nobody here."""
    let_in(office)
    with imgfile_session("people", "remove", "dr b colleague", env=office.state("one")) as session:
        session.expect("must be presumed read")
        session.answer("LAPTOP-9 is theirs.", "y")
        session.answer("recovery key?", "maybe")
        session.answer("recovery key?", "n")
        session.answer("registration number to go on", "7111112")
        session.expect("That is not theirs.")
        session.answer("registration number to go on", "7111111")
        session.answer("Passphrase:", office.passphrase("one"))
        session.expect("Removed.")
        done = session.finish()
    assert done.status == 0
    done = office.run("two", "people", "role", "Dr A. Example", "clinician")
    assert (done.status, "may not change" in done.words) == (2, True)
    photo = office.folder / "photo.jpg"
    photo.write_bytes(b"\xff\xd8\xff")
    done = imgfile("ingest", photo, "--no-input", env=office.state("two"))
    assert (done.status, photo.exists()) == (10, True)
    assert "was retired from the vault, by roster 3" in done.words


def test_without_a_terminal_everything_that_is_missing_is_said_at_once(office: Office) -> None:
    """And nothing is changed."""
    let_in(office)
    done = imgfile("people", "remove", "GMC 7111111", "--no-input", env=office.state("one"))
    assert done.status == 13
    for flag in ("--retire", "--held-recovery-key", "--confirm", "--identity"):
        assert flag in done.words or flag == "--identity"
    assert "imgfile people remove --help" in done.words


def test_a_leaver_who_may_have_held_the_recovery_key(office: Office) -> None:
    """Gives a new one, by flags; the old one is no recovery key any more."""
    let_in(office)
    new = office.folder / "recovery-2.txt"
    flags = ("--keep-computers", "--new-recovery-file", new, "--confirm", "gmc 7111111", "--json")
    done = office.run("one", "people", "remove", "GMC 7111111", *flags)
    assert done.status == 0, done.words
    facts = json.loads(done.stdout)
    assert (facts["type"], facts["retired"], facts["behind"]) == ("removed", [], ["LAPTOP-9"])
    assert office.run("one", "keys", "test-recovery", new, is_known=False).status == 0
    done = office.run("one", "keys", "test-recovery", office.recovery, is_known=False)
    assert (done.status, "that a newer one replaced" in done.words) == (12, True)


def test_a_passphrase_is_changed(office: Office) -> None:
    """The new one opens, the old one does not."""
    new = office.folder / "new.pass"
    new.write_text("quite another one\n")
    done = office.run("one", "keys", "passphrase", "--new-command", f"cat {new}")
    assert done.status == 0, done.words
    assert office.run("one", "people", "role", "GMC 7654321", "witness", "administrator").status == 12
    given = ("--identity-command", f"cat {new}")
    done = imgfile("people", "role", "GMC 7654321", "witness", "administrator", *given, env=office.state("one"))
    assert done.status == 0, done.words


def test_a_recovery_key_is_renewed_and_a_place_in_the_vault_refused(office: Office) -> None:
    """The vault is the one place where it must not lie."""
    inside = office.vault / "recovery-2.txt"
    done = office.run("one", "keys", "recovery", "new", "--new-recovery-file", inside)
    assert (done.status, "inside the vault" in done.words) == (13, True)
    outside = office.folder / "recovery-2.txt"
    assert office.run("one", "keys", "recovery", "new", "--new-recovery-file", outside).status == 0
    assert office.run("one", "keys", "test-recovery", outside, is_known=False).status == 0


def test_computers_are_renamed_and_retired(office: Office) -> None:
    """No two of one name; a retired one files no more."""
    let_in(office)
    assert office.run("one", "station", "rename", "laptop-9", "ROOM-4").status == 0
    own = json.loads(imgfile("vault", "list", "--json", env=office.state("one")).stdout)
    assert own["roster"] >= 2
    done = office.run("one", "station", "rename", "room 4", "ROOM-4")
    assert done.status == 0
    done = office.run("one", "station", "retire", "ROOM-4", "--json")
    assert (done.status, json.loads(done.stdout)["type"]) == (0, "retired")
    assert imgfile("verify", env=office.state("one")).status == 0


def test_what_the_recovery_key_signed_is_told_at_every_computer_once(office: Office) -> None:
    """Whichever command comes first there; a change that an administrator signed is none of that."""
    assert imgfile("list", env=office.state("one")).status == 0
    let_in(office)
    done = imgfile("list", "-q", env=office.state("one"))
    assert (done.status, done.stdout) == (0, b"")
    assert "roster 2 was signed with the recovery key on" in done.words
    assert "it let Dr B. Colleague in" in done.words
    assert "recovery key" not in imgfile("list", env=office.state("one")).words
    assert office.run("one", "station", "rename", "LAPTOP-9", "ROOM-4").status == 0
    assert "roster" not in imgfile("list", env=office.state("two")).words


def test_a_computer_that_files_nothing_trusts_a_vault_for_reading(office: Office) -> None:
    """By its words; it lists and verifies, and files nothing. Another vault's words are refused."""
    words = imgfile("roster", "fingerprint", env=office.state("one")).stdout.decode().strip()
    done = imgfile("roster", "pin", office.vault, "--fingerprint", "zoo " * 8, "--no-input", env=office.state("two"))
    assert (done.status, "not the words" in done.words) == (13, True)
    done = imgfile("roster", "pin", office.vault, "--fingerprint", words, "--json", env=office.state("two"))
    assert (done.status, json.loads(done.stdout)["type"]) == (0, "pinned")
    for command in ("list", "verify", "audit", "status"):
        assert imgfile(command, env=office.state("two")).status == 0
    assert "reads the vault, and files nothing" in imgfile("check", env=office.state("two")).stdout.decode()
    (office.folder / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    done = imgfile("ingest", office.folder / "photo.jpg", "--no-input", env=office.state("two"))
    assert (done.status, "not enrolled" in done.words) == (10, True)
    done = imgfile("roster", "pin", office.vault, "--fingerprint", words, env=office.state("two"))
    assert (done.status, "knows that vault already" in done.words) == (2, True)


def test_an_older_backup_is_accepted_by_name(office: Office, tmp_path: Path) -> None:
    """Every command stops until then; without a terminal everything that is missing is said at once."""
    copy = tmp_path / "backup"
    shutil.copytree(office.vault, copy)
    assert office.run("one", "station", "rename", "RECEPTION", "ROOM-1").status in {0, 2}
    new = office.folder / "recovery-2.txt"
    assert office.run("one", "keys", "recovery", "new", "--new-recovery-file", new).status == 0
    shutil.rmtree(office.vault)
    shutil.copytree(copy, office.vault)
    done = imgfile("list", env=office.state("one"))
    assert (done.status, "imgfile vault accept-loss" in done.words) == (16, True)
    done = imgfile("vault", "accept-loss", "--no-input", env=office.state("one"))
    assert (done.status, "--yes" in done.words) == (13, True)
    assert "The files of the practice's newest key are gone" in done.words
    done = office.run("one", "vault", "accept-loss", "--yes", "--json")
    assert done.status == 0, done.words
    assert json.loads(done.stdout)["type"] == "loss"
    assert imgfile("list", env=office.state("one")).status == 0
    assert imgfile("verify", env=office.state("one")).status in {0, 16}


def test_an_older_backup_is_accepted_where_it_was_restored(office: Office, tmp_path: Path) -> None:
    """On a new server, at another path: what refuses it names the command, which works, and the pin follows with it."""
    there, away = tmp_path / "server-2", tmp_path / "away"
    shutil.copytree(office.vault, there)
    new = office.folder / "recovery-2.txt"
    assert office.run("one", "keys", "recovery", "new", "--new-recovery-file", new).status == 0
    command = ("vault", "accept-loss", "--vault", there)
    done = imgfile(*command, "--no-input", env=office.state("one"))
    assert (done.status, "holds a copy of the vault at" in done.words) == (10, True)
    office.vault.rename(away)
    done = imgfile("vault", "accept-loss", "--no-input", env=office.state("one"))
    assert (done.status, "vault accept-loss --vault FOLDER" in done.words) == (10, True)
    done = imgfile("list", "--vault", there, env=office.state("one"))
    assert (done.status, f"imgfile vault accept-loss --vault {there}" in done.words) == (16, True)
    done = imgfile(*command, "--no-input", env=office.state("one"))
    assert (done.status, "--yes" in done.words) == (13, True)
    assert office.run("one", *command, "--yes").status == 0
    assert imgfile("list", env=office.state("one")).status == 0
