"""Nothing is believed that a damaged or hostile Outlook data file says."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imgfile.errors import UnreadableMail
from imgfile.mail.detect import Container, recognise_container
from imgfile.mail.mailbox import container_of, open_export
from imgfile.mail.model import Attachment, Hidden, Reason
from imgfile.mail.outlook.pst import blocks as pst_blocks
from imgfile.mail.outlook.pst import messages as pst
from imgfile.mail.outlook.pst.cipher import CryptMethod
from imgfile.mail.view import View
from kit.mail import mailboxes as made
from kit.mail import outlook_data_files as datafiles
from kit.mail import outlook_messages as outlook
from kit.mail.outlook_data_files import File, Letter, Writer
from kit.mail.searching import photos_by_message, reasons_by_message, scan, scan_damaged

PHOTO = made.png(1, 20_000)
SMALL = made.png(2, 1500)
INNER = made.png(3, 9000)
LETTERS = [
    Letter([File(PHOTO), File(SMALL, "logo.png", content_id="logo@x"), File(b"%PDF-1.7", "a.pdf")], subject="rash"),
    Letter(subject="no photo"),
    Letter([File(b"hello"), Letter([Letter([File(INNER, "inner.png")], subject="innermost")])], subject="outer"),
]
HOSTILE_SECONDS = 10
BASES = [
    datafiles.data_file(
        [*LETTERS, Letter([File(outlook.compound({"CONTENTS": SMALL}), method=datafiles.OLE)])],
        layout=layout,
        method=method,
        leaf_bytes=3000,
    )
    for layout, method in zip(datafiles.LAYOUTS.values(), CryptMethod, strict=True)
]


def test_a_data_file_is_known_by_its_bytes(box: Path) -> None:
    """Whatever its name; a version that is not known, or an encryption by the account, is reported as such."""
    data = datafiles.data_file(LETTERS)
    assert recognise_container(data[:16]) is Container.PST
    for place, value in ((10, 99), (10, 1), (513, 16)):
        box.write_bytes(data[:place] + bytes([value]) + data[place + 1 :])
        assert container_of(box) is Container.PST
        with pytest.raises(UnreadableMail, match="not know, or encrypted"), open_export(box) as export:
            made.count_messages(export)


@pytest.mark.parametrize("layout", datafiles.LAYOUTS)
def test_long_lists_are_followed(box: Path, layout: str) -> None:
    """A photo in 1,600 blocks, forty attachments, a heap of several blocks, properties by the hundred, 900 messages."""
    large = made.png(4, 80_000)
    further = {0x6000 + code: datafiles.integer(code) for code in range(700)}
    further |= {0x5000 + code: (datafiles.TEXT, bytes([65 + code % 26]) * 900) for code in range(40)}
    many = [File(made.png(100 + number, 300), f"{number}.png") for number in range(40)]
    letters = [Letter([File(large, further=further)]), Letter(many), *[Letter(headers="x" * 20)] * 900]
    shape = datafiles.LAYOUTS[layout]
    found = scan(box, datafiles.data_file(letters, layout=shape, leaf_bytes=50 if shape.is_wide else 80))
    assert photos_by_message(found) == {"1/1": large, **{f"2/{at}": one.data for at, one in enumerate(many, 1)}}
    with open_export(box) as export:
        assert made.count_messages(export) == 902


@pytest.mark.parametrize("layout", datafiles.LAYOUTS)
def test_a_file_that_is_cut_off_is_reported(box: Path, layout: str) -> None:
    """It is refused where it does not say which messages there are, else each is reported as broken."""
    data = datafiles.data_file(LETTERS, layout=datafiles.LAYOUTS[layout])
    assert set(reasons_by_message(scan(box, data[:-40])).values()) == {Reason.BROKEN}
    for length in (4, 100, 400, 600, 0x4800):
        box.write_bytes(data[:length])
        with pytest.raises(UnreadableMail), open_export(box) as export:
            made.count_messages(export)


def test_damage_to_one_photo_or_message_leaves_the_others(box: Path) -> None:
    """A block whose sum is wrong is reported as broken, or refused when it is read."""
    data = datafiles.data_file([Letter([File(SMALL)]), Letter([File(PHOTO)])], method=CryptMethod.NONE)
    at = data.index(SMALL[:64])
    found = scan_damaged(box, data[: at + 90] + b"\xff\xff" + data[at + 92 :])
    assert (photos_by_message(found), reasons_by_message(found)) == ({"2/1": PHOTO}, {"1/1": Reason.BROKEN})
    at = data.index(PHOTO[9000:9064])
    (small, photo) = scan_damaged(box, data[:at] + b"\xff\xff" + data[at + 2 :])
    assert isinstance(small, Attachment)
    assert isinstance(photo, Attachment)
    assert small.decode() == SMALL
    with pytest.raises(UnreadableMail, match="damaged"):
        photo.decode()
    at = data.index("Dear doctor".encode("utf-16-le"))
    found = scan_damaged(box, data[:at] + b"\xff\xff" + data[at + 2 :])
    assert (photos_by_message(found), reasons_by_message(found)) == ({"2/1": PHOTO}, {"1/1": Reason.BROKEN})
    assert [one.message.subject for one in found] == ["", "rash pic"]


@pytest.mark.slow
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    base=st.sampled_from(BASES),
    changes=st.lists(
        st.tuples(st.integers(0), st.sampled_from([b"\0", b"\1", b"\xff", b"\xff" * 4, b"\2\0\0\0"])), max_size=12
    ),
    is_sum_kept=st.booleans(),
)
def test_no_change_to_a_data_file_makes_the_reader_fail(
    monkeypatch: pytest.MonkeyPatch, base: bytes, changes: list[tuple[int, bytes]], *, is_sum_kept: bool
) -> None:
    """It finds what it can, or says that it cannot; also where somebody put the sums right."""
    data = bytearray(base)
    for at, new in changes:
        start = at % (len(data) - 4)
        data[start : start + len(new)] = new
    with monkeypatch.context() as patched:
        if is_sum_kept:
            patched.setattr(pst_blocks, "_is_sound", lambda *_: True)
        began = time.process_time()
        try:
            for message in pst.find_messages(View(bytes(data))):
                message.read_message(1)
                for one in message.find_enclosed():
                    if not isinstance(one, Hidden):
                        one.wrapping.open(View(bytes(data)))
        except UnreadableMail:
            pass
        assert time.process_time() - began < HOSTILE_SECONDS


def broken(writer: Writer) -> Iterator[tuple[int, int]]:
    """Write messages, each of which is wrong in one way."""
    words = [writer.block(b"hello")]
    root = 1 << 5
    for no_heap in (b"", b"\x0c\0", struct.pack("<HBBII", 60_000, 0xEC, 0xBC, root, 0)):  # no heap, no map
        yield writer.data(no_heap), 0
    for span in ((12, 9000), (20, 12)):
        yield writer.block(struct.pack("<HBBII4H", 12, 0xEC, 0xBC, root, 0, 1, 0, *span)), 0
    heaps: list[tuple[int, bytes, int]] = [
        (0x7C, b"", root),
        (0xBC, b"\xb4" + bytes(7), root),
        (0xBC, b"", 80 << 5),
        (0xBC, b"", 9 << 16 | root),
        (0xBC, struct.pack("<BBBBI", 0xB5, 2, 6, 4, 3 << 5), root),  # whose branches are all one
        (0xBC, struct.pack("<BBBBI", 0xB5, 2, 6, 0, 2 << 5), root),  # whose one text stands in no subnode
    ]
    for kind, item, where in heaps:
        heap = datafiles.Heap(writer)
        heap.item(item)
        heap.item(struct.pack("<HHI", 0x1013, datafiles.BINARY, 0x999 << 5 | datafiles.VALUE))
        for following in (4, 5, 6, 7):
            heap.item(struct.pack("<HI", 1, following << 5) * 200)
        heap.item(b"")
        yield heap.written(kind, where), 0
    yield 0, 0  # blocks that are not there
    yield 0x7FFC, 0
    yield writer.block(b"abc", is_internal=True), 0
    yield writer.list_block(0, words, 5), 0
    yield writer.block(struct.pack("<BBHI", 1, 1, 9000, 5), is_internal=True), 0
    whole = writer.letter(LETTERS[1])[0]
    yield whole, writer.list_block(1, words, 5)
    yield whole, writer.block(struct.pack("<BBHI", 2, 0, 900, 0), is_internal=True)
    values = {0x3701: (datafiles.OBJECT, bytes(8)), 0x3705: datafiles.integer(datafiles.EMBEDDED)}
    yield whole, writer.subnodes([(5 << 5 | datafiles.ATTACHMENT, *writer.properties(values))])


def test_whatever_is_wrong_in_a_message_is_reported_and_the_next_one_read(box: Path) -> None:
    """Each list, tree and heap wrong in each way that it can be."""
    writer = Writer(datafiles.UNICODE, CryptMethod.NONE)
    wrong = list(broken(writer))
    for number, written in enumerate([*wrong, writer.letter(LETTERS[0])], 0x10000):
        writer.node(number << 5 | datafiles.MESSAGE, written, 0)
    found = scan(box, writer.finished())
    assert photos_by_message(found) == {f"{len(wrong) + 1}/1": PHOTO, f"{len(wrong) + 1}/2": SMALL}
    reported = reasons_by_message(found)
    assert reported.pop(f"{len(wrong) + 1}/3") is Reason.NOT_OPENED  # the last letter's document
    assert list(reported) == [f"{number}/1" for number in range(1, len(wrong) + 1)]
    assert set(reported.values()) == {Reason.BROKEN}


def test_a_block_that_cannot_be_inflated_is_reported(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where somebody put its sum right."""
    data = datafiles.data_file([Letter([File(SMALL)])], layout=datafiles.LARGE)
    monkeypatch.setattr(pst_blocks, "_is_sound", lambda *_: True)
    found = scan(box, data[:0x4800] + data[0x4800:].replace(b"\x78\x9c", b"\x78\xff"))
    assert reasons_by_message(found) == {"1/1": Reason.BROKEN}


