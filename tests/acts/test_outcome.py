"""What a run's exit code says of its photos."""

from __future__ import annotations

import pytest

from imgfile.acts.outcome import Failed, Filed, Outcome, Ready, Refused, Skipped, Tally, Undecided
from imgfile.clinical.proofs import Erasure, Evidence
from imgfile.errors import RefusedByRule, SourceChanged, SourceRemains, UnsupportedImage

FILED = Filed("7f3k-q2ma", is_new=True, reached="device", erasure=Erasure(Evidence.E1))
KNOWN = Filed("7f3k-q2ma", is_new=False, reached="manifest")
CLONED = Filed("7f3k-q2ma", is_new=True, reached="device", erasure=Erasure(Evidence.E0))
REMAINS = Filed("7f3k-q2ma", is_new=True, reached="device", remains=SourceRemains("x"))
FAILED = Failed(UnsupportedImage("x"))
REFUSED = Refused(RefusedByRule("R9", "x"))


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (FILED, 0), (KNOWN, 0), (Ready(), 0), (Skipped(), 0), (Undecided(), 3), (CLONED, 15), (REMAINS, 15),
        (FAILED, 14), (REFUSED, 17), (Failed(SourceChanged("x")), 18),
    ],
)  # fmt: skip
def test_one_photo_gives_its_own_code(outcome: Outcome, code: int) -> None:
    """Whatever became of it."""
    assert Tally((outcome,)).exit_code == code


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ((), 0), ((FILED, KNOWN, Skipped()), 0), ((FILED, FAILED), 3), ((FILED, REFUSED), 3), ((FILED, Undecided()), 3),
        ((FAILED, FAILED), 3), ((FILED, REMAINS), 15), ((REMAINS, FAILED), 3),
    ],
)  # fmt: skip
def test_several_give_3_if_any_is_neither_filed_nor_skipped(outcomes: tuple[Outcome, ...], code: int) -> None:
    """Else 15 if any source can still be read."""
    assert Tally(outcomes).exit_code == code


def test_a_copy_that_is_still_in_a_mailbox_is_15() -> None:
    """Unless something was not filed, which weighs more."""
    assert Tally((FILED,), has_copies=True).exit_code == 15
    assert Tally((FILED, FAILED), has_copies=True).exit_code == 3
