"""Compound files are read as olefile reads them, and cost no more than they are long."""

from __future__ import annotations

import contextlib
import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgfile.errors import UnreadableMail
from imgfile.mail.detect import CFB_MAGIC
from imgfile.mail.outlook import cfb as compound
from imgfile.mail.view import View
from kit.fast import many
from kit.mail import mailboxes as made
from kit.mail import outlook_messages as outlook
from kit.mail.taking_out import streams
from kit.tools import samples

PHOTO = made.png(1, 6000)
SMALL = made.png(2, 1500)
TWO = outlook.message([outlook.attached(PHOTO, "Jane Doe.png"), outlook.attached(SMALL, "b.png", content_id="b@c")])


def test_the_largest_messages_have_lists_of_lists() -> None:
    """Beyond 7 MB the header has no room for the table's sectors."""
    data = outlook.compound(outlook.message([outlook.attached(bytes(range(256)) * 34_000, "a.bin")]))
    view = View(data)
    mine = {"/".join(path): stream.open(view).slice(0, len(data)) for path, stream in compound.Compound(view).streams()}
    assert mine == streams(data)


def test_small_streams_without_a_home_are_empty() -> None:
    """The root's own stream, in which they should lie, is gone."""
    data = bytearray(outlook.compound({"a": b"small"}))
    struct.pack_into("<I", data, data.index("Root Entry".encode("utf-16-le")) + 116, outlook.END)
    ((_, stream),) = compound.Compound(View(bytes(data))).streams()
    assert stream.runs == ()


def test_storages_nested_without_end_are_left() -> None:
    """Deeper than any message."""
    tree: outlook.Tree = {"a": b"x"}
    for _ in range(compound.MAX_DEPTH + 2):
        tree = {"s": tree}
    assert list(compound.Compound(View(outlook.compound(tree))).streams()) == []


@pytest.mark.slow
@settings(max_examples=many(200), deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 6000), st.sampled_from([0, 1, 2, 7, 0xFE, 0xFF])), max_size=12),
    st.integers(0, 12_000),
)
def test_no_change_to_a_compound_file_makes_the_reader_fail(changes: list[tuple[int, int]], length: int) -> None:
    """Loops, crossing chains, sizes beyond the file: some streams, no more than its own size, or `UnreadableMail`."""
    data = bytearray(outlook.compound(TWO, seed=5)[:length])
    for at, value in changes:
        if at < len(data):
            data[at] = value
    view = View(bytes(data))
    try:
        found = list(compound.Compound(view).streams())
    except UnreadableMail:
        return
    assert sum(length for _, stream in found for _, length in stream.runs) <= 2 * len(data)
    assert all(start + length <= len(data) for _, stream in found for start, length in stream.runs)


def test_a_header_that_claims_a_table_without_end_costs_nothing() -> None:
    """Lists that name themselves, four thousand million sectors, chains that meet."""
    data = bytearray(outlook.compound({f"s{n}": bytes(5000) for n in range(60)}))
    struct.pack_into("<8I", data, 44, 0xFFFFFFFF, *struct.unpack_from("<3I", data, 48), 4096, 0, 0xFFFFFFFF, 0)
    struct.pack_into("<110I", data, 72, 0xFFFFFFFF, *[0] * 109)
    began = time.process_time()
    with contextlib.suppress(UnreadableMail):
        list(compound.Compound(View(bytes(data))).streams())
    assert time.process_time() - began < 1


def test_streams_that_share_their_sectors_are_refused() -> None:
    """Fifty thousand names for one long chain would be walked for hours."""
    data = bytearray(outlook.compound({name: bytes(9000 if name == "a" else 5000) for name in "abcdefghi"}))
    first = data.index(b"a\0\0\0")
    for line in range(first + 128, first + 128 * 9, 128):
        data[line + 116 : line + 128] = data[first + 116 : first + 128]
    with pytest.raises(UnreadableMail, match="damaged"):
        list(compound.Compound(View(bytes(data))).streams())


def test_the_real_outlook_files_are_read_as_olefile_reads_them() -> None:
    """Every stream of every sample message, byte for byte."""
    compared = 0
    for sample in samples("mail"):
        data = sample.read_bytes()
        if data.startswith(CFB_MAGIC):
            view = View(data)
            mine = {
                "/".join(path): bytes(stream.open(view).slice(0, len(data)))
                for path, stream in compound.Compound(view).streams()
            }
            assert mine == streams(data), sample.name
            compared += 1
    assert compared >= 4
