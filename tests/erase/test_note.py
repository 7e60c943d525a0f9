"""The pending note's facts: what goes in comes out, and nothing else is believed."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile import canonical_json, notes
from imgfile.clinical.proofs import Digest, Evidence, Patch, RecordId
from imgfile.device import Mark
from imgfile.erase import note
from imgfile.erase.extents import Layout
from imgfile.erase.note import MOST_BYTES, MOST_RUNS, PendingErasure, Phase, Region, WholeFile
from imgfile.errors import Damaged

DIGEST = Digest("ab" * 32)
WHOLE = PendingErasure(
    path=Path("/home/gp/rash 1.jpg"),
    mark=Mark(2049, 77, 12, 99),
    size=1000,
    filed=((RecordId("cd" * 16), DIGEST),),
    original=DIGEST,
    target=WholeFile.chosen(1000),
    layout=Layout(DIGEST, 0, is_whole=True),
    sectors=b"8 bytes." * 2,
)
REGION = dataclasses.replace(
    WHOLE,
    target=Region((Patch.of(500, DIGEST, b"gone " * 20), Patch.of(601, DIGEST, b"!")), (DIGEST, DIGEST, DIGEST)),
    sectors=b"8 bytes." * 3,
    layout=None,
    mark=Mark(1, 0, 3, None),
)
_GONE = base64.b64encode(zlib.compress(b"gone " * 20)).decode()
_SECTORS = base64.b64encode(WHOLE.sectors).decode()
_BLANK = base64.b64encode(zlib.compress(b" ")).decode()
OVERWRITTEN = dataclasses.replace(WHOLE, phase=Phase.OVERWRITTEN, sectors=b"", evidence=Evidence.E3)
ERASED = dataclasses.replace(OVERWRITTEN, phase=Phase.ERASED, leftovers=("2 thumbnails",))


def _region(*patches: list[Any], guards: int = 0) -> list[Any]:
    return ["region", list(patches), [DIGEST] * (guards or len(patches) + 1)]


@pytest.mark.parametrize("erasure", [WHOLE, REGION, OVERWRITTEN, ERASED])
def test_facts_come_back_as_they_were(erasure: PendingErasure) -> None:
    """Through the very text that the station signs."""
    text = canonical_json.encode(erasure.to_facts())
    assert PendingErasure.from_facts(canonical_json.decode(text, limit=notes.MAX_NOTE_BYTES)) == erasure


@given(st.binary(min_size=1, max_size=60).filter(lambda name: not {0, 47} & set(name) and name not in {b".", b".."}))
def test_any_name_comes_back(name: bytes) -> None:
    """Names need not be text."""
    import os  # noqa: PLC0415 - only here

    erasure = dataclasses.replace(WHOLE, path=Path("/") / os.fsdecode(name))
    assert PendingErasure.from_facts(json.loads(json.dumps(erasure.to_facts()))) == erasure


def test_the_largest_note_can_be_read_back() -> None:
    """A file at the limit, every extent and digest included, stays below what a note may hold."""
    sectors = b"\xff" * (MOST_BYTES // 512 * 8)
    erasure = dataclasses.replace(WHOLE, size=MOST_BYTES, target=WholeFile.chosen(MOST_BYTES), sectors=sectors)
    assert len(canonical_json.encode(erasure.to_facts())) < notes.MAX_NOTE_BYTES * 3 // 4


@pytest.mark.parametrize(
    ("erasure", "changes"),
    [
        (WHOLE, {"format": 2}),
        (WHOLE, {"path": "rash.jpg"}),
        (WHOLE, {"path": 7}),
        (WHOLE, {"mark": [1, 2, 3]}),
        (WHOLE, {"mark": [1, 2, True, 4]}),
        (WHOLE, {"mark": [1, 2, -3, 4]}),
        (WHOLE, {"size": 999}),
        (WHOLE, {"size": 1001}),
        (WHOLE, {"size": "1000"}),
        (WHOLE, {"record": "../../etc"}),
        (WHOLE, {"filed": [["../../etc", DIGEST]]}),
        (WHOLE, {"filed": [[DIGEST]]}),
        (WHOLE, {"original": DIGEST.upper()}),
        (WHOLE, {"target": ["folder", 1]}),
        (WHOLE, {"target": ["file", 0, "00", ".imgfile-" + "0" * 32]}),
        (WHOLE, {"target": ["file", 1000, "zz", ".imgfile-" + "0" * 32]}),
        (WHOLE, {"target": ["file", 1000, "00", "../.imgfile-" + "0" * 32]}),
        (WHOLE, {"target": ["file", 1000, "00", "other.jpg"]}),
        (WHOLE, {"layout": [DIGEST, 0]}),
        (WHOLE, {"layout": [DIGEST, 0, 1]}),
        (WHOLE, {"sectors": "AAAA"}),
        (WHOLE, {"sectors": "!"}),
        (WHOLE, {"sectors": f"!{_SECTORS}"}),
        (WHOLE, {"target": ["file", 1000, "00" * 32, ".imgfile-" + "0" * 32, 0, "!"]}),
        (WHOLE, {"target": ["file", 1000, "00" * 32, ".imgfile-" + "0" * 32, 0, "AAAAAAAAAAA="]}),
        (REGION, {"target": _region([500, DIGEST, 100, f"!{_GONE}"], [601, DIGEST, 1, _BLANK])}),
        (WHOLE, {"phase": "begun"}),
        (WHOLE, {"phase": "erased"}),
        (WHOLE, {"evidence": 4}),
        (WHOLE, {"evidence": True}),
        (WHOLE, {"leftovers": ["\x1b[2J"]}),
        (WHOLE, {"extra": 1}),
        (REGION, {"target": _region([500, DIGEST, 100, "eJw="])}),
        (REGION, {"target": _region([500, DIGEST, 99, _GONE])}),
        (REGION, {"target": _region([500, DIGEST, MOST_BYTES + 1, ""])}),
        (REGION, {"target": _region([500, DIGEST, 100, "bm8gemxpYg=="])}),
        (REGION, {"target": _region([500, DIGEST, 100])}),
        (REGION, {"target": _region([500, DIGEST, 100, _GONE], guards=3)}),
        (REGION, {"target": _region([500, DIGEST, 100, _GONE], [599, DIGEST, 100, _GONE])}),
        (REGION, {"target": _region([601, DIGEST, 100, _GONE], [500, DIGEST, 100, _GONE])}),
        (REGION, {"target": ["region", [], [DIGEST]]}),
        (REGION, {"size": 99_999, "target": _region(*([2 * n, DIGEST, 1, _BLANK] for n in range(MOST_RUNS + 1)))}),
        (REGION, {"phase": "overwritten", "sectors": ""}),
    ],
)
def test_facts_that_cannot_be_are_refused(erasure: PendingErasure, changes: dict[str, Any]) -> None:
    """A note that was not written by this very code is not acted on."""
    with pytest.raises(Damaged) as caught:
        PendingErasure.from_facts({**erasure.to_facts(), **changes})
    assert caught.value.message == (
        "a note of an unfinished erasure on this computer cannot be read. Nothing was erased on its word."
    )
    assert caught.value.hint == (
        "Update imgfile if a newer one wrote it. Otherwise look whether the source is still there."
    )


def test_a_missing_fact_is_refused() -> None:
    """Each of them."""
    for name in WHOLE.to_facts():
        facts = WHOLE.to_facts()
        del facts[name]
        with pytest.raises(Damaged):
            PendingErasure.from_facts(facts)


def test_a_region_past_the_end_is_refused() -> None:
    """It would lengthen the mailbox."""
    facts = {**REGION.to_facts(), "size": 599}
    with pytest.raises(Damaged):
        PendingErasure.from_facts(facts)


def test_neither_noise_nor_replacement_is_in_a_repr() -> None:
    """What is shown by accident tells nothing."""
    assert "gone" not in repr(REGION)
    assert "seed" not in repr(WHOLE)


@pytest.mark.parametrize("most", [99, 100])
def test_a_replacement_as_long_as_a_note_may_hold_is_read(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that is a byte longer is not."""
    erasure = dataclasses.replace(
        REGION, target=Region((Patch.of(500, DIGEST, b"x" * 100),), (DIGEST, DIGEST)), sectors=b"8 bytes." * 2
    )
    facts = erasure.to_facts()
    monkeypatch.setattr(note, "MOST_BYTES", most)
    if most == 100:
        assert PendingErasure.from_facts(facts) == erasure
    else:
        with pytest.raises(Damaged):
            PendingErasure.from_facts(facts)


