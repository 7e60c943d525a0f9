"""`imgfile demo`: every claim holds, one that does not is named, and nothing outside its folder is touched."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from imgfile.acts.demonstration import claims
from imgfile.cli import main
from imgfile.cli.commands.tools import demo
from imgfile.cli.demo.show import Show
from imgfile.terminal import Terminal
from kit.terminal.processes import Outcome, imgfile


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an account with settings and a desktop of its own."""
    folder = tmp_path_factory.mktemp("home")
    for name in ("state", "cache", "data", "config/imgfile", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "config" / "imgfile" / "config.toml").write_text('vault = "/nowhere"\njson = true\n', encoding="utf-8")
    (folder / "data" / "recently-used.xbel").write_text("<xbel></xbel>", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def played(home: Path) -> Outcome:
    """Play it once, as a person's own account would."""
    places = {f"XDG_{name.upper()}_HOME": str(home / name) for name in ("state", "cache", "data", "config")}
    env = {**places, "HOME": str(home), "TMPDIR": str(home / "tmp"), "IMGFILE_STATE": str(home / "state")}
    return imgfile("demo", env=env, cwd=home, timeout=60)


def test_every_claim_is_checked_and_holds(played: Outcome) -> None:
    """Exit code 0, each claim with its word, and none that failed."""
    text = played.stdout.decode()
    assert played.status == 0, text + played.words
    assert text.count("  [ok] ") >= 18
    assert "[FAILED]" not in text
    assert f"All {text.count('[ok]')} claims were checked and held." in text
    assert played.stderr == b""


def test_the_real_commands_are_shown_as_they_were_run(played: Outcome) -> None:
    """Each stands on a line that a shell would understand."""
    shown = re.findall(r"^  \$ imgfile (\w+)", played.stdout.decode(), re.MULTILINE)
    assert shown == ["init", "inspect", "ingest", "ingest", "list", "show", "export", "verify", "audit"]


def test_it_says_where_the_photo_was_taken_and_finds_that_nowhere_after(played: Outcome) -> None:
    """The positive control comes first."""
    text = played.stdout.decode()
    before, after = text.split("4. Filing")
    assert "GPSLatitude       51.477900" in before
    assert "[ok] the place is in none of the vault's" in after
    assert "51.4779" not in after


def test_an_intimate_photo_of_a_child_is_shown_to_be_refused(played: Outcome) -> None:
    """R9: nobody is typed for."""
    assert "[ok] it was refused (exit code 17); the mailbox was not touched" in played.stdout.decode()


def test_nothing_of_the_account_is_touched_and_nothing_is_left(played: Outcome, home: Path) -> None:
    """State, settings, thumbnails, the list of recent files: as before. The temporary folder is gone."""
    assert played.status == 0
    left = sorted(path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file())
    assert left == ["config/imgfile/config.toml", "data/recently-used.xbel"]
    assert list((home / "tmp").iterdir()) == []


def test_a_claim_that_fails_is_named_and_is_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The rest is still shown; the word FAILED stands beside the claim, and the last lines name it."""
    monkeypatch.setattr(demo, "shows_the_same", lambda *_: False)
    assert main(["demo"]) == 1
    shown = capfd.readouterr()
    assert "  [FAILED] every pixel of the copy is the sent photo's" in shown.out
    assert "[ok] the trail says" in shown.out
    assert "claims did not hold: every pixel of the copy is the sent photo's" in shown.err


def test_without_age_it_says_so_and_claims_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What was not checked is not counted."""
    monkeypatch.setattr(claims, "age_program", lambda: None)
    show = Show(Terminal(), main)
    demo._leave_imgfile(show)
    assert "[not checked] the program age is not installed here" in capfd.readouterr().out
    assert show.claimed == 0
