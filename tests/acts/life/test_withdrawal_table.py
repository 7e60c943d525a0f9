"""R24: `imgfile consent withdraw` does with each record, at each door, what the page of a record's life says.

The whole of it, some minutes:  pytest -m long tests/acts/life/test_withdrawal_table.py
"""

from __future__ import annotations

import pytest

from kit.withdrawal_table import (
    BEFORE,
    DOORS,
    HEADING,
    PAGE,
    SAID_BY,
    SIGNERS,
    WHOSE,
    a_ward,
    cell,
    part,
    said_by,
    signed,
    stated,
)

SAMPLED = [
    ("nothing: filed today", "a child, intimate", "terminal"),
    ("nothing: filed today", "an adult", "terminal, a concern"),
    ("looked at", "a child", "terminal"),
    ("a legal hold", "an adult, intimate", "terminal"),
    ("a safeguarding hold on the photo", "a child", "terminal"),
    ("withdrawn before, and destroyed", "an adult", "--json, --keep"),
    ("destroyed by two persons", "an adult", "flags, --keep"),
]
KEEP = "flags, --keep"


@pytest.mark.long
def test_the_page_says_what_every_withdrawal_does() -> None:
    """To the word: PYTHONPATH=tests python -m kit.withdrawal_table writes it anew."""
    assert HEADING + PAGE.read_text(encoding="utf-8").partition(HEADING)[2] == part()


@pytest.mark.slow
def test_a_sample_of_withdrawals_does_what_the_page_says() -> None:
    """Before and after anybody looked, under holds, of what is gone; who may sign; who may say so."""
    page = stated()
    assert len(page) == len(BEFORE) * len(WHOSE) + len(SIGNERS) + len(SAID_BY)
    with a_ward() as ward:
        for before, whose, door in SAMPLED:
            said = page[before, whose][DOORS.index(door)]
            assert cell(ward, WHOSE[whose], before, door) == said, (before, whose, door)
        for who in ("a privacy lead", "reception"):
            assert signed(ward, who, "terminal") == page[who,][DOORS.index("terminal")], who
        for giver, form in (("none", "phone"), ("patient", "sent unasked")):
            assert [said_by(ward, giver, form)] == page[giver, form]


def test_r24_nothing_is_destroyed_but_at_the_terminal_on_the_day_and_seen_by_nobody() -> None:
    """To the page's own words; and what was withdrawn once is never used again by a second withdrawal."""
    page = stated()
    may = {"nothing: filed today", "withdrawn before, and kept"}
    for (before, *_), said in page.items():
        destroyed = [door for door, each in zip(DOORS, said, strict=False) if each.startswith("destroyed, ")]
        if before in BEFORE:
            assert destroyed == (["terminal"] if before in may else []), before
    assert [who for who in SIGNERS if page[who,][0].startswith("destroyed, ")] == ["a clinician"]
