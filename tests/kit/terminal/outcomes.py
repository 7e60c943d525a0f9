"""Outcomes as a run of ingest reports them."""

from __future__ import annotations

from imgfile.acts.outcome import Filed
from imgfile.clinical.proofs import Erasure, Evidence

GONE = Erasure(Evidence.E3, ("Backups hold it.",), ("2 thumbnails",))


def filed(**more: object) -> Filed:
    """Make an outcome."""
    return Filed(**({"reference": "7f3k-q2ma", "is_new": True, "reached": "device"} | more))  # type: ignore[arg-type]
