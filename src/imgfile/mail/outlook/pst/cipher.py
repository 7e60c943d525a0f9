"""How an Outlook data file disguises the bytes of its blocks ([MS-PST] §5.1 and §5.2).

No secret is involved: anybody can undo either way. The first exchanges each byte for another. The second, "high"
one, moves along as it goes, by a number that starts from the block's own id.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import Final, assert_never

# mpbbCrypt, the table of §5.1, has three parts: what a byte becomes, what the cyclic way swaps it for, and the reverse
# of the first.
_OUT: Final = bytes.fromhex(
    "41361362a8216ebbf416cc047f64e85d1ef2cb2a74c55e35d295479e962d9a884c7d843fdbac31b6485ff6c4d8398be7"
    "233b388ec8c1df25b120a546604e9cfbaad35651457c550007c92b9d859b09a08fadb30f63ab894bd7a7155a716642bf"
    "264a6b98faea7753b270052cfd593a867ece06eb827857c78d43afb41cd45bcde2e9274fc3087280cfb0eff5286dbe30"
    "4d3492d50e3c2232e5e4f99fc2d10a8112e1ee918376e397e6618a1779a4b7dc907a5c8c02a6ca69de501a1193b95287"
    "58fced1d37491b6ae0293399bd6cd994f340546ff0c673b8d63e6518441fdd6710f10c19ecae03a1147ba90bfff8a3c0"
    "a201f72ebc2468750dfeba2fb5d0da3d"
)
_SWAP: Final = bytes.fromhex(
    "14530f56b3c87a9ceb65481716159f02cc547c83000d0c0ba262a876dbd9edc7c5a4dcac8574d6d0a79bae9a967166c3"
    "6399b8dd73928e847da55ed15d93b1575150808952944f4e0a6bbc8d7f6e47464140440111cb033ff7f4e1a98f3c3af9"
    "fbf0193082092ec99da08649ee6f4d6dc42d813425871b88aafc06a11238fd4c4272641337246a757743ffe6b44b365c"
    "e4d8353d45b92cecb7312b290768a30e697b189e2139be281a5b78f523ca2ab0af3efe048ce7e5983295d3f64ae8a6ea"
    "e9f3d52f7020f21f0567ad5510cecde3273bdabad7c226d4911dd21c2233f8faf15aefcf90b68bb5bdc0bf08971e6ce2"
    "61e0c6c159abbb58de5fdf60797eb28a"
)
_RAMP: Final = bytes(range(256))
_BACK: Final = bytes.maketrans(_OUT, _RAMP)
_BYTES: Final = 256


class CryptMethod(IntEnum):
    """bCryptMethod (§2.2.2.6): how the blocks of a file are written."""

    NONE = 0
    PERMUTE = 1
    CYCLIC = 2


def decode(data: bytes, method: CryptMethod, block_id: int) -> bytes:
    """Undo a block's coding."""
    match method:
        case CryptMethod.NONE:
            return data
        case CryptMethod.PERMUTE:
            return data.translate(_BACK)
        case CryptMethod.CYCLIC:
            return _turn(data, (block_id ^ block_id >> 16) & 0xFFFF)
        case _:
            assert_never(method)


def _turn(data: bytes, key: int) -> bytes:
    """Code or decode, for it is its own reverse (§5.2). The key counts up by one with each byte.

    Its lower half is added before the exchange, and subtracted after it; the upper half turns the tables.
    """
    ramp = (_RAMP * (len(data) // _BYTES + 2))[key % _BYTES :][: len(data)]
    raised = _add(data, ramp)
    pieces: list[bytes] = []
    at = 0
    while at < len(data):
        following = at + _BYTES - (key + at) % _BYTES
        pieces.append(raised[at:following].translate(_wheel((key + at) // _BYTES % _BYTES)))
        at = following
    return _subtract(b"".join(pieces), ramp)


@lru_cache(maxsize=_BYTES)
def _wheel(turn: int) -> bytes:
    """Return what becomes of each byte as long as the key's upper half stays the same."""
    return bytes(_BACK[(_SWAP[(byte + turn) % _BYTES] - turn) % _BYTES] for byte in _OUT)


def _add(one: bytes, other: bytes) -> bytes:
    """Add byte by byte without carry, all at once in two large numbers."""
    low, high = _masks(len(one))
    a, b = int.from_bytes(one, "little"), int.from_bytes(other, "little")
    return (((a & low) + (b & low)) ^ ((a ^ b) & high)).to_bytes(len(one), "little")


def _subtract(one: bytes, other: bytes) -> bytes:
    low, high = _masks(len(one))
    a, b = int.from_bytes(one, "little"), int.from_bytes(other, "little")
    return (((a | high) - (b & low)) ^ ((a ^ b ^ high) & high)).to_bytes(len(one), "little")


@lru_cache(maxsize=8)
def _masks(length: int) -> tuple[int, int]:
    return int.from_bytes(b"\x7f" * length, "little"), int.from_bytes(b"\x80" * length, "little")
