"""Bech32 against the vectors of BIP-173, and what every mistake in copying comes to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.sealing import bech32

VALID = [
    "A12UEL5L",
    "a12uel5l",
    "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
    "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
    f"11{'q' * 82}c8247j",
    "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
    "?1ezyfcl",
]
INVALID = {
    "prefix with a space": "\x201nwldj5",
    "prefix with DEL": "\x7f1axkwrx",
    "prefix beyond ASCII": "\x801eym55h",
    "prefix of 84 characters": (
        "an84characterslonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1569pvx"
    ),
    "no separator": "pzry9x0s0muk",
    "empty prefix": "1pzry9x0s0muk",
    "character outside the alphabet": "x1b4n0q5v",
    "checksum too short": "li1dgmt3",
    "checksum beyond ASCII": "de1lg7wt\xff",
    "checksum of the upper-case prefix": "A1G7SGD8",
    "empty prefix, no data": "10a06t8",
    "empty prefix, short data": "1qzzfhee",
    "mixed case": "A12uEL5L",
    "nothing": "",
    "longer than any key": f"age1{'q' * bech32.TEXT_LIMIT_CHARACTERS}",
    "upper case whose lower case is longer": "İ1ezyfcl",
}
prefixes = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789-!~?"), min_size=1, max_size=83)


@pytest.mark.parametrize("text", VALID)
def test_valid_vectors_are_read_and_spelled_the_same(text: str) -> None:
    """In lower case, which is how this module spells."""
    assert bech32.encode(*bech32.decode(text)) == text.lower()


def test_the_alphabet_vector_holds_the_digits_in_order() -> None:
    """So the bytes, not only the spelling, are right."""
    _, data = bech32.decode("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw")
    assert data.hex() == "00443214c74254b635cf84653a56d7c675be77df"


@pytest.mark.parametrize("text", INVALID.values(), ids=INVALID.keys())
def test_invalid_vectors_are_refused_without_being_repeated(text: str) -> None:
    """The text may be a secret, so no message holds it."""
    with pytest.raises(ValueError, match=r"Bech32|character|checksum|too long|ASCII|case") as caught:
        bech32.decode(text)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("digits", ["q", "qqq", "qqqqqq", "qp", "qqql"])
def test_digits_that_are_no_whole_bytes_are_refused(digits: str) -> None:
    """More than four bits of padding, or padding that is not zero, has no bytes to stand for."""
    values = digits.encode().translate(bech32._TEXT_TO_DIGITS)
    residue = bech32._polymod(bech32._expand("age") + values + bytes(6)) ^ 1
    checksum = bytes(residue >> shift & 31 for shift in range(25, -1, -5)).translate(bech32._DIGITS_TO_TEXT)
    with pytest.raises(ValueError, match=r"padding|Incorrect padding|Invalid"):
        bech32.decode(f"age1{digits}{checksum.decode()}")


@given(prefixes, st.binary(max_size=1216))
def test_what_is_spelled_is_read_back(prefix: str, data: bytes) -> None:
    """For any prefix and any bytes up to the longest key."""
    assert bech32.decode(bech32.encode(prefix, data)) == (prefix, data)


@given(st.binary(min_size=32, max_size=32), st.data())
def test_up_to_three_wrong_characters_in_a_key_are_noticed(key: bytes, data: st.DataObject) -> None:
    """BIP-173 promises four within 90 characters; a key of 32 bytes is shorter."""
    text = bech32.encode("age", key)
    for place in data.draw(st.sets(st.integers(4, len(text) - 1), min_size=1, max_size=3)):
        other = data.draw(st.sampled_from(sorted(set("qpzry9x8gf2tvdw0s3jn54khce6mua7l") - {text[place]})))
        text = text[:place] + other + text[place + 1 :]
    with pytest.raises(ValueError, match="checksum"):
        bech32.decode(text)
