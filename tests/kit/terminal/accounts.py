"""Another account on another computer that joins a practice, by flags, and its approval."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kit.terminal.desk import Desk
from kit.terminal.processes import Outcome, imgfile

PERSON = "Dr B. Colleague, doctor, GMC 7111111"
COPPER = "echo copper-sparrow-ledger"


class Account:
    """Another account on another computer."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.vault, self.state = desk.practice.folder, folder / "state"
        self.words = desk.practice.vault.roster.fingerprint

    @property
    def environment(self) -> Mapping[str, str | None]:
        """Where it keeps its state."""
        return {"IMGFILE_STATE": str(self.state), "TZ": "UTC"}

    def run(self, *arguments: str | Path) -> Outcome:
        """Run a command without any terminal."""
        return imgfile(*arguments, env=self.environment)

    def join(self, *arguments: str, wait: str = "0") -> Outcome:
        """Join, or go on, without any terminal."""
        return self.run("join", self.vault, "--no-input", "--wait", wait, *arguments)

    def ask(self, *arguments: str) -> str:
        """Ask to look and to file, by flags alone; return the words."""
        flags = ("--fingerprint", self.words, "--name", "Dr B. Colleague", "--registration", "GMC 7111111")
        return self._words(self.join(*flags, "--identity-command", COPPER, "--station-name", "LAPTOP-9", *arguments))

    def ask_for_reception(self) -> str:
        """Ask to file alone; return the words."""
        return self._words(self.join("--fingerprint", self.words, "--reception", "--station-name", "DESK"))

    @staticmethod
    def _words(outcome: Outcome) -> str:
        assert outcome.status == 0, outcome.words
        return outcome.words.split("Your words:\n  ")[1].split("\n")[0]


def approve(desk: Desk, words: str, *arguments: str) -> Outcome:
    """Approve as the founder, by flags alone."""
    return desk.as_clinician("people", "approve", "--no-input", "--words", words, *arguments)
