"""What is reported of one photo of several: all of it on one line."""

from __future__ import annotations

from imgfile.acts.ingest.plan import Item
from imgfile.cli.ingest.report import several_lines
from imgfile.clinical.proofs import Erasure, Evidence
from imgfile.errors import SourceRemains
from kit.terminal.outcomes import GONE, filed


def test_one_line_says_all_of_one_photo_of_several() -> None:
    """As what it is filed, what it follows, and what became of its source."""
    item = Item("a.jpg")
    described = {
        "filed as 7f3k-q2ma, read back, erased (E3), 2 thumbnails": filed(erasure=GONE),
        "filed as 7f3k-q2ma, follows b81d-07we, read back": filed(follows="b81d-07we"),
        "filed already as 7f3k-q2ma, proven again": filed(is_new=False, reached="manifest"),
        "filed already as 7f3k-q2ma, not erased": filed(is_new=False, reached="", remains=SourceRemains("x")),
        "filed as 7f3k-q2ma, read back, but another copy of its blocks remains on this disk (E0)": filed(
            erasure=Erasure(Evidence.E0)
        ),
    }
    for words, outcome in described.items():
        assert list(several_lines(item, outcome)) == [f"a.jpg: {words}."]
