"""How a vault writes a moment."""

from __future__ import annotations

import pytest

from imgfile.vault.times import format_time, parse_time


@pytest.mark.parametrize(
    "text", ["2026-11-22", "2026-11-22T14:03:11", "2026-11-22T14:03:11+00:00", "2026-11-22 14:03:11Z"]
)
def test_a_moment_has_one_spelling(text: str) -> None:
    """Else two notes could say the same and differ."""
    with pytest.raises(ValueError, match="2026"):
        parse_time(text)
    assert format_time(parse_time("2026-11-22T14:03:11Z")) == "2026-11-22T14:03:11Z"
