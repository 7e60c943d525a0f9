"""Rows of the tables that tests file: an adult's mole that needs nobody, and what a child's row says otherwise."""

from __future__ import annotations

from typing import Final

MOLE_ROW: Final = {
    "source": "triage.mbox",
    "action": "file",
    "patient": "943 476 5870",
    "dob": "03/03/1971",
    "body_site": "left shoulder",
    "purpose": "diagnosis",
    "basis": "patient_capacity_16plus",
    "form": "phone",
    "obtained_at": "20/11/2026",
    "rationale": "New pigmented lesion, triage for 2WW",
}
CHILD_CELLS: Final = {
    "patient": "9990000018",
    "dob": "2025-09-14",
    "body_site": "nappy area",
    "basis": "parental_responsibility",
    "giver": "mother",
}
