"""Secrets come from exactly one place, are asked only where somebody sits, and never come from elsewhere."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from imgfile import sealing
from imgfile.cli import identity as identities
from imgfile.errors import WrongKey
from imgfile.sealing.passphrase import Passphrase
from kit.terminal.desk import Desk, ndjson, reference
from kit.vault.filings import MOLE, filed
from kit.vault.practice import PASSPHRASE


@pytest.fixture
def record(desk: Desk) -> str:
    """File a photo; return its reference."""
    return reference(desk.practice.file_decided(filed(MOLE)))


def printing(path: Path) -> str:
    """Return a command that prints a file, by a path that a shell would take apart."""
    return shlex.join([sys.executable, "-c", "import sys; print(open(sys.argv[1]).read(), end='')", str(path)])


def opens(desk: Desk, record: str, *arguments: str | Path) -> bool:
    """Return whether the facts open; the only other outcome here is exit code 12."""
    outcome = desk.run("show", record, "--json", *arguments)
    assert outcome.status in {0, 12}, outcome.words
    return outcome.status == 0 and ndjson(outcome)[0]["record"] == record


def test_an_identity_file_opens_be_it_the_clinicians_or_the_recovery_file(desk: Desk, record: str) -> None:
    """Both are plain age identity files."""
    assert opens(desk, record, "--identity-file", desk.identity)
    assert opens(desk, record, "--identity-file", desk.practice.recovery_file)


def test_a_strangers_identity_opens_nothing(desk: Desk, record: str, tmp_path: Path) -> None:
    """Exit code 12, as for a file that is no identity at all."""
    stranger = tmp_path / "stranger.txt"
    stranger.write_bytes(sealing.render_identity_file(sealing.generate_identity(post_quantum=True)))
    assert not opens(desk, record, "--identity-file", stranger)
    stranger.write_bytes(b"x" * 100_000)
    assert not opens(desk, record, "--identity-file", stranger)


def test_an_identity_file_that_cannot_be_read_is_named(desk: Desk, record: str, tmp_path: Path) -> None:
    """With the system's reason."""
    outcome = desk.run("show", record, "--identity-file", tmp_path / "absent.txt")
    assert outcome.status == 18
    assert "absent.txt" in outcome.words


@pytest.mark.parametrize(
    "flags", [["--identity-file", "-"], ["--identity-file", "recovery.txt", "--identity-command", "true"]]
)
def test_two_places_or_standard_input_are_a_mistake(desk: Desk, record: str, flags: list[str]) -> None:
    """Standard input may be a photo or a patient's number."""
    assert desk.run("show", record, *flags).status == 2


def test_a_command_gives_an_identity_or_the_passphrase_of_the_one_that_init_left(
    desk: Desk, record: str, tmp_path: Path
) -> None:
    """Without a shell: a path with a space and a quote is one word."""
    odd = tmp_path / "it's a; file"
    odd.write_bytes(desk.identity.read_bytes())
    assert opens(desk, record, "--identity-command", printing(odd))
    odd.write_text(f"{PASSPHRASE}\n")
    assert opens(desk, record, "--identity-command", printing(odd))
    odd.write_text("another passphrase")
    assert not opens(desk, record, "--identity-command", printing(odd))


@pytest.mark.parametrize("command", ["true", "false", "no-such-program-here", "'", " ", "echo AGE-SECRET-KEY-1NOTHING"])
def test_a_command_that_gives_nothing_useful_opens_nothing(desk: Desk, record: str, command: str) -> None:
    """An empty secret is refused, and what was printed is not repeated."""
    outcome = desk.run("show", record, "--identity-command", command)
    assert outcome.status == 12
    assert "NOTHING" not in outcome.words


