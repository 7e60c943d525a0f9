"""A warm command is what a Python of its own would be, but for the second of scrypt that `init` takes."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from imgfile.sealing.passphrase import WORK_FACTOR
from kit.terminal import warm
from kit.terminal.processes import Outcome, environment, imgfile, imgfile_session
from kit.vault.practice import LIGHT_WORK_FACTOR, work_factor_of

assert sys.platform != "win32"

pytestmark = pytest.mark.slow

FOUNDING = (
    *("init", "vault", "--classic", "--no-input", "--nation", "wales", "--intimate-under-18", "refuse"),
    *("--clinician", "Dr A. Example, GMC 7654321", "--station-name", "RECEPTION-3"),
    *("--recovery-file", "recovery.txt", "--identity-command", "echo harbour-velvet-onion"),
)


def both(monkeypatch: pytest.MonkeyPatch, *arguments: str | bytes, **options: bytes) -> list[Outcome]:
    """Return what becomes of a command, warm and cold."""
    warmly = imgfile(*arguments, stdin=options.get("stdin"))
    with monkeypatch.context() as patch:
        patch.setitem(warm.SETTLED, warm.COLD, "1")
        assert not warm.serves(environment())
        return [warmly, imgfile(*arguments, stdin=options.get("stdin"))]


def test_both_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through pipes: what is printed, what is wrong, and the status of each, whatever bytes the words are."""
    for arguments in (
        ["--version"],
        ["ingest", "--help"],
        ["list"],
        ["list", "--no-such-option"],
        ["no-such-command"],
        ["strip", b"/none/\xff.jpg"],
        ["ingest", "-", "--no-input"],
    ):
        warmly, coldly = both(monkeypatch, *arguments, stdin=b"no photo")
        assert warmly == coldly, arguments


def test_a_signal_ends_a_warm_command_with_its_number(tmp_path: Path) -> None:
    """At a terminal that is its own; and Ctrl-C is heard there."""
    assert warm.serves(environment())
    for end, status in ((signal.SIGKILL, -signal.SIGKILL), ("\x03", 130)):
        with imgfile_session("init", cwd=tmp_path, env={"IMGFILE_STATE": str(tmp_path / "state")}) as session:
            session.expect("Vault folder")
            if isinstance(end, str):
                session.send(end)
            else:
                session.process.send_signal(end)
            assert session.finish().status == status


def test_what_a_python_reads_when_it_starts_has_one_started() -> None:
    """Its own variables, and the locale's."""
    for name in ("PYTHONPATH", "LC_ALL", "LANG", "COVERAGE_FILE"):
        assert not warm.serves(environment({name: "/another"}))


@pytest.mark.parametrize(("is_cold", "factor"), [(True, WORK_FACTOR), (False, LIGHT_WORK_FACTOR)])
def test_a_founder_s_passphrase_is_stretched_as_long_as_it_should_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_cold: bool, factor: int
) -> None:
    """By the program as it is installed; a warm one saves the second."""
    if is_cold:
        monkeypatch.setitem(warm.SETTLED, warm.COLD, "1")
    founded = imgfile(*FOUNDING, cwd=tmp_path, env={"IMGFILE_STATE": str(tmp_path / "state")})
    assert founded.status == 0, founded.words
    (sealed,) = (tmp_path / "state").glob("vaults/*/identity.age")
    assert work_factor_of(sealed.read_bytes()) == factor
