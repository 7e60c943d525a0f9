"""Setting up a practice's vault: at a terminal (dialogue A1), wholly by flags, and where it cannot be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from imgfile.cli import main
from imgfile.cli.founding.answers import person, picker
from imgfile.clinical.vocabulary import IntimateUnder18
from imgfile.errors import AnswerInvalid
from kit.terminal.processes import Outcome, imgfile, imgfile_session

FLAGS = {
    "--nation": "scotland",
    "--intimate-under-18": "refuse",
    "--clinician": "Dr A. Example, GMC 7654321",
    "--recovery-file": "recovery.txt",
    "--identity-command": "echo harbour-velvet-onion",
    "--station-name": "RECEPTION-3",
}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Give an account that knows no vault."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


def environment(here: Path) -> Mapping[str, str | None]:
    """Return where this account keeps its state."""
    return {"IMGFILE_STATE": str(here.parent / "state")}


def init(here: Path, *arguments: str, **flags: str | None) -> Outcome:
    """Set up by flags, some changed or, with None, left out."""
    given = FLAGS | {f"--{name.replace('_', '-')}": value for name, value in flags.items()}
    words = [word for name, value in given.items() if value is not None for word in (name, value)]
    return imgfile("init", *arguments, *words, cwd=here, env=environment(here))


def test_a_founder_answers_seven_questions_and_may_file_at_once(here: Path) -> None:
    """Dialogue A1, with a passphrase that is made and typed once."""
    with imgfile_session("init", "--classic", cwd=here, env=environment(here)) as session:
        session.answer("Vault folder (backed up, reachable by colleagues; not this laptop alone)\n> ", "vault")
        session.answer("Nation: 1 England  2 Wales  3 Scotland  4 Northern Ireland", "5")
        session.expect("  is none of the answers; ? explains them\n")
        session.answer("Nation: ", "1")
        session.answer(
            "Intimate photos of under-18s: 1 file, with a clinician's attestation\n2 refuse, describe instead\n> ", ""
        )
        session.expect("  an answer is needed\n")
        session.answer("Intimate photos of under-18s: ", "1")
        session.answer("Your name and registration number: ", "Dr A. Example")
        session.answer("Your name and registration number: ", "Dr A. Example, GMC 7654321")
        session.answer("Passphrase. You need it to look at photos, not to file them. Enter makes one: ", "short")
        session.expect("At least 12 characters")
        session.answer("Enter makes one: ", "")
        session.expect("\n  ")
        made = session.expect("      write it down now\n")
        session.answer("Type it: ", "something else")
        session.answer("Type it: ", made)
        session.answer(
            "Recovery key, the only way back if every passphrase is lost. Write it to\n> ", "vault/recovery.txt"
        )
        session.answer("Write it to\n> ", "recovery.txt")
        assert session.finish().status == 0
        screen, words = session.screen, session.words
    assert "> vault/recovery.txt vault/recovery.txt would lie inside the vault it opens. Write it to a stick, " in words
    assert "  Written, and tested: it opens this vault. Print it and lock it away; do not\n" in screen
    assert f"Vault ready: {here / 'vault'}, England, 1 clinician; this computer files as " in words
    assert "\n  (to be read out when another computer joins)\n" in screen
    assert screen.endswith("Next: imgfile ingest PHOTO\n")
    assert (here / "recovery.txt").stat().st_mode & 0o777 == 0o600
    (here / "rash.jpg").write_bytes(b"no photo")
    assert imgfile("ingest", "rash.jpg", cwd=here, env=environment(here)).status == 14


def test_a_passphrase_of_ones_own_is_typed_twice(here: Path) -> None:
    """And not shown."""
    flags = [word for name, value in FLAGS.items() if name != "--identity-command" for word in (name, value)]
    with imgfile_session("init", "vault", "--classic", *flags, cwd=here, env=environment(here)) as session:
        session.answer("Enter makes one: ", "harbour-velvet-onion")
        session.answer("Once more: ", "harbour-velvet-opinion")
        session.expect("Those two are not the same.")
        session.answer("Enter makes one: ", "harbour-velvet-onion")
        session.answer("Once more: ", "harbour-velvet-onion")
        assert session.finish().status == 0
    assert "velvet" not in session.screen


def test_a_folder_that_is_taken_is_asked_for_again(here: Path) -> None:
    """Before any other question."""
    (here / "full").mkdir()
    (here / "full" / "a.txt").touch()
    with imgfile_session("init", cwd=here, env=environment(here)) as session:
        session.answer("Vault folder", "")  # never the folder where somebody happens to be
        session.expect("  an answer is needed\n")
        session.answer("Vault folder", "full")
        session.answer("Vault folder", "full")
        assert "full is not empty. Vault folder" in session.words
        session.answer("Vault folder", "\x03")
        assert session.finish().status == 130


def test_flags_alone_set_a_vault_up_and_json_tells_where(here: Path) -> None:
    """Post-quantum unless --classic is asked for."""
    outcome = init(here, "vault", "--json", "--no-input")
    assert outcome.status == 0, outcome.words
    facts = json.loads(outcome.stdout)
    assert facts["type"] == "vault"
    assert facts["folder"] == str(here / "vault")
    assert Path(facts["identity_file"]).is_file()
    assert b"mlkem768x25519" in (here / "vault" / "roster" / "1.note").read_bytes()


def test_everything_that_is_missing_is_told_at_once(here: Path) -> None:
    """Without a terminal."""
    outcome = imgfile("init", cwd=here, env=environment(here))
    assert outcome.status == 13
    assert outcome.words == (
        "imgfile: error: 6 answers are missing: VAULT --nation --intimate-under-18 --clinician --identity-command "
        "--recovery-file\nimgfile: hint: imgfile init --help explains them.\n"
    )


def test_wrong_and_missing_answers_are_told_together(here: Path) -> None:
    """With the flag of each."""
    outcome = init(here, "vault", nation="mars", clinician="Dr A. Example", recovery_file=None)
    assert outcome.status == 13
    assert outcome.words.splitlines()[:3] == [
        "imgfile: error: 1 answer is missing: --recovery-file; 2 answers cannot be used",
        "imgfile: error: --nation: is none of: england, wales, scotland, northern_ireland",
        "imgfile: error: --clinician: needs a name and a registration, a comma between: Dr A. Example, GMC 7654321",
    ]
    assert not (here / "vault").exists()


@pytest.mark.parametrize(
    ("flags", "status", "said"),
    [
        ({"recovery_file": "vault/recovery.txt"}, 2, "would lie inside the vault"),
        ({"recovery_file": "."}, 2, "is a folder"),
        ({"identity_command": "echo short"}, 13, "prints fewer than 12 characters"),
        ({"identity_command": "false"}, 12, "the identity command ended with status 1"),
        ({"identity_command": "no-such-command"}, 12, "the identity command cannot be run"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_written(
    here: Path, flags: dict[str, str], status: int, said: str
) -> None:
    """Each with one error."""
    outcome = init(here, "vault", **flags)
    assert outcome.status == status
    assert said in outcome.words.splitlines()[0]
    assert not (here / "vault").exists()


def test_a_vault_is_never_set_up_over_another(here: Path) -> None:
    """Nor over a recovery key."""
    assert init(here, "vault", "--classic").status == 0
    assert init(here, "vault", "--classic", recovery_file="other.txt").words.startswith(
        f"imgfile: error: {here / 'vault'} holds a vault already."
    )
    key = (here / "recovery.txt").read_bytes()
    outcome = init(here, "second", "--classic")
    assert outcome.status == 19
    assert "recovery.txt exists already, and is left as it is." in outcome.words
    assert (here / "recovery.txt").read_bytes() == key
    assert imgfile("list", cwd=here, env=environment(here)).status == 0


def test_a_synced_folder_gets_a_warning(here: Path) -> None:
    """Copies there cannot be erased from here."""
    (here / "Dropbox").mkdir()
    outcome = init(here, "Dropbox/vault", "--classic")
    assert outcome.status == 0
    assert "imgfile: warning: the vault lies in a folder that Dropbox copies elsewhere" in outcome.words


KEYRING = """
import pathlib
class _Here: priority = {priority}
def get_keyring(): return _Here()
def set_password(service, account, secret):
    {body}