def test_a_command_that_never_ends_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password manager waits for its owner, but only so long."""
    monkeypatch.setattr(identities, "COMMAND_SECONDS", 0.1)
    with pytest.raises(WrongKey, match="longer"):
        identities.run_command("sleep 20")


def test_a_passphrase_from_a_command_needs_an_identity_to_open(desk: Desk, record: str) -> None:
    """Where init did not leave one."""
    desk.practice.vault.station.identity_file.unlink()
    assert not opens(desk, record, "--identity-command", f"echo {PASSPHRASE}")
    assert desk.run("show", record).status == 13
    with desk.sit("show", record) as session:
        assert session.finish().status == 13
        assert "keeps no identity" in session.screen


def test_the_passphrase_is_asked_on_the_terminal_and_not_echoed(desk: Desk, record: str) -> None:
    """While standard output goes to a pipe."""
    with desk.sit("show", record, "--json", piped=["stdout"]) as session:
        session.answer("Passphrase: ", PASSPHRASE)
        outcome = session.finish()
        assert PASSPHRASE not in session.screen
    assert outcome.status == 0
    assert ndjson(outcome)[0]["record"] == record


def test_a_wrong_passphrase_may_be_typed_again_twice(desk: Desk, record: str) -> None:
    """An empty one is wrong like any other."""
    with desk.sit("show", record) as session:
        session.answer("Passphrase: ", "wrong")
        session.expect("2 more tries")
        session.answer("Passphrase: ", "")
        session.expect("1 more try")
        session.answer("Passphrase: ", PASSPHRASE)
        session.expect(record)
        assert session.finish().status == 0


def test_three_wrong_passphrases_end_it(desk: Desk, record: str) -> None:
    """Exit code 12; nothing was shown."""
    with desk.sit("show", record) as session:
        for _ in range(3):
            session.answer("Passphrase: ", "wrong")
        assert session.finish().status == 12
        assert "none of 3 passphrases" in session.screen
        assert "Patient" not in session.screen


@pytest.mark.parametrize(
    ("sealed", "typed"),
    [
        ("harbour-velvet-onion", "harbour velvet onion"),
        ("harbour-velvet-onion", "  harbour velvet  onion "),
        ("br\u00fccke-\u00fcber-den-fluss", "bru\u0308cke-u\u0308ber-den-fluss"),
        ("bru\u0308cke-u\u0308ber-den-fluss", "br\u00fccke \u00fcber den fluss"),
        ("two words with blanks", "two words with blanks"),
        ("\u212b-unit", "\u212b-unit"),
    ],
)
def test_a_passphrase_opens_however_its_words_and_letters_are_put_together(
    desk: Desk, record: str, tmp_path: Path, sealed: str, typed: str
) -> None:
    """Blanks for the hyphens that are printed; an accented letter whole, or of two parts."""
    own = tmp_path / "own.age"
    own.write_bytes(sealing.seal_bytes(desk.identity.read_bytes(), [Passphrase(sealed, work_factor=2)]))
    with desk.sit("show", record, "--identity-file", own) as session:
        session.answer("Passphrase: ", typed)
        assert session.finish().status == 0, session.screen


def test_words_that_differ_open_nothing_however_they_are_spelled() -> None:
    """Case and order count, and nothing is left out."""
    assert identities.spellings("harbour-velvet") == ["harbour-velvet"]
    for other in ("Harbour velvet", "velvet harbour", "harbourvelvet", "harbour velvet onion", ""):
        assert "harbour-velvet" not in identities.spellings(other)


def test_no_input_forbids_the_question(desk: Desk, record: str) -> None:
    """Even where somebody sits."""
    with desk.sit("show", record, "--no-input") as session:
        assert session.finish().status == 13


def test_a_sealed_identity_file_is_opened_with_its_own_passphrase(desk: Desk, record: str, tmp_path: Path) -> None:
    """As stock age seals one; without a terminal that cannot be asked for."""
    sealed = tmp_path / "sealed.age"
    sealed.write_bytes(sealing.seal_bytes(desk.identity.read_bytes(), [Passphrase("another", work_factor=1)]))
    assert desk.run("show", record, "--identity-file", sealed).status == 13
    with desk.sit("show", record, "--identity-file", sealed) as session:
        session.answer("Passphrase: ", "another")
        assert session.finish().status == 0


KEYRING = """
from . import errors
def get_password(service, account):
    assert service == "imgfile"
    {body}
"""


def keyring(folder: Path, body: str) -> None:
    """Put the extra where Python finds it, with one entry: the package's two names that imgfile uses."""
    package = folder / "keyring"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text(KEYRING.format(body=body))
    (package / "errors.py").write_text("class KeyringError(Exception): pass\n")


ENTRIES = {
    f"return {PASSPHRASE!r}": 0,
    "return open(IDENTITY).read()": 0,
    "return 'an old passphrase'": 12,
    "return None": 13,
    "raise errors.KeyringError": 13,
}


@pytest.mark.parametrize("body", ENTRIES)
def test_the_keyring_is_asked_before_the_person(
    desk: Desk, record: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    """It holds the passphrase or the identity; without an entry, or locked, it is as if it were not there."""
    keyring(tmp_path / "extra", body.replace("IDENTITY", repr(str(desk.identity))))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "extra"))
    assert desk.run("show", record).status == ENTRIES[body]


def test_a_flag_wins_over_the_keyring(desk: Desk, record: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is not even asked."""
    keyring(tmp_path / "extra", "raise SystemExit(99)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "extra"))
    assert opens(desk, record, "--identity-file", desk.identity)
