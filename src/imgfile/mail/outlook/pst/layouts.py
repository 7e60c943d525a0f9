"""Where things stand in an Outlook data file: the three layouts that Outlook has written ([MS-PST] §2.2.2).

Outlook 97's counts in 32 bits and ends at 2 GB; Outlook 2003's counts in 64. Outlook 2013 writes its offline files in
a third, with larger pages, and with blocks that may be deflated: undocumented, and described by libpff's notes.
"""

from __future__ import annotations

from dataclasses import replace
from struct import Struct
from typing import Final

from imgfile.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand in one of the three layouts."""

    roots: tuple[Struct, int, int]
    """An offset in the file, and where those of the node tree's and the block tree's root stand in the header."""
    crypt_method: int
    """Where the header has bCryptMethod, how blocks are encoded."""
    page_bytes: int
    tail: Struct
    """The end of a BTPAGE (§2.2.2.7.7.1): how many entries, how long one is, its level, which tree's page it is."""
    branch: Struct
    """BTENTRY (§2.2.2.7.7.2): the first id on a page beneath, and where that lies."""
    node: Struct
    """NBTENTRY (§2.2.2.7.7.4): a node's id, and the blocks of its data and of its subnodes."""
    block: Struct
    """BBTENTRY (§2.2.2.7.7.3): a block's id, where it lies, how long it is there."""
    foot: Struct
    """BLOCKTRAILER (§2.2.2.8.1): a block's length, then a sum and its id, or these two the other way round."""
    is_sum_last: bool
    step: int
    """Blocks are as long as a multiple of this (§2.2.2.8)."""
    reference: Struct
    """A block's id in an XBLOCK or XXBLOCK (§2.2.2.8.3.2)."""
    subnode: Struct
    """SLENTRY (§2.2.2.8.3.3.1): as `node`."""
    subnode_list: Struct
    """SIENTRY (§2.2.2.8.3.3.2): the first id in a list beneath, and the block that the list is."""
    list_head_bytes: int
    """Where a list of subnodes has its first entry."""
    is_large: bool = False
    """Whether it is the third one."""


_ANSI: Final = Layout(
    roots=(Struct("<I"), 188, 196),
    crypt_method=461,
    page_bytes=512,
    tail=Struct("<BxBBB11x"),
    branch=Struct("<I4xI"),
    node=Struct("<III"),
    block=Struct("<IIH"),
    foot=Struct("<HxxII"),
    is_sum_last=True,
    step=64,
    reference=Struct("<I"),
    subnode=Struct("<III"),
    subnode_list=Struct("<II"),
    list_head_bytes=4,
)
_UNICODE: Final = Layout(
    roots=(Struct("<Q"), 224, 240),
    crypt_method=513,
    page_bytes=512,
    tail=Struct("<BxBB4xB15x"),
    branch=Struct("<Q8xQ"),
    node=Struct("<I4xQQ"),
    block=Struct("<QQH"),
    foot=Struct("<HxxIQ"),
    is_sum_last=False,
    step=64,
    reference=Struct("<Q"),
    subnode=Struct("<I4xQQ"),
    subnode_list=Struct("<I4xQ"),
    list_head_bytes=8,
)
_LARGE: Final = replace(
    _UNICODE, is_large=True, page_bytes=4096, tail=Struct("<HxxBB10xB23x"), foot=Struct("<HxxIQ8x"), step=512
)
_VERSIONS: Final = ((range(14, 16), _ANSI), (range(20, 36), _UNICODE), (range(36, 40), _LARGE))


def layout_of(version: int) -> Layout | None:
    """Return the layout of a version (wVer, [MS-PST] §2.2.2.6); None for one that is not known."""
    return next((layout for versions, layout in _VERSIONS if version in versions), None)
