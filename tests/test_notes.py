"""Signed notes: the layout is strict, both signatures count, and nothing else passes."""

from __future__ import annotations

import base64
import hashlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile import notes
from imgfile.errors import Damaged
from imgfile.notes import Body, PublicKeys, SigningKey

VAULT = "5" * 32
KEY = SigningKey("a" * 32, bytes(range(64)))
OTHER = SigningKey("b" * 32, bytes(64))
SIGNERS = {KEY.name: KEY.public}

scalars = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(string.printable + "é€😀", max_size=8)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner))
bodies = st.dictionaries(st.text(max_size=4), values, max_size=4)


def check(data: bytes, signers: dict[str, PublicKeys] | None = None) -> notes.Note:
    """Verify as a reader of test notes would."""
    return notes.verified_note(data, SIGNERS if signers is None else signers, kind="test", vault=VAULT)


@given(bodies)
def test_what_is_signed_is_what_is_read(body: Body) -> None:
    """Sign, encode, verify: the facts, the signer and the digest come back."""
    note = KEY.sign("test", VAULT, body)
    read = check(note.encode())
    assert (read.body, read.signer, read.digest) == (body, KEY.name, note.digest)
    assert read.encode() == note.encode()


def test_the_layout_is_the_documented_one() -> None:
    """Two lines of text, an empty line, two signature lines of one signer; key ids by C2SP's rule."""
    lines = KEY.sign("test", VAULT, {"b": 1, "a": "é"}).encode().decode().split("\n")
    assert lines[:3] == [f"imgfile/test/v1 {VAULT}", '{"a":"\\u00e9","b":1}', ""]
    assert [line[:35] for line in lines[3:5]] == [f"\u2014 {KEY.name} "] * 2
    assert [len(base64.b64decode(line[35:])) for line in lines[3:5]] == [4 + 64, 4 + 2420]
    assert lines[5:] == [""]


@pytest.mark.slow
def test_every_flipped_bit_and_every_cut_is_refused() -> None:
    """No byte of a note is outside its signatures' or its layout's reach."""
    data = KEY.sign("test", VAULT, {"n": 1}).encode()
    for index in range(len(data)):
        flipped = bytearray(data)
        flipped[index] ^= 1 << index % 8
        with pytest.raises(Damaged):
            check(bytes(flipped))
        with pytest.raises(Damaged):
            check(data[:index])


def swapped(data: bytes) -> bytes:
    """Return the note with its two signature lines exchanged."""
    *text, first, second, end = data.split(b"\n")
    return b"\n".join([*text, second, first, end])


def without(data: bytes, line: int) -> bytes:
    """Return the note without one of its lines."""
    lines = data.split(b"\n")
    return b"\n".join(lines[:line] + lines[line + 1 :])


def mixed() -> bytes:
    """Return a note whose second signature is another signer's."""
    *text, first, _, end = KEY.sign("test", VAULT, {}).encode().split(b"\n")
    second = OTHER.sign("test", VAULT, {}).encode().split(b"\n")[-2]
    return b"\n".join([*text, first, second, end])


GOOD = KEY.sign("test", VAULT, {"n": 1}).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n\n\n\n",
        swapped(GOOD),
        without(GOOD, 3),
        without(GOOD, 4),
        mixed(),
        GOOD + b"\n",
        GOOD + GOOD.split(b"\n")[3] + b"\n",
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b'{"n":1}', b'{"n": 1}'),
        GOOD.replace(b'{"n":1}', b'{"n":1.0}'),
        GOOD.replace(b'{"n":1}', b'{"n":NaN}'),
        GOOD.replace(b'{"n":1}', b'{"n":1,"n":1}'),
        GOOD.replace(b'{"n":1}', b"[1]"),
        GOOD.replace(b'{"n":1}', b"[" * 100_000),
        GOOD.replace(b'{"n":1}', b"1" * 5_000),
        GOOD.replace(b"/v1 ", b"/v2 "),
        GOOD.replace(b"test", b"TEST"),
        b"x" * (notes.MAX_NOTE_BYTES + 1),
        KEY.sign("other", VAULT, {"n": 1}).encode(),
        KEY.sign("test", "6" * 32, {"n": 1}).encode(),
        OTHER.sign("test", VAULT, {"n": 1}).encode(),
    ],
)
def test_what_is_not_exactly_such_a_note_is_refused(data: bytes) -> None:
    """Layout, canonical JSON, version, kind, vault and signer all count."""
    with pytest.raises(Damaged):
        check(data)


