"""The content in chunks: any size, in parts of any size, and no chunk out of its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.errors import Damaged
from imgfile.sealing import Flaw
from imgfile.sealing.payload import CHUNK_BYTES, TAG_BYTES, decrypt, encrypt
from imgfile.sealing.pieces import blocks, views
from kit.vault.age_files import SIZES

KEY = bytes(range(32))
SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES


def seal(content: bytes) -> bytes:
    """Encrypt in one go."""
    return b"".join(encrypt(KEY, views(content)))


@pytest.mark.parametrize("size", SIZES)
def test_length_is_the_contents_and_a_tag_for_each_chunk(size: int) -> None:
    """No content is one empty chunk; a full last chunk is not followed by an empty one."""
    content = bytes(size)
    sealed = seal(content)
    assert len(sealed) == size + TAG_BYTES * max(1, -(-size // CHUNK_BYTES))
    assert b"".join(decrypt(KEY, views(sealed))) == content


@given(st.lists(st.binary(max_size=40), max_size=12), st.integers(1, 50))
def test_blocks_are_full_but_the_last_and_lose_nothing(parts: list[bytes], size: int) -> None:
    """However the parts fall, empty ones among them."""
    found = [(bytes(block), is_last) for block, is_last in blocks(views(parts), size)]
    assert b"".join(block for block, _ in found) == b"".join(parts)
    assert [is_last for _, is_last in found] == [False] * (len(found) - 1) + [True]
    assert all(len(block) == size for block, _ in found[:-1])
    assert found[-1][0] or len(found) == 1


@given(st.lists(st.integers(1, 70_000), max_size=6), st.lists(st.integers(1, 70_000), min_size=1, max_size=6))
def test_parts_of_any_size_seal_and_open_alike(sealing: list[int], opening: list[int]) -> None:
    """What comes out does not depend on how it came in."""
    content = bytes(number % 251 for number in range(150_000))

    def cut(data: bytes, sizes: list[int]) -> list[bytes]:
        parts = []
        for size in sizes:
            parts.append(data[:size])
            data = data[size:]
        return [*parts, data]

    sealed = b"".join(encrypt(KEY, views(cut(content, sealing))))
    assert sealed == seal(content)
    assert b"".join(decrypt(KEY, views(cut(sealed, opening)))) == content


def test_chunks_moved_dropped_repeated_or_added_are_refused() -> None:
    """And what is released until then is the true beginning."""
    content = b"a" * CHUNK_BYTES + b"b" * CHUNK_BYTES + b"c"
    sealed = seal(content)
    a, b, c = sealed[:SEALED_CHUNK], sealed[SEALED_CHUNK : 2 * SEALED_CHUNK], sealed[2 * SEALED_CHUNK :]
    extra = seal(b"")
    for forged in (b + a + c, a + c, b + c, a + a + b + c, a + b, a + b + c + c, a + b + extra, c, b"", a + b + c[:-1]):
        released: list[bytes] = []
        with pytest.raises(Damaged) as caught:
            released.extend(decrypt(KEY, views(forged)))  # extend keeps what came before the error
        assert caught.value.message == Flaw.PAYLOAD
        assert content.startswith(b"".join(released))


def test_nothing_is_copied_of_a_part_in_memory() -> None:
    """Full chunks are views of the caller's bytes."""
    content = bytes(3 * CHUNK_BYTES)
    found = [block for block, _ in blocks(views(content), CHUNK_BYTES)]
    assert all(isinstance(block, memoryview) and block.obj is content for block in found[:-1])
    assert len(found) == 3
