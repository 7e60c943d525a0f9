"""Sectors are cut where a device cuts them, at absolute multiples of 512 bytes."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from imgfile import files
from imgfile.erase import PendingErasure, sectors
from imgfile.erase.note import SECTOR_BYTES, SECTOR_DIGEST_BYTES
from kit.vault.erasure import mailbox


@given(st.integers(0, 3 << 20), st.integers(0, 3 << 20))
def test_pieces_cover_a_run_and_end_at_whole_mebibytes(offset: int, length: int) -> None:
    """In order, without a gap; none longer than a mebibyte."""
    position = offset
    for start, step in sectors.pieces(offset, length):
        assert start == position
        assert 0 < step <= 1 << 20
        position += step
        assert position % (1 << 20) == 0 or position == offset + length
    assert position == offset + length


def test_digests_are_of_whole_sectors_and_of_the_ragged_ends(tmp_path: Path) -> None:
    """A run that begins and ends within sectors, longer than one piece."""
    data = bytes(number * 7 % 251 for number in range(1_200_000))
    (tmp_path / "a").write_bytes(data)
    with files.opened_source(tmp_path / "a") as descriptor:
        whole, packed = sectors.digests(descriptor, 1000, 1_100_000)
    assert whole == hashlib.sha256(data[1000:1_101_000]).hexdigest()
    cuts = [1000, *range(1024, 1_101_000, SECTOR_BYTES), 1_101_000]
    expected = [hashlib.sha256(data[a:b]).digest()[:SECTOR_DIGEST_BYTES] for a, b in itertools.pairwise(cuts)]
    assert packed == b"".join(expected)


def test_a_file_cut_short_is_not_ours(tmp_path: Path) -> None:
    """Whatever is left of it is as noted, but not all is there."""
    source = mailbox(tmp_path)
    noted: list[PendingErasure] = []

    class Stopped(BaseException):
        """Stops before the overwrite."""

    def write(facts):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - as the protocol says
        noted.append(PendingErasure.from_facts(facts))
        raise Stopped

    source.notes.write = write  # type: ignore[method-assign]
    with contextlib.suppress(Stopped):
        source.erase()
    [erasure] = noted
    with files.opened_source(source.path, writable=True) as descriptor:
        assert sectors.are_old_or_new(descriptor, erasure)
        files.truncate(descriptor, (erasure.target.runs[0][0] // SECTOR_BYTES + 3) * SECTOR_BYTES)
        assert not sectors.are_old_or_new(descriptor, erasure)
