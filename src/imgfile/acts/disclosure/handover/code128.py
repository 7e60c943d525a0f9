"""Code 128, as the widths of its bars: what a scanner at a reception desk reads a patient's number from.

ISO/IEC 15417. Digits go two to a symbol (code set C), so ten take five; any other printable text of ASCII one to a
symbol (code set B). Every symbol has three bars and three spaces, together eleven modules wide; the stop has thirteen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

QUIET_MODULES: Final = 10
"""How much must stay empty on either side (clause 4.4.2)."""
SYMBOL_MODULES: Final = 11
STOP_MODULES: Final = 13
_START_B: Final = 104
_START_C: Final = 105
_STOP: Final = 106
_MODULUS: Final = 103
_FIRST: Final = 0x20
"""The value of a character in code set B is its code above this one, up to DEL."""
_LAST: Final = 0x7E

_WIDTHS: Final = [
    "212222",
    "222122",
    "222221",
    "121223",
    "121322",
    "131222",
    "122213",
    "122312",
    "132212",
    "221213",
    "221312",
    "231212",
    "112232",
    "122132",
    "122231",
    "113222",
    "123122",
    "123221",
    "223211",
    "221132",
    "221231",
    "213212",
    "223112",
    "312131",
    "311222",
    "321122",
    "321221",
    "312212",
    "322112",
    "322211",
    "212123",
    "212321",
    "232121",
    "111323",
    "131123",
    "131321",
    "112313",
    "132113",
    "132311",
    "211313",
    "231113",
    "231311",
    "112133",
    "112331",
    "132131",
    "113123",
    "113321",
    "133121",
    "313121",
    "211331",
    "231131",
    "213113",
    "213311",
    "213131",
    "311123",
    "311321",
    "331121",
    "312113",
    "312311",
    "332111",
    "314111",
    "221411",
    "431111",
    "111224",
    "111422",
    "121124",
    "121421",
    "141122",
    "141221",
    "112214",
    "112412",
    "122114",
    "122411",
    "142112",
    "142211",
    "241211",
    "221114",
    "413111",
    "241112",
    "134111",
    "111242",
    "121142",
    "121241",
    "114212",
    "124112",
    "124211",
    "411212",
    "421112",
    "421211",
    "212141",
    "214121",
    "412121",
    "111143",
    "111341",
    "131141",
    "114113",
    "114311",
    "411113",
    "411311",
    "113141",
    "114131",
    "311141",
    "411131",
    "211412",
    "211214",
    "211232",
    "2331112",
]
"""Table 1: of each value the widths of bar, space, bar … in modules."""


def values_of(text: str) -> list[int]:
    """Return the symbols of a text as their values: start, data, check, stop. Raises ValueError for no ASCII text."""
    if not text or not all(_FIRST <= ord(character) <= _LAST for character in text):
        raise ValueError("Code 128 has no symbols for that text.")
    if text.isdecimal() and not len(text) % 2:
        symbols = [_START_C, *(int(text[at : at + 2]) for at in range(0, len(text), 2))]
    else:
        symbols = [_START_B, *(ord(character) - _FIRST for character in text)]
    weighted = (at * value for at, value in enumerate(symbols[1:], 1))  # annex A.1
    return [*symbols, (symbols[0] + sum(weighted)) % _MODULUS, _STOP]


def modules_of(text: str) -> int:
    """Return how wide a text's symbol is, in modules, without the quiet zones."""
    return sum(int(width) for value in values_of(text) for width in _WIDTHS[value])


def bars_of(text: str) -> Iterator[tuple[int, int]]:
    """Yield each bar as where it begins and how wide it is, in modules."""
    at = 0
    for value in values_of(text):
        for place, width in enumerate(map(int, _WIDTHS[value])):
            if not place % 2:
                yield at, width
            at += width
