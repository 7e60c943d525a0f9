"""The age test vectors (C2SP CCTV, npm cctv-age 0.2.0): every failure class and all the released plaintext."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

import pytest

from imgfile.errors import Damaged, WrongKey
from imgfile.sealing import Flaw, unseal
from imgfile.sealing.header import parse
from imgfile.sealing.pieces import split, views
from kit.vault.age_files import Vector, load_vectors

pytestmark = pytest.mark.slow

FAILURE = {Flaw.HEADER: "header failure", Flaw.MAC: "HMAC failure", Flaw.PAYLOAD: "payload failure"}
KINDS_THAT_IMGFILE_LACKS = ("p256tag", "mlkem768p256tag", "piv-p256", "ssh-")


@pytest.fixture(scope="module")
def vectors() -> list[Vector]:
    """All of them."""
    return load_vectors()


def outcome(vector: Vector, ciphertext: Iterable[bytes]) -> tuple[str, bytes]:
    """Open a vector's file; return the class of what happened, and what was released until then."""
    released = bytearray()
    try:
        for part in unseal(ciphertext, vector.identities):
            released += part
    except WrongKey:
        return "no match", bytes(released)
    except Damaged as error:
        return FAILURE[Flaw(error.message)], bytes(released)
    return "success", bytes(released)


def is_as_expected(vector: Vector, ciphertext: Iterable[bytes]) -> bool:
    """Return whether class and plaintext are the vector's; before the payload nothing is released."""
    found, released = outcome(vector, ciphertext)
    wanted = vector.payload or hashlib.sha256(b"").hexdigest()
    return found == vector.expect and hashlib.sha256(released).hexdigest() == wanted


def test_every_vector_that_is_not_armored_is_here(vectors: list[Vector]) -> None:
    """The package holds 143 vectors, 110 of them without armor."""
    assert Counter(vector.expect for vector in vectors) == {
        "success": 19,
        "no match": 12,
        "header failure": 60,
        "HMAC failure": 1,
        "payload failure": 18,
    }


@pytest.mark.parametrize("part_bytes", [1 << 30, 65_552, 4_096, 7])
def test_class_and_released_plaintext_are_those_of_each_vector(vectors: list[Vector], part_bytes: int) -> None:
    """Whatever parts the file arrives in."""
    wrong = []
    for vector in vectors:
        if part_bytes < 100 and len(vector.file) > 200_000:
            continue  # a hundred thousand tiny parts show nothing that the shorter files do not
        parts = (vector.file[start : start + part_bytes] for start in range(0, len(vector.file), part_bytes))
        if not is_as_expected(vector, parts):
            wrong.append((vector.name, vector.expect, outcome(vector, [vector.file])[0]))
    assert not wrong


def test_encoding_a_parsed_header_gives_the_same_bytes(vectors: list[Vector]) -> None:
    """For every vector whose header is sound; there are 50 of those."""
    parsed = 0
    for vector in vectors:
        if vector.expect == "header failure":
            continue
        raw, _, _ = split(views(vector.file))
        assert parse(raw).encode() == raw, vector.name
        parsed += 1
    assert parsed == 50


def test_no_vector_needs_a_kind_of_recipient_that_is_missing_here(vectors: list[Vector]) -> None:
    """Hardware tags are the kinds of the specification that imgfile does not open; no class above rests on that."""
    for vector in vectors:
        assert not any(b"-> " + kind.encode() in vector.file[: 1 << 20] for kind in KINDS_THAT_IMGFILE_LACKS), (
            vector.name
        )
