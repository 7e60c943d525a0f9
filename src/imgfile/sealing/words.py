"""How bits are shown so that a person can say them, write them down and type them.

As words of the BIP-39 English list: 2,048 of them, 11 bits each, told apart by their first four letters. Not BIP-39
itself: there is no checksum word.
"""

from __future__ import annotations

import secrets
from functools import cache
from typing import Final

from imgfile.errors import Error

BITS_PER_WORD: Final = 11
PASSPHRASE_WORDS: Final = 6
"""66 bits: at scrypt's 2 ** 18 steps a guess, out of reach of any attacker who must try them all."""


def make_passphrase() -> str:
    """Make a passphrase of six random words (66 bits), such as `harbor-velvet-onion-quarter-tunnel-maple`."""
    return "-".join(secrets.choice(_english()) for _ in range(PASSPHRASE_WORDS))


def words(data: bytes, count: int) -> str:
    """Show the first `count` times 11 bits of a digest as words: four of them (44 bits) catch any slip.

    Against somebody who makes digests until the words agree, four words are 2 ** 44 trials and eight are 2 ** 88.
    Raises `Error` if there are not that many bits.
    """
    spare_bits = len(data) * 8 - count * BITS_PER_WORD
    if spare_bits < 0:
        raise Error(f"{len(data)} bytes cannot be shown as {count} words.")
    bits = int.from_bytes(data, "big") >> spare_bits
    indexes = (bits >> BITS_PER_WORD * place & (1 << BITS_PER_WORD) - 1 for place in reversed(range(count)))
    return "-".join(_english()[index] for index in indexes)


@cache
def _english() -> tuple[str, ...]:
    from mnemonic import Mnemonic  # noqa: PLC0415 - 10 ms, and few commands show words

    return tuple(Mnemonic("english").wordlist)
