"""The evidence that two layouts make."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.clinical.proofs import Digest, Evidence
from imgfile.device import Extent, ExtentFlag
from imgfile.erase.extents import Layout, judge, laid_out
from imgfile.erase.filesystem import Medium

HERE = laid_out((Extent(0, 1 << 20, 8192, 0),), 0, 8000)
MOVED = laid_out((Extent(0, 1 << 21, 8192, 0),), 0, 8000)
HOLEY = laid_out((Extent(4096, 1 << 20, 4096, 0),), 0, 8000)


def flagged(flags: int) -> Layout:
    """Lay bytes out at the same place, with flags."""
    return laid_out((Extent(0, 1 << 20, 8192, flags),), 0, 8000)


@pytest.mark.parametrize(
    ("before", "after", "medium", "evidence"),
    [
        (HERE, HERE, Medium.LOCAL, Evidence.E3),
        (HERE, HERE, Medium.COPY_ON_WRITE, Evidence.E1),
        (HERE, HERE, Medium.NETWORK, Evidence.E1),
        (HERE, MOVED, Medium.LOCAL, Evidence.E1),
        (HERE, None, Medium.LOCAL, Evidence.E2),
        (None, HERE, Medium.LOCAL, Evidence.E2),
        (None, None, Medium.LOCAL, Evidence.E2),
        (None, None, Medium.COPY_ON_WRITE, Evidence.E1),
        (None, None, Medium.NETWORK, Evidence.E1),
        (HOLEY, HOLEY, Medium.LOCAL, Evidence.E2),
        (flagged(ExtentFlag.SHARED), MOVED, Medium.COPY_ON_WRITE, Evidence.E0),
        (flagged(ExtentFlag.SHARED), None, Medium.NETWORK, Evidence.E0),
        (HERE, flagged(ExtentFlag.SHARED), Medium.LOCAL, Evidence.E1),
        (flagged(ExtentFlag.ENCODED), flagged(ExtentFlag.ENCODED), Medium.LOCAL, Evidence.E1),
        (flagged(ExtentFlag.DATA_INLINE), flagged(ExtentFlag.DATA_INLINE), Medium.LOCAL, Evidence.E2),
        (flagged(ExtentFlag.DATA_INLINE), flagged(ExtentFlag.DATA_INLINE), Medium.COPY_ON_WRITE, Evidence.E1),
        (flagged(ExtentFlag.UNKNOWN), flagged(ExtentFlag.UNKNOWN), Medium.LOCAL, Evidence.E2),
        (flagged(ExtentFlag.DELALLOC), flagged(ExtentFlag.DELALLOC), Medium.LOCAL, Evidence.E2),
        (flagged(ExtentFlag.NOT_ALIGNED), flagged(ExtentFlag.NOT_ALIGNED), Medium.LOCAL, Evidence.E2),
    ],
)
def test_evidence(before: Layout | None, after: Layout | None, medium: Medium, evidence: Evidence) -> None:
    """E3 only where every offset is told, clean and the same."""
    assert judge(before, after, medium) is evidence


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=9), st.integers(0, 3000), st.integers(1, 3000))
def test_how_a_file_system_cuts_its_extents_does_not_matter(cuts: list[int], offset: int, length: int) -> None:
    """Pieces that touch are one; what lies outside the range does not count."""
    pieces, start = [], 0
    for cut in [*cuts, 6000]:
        pieces.append(Extent(start, start + 999, cut, 0x800))
        start += cut
    whole = laid_out((Extent(0, 999, start, 0),), offset, length)
    assert laid_out(tuple(pieces), offset, length) == whole
    assert whole.is_whole
    assert whole != laid_out((Extent(0, 1000, start, 0),), offset, length)


def test_a_file_without_extents_is_not_whole() -> None:
    """Nothing told is nothing proven."""
    assert laid_out((), 0, 1) == Layout(Digest(laid_out((), 0, 2).digest), 0, is_whole=False)