def test_a_photo_whose_list_claims_more_than_it_names_is_refused(box: Path) -> None:
    """It is found by its first bytes, and not all of it is there."""
    writer = Writer(datafiles.UNICODE, CryptMethod.NONE)
    claimed = writer.list_block(1, [writer.block(PHOTO[:8000]), writer.block(PHOTO[8000:16_000])], len(PHOTO))
    number = 9 << 5 | datafiles.VALUE
    heap = datafiles.Heap(writer)
    attachment = heap.written(0xBC, heap.tree(2, 6, struct.pack("<HHI", 0x3701, datafiles.BINARY, number)))
    inner = (5 << 5 | datafiles.ATTACHMENT, attachment, writer.subnodes([(number, claimed, 0)]))
    writer.node(0x10000 << 5 | datafiles.MESSAGE, (writer.letter(LETTERS[1])[0], writer.subnodes([inner])), 0)
    (found,) = scan_damaged(box, writer.finished())
    assert isinstance(found, Attachment)
    with pytest.raises(UnreadableMail, match="damaged"):
        found.decode()


def test_a_tree_that_is_no_tree_is_refused(box: Path) -> None:
    """Deeper than any, a page of the other tree, entries that no page has room for."""
    writer = Writer(datafiles.UNICODE, CryptMethod.NONE)
    writer.node(0x10000 << 5 | datafiles.MESSAGE, writer.letter(LETTERS[0]), 0)
    data = writer.finished()
    row = [bytes(32)]
    for kind, level, length in ((0x81, 8, 24), (0x80, 0, 24), (0x81, 0, 8), (0x81, 0, 250)):
        writer.image[:] = data
        place = writer.page(kind, level, row, length, 15)
        writer.image[place + 488] = 9
        box.write_bytes(writer.image[:224] + place.to_bytes(8, "little") + writer.image[232:])
        with pytest.raises(UnreadableMail, match="damaged"), open_export(box) as export:
            made.count_messages(export)


