"""Sectors are cut where a device cuts them, at absolute multiples of 512 bytes."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from imgfile import files
from imgfile.erase import sectors
from imgfile.erase.note import SECTOR_BYTES, SECTOR_DIGEST_BYTES, PendingErasure
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


def test_guards_are_of_what_lies_around_and_between(tmp_path: Path) -> None:
    """Up to 4 KiB at each end of a gap, from the file's first byte to its last; of a long gap both ends."""
    data = bytes(number * 7 % 251 for number in range(40_000))
    (tmp_path / "a").write_bytes(data)
    runs = [(100, 50), (160, 40), (20_000, 1000), (39_000, 900)]

    def digest(*parts: bytes) -> str:
        return hashlib.sha256(b"".join(parts)).hexdigest()

    with files.opened_source(tmp_path / "a") as descriptor:
        found = sectors.guards(descriptor, runs)
        assert sectors.guards(descriptor, [(5000, 10)])[0] == digest(data[904:5000])
    assert found == (
        digest(data[:100]),
        digest(data[150:160]),
        digest(data[200:4296], data[15_904:20_000]),
        digest(data[21_000:25_096], data[34_904:39_000]),
        digest(data[39_900:]),
    )
