"""Bits as words: the list is BIP-39's, each word is 11 bits, and passphrases are random."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.errors import Error
from imgfile.sealing.words import _english, make_passphrase, words


def test_the_list_is_the_english_one_of_bip_39() -> None:
    """By the SHA-256 of bips/bip-0039/english.txt; its words differ in their first four letters."""
    text = "".join(f"{word}\n" for word in _english())
    assert (
        hashlib.sha256(text.encode()).hexdigest() == "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
    )
    assert len({word[:4] for word in _english()}) == 2048


def test_words_are_the_leading_bits() -> None:
    """The entropy of BIP-39's own test vectors, without their checksum word."""
    legal = "legal-winner-thank-year-wave-sausage-worth-useful-legal-winner-thank"
    assert words(bytes.fromhex("7f" * 16), 11) == legal
    assert words(bytes.fromhex("80" * 16), 3) == "letter-advice-cage"
    assert words(b"\xff" * 32, 4) == "zoo-zoo-zoo-zoo"
    assert words(b"\0\x20" + bytes(30), 2) == "ability-abandon"


@given(st.binary(min_size=32, max_size=32), st.integers(1, 23))
def test_no_bit_of_a_digest_is_lost_or_added(digest: bytes, count: int) -> None:
    """The words, read back as numbers, are the digest's first bits."""
    bits = "".join(f"{_english().index(word):011b}" for word in words(digest, count).split("-"))
    assert f"{int.from_bytes(digest, 'big'):0256b}".startswith(bits)


def test_more_words_than_bits_are_refused() -> None:
    """Rather than shown with bits that say nothing."""
    with pytest.raises(Error):
        words(bytes(5), 4)


def test_passphrases_are_six_words_and_never_the_same() -> None:
    """66 bits: a thousand of them do not meet."""
    made = {make_passphrase() for _ in range(1000)}
    assert len(made) == 1000
    assert all(set(passphrase.split("-")) <= set(_english()) and passphrase.count("-") == 5 for passphrase in made)