def test_a_replacement_that_unpacks_to_more_than_it_says_is_not_unpacked() -> None:
    """A few kilobytes could fill the memory."""
    bomb = base64.b64encode(zlib.compress(bytes(64 << 20), 9)).decode()
    facts = {**REGION.to_facts(), "target": _region([500, DIGEST, 100, bomb])}
    tracemalloc.start()
    with pytest.raises(Damaged):
        PendingErasure.from_facts(facts)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


def test_a_regions_new_bytes_are_those_of_the_run_that_an_offset_lies_in() -> None:
    """From the first byte of a run to its last."""
    region = Region((Patch.of(10, DIGEST, b"abcd"), Patch.of(20, DIGEST, b"efg")), (DIGEST,) * 3)
    assert region.runs == region.all_runs == ((10, 4), (20, 3))
    assert [region.fresh(*piece) for piece in ((10, 4), (13, 1), (20, 3), (21, 2))] == [b"abcd", b"d", b"efg", b"fg"]


def test_noise_is_the_seeds_and_the_places_own() -> None:
    """The same for a later run; another at every mebibyte and of every seed."""
    one, other = WholeFile.chosen(4 << 20), WholeFile.chosen(4 << 20, is_export=True)
    assert (one.is_export, other.is_export) == (False, True)
    assert one.rename != other.rename
    noise = {target.fresh(start, 1000) for target in (one, other) for start in (0, 1 << 20, 256 << 20)}
    assert len(noise) == 6
    assert {len(each) for each in noise} == {1000}
    assert WholeFile(4 << 20, one.seed, other.rename).fresh(0, 2000)[:1000] == one.fresh(0, 1000)


@pytest.mark.parametrize("more", [0, 1])
def test_a_photo_in_as_many_pieces_as_a_note_may_hold_is_noted(more: int) -> None:
    """And one in a piece more is not."""
    patches = tuple(Patch.of(2 * number, DIGEST, b"x") for number in range(MOST_RUNS + more))
    with pytest.raises(ValueError, match=r"^$") if more else contextlib.nullcontext():
        scattered = dataclasses.replace(
            REGION, size=99_999, target=Region(patches, (DIGEST,)), sectors=b"8 bytes." * len(patches)
        )
        assert scattered.target.runs[-1] == (2 * MOST_RUNS - 2, 1)