def test_trees_that_name_one_page_again_and_again_cost_little(box: Path) -> None:
    """Seven levels of twenty branches each: a thousand million nodes in nine pages."""
    writer = Writer(datafiles.UNICODE, CryptMethod.NONE)
    number = writer.letter(LETTERS[0])
    writer.node(0x10000 << 5 | datafiles.MESSAGE, number, 0)
    writer.finished()
    leaf = [b"".join(part.to_bytes(8, "little") for part in (4, *number, 0))] * 15
    place = writer.page(0x81, 0, leaf, 32, 15)
    for level in range(1, 8):
        branch = b"".join(part.to_bytes(8, "little") for part in (4, 4, place))
        place = writer.page(0x81, level, [branch] * 20, 24, 20)
    writer.image[224:232] = place.to_bytes(8, "little")
    box.write_bytes(writer.image)
    began = time.process_time()
    with pytest.raises(UnreadableMail, match="damaged"), open_export(box) as export:
        made.count_messages(export)
    assert time.process_time() - began < HOSTILE_SECONDS


def test_lists_that_name_each_other_cost_little(box: Path) -> None:
    """A list of blocks, and one of subnodes, whose entries are all one."""
    writer = Writer(datafiles.UNICODE, CryptMethod.NONE)
    leaf = writer.block(PHOTO[:8000])
    inner = writer.list_block(1, [leaf] * 1000, 8_000_000)
    data = writer.list_block(2, [inner] * 1000, 0xFFFFFFFF)
    nodes = writer.subnode_list(0, [b"".join(part.to_bytes(8, "little") for part in (5, data, 0))] * 300)
    for level in range(1, 8):
        branch = [b"".join(part.to_bytes(8, "little") for part in (5, nodes))] * 400
        nodes = writer.subnode_list(level, branch)
    writer.node(0x10000 << 5 | datafiles.MESSAGE, (writer.letter(LETTERS[1])[0], nodes), 0)
    writer.node(0x10001 << 5 | datafiles.MESSAGE, (data, 0), 0)
    began = time.process_time()
    found = scan(box, writer.finished())
    assert set(reasons_by_message(found).values()) == {Reason.BROKEN}
    assert time.process_time() - began < HOSTILE_SECONDS


def test_a_photo_that_claims_more_than_any_photo_has_is_refused() -> None:
    """Before a byte of it is read."""
    writer = Writer(datafiles.UNICODE, CryptMethod.NONE)
    leaf = writer.block(PHOTO[:8000])
    claimed = writer.list_block(2, [writer.list_block(1, [leaf] * 1000, 8_000_000)] * 100, 800_000_000)
    stored = pst_blocks.Stored(claimed, 0, 800_000_000)
    with pytest.raises(UnreadableMail, match="too large"):
        stored.open(View(writer.finished()))
