"""Sealing and opening as other rooms do it: round trips, the file key, who shares a file, and every tampering."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imgfile.errors import Damaged, Error, UsageError, WrongKey
from imgfile.sealing import (
    FileKey,
    Flaw,
    HybridRecipient,
    Identity,
    Recipient,
    generate_identity,
    open_with_key,
    primitives,
    seal,
    seal_bytes,
    unseal,
    unseal_bytes,
)
from imgfile.sealing.passphrase import Passphrase
from imgfile.sealing.x25519 import X25519Recipient
from kit.vault.age_files import KINDS, SIZES, make_identity

CLASSICAL = generate_identity(post_quantum=False)
HYBRID = generate_identity(post_quantum=True)
IDENTITIES = {kind: make_identity(kind) for kind in KINDS}


@pytest.fixture(params=KINDS)
def identity(request: pytest.FixtureRequest) -> Identity:
    """One identity of each kind."""
    return IDENTITIES[request.param]


def cut(data: bytes, size: int) -> Iterator[bytes]:
    """Hand bytes over in parts."""
    return (data[start : start + size] for start in range(0, len(data), size))


# --- what goes in comes out -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_any_content_comes_back_by_identity_and_by_file_key(identity: Identity, size: int) -> None:
    """At and around the edges of a chunk."""
    content = bytes(number % 251 for number in range(min(size, 1000))) * (size // 1000 + 1)
    content = content[:size]
    sealed = seal(cut(content, 10_000), [identity.recipient])
    written = b"".join(sealed)
    assert b"".join(unseal(cut(written, 7_777), [identity])) == content
    assert b"".join(open_with_key(written, sealed.file_key)) == content


@given(
    st.sampled_from(KINDS),
    st.lists(st.binary(max_size=300), max_size=8),
    st.integers(1, 400),
    st.sampled_from([bytes, bytearray, memoryview]),
)
def test_round_trips_whatever_the_parts(kind: str, parts: list[bytes], size: int, view: type[bytes]) -> None:
    """Of any size, any number, and any type that holds bytes."""
    identity = IDENTITIES[kind]
    written = b"".join(seal(map(view, parts), [identity.recipient]))
    assert b"".join(unseal(map(view, cut(written, size)), [identity])) == b"".join(parts)


def test_every_recipient_opens_and_no_other() -> None:
    """Of several of one kind; and an identity among others finds its stanza."""
    for post_quantum in (False, True):
        identities = [generate_identity(post_quantum=post_quantum) for _ in range(4)]
        sealed = seal_bytes(b"photo", [identity.recipient for identity in identities[:3]])
        for identity in identities[:3]:
            assert unseal_bytes(sealed, [identities[3], CLASSICAL, HYBRID, Passphrase("x"), identity]) == b"photo"
        with pytest.raises(WrongKey):
            unseal(sealed, [identities[3], CLASSICAL, HYBRID])
        with pytest.raises(WrongKey):
            unseal(sealed, [])


def test_a_wrong_passphrase_opens_nothing() -> None:
    """Case and spaces count."""
    sealed = seal_bytes(b"keys", [Passphrase("harbor-velvet", work_factor=1)])
    assert unseal_bytes(sealed, [Passphrase("wrong"), Passphrase("harbor-velvet")]) == b"keys"
    for text in ("Harbor-velvet", "harbor-velvet ", "harbor velvet"):
        with pytest.raises(WrongKey):
            unseal_bytes(sealed, [Passphrase(text)])


@pytest.mark.slow
def test_passphrases_are_stretched_as_stock_age_stretches_them() -> None:
    """N = 2 ** 18 unless asked otherwise."""
    written = seal_bytes(b"", [Passphrase("x")])
    assert written.split(b"\n")[1].endswith(b" 18")


def test_two_files_share_no_key_and_no_nonce(identity: Identity) -> None:
    """Though content and recipient are the same."""
    first, second = (seal(b"same", [identity.recipient]) for _ in range(2))
    assert first.file_key != second.file_key
    assert b"".join(first)[-36:] != b"".join(second)[-36:]


def test_a_sealed_stream_can_be_taken_once() -> None:
    """A second pass could only encrypt other content under the same key, so there is none."""
    sealed = seal(b"photo", [CLASSICAL.recipient])
    assert b"".join(sealed)
    assert b"".join(sealed) == b""


# --- who may not share a file -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "recipients",
    [
        pytest.param([], id="nobody"),
        pytest.param([CLASSICAL.recipient, HYBRID.recipient], id="classical with post-quantum"),
        pytest.param([Passphrase("x"), CLASSICAL.recipient], id="passphrase with a recipient"),
        pytest.param([Passphrase("x"), Passphrase("y")], id="two passphrases"),
        pytest.param([CLASSICAL.recipient] * 257, id="too many"),
    ],
)
def test_mixtures_that_age_refuses_are_refused(recipients: list[Recipient]) -> None:
    """One classical recipient would undo what the post-quantum ones are for."""
    with pytest.raises(UsageError):
        seal(b"x", recipients)


@pytest.mark.parametrize(
    "recipient",
    [
        pytest.param(X25519Recipient(bytes(32)), id="point of low order"),
        pytest.param(HybridRecipient(b"\xff" * 1184 + CLASSICAL.recipient.point), id="no ML-KEM key"),  # type: ignore[union-attr]
        pytest.param(HybridRecipient(HYBRID.recipient.public[:1184] + bytes(32)), id="hybrid with low order"),  # type: ignore[union-attr]
    ],
)
def test_useless_public_keys_are_refused(recipient: Recipient) -> None:
    """They have the right length, so only using them shows it."""
    with pytest.raises(Damaged) as caught:
        seal(b"x", [recipient])
    assert caught.value.message == Flaw.RECIPIENT


def test_256_recipients_are_sealed_to_and_the_last_opens() -> None:
    """The most that one file may have."""
    last = generate_identity(post_quantum=True)
    sealed = seal_bytes(b"x", [HYBRID.recipient] * 255 + [last.recipient])
    assert len(sealed) < 1 << 20
    assert unseal_bytes(sealed, [last]) == b"x"


def test_too_little_memory_for_a_passphrase_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """With blocks so large that scrypt wants 2 PiB."""
    monkeypatch.setattr(primitives, "_SCRYPT_BLOCK", 1 << 24)
    with pytest.raises(Error, match="memory"):
        primitives.stretch(b"x", bytes(16), 20)


# --- every tampering is refused ---------------------------------------------------------------------------


def refusal(written: bytes, opener: Identity | FileKey) -> str:
    """Open a tampered file; return how it was refused, having seen that nothing was released."""
    try:
        parts = open_with_key(written, opener) if isinstance(opener, FileKey) else unseal(written, [opener])
    except WrongKey:
        return "wrong key"
    except Damaged as error:
        return Flaw(error.message).name
    with pytest.raises(Damaged) as caught:
        next(parts)
    return Flaw(caught.value.message).name


@pytest.mark.slow
def test_every_bit_of_a_small_file_counts(identity: Identity) -> None:
    """Each flipped alone: the identity refuses the file, and so does the file key; nothing is released."""
    sealed = seal(b"rash", [identity.recipient])
    written = b"".join(sealed)
    payload_start = len(written) - 16 - 4 - 16
    bits = range(8) if len(written) < 1000 else (0, 5)  # a hybrid header is long
    for place in range(len(written)):
        for bit in bits:
            flipped = written[:place] + bytes([written[place] ^ 1 << bit]) + written[place + 1 :]
            by_key = refusal(flipped, sealed.file_key)
            assert by_key in ({"HEADER", "MAC"} if place < payload_start else {"PAYLOAD"}), (place, bit)
            assert refusal(flipped, identity)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(["x25519", "hybrid"]), st.sets(st.integers(0, 1_000_000), min_size=1, max_size=9))
def test_any_flipped_bits_are_refused(kind: str, places: set[int]) -> None:
    """However many, wherever."""
    identity = IDENTITIES[kind]
    sealed = seal(b"rash", [identity.recipient])
    flipped = bytearray(b"".join(sealed))
    for place in {place % (len(flipped) * 8) for place in places}:
        flipped[place // 8] ^= 1 << place % 8
    assert refusal(bytes(flipped), sealed.file_key)
    assert refusal(bytes(flipped), identity)


def test_every_truncation_and_any_addition_is_refused(identity: Identity) -> None:
    """A cut within header or nonce is a damaged header, one within the content is damaged content."""
    sealed = seal(b"rash", [identity.recipient])
    written = b"".join(sealed)
    payload_start = len(written) - 4 - 16
    for end in range(len(written)):
        wanted = "HEADER" if end < payload_start else "PAYLOAD"
        assert refusal(written[:end], sealed.file_key) == wanted
        assert refusal(written[:end], identity) == wanted
    for addition in (b"\0", b"\n", written, bytes(65_552)):
        assert refusal(written + addition, identity) == "PAYLOAD"


def test_the_file_key_of_another_file_opens_nothing(identity: Identity) -> None:
    """Its MAC does not match, whatever the recipients."""
    written = seal_bytes(b"rash", [identity.recipient])
    assert refusal(written, seal(b"rash", [identity.recipient]).file_key) == "MAC"


def test_stanzas_swapped_between_files_are_noticed_when_reading_back() -> None:
    """A substituted recipient list has no valid MAC."""
    mine, theirs = (seal(b"rash", [CLASSICAL.recipient]) for _ in range(2))
    mine_written, theirs_written = b"".join(mine), b"".join(theirs)
    header_bytes = len(mine_written) - 36
    assert refusal(theirs_written[:header_bytes] + mine_written[header_bytes:], mine.file_key) == "MAC"


@settings(deadline=None)
@given(st.binary(max_size=500))
def test_noise_is_refused_by_every_kind(noise: bytes) -> None:
    """Whatever the bytes, only `Damaged` or `WrongKey` leaves."""
    for opener in (*IDENTITIES.values(), FileKey(bytes(16))):
        refusal(noise, opener)
