"""Every refusal is a predicate with a full stop, and says what to do next; none is lost, none says it twice."""

from __future__ import annotations

import re

import pytest

from imgfile.errors import UnsupportedImage
from imgfile.images import refusals
from imgfile.images.identify import Foreign
from kit.reference_pages import refusals_page

KINDS = {
    "not an image": refusals.not_an_image(),
    "empty": refusals.empty(),
    "Apple's PNG": refusals.apples_png(),
    "too large": refusals.too_large("it has too many parts"),
    "cut short": refusals.truncated(),
    "damaged": refusals.damaged("a checksum is wrong"),
    "unknown": refusals.unknown("its picture is encrypted"),
    "unproven": refusals.unproven("size"),
    "unproven colour": refusals.UnprovenColour(b""),
    **{kind.name: kind.refusal() for kind in Foreign},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_has_a_cause_and_a_way_on(kind: str) -> None:
    """A cause in one sentence, and an act for whoever reads it: asking, exporting, saving, checking."""
    refusal = KINDS[kind]
    assert isinstance(refusal, UnsupportedImage)
    assert re.fullmatch(r"(is|could|cannot) .+[^.]\.", refusal.message)
    assert re.search(r"([Aa]sk the sender|[Ee]xport|Save|Check|Open)\b.*\.$", refusal.hint)


def test_what_program_shows_it_can_be_exported() -> None:
    """Whatever some program still shows can be exported from it: asking for the same file again does not help there."""
    for kind in ("damaged", "unknown", "unproven", "too large", "RAW", "JP2", "PSD", "Apple's PNG"):
        assert re.search(r"[Ee]xport|Save", KINDS[kind].hint), kind


def test_the_page_lists_each_sentence_once() -> None:
    """No sentence is of two kinds that give different advice, but for what may be missing of a damaged file too."""
    listed = re.findall(r"^- (.+)$", refusals_page(), re.MULTILINE)
    assert len(listed) > 90
    assert {sentence for sentence in listed if listed.count(sentence) > 1} <= {"a part of its picture is missing"}
    assert not [sentence for sentence in listed if sentence.endswith(".") or sentence[:1].isupper()]
