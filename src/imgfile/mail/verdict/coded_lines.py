"""Files that stand in a text in lines or rows, as old tools, dumps and programs write bytes; none is decoded.

1. uuencode, also where the line `begin 644 name` is quoted, indented, or in another part of the same file.
2. Dumps in hexadecimal, each line behind its offset.
3. Octets one by one: in decimal, in octal or hexadecimal escapes, as HTML's character references.
4. Anything else that codes bytes in letters: lines of the same length without a blank, or words as no language has.

What each way must hold is searched for first, in the text with its characters turned into their kinds: that takes a
tenth of the time, and ordinary texts hold none of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final


def _shape(kinds: dict[bytes, bytes]) -> bytes:
    """Return a table that turns each of some characters into the letter of its kind; of all others into `x`."""
    table = bytearray(b"x" * 256)
    for letter, characters in kinds.items():
        for character in characters:
            table[character] = letter[0]
    return bytes(table)


_DIGITS: Final = b"0123456789"
_LETTERS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

_CAPITAL: Final = _shape({b"u": bytes(range(0x20, 0x61))})
_UUENCODE: Final = re.compile(rb"(?:^[>| \t]{0,40}M[ -`]{60,61}[ \t\r]*\n){4}", re.MULTILINE)
"""Full lines of 45 bytes (POSIX.1-2017, `uuencode`): an M, then sixty letters none of which is small, and a sum."""

_OCTET: Final = _shape({b"h": _DIGITS + b"ABCDEFabcdef", b" ": b" \t-"})
_GROUPS: Final = (b"hh hh hh hh hh", b"hhhh hhhh hhhh", b"hhhhhhhh hhhhhhhh")
_DUMPED: Final = re.compile(
    rb"^[>| \t]{0,40}[0-9A-Fa-f]{4,16}:?[ \t]+((?:(?:[0-9A-Fa-f]{2}){1,4}[ \t-]{1,2}){3,16})", re.MULTILINE
)
"""A line of hexdump, xxd or od: the offset, then octets in groups."""
_HEX_LETTER: Final = re.compile(rb"[A-Fa-f]")
_ENOUGH_DUMPED: Final = 16
"""Lines; a table of numbers has no such letters in any."""

_NUMBER: Final = _shape({b"d": _DIGITS + b",; \t\r\n"})
_NUMBERS: Final = re.compile(
    rb"(?<![0-9.,-])(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:[ \t]*[,;][ \t\r\n]{0,8}|[ \t\r\n]{1,8}))++"
)
_LEAST_NUMBERS_BYTES: Final = 3000
_ENOUGH_VALUES: Final = 120
"""Of 256 that an octet may have: tables of counts, ages or times have fewer."""

_ESCAPED: Final = (
    (b"\\", 240, re.compile(rb"(?:\\[0-3][0-7]{2})++")),
    (b"\\x", 240, re.compile(rb"(?:\\x[0-9A-Fa-f]{2}[,\" ]{0,3})++")),
    (b"0x", 240, re.compile(rb"(?:0x[0-9A-Fa-f]{1,2}[, \r\n\t]{1,12})++")),
    (b"&#", 2000, re.compile(rb"(?:&#(?:[0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5]|x[0-9A-Fa-f]{1,2});)++")),
)
"""Octet by octet, as in source texts and web pages: how an octet begins, how many bytes of such are enough, and a run
of them. Addresses that are hidden from robots in references are shorter."""
_LONGEST_ESCAPE_BYTES: Final = 8

_WORD: Final = _shape({b"A": _LETTERS + _DIGITS + b"+/", b" ": b" \t"})
_DENSE_WORDS: Final = re.compile(rb"(?<![!-~])(?:[A-Za-z0-9+/]{16,90}+[ \t]{1,3}+)++")
_LEAST_WORDS_BYTES: Final = 480
_TWO_WORDS: Final = b"A" * 16 + b" " + b"A" * 16

_DENSE: Final = _shape({b"A": bytes(range(0x21, 0x7F))})
_QUOTES: Final = (b"\n> ", b"\n  ", b"\n\t")
_EVEN_LENGTHS: Final = range(8, 1001)
_EVEN_BYTES: Final = 480
_EVEN_LINES: Final = 8
_EVEN_LETTERS: Final = 44
"""Lists of numbers, codes or digests use fewer characters; base64 has 64, base85 has 85."""
_ADDRESS: Final = b"://"


def codes_bytes(text: bytes) -> bool:
    """Return whether a file stands in a text in one of these ways."""
    return any(is_so(text) for is_so in _WAYS)


def _is_uuencoded(text: bytes) -> bool:
    return b"u" * 61 in text.translate(_CAPITAL) and _UUENCODE.search(text) is not None


def _is_dumped(text: bytes) -> bool:
    shape = text.translate(_OCTET)
    if not any(groups in shape for groups in _GROUPS):
        return False
    count = 0
    for line in _DUMPED.finditer(text):
        count += _HEX_LETTER.search(line[1]) is not None
        if count >= _ENOUGH_DUMPED:
            return True
    return False


def _is_numbers(text: bytes) -> bool:
    if b"d" * _LEAST_NUMBERS_BYTES not in text.translate(_NUMBER):
        return False
    return any(_are_octets(numbers[0]) for numbers in _NUMBERS.finditer(text))


def _are_octets(numbers: bytes) -> bool:
    if len(numbers) < _LEAST_NUMBERS_BYTES:
        return False
    return len(set(re.findall(rb"[0-9]+", numbers))) >= _ENOUGH_VALUES


def _is_escaped(text: bytes) -> bool:
    return any(
        text.count(mark) * _LONGEST_ESCAPE_BYTES >= least
        and any(run.end() - run.start() >= least for run in pattern.finditer(text))
        for mark, least, pattern in _ESCAPED
    )


def _is_dense_words(text: bytes) -> bool:
    if _TWO_WORDS not in text.translate(_WORD):
        return False
    return any(run.end() - run.start() >= _LEAST_WORDS_BYTES for run in _DENSE_WORDS.finditer(text))


def _is_even(text: bytes) -> bool:
    bare = text
    for quote in _QUOTES:
        bare = bare.replace(quote, b"\n")
    if b"A" * _EVEN_BYTES not in bare.translate(_DENSE, b"\r\n"):
        return False
    return any(_is_mixed(run) for run in _even_runs(line.strip(b"> |\t\r") for line in bare.split(b"\n")))


def _even_runs(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield the lines that follow each other and are one word of the same length."""
    run: list[bytes] = []
    for line in lines:
        if run and len(line) == len(run[0]) and b" " not in line:
            run.append(line)
            continue
        if run:
            yield run
        run = [line] if len(line) in _EVEN_LENGTHS and b" " not in line else []
    if run:
        yield run


def _is_mixed(run: list[bytes]) -> bool:
    if len(run) < _EVEN_LINES or len(run) * len(run[0]) < _EVEN_BYTES or _ADDRESS in run[0]:
        return False
    return len(set(b"".join(run))) >= _EVEN_LETTERS


_WAYS: Final[tuple[Callable[[bytes], bool], ...]] = (
    _is_uuencoded,
    _is_dumped,
    _is_numbers,
    _is_escaped,
    _is_dense_words,
    _is_even,
)