def test_a_newer_version_says_so() -> None:
    """The reader is asked to update, not that the note is damaged."""
    with pytest.raises(Damaged, match="newer imgfile") as caught:
        check(GOOD.replace(b"/v1 ", b"/v3 "))
    assert caught.value.hint


def test_either_signature_alone_is_not_enough() -> None:
    """A signer whose Ed25519 or whose ML-DSA-44 half is another's does not pass."""
    for halves in ((KEY.public.ed25519, OTHER.public.ml_dsa_44), (OTHER.public.ed25519, KEY.public.ml_dsa_44)):
        with pytest.raises(Damaged):
            check(GOOD, {KEY.name: PublicKeys(KEY.name, *halves)})


def test_a_right_key_id_with_a_wrong_signature_is_refused() -> None:
    """The key id is a pointer, not a proof: each signature is checked."""
    for line in (3, 4):
        lines = GOOD.split(b"\n")
        raw = bytearray(base64.b64decode(lines[line].split(b" ")[2]))
        raw[-1] ^= 1
        lines[line] = b"\xe2\x80\x94 " + KEY.name.encode() + b" " + base64.b64encode(bytes(raw))
        with pytest.raises(Damaged):
            check(b"\n".join(lines))


def test_keys_survive_the_roster() -> None:
    """Public keys come back from a roster entry; an entry that lacks one is refused."""
    assert PublicKeys.from_json(KEY.public.to_json()) == KEY.public
    for entry in ({}, {"id": "x", "ed25519": 3, "ml_dsa_44": ""}, {"id": "x", "ed25519": "*", "ml_dsa_44": ""}):
        with pytest.raises(Damaged):
            PublicKeys.from_json(entry)


def test_secrets_stay_out_of_reprs() -> None:
    """A signing key shows its name; a key of the wrong length is none."""
    assert repr(KEY) == f"SigningKey('{KEY.name}')"
    assert SigningKey.generate("c" * 32).secret != SigningKey.generate("c" * 32).secret
    with pytest.raises(Damaged):
        SigningKey("c" * 32, b"short")


def test_floats_never_enter_a_note() -> None:
    """Two programs may print one float differently; a note must have one spelling."""
    for body in ({"x": 1.5}, {"x": [{"y": 0.0}]}):
        with pytest.raises(TypeError):
            KEY.sign("test", VAULT, body)


def test_a_key_id_is_c2sps() -> None:
    """Four bytes of SHA-256 over name, a line feed, the type of the algorithm and the key (c2sp.org/signed-note)."""
    lines = KEY.sign("test", VAULT, {}).encode().decode().split("\n")[3:5]
    for line, kind, key in zip(
        lines, (b"\x01", b"\xffimgfile/ml-dsa-44"), (KEY.public.ed25519, KEY.public.ml_dsa_44), strict=True
    ):
        expected = hashlib.sha256(KEY.name.encode() + b"\n" + kind + key).digest()[:4]
        assert base64.b64decode(line.split(" ")[2])[:4] == expected


@pytest.mark.parametrize(
    "data",
    [GOOD.replace(b"\n\n", b"\nx\n"), GOOD + b"x", GOOD.replace(b"\n\n", b"\n\n\n"), b"\n" + GOOD],
    ids=["a line that is to be empty", "more at the end", "two empty lines", "an empty line first"],
)
def test_nothing_unsigned_hides_between_or_after(data: bytes) -> None:
    """All of these carry the right text and both signatures."""
    with pytest.raises(Damaged, match=r"^a note is not laid out as one\.$"):
        check(data)


def test_a_note_is_at_most_as_long_as_is_told() -> None:
    """To the byte."""
    longest = notes.MAX_NOTE_BYTES - len(KEY.sign("test", VAULT, {"x": ""}).encode())
    note = KEY.sign("test", VAULT, {"x": "a" * longest})
    assert len(note.encode()) == notes.MAX_NOTE_BYTES
    assert check(note.encode()) == note
    with pytest.raises(Damaged, match=r"^a note is too long to be one\.$"):
        check(KEY.sign("test", VAULT, {"x": "a" * (longest + 1)}).encode())