def get_password(service, account): return pathlib.Path(__file__).with_name("kept").read_text().split()[-1]
"""


@pytest.fixture
def keyring(here: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Put the extra where Python finds it: the package's names that imgfile uses."""

    def install(body: str = KEEP, priority: int = 5) -> Path:
        package = here.parent / "extra" / "keyring"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("from . import errors\n" + KEYRING.format(priority=priority, body=body))
        (package / "errors.py").write_text("class KeyringError(Exception): pass\n")
        monkeypatch.setenv("PYTHONPATH", str(package.parent))
        return package / "kept"

    return install


KEEP = "pathlib.Path(__file__).with_name('kept').write_text(f'{service} {account} {secret}')"


def test_the_passphrase_is_kept_in_the_keyring_only_when_that_is_agreed(
    here: Path, keyring: Callable[..., Path]
) -> None:
    """Offered where there is one, at the terminal; without one, or where nobody can be asked, a flag says so."""
    kept = keyring()
    flags = [word for pair in FLAGS.items() for word in pair]
    with imgfile_session("init", "vault", "--classic", *flags, cwd=here, env=environment(here)) as session:
        session.answer("Keep the passphrase in this computer's keyring", "")
        assert session.finish().status == 0
    assert not kept.exists()
    assert init(here, "second", "--classic", recovery_file="other.txt").status == 0
    assert not kept.exists()
    outcome = init(here, "third", "--classic", "--keyring", "--json", recovery_file="third.txt")
    assert kept.read_text() == f"imgfile {json.loads(outcome.stdout)['vault']} harbour-velvet-onion"


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"body": "raise errors.KeyringError"}, "imgfile: warning: the keyring is locked"), ({"priority": 0}, "")],
)
def test_a_keyring_that_keeps_nothing_costs_no_vault(
    here: Path, keyring: Callable[..., Path], changes: dict[str, Any], said: str
) -> None:
    """Locked, or a stand-in for none."""
    keyring(**changes)
    outcome = init(here, "vault", "--classic", "--keyring")
    assert outcome.status == 0
    assert said in outcome.words
    assert ("warning" in outcome.words) is bool(said)


