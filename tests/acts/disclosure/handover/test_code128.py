"""Code 128 against the standard's own arithmetic, and against a reader of bar codes that is not ours."""

from __future__ import annotations

import itertools

import pytest

from imgfile.acts.disclosure.handover import code128


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("9434765870", [105, 94, 34, 76, 58, 70, 47, 106]),
        ("00", [105, 0, 2, 106]),
        ("PJJ123C", [104, 48, 42, 42, 17, 18, 19, 35, 55, 106]),
        ("T-1234", [104, 52, 13, 17, 18, 19, 20, 5, 106]),
    ],
)
def test_symbols_and_check(text: str, values: list[int]) -> None:
    """Ten digits take code set C; the check is the start and each value by its place, modulo 103 (annex A.1).

    PJJ123C is the usual example; its check in code set B is 55 (in A it would be 54).
    """
    start, *data = values[:-2]
    assert (start + sum(place * value for place, value in enumerate(data, 1))) % 103 == values[-2], "by hand"
    assert code128.values_of(text) == values


@pytest.mark.parametrize("text", ["", "é", "a\nb", "٣٤"])
def test_what_it_has_no_symbol_for_is_refused(text: str) -> None:
    """Rather than drawn as something else."""
    with pytest.raises(ValueError, match="no symbols"):
        code128.values_of(text)


def test_every_symbol_has_its_width_and_no_two_are_alike() -> None:
    """Table 1: three bars and three spaces of 1 to 4 modules, 11 together; bars of even width; the stop has 13."""
    widths = code128._WIDTHS
    assert len(set(widths)) == len(widths) == 107
    for symbol in widths[:-1]:
        assert (len(symbol), sum(map(int, symbol))) == (6, code128.SYMBOL_MODULES)
        assert sum(map(int, symbol[::2])) % 2 == 0, "clause 4.3.2: the sum of the bars is even"
        assert set(symbol) <= set("1234")
    assert (widths[-1], sum(map(int, widths[-1]))) == ("2331112", code128.STOP_MODULES)


def test_bars_lie_beside_each_other() -> None:
    """Each begins where the one before it and its space ended, and the last ends the symbol."""
    bars = list(code128.bars_of("9434765870"))
    assert bars[0] == (0, 2)
    assert all(at + width < following for (at, width), (following, _) in itertools.pairwise(bars))
    assert sum(bars[-1]) == code128.modules_of("9434765870") == 7 * 11 + 13
