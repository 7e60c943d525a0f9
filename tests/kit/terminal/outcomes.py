"""Outcomes as a run of ingest reports them."""

from __future__ import annotations

import re

from imgfile.acts.outcome import Filed
from imgfile.clinical.proofs import Erasure, Evidence

GONE = Erasure(Evidence.E3, ("Backups hold it.",), ("2 thumbnails",))
YEAR_OLD = re.compile(r"(?m)^.*R13: this (consent is more than a year old|photo was taken more than a year ago)\.\n")
"""What is said of invented photos and consents once they are a year old: whole texts are compared without it."""


def filed(**more: object) -> Filed:
    """Make an outcome."""
    return Filed(**({"reference": "7f3k-q2ma", "is_new": True, "reached": "device"} | more))  # type: ignore[arg-type]
