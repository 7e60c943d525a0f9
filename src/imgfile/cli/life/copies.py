"""The copies of a photo that left, in words: the same where it is moved and where consent is withdrawn."""

from __future__ import annotations

from collections.abc import Sequence

from imgfile.acts.life.disclosures import Disclosure
from imgfile.clinical.dates import show_date


def named(copies: Sequence[Disclosure]) -> str:
    """Return when each left and what for: "29 Nov 2026, our own clinical record; 30 Nov 2026, referral or advice"."""
    return "; ".join(f"{show_date(each.day)}, {each.what_for}" for each in copies)


def to_recall(copies: Sequence[Disclosure]) -> str:
    """Return what is to be done about copies in the wrong record or hands; nothing where none left."""
    if not copies:
        return ""
    if len(copies) == 1:
        return f"Recall the exported copy of {show_date(copies[0].day)}."
    return f"Recall all {len(copies)} exported copies: {named(copies)}."
