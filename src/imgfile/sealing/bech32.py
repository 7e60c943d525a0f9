"""Keys as text that notices typing errors.

Bech32 as BIP-173 has it, but without its limit of 90 characters: a post-quantum recipient takes 1,959. The length is
still bounded, because everything here is parsed from files that others may have written.

Five-bit digits are Base32's with another alphabet, so the standard library does the regrouping, and refuses what
BIP-173 refuses: more than four bits of padding.
"""

from __future__ import annotations

import base64
from functools import reduce
from operator import xor
from typing import Final

TEXT_LIMIT_CHARACTERS: Final = 2048
"""The longest text that is looked at; a post-quantum recipient, the longest there is, takes 1,959."""
PREFIX_LIMIT_CHARACTERS: Final = 83

_CHECKSUM_DIGITS = 6
_ALPHABET = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BASE32_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_DIGITS = bytes(range(32))
_BASE32_TO_DIGITS = bytes.maketrans(_BASE32_ALPHABET, _DIGITS)
_DIGITS_TO_BASE32 = bytes.maketrans(_DIGITS, _BASE32_ALPHABET)
_DIGITS_TO_TEXT = bytes.maketrans(_DIGITS, _ALPHABET)
_TEXT_TO_DIGITS = bytes.maketrans(_ALPHABET, _DIGITS)

_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_STEPS: Final = tuple(
    # One look-up for the five conditional XORs of BIP-173's loop: a long recipient is read in 0.3 ms, not in 2.6.
    reduce(xor, (term for bit, term in enumerate(_GENERATOR) if top >> bit & 1), 0)
    for top in range(32)
)


def encode(prefix: str, data: bytes) -> str:
    """Spell bytes as lower-case Bech32 behind a lower-case prefix."""
    digits = base64.b32encode(data).rstrip(b"=").translate(_BASE32_TO_DIGITS)
    residue = _polymod(_expand(prefix) + digits + bytes(_CHECKSUM_DIGITS)) ^ 1
    checksum = bytes(residue >> shift & 31 for shift in range(25, -1, -5))
    return f"{prefix}1{(digits + checksum).translate(_DIGITS_TO_TEXT).decode()}"


def decode(text: str) -> tuple[str, bytes]:
    """Read Bech32 in either case, not mixed; return the prefix in lower case, and the bytes.

    Raises ValueError for anything else, without the text in it: it may be a secret.
    """
    prefix, separator, rest = _one_case(text).rpartition("1")
    if not separator or not 1 <= len(prefix) <= PREFIX_LIMIT_CHARACTERS or len(rest) < _CHECKSUM_DIGITS:
        raise ValueError("not Bech32")
    symbols = rest.encode()
    if symbols.translate(None, delete=_ALPHABET):
        raise ValueError("a character that Bech32 does not use")
    digits = symbols.translate(_TEXT_TO_DIGITS)
    if _polymod(_expand(prefix) + digits) != 1:
        raise ValueError("the checksum does not match")
    return prefix, _regroup(digits[:-_CHECKSUM_DIGITS])


def _one_case(text: str) -> str:
    if len(text) > TEXT_LIMIT_CHARACTERS:
        raise ValueError("too long")
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError("not printable ASCII")
    if text not in {text.lower(), text.upper()}:
        raise ValueError("mixed case")
    return text.lower()


def _regroup(digits: bytes) -> bytes:
    base32 = digits.translate(_DIGITS_TO_BASE32)
    data = base64.b32decode(base32 + b"=" * (-len(base32) % 8))  # binascii.Error is a ValueError
    if base64.b32encode(data).rstrip(b"=") != base32:
        raise ValueError("padding that is not zero")
    return data


def _expand(prefix: str) -> bytes:
    letters = prefix.encode()
    return bytes(letter >> 5 for letter in letters) + b"\0" + bytes(letter & 31 for letter in letters)


def _polymod(digits: bytes) -> int:
    residue = 1
    for digit in digits:
        residue = (residue & 0x1FFFFFF) << 5 ^ digit ^ _STEPS[residue >> 25]
    return residue
