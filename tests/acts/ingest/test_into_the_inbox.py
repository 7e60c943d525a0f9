"""A photo that is put into the inbox at a computer which has the key: recognised there as by any other door."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.options import Request
from imgfile.acts.outcome import Filed, Outcome, Refused
from imgfile.clinical.vocabulary import Provenance
from imgfile.errors import RefusedByRule
from imgfile.vault.life.gone import How
from imgfile.vault.records import manifest
from kit.photos.jpeg_png import jpeg
from kit.vault.filings import MOLE, filed, flags
from kit.vault.ingest_runs import CONFIRMED, local, run_of
from kit.vault.lives import Life
from kit.vault.practice import Practice

INBOX = replace(CONFIRMED, into_inbox=True)


def put(practice: Practice, path: Path, **answers: str) -> Outcome:
    """Put a photo into the inbox, unattended."""
    given = flags({**MOLE, **answers}, Provenance.FLAG)
    ((_, outcome),) = ingest(run_of(practice, INBOX), [Request(local(path), given)])
    return outcome


@pytest.mark.parametrize(("before", "rule"), [("gone", "R24"), ("another's", "R25"), ("filed", "R24"), ("new", "")])
def test_a_photo_that_is_known_is_so_by_this_door_too(
    practice: Practice, tmp_path: Path, before: str, rule: str
) -> None:
    """What was destroyed is not kept anew, and no source goes, where it is refused."""
    path, data = tmp_path / "mole.jpg", jpeg()
    path.write_bytes(data)
    if before != "new":
        number = {"patient": "9990000026"} if before == "another's" else {}
        done = practice.file_decided(filed({**MOLE, **number}), data)
        if before == "gone":
            Life(practice, manifest.load(practice.vault, done.patient, done.record)).go(How.WITHDRAWN)
    outcome = put(practice, path)
    assert path.exists() is bool(rule)
    if rule:
        assert isinstance(outcome, Refused)
        assert isinstance(outcome.error, RefusedByRule)
        assert outcome.error.rule == rule
    else:
        assert isinstance(outcome, Filed)
        assert outcome.is_item
