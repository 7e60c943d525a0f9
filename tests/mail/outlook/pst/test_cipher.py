"""How a data file's blocks are disguised is undone as [MS-PST] writes it down, byte by byte."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from imgfile.mail.outlook.pst import cipher
from imgfile.mail.outlook.pst.cipher import CryptMethod, decode


def turned_by_the_book(data: bytes, key: int) -> bytes:
    """Code one byte after another, as CryptCyclic does (§5.2)."""
    word = (key ^ key >> 16) & 0xFFFF
    coded = bytearray()
    for byte in data:
        low, high = word & 0xFF, word >> 8
        swapped = cipher._SWAP[(cipher._OUT[(byte + low) % 256] + high) % 256]
        coded.append((cipher._BACK[(swapped - high) % 256] - low) % 256)
        word = (word + 1) & 0xFFFF
    return bytes(coded)


@given(st.binary(max_size=2000), st.integers(0, 0xFFFFFFFF))
def test_the_cyclic_way_is_that_of_the_book_and_its_own_reverse(data: bytes, key: int) -> None:
    """Whatever the block's id, and across the bytes at which the key's upper half counts up."""
    coded = decode(data, CryptMethod.CYCLIC, key)
    assert coded == turned_by_the_book(data, key)
    assert decode(coded, CryptMethod.CYCLIC, key) == data


def test_the_exchange_is_undone_whatever_the_blocks_id() -> None:
    """Each byte becomes the one that the table exchanges for it; without a method nothing changes."""
    for key in (0, 4, 0xFFFFFFFF):
        assert decode(cipher._OUT, CryptMethod.PERMUTE, key) == bytes(range(256))
        assert decode(cipher._OUT, CryptMethod.NONE, key) == cipher._OUT
    assert cipher._OUT[:4] == b"\x41\x36\x13\x62"
