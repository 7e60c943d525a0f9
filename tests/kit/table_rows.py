"""Rows of the tables that tests file: an adult's mole that needs nobody, and what a child's row says otherwise."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from imgfile.acts.scan import Entry

LAST_WEEK: Final = f"{date.today() - timedelta(days=8):%d/%m/%Y}"  # noqa: DTZ011 - the clinician's own calendar
"""A consent's day; one that stood here for good would be remarked on when it is a year old (R13)."""
MOLE_ROW: Final = {
    "source": "triage.mbox",
    "action": "file",
    "patient": "943 476 5870",
    "dob": "03/03/1971",
    "body_site": "left shoulder",
    "purpose": "diagnosis",
    "basis": "patient_capacity_16plus",
    "form": "phone",
    "obtained_at": LAST_WEEK,
    "rationale": "New pigmented lesion, triage for 2WW",
}
CHILD_CELLS: Final = {
    "patient": "9990000018",
    "dob": "2025-09-14",
    "body_site": "nappy area",
    "basis": "parental_responsibility",
    "giver": "mother",
}
PHOTO_ENTRY: Final = Entry(
    source="Inbox",
    part="1/2",
    name="IMG_1.jpg",
    digest="0" * 64,
    sent_at=None,
    sender="a@example.org",
    subject="rash",
    message_id="<1>",
    kind="JPEG",
    media_type="image/jpeg",
    width=640,
    height=480,
    length=1,
    taken_at=None,
    is_likely_logo=False,
    messages=1,
    note="",
)
"""A photo of a mail as a scan lists it."""
