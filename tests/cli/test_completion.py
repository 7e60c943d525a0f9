"""What shells offer while a command is typed: words, values, references, quickly, and no file where a value belongs."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import pytest

from imgfile.cli.app import _command
from imgfile.cli.completion.offers import FILES, FOLDERS, Offers, codes, offers
from imgfile.cli.completion.shells import SCRIPTS
from imgfile.cli.registry import every_command
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.permitted_uses import MAY_LEAVE_FOR
from imgfile.clinical.vocabulary import Nation
from kit.terminal.desk import Desk, reference
from kit.terminal.processes import IMGFILE, Session, environment, imgfile, run
from kit.vault.filings import MOLE, RASH, filed


def offered(line: str) -> Offers:
    """Return what may follow a line; what stands behind its last blank is being typed."""
    *typed, current = line.split(" ")
    return offers(typed, current, _command)


def words(line: str) -> list[str]:
    """Return the words that may follow."""
    found = offered(line)
    assert not found.own
    return [word for word, _ in found.words]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ver", ["verify"]),
        ("in", ["init", "ingest", "inbox", "inspect"]),
        ("help au", ["audit"]),
        ("help vault na", ["name"]),
        ("help audit ", []),
        ("help vault name ", []),
        ("vault ", ["list", "name", "default", "accept-loss", "keys", "upgrade", "--help"]),
        ("vault list --j", ["--json"]),
        ("vault xyzzy ", []),
        ("--v", ["--version"]),
        ("export --pur", ["--purpose"]),
        ("export --purpose=ref", ["referral_advice"]),
        ("export --purpose = ref", ["referral_advice"]),
        ("export 7f3k --purpose d", ["diagnosis"]),
        ("export 7f3k --purpose x", []),
        ("export 7f3k --reason ", []),
        ("export 7f3k --identity-command ", []),
        ("show 7f3k extra ", []),
        ("export 7f3k --as p", ["pdf", "pack"]),
        ("list --patient ", []),
        ("list x", []),
        ("ingest a.jpg --basis patient_c", ["patient_capacity_16plus"]),
        ("ingest a.jpg --form verbal_v", ["verbal_video"]),
        ("ingest a.jpg --scheme ", ["nhs", "chi", "hsc", "local"]),
        ("ingest a.jpg --rationale ", []),
        ("ingest --since y", ["yesterday"]),
        ("init --nation s", ["scotland"]),
        ("init vault --intimate-under-18 r", ["refuse"]),
        ("--show-completion f", ["fish"]),
        ("xyzzy ", []),
        ("verify -q --q", []),
        ("verify -q --dec", ["--decrypt"]),
        ("verify -- --dec", []),
    ],
)
def test_what_may_be_typed(line: str, expected: list[str]) -> None:
    """At each kind of place."""
    assert words(line) == expected


@pytest.mark.parametrize(
    ("line", "own"),
    [
        ("ingest ", FILES),
        ("ingest a.jpg b", FILES),
        ("ingest --table ", FILES),
        ("scan Inb", FILES),
        ("strip -", FILES),
        ("strip -o ", FILES),
        ("export 7f3k -o ", FILES),
        ("export 7f3k --identity-file ", FILES),
        ("list --vault ", FOLDERS),
        ("init ", FOLDERS),
        ("init vault --recovery-file ", FILES),
    ],
)
def test_files_are_offered_only_where_files_belong(line: str, own: str) -> None:
    """Then the shell's own completion knows them."""
    assert offered(line) == Offers(own=own)


def test_every_option_of_every_command_is_completed_as_what_it_is() -> None:
    """A file, a folder, one of a list, or free text, which offers nothing: none falls back to files by mistake."""
    paths = {
        "vault",
        "output",
        "identity_file",
        "recovery_file",
        "new_recovery_file",
        "table",
        "answers_file",
        "file",
        "document",
        "hand_over",
    }
    for name in every_command():
        for parameter in _command(name).params:
            if parameter.param_type_name == "argument" or parameter.is_flag or parameter.hidden:
                continue
            option = next(each for each in parameter.opts if each.startswith("--"))
            assert option in words(f"{name} {option}"), option
            names_record = parameter.name in {"answer_follows", "follows", "record"}  # it looks into the vault
            found = Offers() if names_record else offered(f"{name} {option} ")
            assert bool(found.own) is (parameter.name in paths), option


def test_every_closed_question_offers_what_it_takes() -> None:
    """Each code that is offered is one that the question's own list has, or its vocabulary."""
    closed = {"scheme", "sensitivity", "purpose", "basis", "giver", "form", "competence", "capacity", "pr_evidence"}
    closed |= {"origin", "explained"}
    assert {slug for slug in QUESTIONS if codes(f"answer_{slug}")} == closed
    assert [code for code, _ in codes("purpose")] == list(MAY_LEAVE_FOR)
    assert [code for code, _ in codes("nation")] == list(Nation)
    first, second = (code for code, _ in codes("answer_explained")[:2])
    assert f"{first},{second}" in words(f"ingest --explained {first},{second[:2]}")


@pytest.fixture
def records(desk: Desk) -> list[str]:
    """File two photos; return their references."""
    return sorted(reference(desk.practice.file_decided(filed(each))) for each in (MOLE, RASH))