def test_what_is_wrong_with_a_note_is_said() -> None:
    """With eight characters of the names in it, as people compare them."""
    with pytest.raises(Damaged, match=r"^a test note is of version 3, written by a newer imgfile\.$") as caught:
        check(GOOD.replace(b"/v1 ", b"/v3 "))
    assert caught.value.hint == "Update imgfile."
    expected = {
        "a note says it is a other of vault 66666666, where a test was expected.": KEY.sign("other", "6" * 32, {}),
        "a test note is signed by bbbbbbbb, whom the roster does not list for that.": OTHER.sign("test", VAULT, {}),
    }
    for message, note in expected.items():
        with pytest.raises(Damaged) as caught:
            check(note.encode())
        assert caught.value.message == message
    with pytest.raises(Damaged, match=r"^a test note does not carry valid signatures of aaaaaaaa\.$"):
        check(GOOD, {KEY.name: PublicKeys(KEY.name, OTHER.public.ed25519, KEY.public.ml_dsa_44)})
    with pytest.raises(Damaged, match=r"^a roster entry holds no usable keys\.$"):
        PublicKeys.from_json({})


@pytest.mark.parametrize("text", ["AAA=\n", "AAB=", "AA A=", "AAA", "AAA==", "-_A=", "AAA=AAA="])
def test_base64_has_one_spelling(text: str) -> None:
    """No spaces, no other alphabet, padded, and no bits beyond the last byte."""
    assert PublicKeys.from_json({**KEY.public.to_json(), "ed25519": "AAA="}).ed25519 == b"\0\0"
    with pytest.raises(Damaged):
        PublicKeys.from_json({**KEY.public.to_json(), "ed25519": text})


# --- notes that every key they bring has signed -------------------------------------------------------------


def of_all(data: bytes, *keys: SigningKey) -> notes.Note:
    """Read a note as one that brings these keys, in this order."""
    return notes.note_of_all(data, lambda _: [key.public for key in keys], kind="test", vault=VAULT)


def test_a_note_of_several_keys_is_signed_by_each_and_by_nobody_else() -> None:
    """In the order in which it brings them; with one signature missing, more, another's or invalid, it is refused."""
    one = KEY.sign("test", VAULT, {"n": 1})
    both = OTHER.countersign(one)
    forged, forger = SigningKey(KEY.name, bytes(range(1, 65))), SigningKey(OTHER.name, bytes(range(1, 65)))
    assert (of_all(both.encode(), KEY, OTHER), of_all(one.encode(), KEY)) == (both, one)
    assert (both.signer, both.text, both.digest) == (KEY.name, one.text, one.digest)
    refused = {
        "one is missing": (one, (KEY, OTHER)),
        "one is more": (both, (KEY,)),
        "the other order": (both, (OTHER, KEY)),
        "of another key of that name": (forger.countersign(one), (KEY, OTHER)),
        "the first of another key": (OTHER.countersign(forged.sign("test", VAULT, {"n": 1})), (KEY, OTHER)),
        "it brings none": (one, ()),
    }
    for case, (note, keys) in refused.items():
        with pytest.raises(Damaged) as caught:
            of_all(note.encode(), *keys)
        assert caught.value.message == "a test note does not carry valid signatures of every key that it brings.", case


def test_a_note_of_one_signer_has_no_second() -> None:
    """A manifest that somebody else signed beneath is not one, however valid both are."""
    signers = {KEY.name: KEY.public, OTHER.name: OTHER.public}
    with pytest.raises(Damaged, match=r"^a test note does not carry valid signatures of aaaaaaaa\.$"):
        check(OTHER.countersign(KEY.sign("test", VAULT, {})).encode(), signers)


def test_a_note_of_three_signers_is_laid_out_as_none() -> None:
    """A request brings two keys at most."""
    third = SigningKey("c" * 32, bytes(range(2, 66)))
    note = third.countersign(OTHER.countersign(KEY.sign("test", VAULT, {})))
    with pytest.raises(Damaged, match=r"^a note is not laid out as one\.$"):
        of_all(note.encode(), KEY, OTHER, third)


def test_the_digest_of_a_text_is_its_notes_whoever_signed() -> None:
    """Read from the bytes alone, it is that of the note, with one signer or two."""
    note = KEY.sign("test", VAULT, {"n": 1})
    assert {notes.text_digest(each.encode()) for each in (note, OTHER.countersign(note))} == {note.digest}
