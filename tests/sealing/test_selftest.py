"""The self-test: it passes here, and a library that errs, even consistently, seals nothing."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from importlib import import_module

import pytest

from imgfile.errors import Error
from imgfile.sealing import Identity, seal_bytes, selftest, unseal_bytes
from imgfile.sealing.selftest import KNOWN_ANSWERS, KnownAnswer, prove
from kit.vault.age_files import KINDS, make_identity


@pytest.fixture(autouse=True)
def _unproven() -> Iterator[None]:
    """Let each test prove the library anew, and leave no verdict behind."""
    prove.cache_clear()
    yield
    prove.cache_clear()


@pytest.fixture(params=KINDS)
def identity(request: pytest.FixtureRequest) -> Identity:
    """One identity of each kind."""
    return make_identity(request.param)


def kind_of(identity: Identity) -> str:
    """Name the kind that seals to this identity."""
    return identity.recipient.kind


def test_a_sound_library_is_proven_once_and_fast(identity: Identity) -> None:
    """A few milliseconds at the first seal, nothing after."""
    start = time.process_time()
    prove(kind_of(identity))
    first = time.process_time() - start
    seal_bytes(b"x", [identity.recipient])
    assert prove.cache_info().misses == 1
    assert first < 0.1  # 1 to 10 ms here, the import included; the bound is for a busy machine


FAULTS = {
    "ChaCha20-Poly1305 forgets the counter": ("payload", "_COUNTER_BYTES", 10),
    "the payload is cut elsewhere": ("payload", "CHUNK_BYTES", 32),
    "the file key's nonce is another": ("filekey", "_ONLY_NONCE", b"\1" * 12),
    "scrypt's block size is another": ("primitives", "_SCRYPT_BLOCK", 1),
    "X25519 derives with another label": ("x25519", "_LABEL", b"age-encryption.org/v1/X25518"),
    "HPKE derives with another label": ("hybrid", "_LABEL", b"age-encryption.org/mlkem768x25518"),
    "ML-KEM's seed grows otherwise": ("hybrid", "_MLKEM_SEED_BYTES", 63),
    "scrypt derives with another label": ("passphrase", "_LABEL", b"age-encryption.org/v1/scrypT"),
}
KINDS_HIT = {
    "payload": {"X25519", "mlkem768x25519", "scrypt"},
    "filekey": {"X25519", "scrypt"},
    "primitives": {"scrypt"},
    "x25519": {"X25519"},
    "hybrid": {"mlkem768x25519"},
    "passphrase": {"scrypt"},
}


@pytest.mark.parametrize("fault", FAULTS.keys())
def test_a_library_that_errs_consistently_seals_nothing(
    fault: str, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own round trip may succeed; the file that another implementation sealed gives it away."""
    module, name, value = FAULTS[fault]
    recipient = identity.recipient
    monkeypatch.setattr(import_module(f"imgfile.sealing.{module}"), name, value)
    if recipient.kind in KINDS_HIT[module]:
        with pytest.raises(Error, match="Nothing was sealed"):
            seal_bytes(b"x", [recipient])
    else:
        assert unseal_bytes(seal_bytes(b"x", [recipient]), [identity]) == b"x"


def test_a_library_that_accepts_a_changed_bit_seals_nothing(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the known answer itself is changed in the bit that the test would flip: it opens only when flipped."""
    answer = KNOWN_ANSWERS[kind_of(identity)]
    sealed = bytearray(base64.b64decode(answer.sealed))
    sealed[-1] ^= 1
    changed = KnownAnswer(answer.secret, base64.b64encode(sealed))
    monkeypatch.setitem(selftest.KNOWN_ANSWERS, kind_of(identity), changed)
    with pytest.raises(Error, match="Nothing was sealed"):
        seal_bytes(b"x", [identity.recipient])


def test_a_verdict_against_the_library_is_asked_for_again(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only success is remembered."""
    with monkeypatch.context() as broken:
        broken.setattr(selftest, "MESSAGE", b"another")
        for _ in range(2):
            with pytest.raises(Error):
                seal_bytes(b"x", [identity.recipient])
    assert unseal_bytes(seal_bytes(b"x", [identity.recipient]), [identity]) == b"x"