PROMPTS = (
    ("Vault folder", "vault"),
    ("Nation: ", "England"),
    ("Intimate photos of under-18s: ", "2 refuse, describe instead"),
    ("Your name and registration number: ", "Dr A. Example, GMC 7654321"),
    ("Enter makes one: ", "harbour-velvet-onion"),
    ("Once more: ", "harbour velvet onion"),
    ("Write it to", "recovery.txt"),
)


def test_a_question_mark_explains_every_prompt_and_is_never_an_answer(here: Path) -> None:
    """What it means, who may answer, an example; numbers and the printed words are taken."""
    with imgfile_session("init", "--classic", cwd=here, env=environment(here)) as session:
        for question, typed in PROMPTS:
            session.answer(question, "?")
            for part in ("  what  ", "  who   ", "  e.g.  "):
                session.expect(part)
            session.answer(question, typed)
        assert session.finish().status == 0
    assert sorted(path.name for path in here.iterdir()) == ["recovery.txt", "vault"]
    assert "velvet" not in session.screen
    assert max(len(line.replace(str(here), "S:")) for line in session.screen.splitlines()) <= 80


@pytest.mark.parametrize("number", range(len(PROMPTS)))
def test_q_leaves_at_every_prompt_with_a_plain_sentence(here: Path, number: int) -> None:
    """It is no folder, no name and no passphrase; nothing is made."""
    with imgfile_session("init", "--classic", cwd=here, env=environment(here)) as session:
        for question, typed in PROMPTS[:number]:
            session.answer(question, typed)
        session.answer(PROMPTS[number][0], "q")
        assert session.finish().status == 130
    assert "imgfile: you stopped it. Nothing was changed.\n" in session.screen
    assert "error" not in session.screen
    assert list(here.iterdir()) == []


def founded_at_the_terminal(here: Path, **env: str) -> tuple[str, str]:
    """Let a passphrase be made; return it, and everything that the terminal received."""
    with imgfile_session("init", "--classic", cwd=here, env={**environment(here), **env}) as session:
        for question, typed in PROMPTS[:4]:
            session.answer(question, typed)
        session.answer("Enter makes one: ", "")
        session.expect("\n  ")
        made = session.expect("      write it down now\n") if "COLUMNS" not in env else session.expect("\n").strip()
        session.answer("Type it: ", "no")
        session.answer("Type it: ", made.replace("-", " "))
        session.answer("Write it to", "recovery.txt")
        assert session.finish().status == 0
    return made, session.raw.decode()


