"""A clinician at a terminal, filing: the answers that people give, in the order in which they are asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.terminal.processes import Session, imgfile_session

ADULT: Final = "9434765870"
CHILD: Final = "9990000018"
MOLES: Final = "New pigmented lesions, triage for 2WW, patient 40 miles away"
ADULTS: Final = (
    ("Patient number", ADULT), ("Date of birth: ", "3/3/71"), ("Body site: ", "left shoulder"), ("Purpose", ""),
    ("Consent basis: ", "1"), ("How did the patient agree", "phone"), ("Asked by, on", "yesterday"),
    ("Rationale: ", MOLES),
)  # fmt: skip
"""Everything about an adult's photo; the confirmation comes next. The photo's own day is offered for a year only."""
CHILDS: Final = (
    ("Patient number", CHILD), ("Date of birth: ", "14/9/25"), ("Body site: ", "nappy area"), ("Intimate? ", ""),
    ("Purpose ", ""), ("Consent basis: ", "1"), ("Who agreed, and how", "mother phone"), ("Asked by, on", "yesterday"),
    ("Rationale: ", "Worse despite usual care; video failed, family isolating; told mother why; compare later"),
    ("are required)\n> ", "1257"),
)  # fmt: skip
"""Everything about an intimate photo of a child; the four digits come next."""


@contextmanager
def at_terminal(here: Path, *arguments: str | Path) -> Iterator[Session]:
    """Start filing at a terminal, in a folder."""
    state = {"IMGFILE_STATE": os.environ["IMGFILE_STATE"], "TZ": "UTC"}
    with imgfile_session("ingest", *arguments, "--allow-test-id", cwd=here, env=state) as session:
        yield session


def answer(session: Session, *answers: tuple[str, str]) -> None:
    """Answer questions in their order."""
    for question, typed in answers:
        session.answer(question, typed)


def picture(seed: int) -> mailboxes.Part:
    """Make a part of a mail with a photo, another for each seed."""
    return mailboxes.photo(photos.jpeg(photos.pixels(400 + seed, 300)), kind="image/jpeg")
