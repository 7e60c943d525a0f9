"""What no part of a file accounts for is found, and what stands there."""

from __future__ import annotations

import pytest

from imgfile.mail.verdict.outside import Range, find_raw, gaps, is_blank
from imgfile.mail.view import View
from kit.mail import mailboxes


@pytest.mark.parametrize(
    ("covered", "left"),
    [
        ([], [(0, 10)]),
        ([(0, 10)], []),
        ([(2, 4), (6, 8)], [(0, 2), (4, 6), (8, 10)]),
        ([(6, 8), (2, 4)], [(0, 2), (4, 6), (8, 10)]),
        ([(0, 6), (2, 3), (5, 9)], [(9, 10)]),
        ([(4, 99)], [(0, 4)]),
        ([(12, 14)], [(0, 10)]),
    ],
)
def test_gaps_are_what_no_range_covers(covered: list[Range], left: list[Range]) -> None:
    """Ranges overlap, come in any order, and may lead beyond the end."""
    assert list(gaps(covered, 0, 10)) == left


def test_a_file_is_found_only_in_the_ranges_given() -> None:
    """From its first byte on."""
    data = bytes(100) + mailboxes.jpeg(1, 300) + bytes(50)
    view = View(data)
    assert find_raw(view, [(0, len(data))]) == len(data) - 100
    assert find_raw(view, [(0, 100), (102, len(data))]) == 0
    assert find_raw(view, []) == 0


def test_noughts_and_line_ends_are_blank() -> None:
    """Anything else is not."""
    assert is_blank(View(b"\0\0\r\n x"), [(0, 5)])
    assert not is_blank(View(b"\0\0\r\n x"), [(0, 6)])