def test_the_passphrase_is_gone_from_the_screen(here: Path) -> None:
    """It stands on the terminal's other screen alone, which has no scrollback, and is cleared before it is left."""
    made, received = founded_at_the_terminal(here)
    enter, leave = re.escape("\x1b[?1049h"), re.escape("\x1b[2J\x1b[H\x1b[?1049l")
    other = re.compile(f"{enter}.*?{leave}", re.DOTALL)
    assert made in received
    kept = other.sub("", received)
    assert made not in kept
    assert made.replace("-", " ") not in kept
    assert "1049" not in kept


def test_a_terminal_without_another_screen_says_that_it_is_still_there(here: Path) -> None:
    """TERM=dumb; nothing is sent that it would print as it is."""
    made, received = founded_at_the_terminal(here, TERM="dumb")
    assert made in received
    assert "\x1b" not in received
    assert "still on this screen" in received


@pytest.mark.parametrize(
    "typed", ["1", "file", "File", "1 file", "file, with a clinician's attestation", "clinician_attested"]
)
def test_the_words_that_a_question_prints_answer_it(typed: str) -> None:
    """By number, by the first words, by all of them, and as the flag takes it."""
    assert picker(IntimateUnder18)(typed) is IntimateUnder18.CLINICIAN_ATTESTED


def test_a_second_vault_is_not_founded_by_mistake(here: Path) -> None:
    """Whoever runs it again is shown first that this computer has one; it may be for another practice."""
    init(here, "vault", "--classic")
    with imgfile_session("init", cwd=here, env=environment(here)) as session:
        said = session.expect("Vault folder (")
        assert "".join(said.split()).startswith(f"Thiscomputerfilesinto{here / 'vault'}already.")
        session.answer("> ", "q")
        session.finish()
    assert "you stopped it. Nothing was changed." in session.screen


def test_every_prompt_fits_a_narrow_screen(here: Path) -> None:
    """Broken between words at 40 columns; what is typed stands behind the last part."""
    with imgfile_session("init", "--classic", cwd=here, env={**environment(here), "COLUMNS": "40"}) as session:
        for question, typed in (("laptop alone)", "vault"), ("Ireland", "1"), ("instead", "1")):
            session.answer(question, "?")
            session.answer(question, typed)
        session.answer("number: ", "Dr A. Example, GMC 7654321")
        session.answer("one: ", "?")
        session.answer("one: ", "q")
        session.finish()
    printed = [line for line in session.screen.splitlines() if "Dr A." not in line or "e.g." in line]
    assert max(map(len, printed)) <= 40


def test_init_says_which_age_programs_open_the_vault(here: Path) -> None:
    """The default is not opened by Debian's; --classic is."""
    assert "age 1.3 and newer open it" in init(here, "vault").words
    assert "any version of age opens it" in init(here, "second", "--classic", recovery_file="other.txt").words
    page = " ".join(imgfile("init", "--help").stdout.decode().split())
    assert "older age programs open too, such as Debian's age 1.1.1" in page


def test_ctrl_c_while_the_vault_is_made_says_that_it_is_unfinished(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the same command again makes it."""
    monkeypatch.chdir(here)
    monkeypatch.setenv("IMGFILE_STATE", str(here.parent / "state"))
    flags = [word for pair in FLAGS.items() for word in pair]

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("imgfile.vault.founding.publish", interrupt)
        assert main(["init", "vault", "--classic", *flags]) == 130
    said = capsys.readouterr().err
    assert "vault is unfinished, and holds no photo" in said
    assert "untouched" not in said
    assert main(["init", "vault", "--classic", *flags]) == 0


@pytest.mark.parametrize(
    ("typed", "name", "registration"),
    [
        ("Dr A. Example, GMC 7654321", "Dr A. Example", "GMC 7654321"),
        ("Dr A. Example GMC 7654321", "Dr A. Example", "GMC 7654321"),
        ("Sister B Example NMC 12A3456E", "Sister B Example", "NMC 12A3456E"),
        ("  Dr A. Example  gmc7654321 ", "Dr A. Example", "gmc7654321"),
    ],
)
def test_a_registration_needs_no_comma_before_the_letters_of_its_body(typed: str, name: str, registration: str) -> None:
    """As people sign their letters."""
    read = person(typed)
    assert (read.name, read.registration) == (name, registration)


@pytest.mark.parametrize("typed", ["Dr A. Example", "GMC 7654321", "Dr A. Example,", "Dr GMC Example", ""])
def test_a_name_without_a_registration_is_asked_again(typed: str) -> None:
    """Nobody attests without one."""
    with pytest.raises(AnswerInvalid, match="needs a name and a registration"):
        person(typed)
