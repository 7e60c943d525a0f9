"""The evidence that two layouts make."""

from __future__ import annotations

import hashlib

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
    """E3 only where every offset is known, clean and the same."""
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


def test_an_extent_outside_the_range_or_beside_it_does_not_count() -> None:
    """Nor do its flags: what is shared there is somebody else's part of the file."""
    inside = Extent(4096, 8192, 4096, 0)
    beside = (Extent(0, 0, 4096, ExtentFlag.SHARED), inside, Extent(8192, 1 << 20, 4096, ExtentFlag.SHARED))
    assert laid_out(beside, 4096, 4096) == laid_out((inside,), 4096, 4096)


def test_the_flags_of_all_extents_count_and_only_those_that_are_judged() -> None:
    """One shared block is enough, wherever it lies."""
    extents = (
        Extent(0, 0, 4096, ExtentFlag.SHARED),
        Extent(4096, 4096, 4096, ExtentFlag.UNKNOWN),
        Extent(8192, 0, 1, 1),
    )
    assert laid_out(extents, 0, 8193).flags == ExtentFlag.SHARED | ExtentFlag.UNKNOWN


def test_extents_join_only_where_they_touch_in_the_file_and_on_the_device() -> None:
    """A gap in either is another layout."""
    joined = laid_out((Extent(0, 1000, 200, 0),), 0, 200)
    assert laid_out((Extent(0, 1000, 100, 0), Extent(100, 1100, 100, 0)), 0, 200) == joined
    for second in (Extent(100, 1101, 100, 0), Extent(101, 1101, 99, 0), Extent(101, 1100, 99, 0)):
        assert laid_out((Extent(0, 1000, 100, 0), second), 0, 200).digest != joined.digest


def _told(monkeypatch: pytest.MonkeyPatch, *answers: tuple[Extent, ...] | None) -> list[tuple[int, int, int]]:
    """Let a file system tell of runs in this way, one after the other; note what it is asked."""
    asked: list[tuple[int, int, int]] = []
    left = list(answers)

    def extents(descriptor: int, offset: int, length: int) -> tuple[Extent, ...] | None:
        asked.append((descriptor, offset, length))
        return left.pop(0)

    monkeypatch.setattr("imgfile.erase.extents.extents", extents)
    return asked


def test_a_layout_is_of_all_runs_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their places in order, the flags of each, and whether any has a hole."""
    one, two = (Extent(0, 1 << 20, 4096, ExtentFlag.UNKNOWN),), (Extent(8192, 2 << 20, 4096, ExtentFlag.SHARED),)
    asked = _told(monkeypatch, one, two)
    found = Layout.of(7, [(0, 4096), (8192, 4096)])
    assert asked == [(7, 0, 4096), (7, 8192, 4096)]
    parts = [laid_out(one, 0, 4096), laid_out(two, 8192, 4096)]
    digest = hashlib.sha256(b"".join(part.digest.encode() for part in parts)).hexdigest()
    assert found == Layout(Digest(digest), ExtentFlag.UNKNOWN | ExtentFlag.SHARED, is_whole=True)
    _told(monkeypatch, one, ())
    holey = Layout.of(7, [(0, 4096), (8192, 4096)])
    assert holey
    assert not holey.is_whole
    _told(monkeypatch, one, None)
    assert Layout.of(7, [(0, 4096), (8192, 4096)]) is None
    clean = Layout.of(7, [])
    assert clean
    assert (clean.flags, clean.is_whole) == (0, True)


def test_a_file_without_extents_is_not_whole() -> None:
    """Unknown extents prove nothing."""
    assert laid_out((), 0, 1) == Layout(Digest(laid_out((), 0, 2).digest), 0, is_whole=False)
