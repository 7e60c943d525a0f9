"""The configuration file: what it may say, and what wins over it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from imgfile import state
from imgfile.cli import main
from imgfile.cli.config import FILE_MAX_BYTES, Settings, load
from imgfile.cli.options import JsonOption, QuietOption, VaultOption
from imgfile.errors import UsageError
from imgfile.terminal import Terminal

Plant = Callable[..., None]
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Make the folder where imgfile looks for its configuration; return the file's place."""
    path = state.config_file()
    assert path.is_relative_to(tmp_path)
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture
def shows(plant: Plant) -> None:
    """Plant `shows`, a command that prints the options it got."""

    def shows(*, vault: VaultOption = None, json: JsonOption = False, quiet: QuietOption = False) -> None:
        Terminal().table([str(vault), str(json), str(quiet)], [])

    plant(shows)


def shown(capfd: Captured, *arguments: str) -> str:
    """Run `shows` and return what it printed."""
    assert main(["shows", *arguments]) == 0
    return capfd.readouterr().out.strip()


@pytest.mark.usefixtures("shows")
def test_a_flag_wins_over_a_variable_over_the_file_over_the_default(
    config: Path, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    """The nearer word wins, both ways for a switch."""
    assert shown(capfd) == "None\tFalse\tFalse"
    config.write_text('vault = "/from/file"\njson = true\nquiet = true\n')
    assert shown(capfd) == "/from/file\tTrue\tTrue"
    monkeypatch.setenv("IMGFILE_VAULT", "/from/variable")
    monkeypatch.setenv("IMGFILE_JSON", "0")
    assert shown(capfd) == "/from/variable\tFalse\tTrue"
    assert shown(capfd, "--vault", "/from/flag", "--json", "--no-quiet") == "/from/flag\tTrue\tFalse"


@pytest.mark.usefixtures("shows")
@pytest.mark.parametrize("key", ["patient", "dob", "giver", "consent_basis", "valut", "no_input"])
def test_an_answer_or_an_unknown_key_is_refused(config: Path, key: str, capfd: Captured) -> None:
    """The key is named, its value is not; nothing is run."""
    config.write_text(f'{key} = "9990000018"\n')
    assert main(["shows"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert f"has the key {key}. It may set only vault, json, quiet, and never an answer." in err
    assert "9990000018" not in err


@pytest.mark.usefixtures("shows")
def test_help_is_given_whatever_the_file_says(config: Path, capfd: Captured) -> None:
    """Who broke the file can still read how things work."""
    config.write_text("][")
    assert main(["shows", "--help"]) == 0
    assert "--vault" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"][", "is not a TOML file"),
        (b"vault = '\xff'", "is not a TOML file"),
        (b"a = " + b"[" * 60_000, "is not a TOML file"),
        (b"#" * (FILE_MAX_BYTES + 1), "larger than"),
        (b"vault = 3", "vault is not a text in quotes"),
        (b"json = 'yes'", "json is not true or false"),
        (b"json = 1", "json is not true or false"),
        (b"vault = './here'", "vault is not a whole path"),
        (b'vault = "/here\\u0000"', "vault is not a whole path"),
        (b"vault = ''", "vault is not a whole path"),
        (b"[vault]\npatient = 1", "vault is not a text in quotes"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(config: Path, content: bytes, message: str) -> None:
    """Whatever the bytes, the answer is a usage error that names the file."""
    config.write_bytes(content)
    with pytest.raises(UsageError, match=message) as caught:
        load(config)
    assert str(config) in caught.value.message


def test_a_file_that_cannot_be_read_is_refused(config: Path) -> None:
    """A folder in its place is not silently an empty configuration."""
    config.mkdir()
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        load(config)


def test_a_home_folder_can_be_named(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`~` is the account's home; the settings are a mapping of what the file says."""
    monkeypatch.setenv("HOME", "/home/gp")
    config.write_text('vault = "~/vault"\n')
    settings = Settings(config)
    assert dict(settings) == {"vault": "/home/gp/vault"}
    assert len(settings) == 1
    assert settings.get("patient") is None
