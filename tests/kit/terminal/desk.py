"""Somebody at a computer that knows a vault: whole commands, as processes, with what they print."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imgfile.clinical.proofs import Verified
from imgfile.vault import layout
from kit.terminal.processes import Argument, Outcome, Session, imgfile, imgfile_session
from kit.vault.practice import Practice


@dataclass(frozen=True)
class Desk:
    """One account at one computer. `identity` is the clinician's identity file, open."""

    practice: Practice
    state: Path
    identity: Path

    def run(self, *arguments: Argument, stdin: bytes | None = None) -> Outcome:
        """Run a command without any terminal."""
        return imgfile(*arguments, stdin=stdin, env=self.environment)

    def as_clinician(self, *arguments: Argument) -> Outcome:
        """Run a command without any terminal, with the clinician's identity file."""
        return self.run(*arguments, "--identity-file", self.identity)

    def sit(self, *arguments: Argument, **options: Any) -> AbstractContextManager[Session]:  # noqa: ANN401 - Session's own
        """Run a command at a terminal."""
        return imgfile_session(*arguments, env=self.environment, **options)

    @property
    def environment(self) -> dict[str, str | None]:
        """What the command finds: its own state, and no desktop whose browser it could open."""
        return {"IMGFILE_STATE": str(self.state), "DISPLAY": None, "WAYLAND_DISPLAY": None, "BROWSER": None}


def ndjson(outcome: Outcome) -> list[dict[str, Any]]:
    """Read what a command printed as NDJSON."""
    return [json.loads(line) for line in outcome.stdout.decode().splitlines()]


def reference(filed: Verified) -> str:
    """Return what people call a filed record."""
    return layout.reference(filed.record)