@pytest.mark.parametrize("command", ["show", "view", "export", "handed"])
def test_references_of_records_are_offered_without_a_passphrase(
    desk: Desk, records: list[str], command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By their beginning; of the vault that --vault names, or the only one."""
    monkeypatch.setenv("IMGFILE_STATE", str(desk.state))
    assert sorted(words(f"{command} ")) == records
    assert records[0] in words(f"{command} {records[0][:3]}")
    assert words(f"{command} 0000-no") == []
    assert sorted(words(f"{command} --vault {desk.practice.folder} ")) == records
    further = records if command in {"view", "export", "handed"} else []
    assert sorted(words(f"{command} {records[0]} ")) == further


def test_no_vault_offers_nothing_and_says_nothing(tmp_path: Path) -> None:
    """There is a half-typed line on the screen."""
    asked = {"_IMGFILE_COMPLETE": "complete_bash", "COMP_WORDS": "imgfile view ", "COMP_CWORD": "2"}
    outcome = imgfile(env={**asked, "IMGFILE_STATE": str(tmp_path)})
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, b"", b"")
    broken = imgfile(env={**asked, "COMP_CWORD": "x"})
    assert (broken.status, broken.stdout, broken.stderr) == (0, b"", b"")


def test_an_answer_comes_quickly(desk: Desk, records: list[str]) -> None:
    """The best of a few, on a machine that does other things too; and it is not the whole program that is imported."""
    asked = {"_IMGFILE_COMPLETE": "complete_zsh", "COMP_WORDS": "imgfile\nview\n", "COMP_CWORD": "2"}
    took = []
    for _ in range(5):
        began = time.monotonic()
        outcome = imgfile(env={**desk.environment, **asked})
        took.append(time.monotonic() - began)
        assert sorted(line.partition("\t")[0] for line in outcome.stdout.decode().splitlines()) == records
    assert min(took) < 1


# --- real shells ----------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Give a $PATH on which there is an `imgfile`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "imgfile"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m imgfile "$@"\n')
    program.chmod(0o755)
    return f"{folder}:{environment()['PATH']}"


def in_bash(path: str, line: str, **env: str | None) -> list[str]:
    """Let bash complete a line by the script, as readline would; return what it offers."""
    script = (
        'eval "$(imgfile --show-completion bash)"; COMP_LINE=$1; COMP_POINT=${#1}\n'
        "read -ra COMP_WORDS <<< \"$1\"; [ \"${1: -1}\" = ' ' ] && COMP_WORDS+=('')\n"
        "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
        "_imgfile_complete imgfile; printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    outcome = run(["bash", "-c", script, "bash", line], env={"PATH": path, **env})
    assert outcome.status == 0, outcome.words
    return outcome.stdout.decode().splitlines()


def test_bash_takes_what_is_offered(path: str, desk: Desk, records: list[str], tmp_path: Path) -> None:
    """Values and references; files by its own means, with blanks in their names."""
    (tmp_path / "two words.jpg").touch()
    assert in_bash(path, "imgfile export 7f3k --purpose ref") == ["referral_advice"]
    assert sorted(in_bash(path, "imgfile view ", **desk.environment)) == records
    assert in_bash(path, f"imgfile ingest {tmp_path}/two") == [f"{tmp_path}/two words.jpg"]
    assert in_bash(path, "imgfile list --patient ") == [""]


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is needed")
def test_the_tab_key_completes_in_a_real_bash(path: str, desk: Desk, records: list[str]) -> None:
    """Typed at a terminal: a command, a value, a reference; and no file where a value belongs."""
    env = {"PATH": path, "PS1": "$ ", "INPUTRC": "/dev/null", **desk.environment}
    with Session(["bash", "--norc", "--noprofile", "-i"], env=env) as session:
        session.send('eval "$(imgfile --show-completion bash)"; cd /usr; echo rea""dy\r')
        session.expect("ready\n")
        session.send("echo imgfile; imgfile ver\t")
        session.expect("imgfile verify ")
        session.send("\x15imgfile export 7f3k --purpose ref\t")
        session.expect("referral_advice ")
        session.send("\x15imgfile list --patient \t\t#done")
        session.expect("--patient ")
        assert session.expect("#done").strip("\a") == ""  # the bell: there is nothing to offer
        session.send(f"\x15imgfile show {records[0][:4]}\t")
        session.expect(f"show {records[0]}")
        session.send("\x15exit\r")
        session.finish()


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_script_is_one_that_its_shell_reads(shell: str, tmp_path: Path) -> None:
    """Where that shell is installed; elsewhere it is at least all ours, with no placeholder left."""
    assert "_IMGFILE_COMPLETE=complete_" in SCRIPTS[shell]
    program = shutil.which(shell)
    if program is not None:
        (tmp_path / "script").write_text(SCRIPTS[shell])
        outcome = run([program, "-n", tmp_path / "script"])
        assert (outcome.status, outcome.stderr) == (0, b"")


def test_installing_writes_the_script_where_the_shell_looks(tmp_path: Path) -> None:
    """And says what is left to do; another shell is a usage error."""
    env = {"HOME": str(tmp_path), "XDG_DATA_HOME": None, "XDG_CONFIG_HOME": None}
    for shell, place in (
        ("bash", ".local/share/bash-completion/completions/imgfile"),
        ("zsh", ".zfunc/_imgfile"),
        ("fish", ".config/fish/completions/imgfile.fish"),
    ):
        outcome = imgfile("--install-completion", shell, env=env)
        assert outcome.status == 0, outcome.words
        assert (tmp_path / place).read_text() == SCRIPTS[shell]
        assert str(tmp_path / place) in outcome.words
        assert imgfile("--show-completion", env={**env, "SHELL": f"/bin/{shell}"}).stdout.decode() == SCRIPTS[shell]
    assert "Invoke-Expression" in imgfile("--install-completion", "pwsh", env=env).words
    assert imgfile("--show-completion", "csh").status == 2
    assert IMGFILE
