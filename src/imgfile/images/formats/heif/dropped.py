"""What the left-out parts of a HEIF file say: Exif, XMP, C2PA, hidden pictures and videos, names and times.

Items by ISO/IEC 23008-12 annex A (Exif, XMP), §6.4 (roles of pictures), §6.5 (properties); boxes by their makers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from imgfile.images.draft import GAIN_MAP_LOST
from imgfile.images.formats import trailer
from imgfile.images.formats.bmff import Box, Cursor, boxes
from imgfile.images.formats.heif.file import File
from imgfile.images.formats.heif.items import DERIVED, MAX_NAME_BYTES, gather
from imgfile.images.formats.heif.meta_box import Item, Meta
from imgfile.images.formats.heif.properties import CODINGS, KEPT
from imgfile.images.formats.heif.tracks import Movie
from imgfile.images.formats.heif.write import Layout, kept_brands
from imgfile.images.limits import MAX_METADATA_BYTES, MAX_READ_BLOCKS, MAX_READ_BYTES, MAX_VALUE_CHARACTERS
from imgfile.images.metadata import exif, xmp
from imgfile.images.metadata.exif import Exif
from imgfile.images.metadata.further import BURST, PAIR, PANORAMA, SERIES, TRACK
from imgfile.images.metadata.model import SECOND, Block, Fact, Kind, Reading, readable

XMP_TYPE: Final = b"application/rdf+xml"
_PICTURES: Final = frozenset({*CODINGS, *DERIVED, b"tmap", b"jpeg", b"unci", b"vvc1", b"j2k1", b"lhv1", b"mski"})
_AUXILIARIES: Final = (
    (b"gainmap", "gain map"),
    (b"hdrgain", "gain map"),
    (b"auxid:2", "depth map"),
    (b"depth", "depth map"),
    (b"disparity", "depth map"),
    (b"matte", "matte of a person"),
    (b"alpha", "transparency"),
)
"""What an auxiliary picture is, by a word in its type."""
_PROPERTIES: Final = {
    b"udes": Fact(Kind.TEXT, "description"),
    b"altt": Fact(Kind.TEXT, "alternative text"),
    b"crtt": Fact(Kind.TIME, "creation time"),
    b"mdft": Fact(Kind.TIME, "modification time"),
    b"cmex": Fact(Kind.PLACE, "camera position"),
    b"cmin": Fact(Kind.DEVICE, "camera optics"),
}
_BOXES: Final = {
    b"mpvd": Fact(Kind.VIDEO, "motion photo"),
    b"jumb": Fact(Kind.HISTORY, "C2PA"),
    b"sefd": Fact(Kind.DEVICE, "Samsung data"),
    b"uuid": Fact(Kind.OTHER, "uuid"),
}
_NAMES: Final = frozenset({*_PROPERTIES, *_BOXES, *KEPT, b"uri ", b"free", b"skip", b"wide", b"udta", b"meta", b"btrt"})
_SOUND: Final = b"soun"
_GROUPS: Final = {
    b"brst": BURST,
    b"ster": PAIR,
    b"pano": PANORAMA,
    **dict.fromkeys((b"aebr", b"wbbr", b"fobr", b"afbr", b"dobr", b"flbr"), SERIES),
}
"""Kinds of groups: pictures of a burst, of a stereo pair, of a panorama, and of six kinds of bracketing."""
_GROUP_HEAD_BYTES: Final = 12
"""Version and flags, the group's number, and how many members follow (ISO/IEC 14496-12 §8.18.3)."""
_EXIF_OFFSET_BYTES: Final = 4
"""Before the block stands how many bytes to pass over: `Exif\\0\\0`, as a rule (annex A.2.1)."""
_ORDINARY_NAMES: Final = frozenset(
    {"HEVC Image", "AV1 Image", "Color", "Alpha", "Exif", "XMP", "GMap", "TMap", "Depth", "Thumb", "Image", "Pict"}
    | {"libheif", "libavif", "PictureHandler", "ImageHandler", "JPEG Image", "Grid Image", "Derived Image", "pict"}
)
"""What encoders call items by their type, and their handlers: no name of anything."""
_HANDLER_NAME_AT: Final = 20
"""Behind `hdlr`'s version, flags, kind and reserved fields (ISO/IEC 14496-12 §8.4.3)."""
_JUMBF_LOOKED_AT_BYTES: Final = 64
"""Where the name of a manifest's outermost box stands, if it is one."""


@dataclass(slots=True)
class Dropped:
    """What was found, in blocks, with the main picture's Exif and the warnings that follow."""

    exif: Exif = field(default_factory=Exif)
    other_orientation: int | None = None
    """What an XMP packet states; only some programs respect it."""
    blocks: tuple[Block, ...] = ()
    warnings: tuple[str, ...] = ()


def read(data: bytes, file: File, patches: dict[int, bytes]) -> Dropped:
    """List what is left out of a file, given what of its coded data is overwritten."""
    reader = _Reader(data)
    blocks: list[Block] = []
    blocks += reader.items(file.meta, {item.number for item in file.picture.items})
    blocks += _descriptions(data, file, file.meta)
    if file.movie is not None:
        blocks += reader.movie(file.movie)
    for box in file.dropped:
        blocks += trailer.read(data, box.start)[0] if not box.name else [_box(data, box)]
    blocks += _unreferenced(file)
    blocks += _notes(patches)
    brands = kept_brands(file.brands)
    lost = [brand for brand in file.brands if brand not in brands]
    if lost:
        blocks.append(Block("ftyp brands", 4 * len(lost), unread=0))
    warnings = tuple(dict.fromkeys(reader.warnings))
    return Dropped(reader.exif or Exif(), reader.other_orientation, tuple(blocks), warnings)


@dataclass(slots=True)
class _Reader:
    """Reads dropped items in turn; all of one photo share its allowance of blocks and of bytes."""

    data: bytes
    exif: Exif | None = None
    other_orientation: int | None = None
    warnings: list[str] = field(default_factory=list)
    blocks_left: int = MAX_READ_BLOCKS
    bytes_left: int = MAX_READ_BYTES

    def items(self, meta: Meta, kept: set[int]) -> Iterator[Block]:
        """Describe the items that go; a picture with all that it is put together from is one."""
        # ISO/IEC 23008-12 annex A: metadata refer to the picture that they describe (`cdsc`).
        describing = {reference.source for reference in meta.references if meta.primary in reference.targets}
        thumbnails = {reference.source for reference in meta.references if reference.kind == b"thmb"}
        dropped = [item for item in meta.items.values() if item.number not in kept]
        pictures = {item.number: item for item in dropped if item.kind in _PICTURES}
        roles, derived = dict(_roles(self.data, meta)), _derived(meta, kept)
        for item in sorted(dropped, key=lambda item: item.number not in describing):  # the main picture's Exif first
            if item.kind not in _PICTURES:
                yield self._item(item)
        for whole in _wholes(meta, pictures):
            number = whole[0].number
            if number in derived:
                yield Block("another arrangement", sum(item.length for item in whole), unread=0)
            else:
                yield self._picture(meta, whole, is_thumbnail=number in thumbnails, role=roles.get(number, SECOND))

    def movie(self, movie: Movie) -> Iterator[Block]:
        """Describe a `moov`, all of which goes: its tracks, then its other boxes."""
        for track in movie.tracks:
            if track.is_picture:
                yield Block(TRACK, track.box.length, (Fact(Kind.FURTHER, TRACK),))
            else:
                name = "hidden sound" if track.handler == _SOUND else "hidden video"
                yield Block(name, track.box.length, (Fact(Kind.VIDEO, name),))
        yield from (_box(self.data, box) for box in movie.others)

    def _item(self, item: Item) -> Block:
        name = {b"Exif": "Exif", b"mime": "XMP" if item.content == XMP_TYPE else "mime"}.get(item.kind)
        reading = Reading(unread=item.length)
        if self.blocks_left:
            self.blocks_left -= 1
            content = bytes(gather(self.data, item.extents, limit=min(self.bytes_left, MAX_METADATA_BYTES)))
            self.bytes_left -= len(content)
            reading = self._reading(item, content)
        return reading.block(name or _named(item.kind), item.length)

    def _reading(self, item: Item, content: bytes) -> Reading:
        if item.kind == b"Exif":
            # Annex A.2.1: an offset, counted from behind itself, to the TIFF header.
            start = _EXIF_OFFSET_BYTES + int.from_bytes(content[:_EXIF_OFFSET_BYTES], "big")
            read = exif.read(memoryview(content)[start:])
            self.exif = self.exif or read
            return read.reading()
        if item.kind == b"mime" and item.content == XMP_TYPE:
            self.other_orientation = self.other_orientation or xmp.orientation(content)
            return xmp.look(content)
        if b"c2pa" in item.content or b"jumb" in content[:_JUMBF_LOOKED_AT_BYTES]:
            return _manifest(content)
        return Reading(unread=item.length)

    def _picture(self, meta: Meta, whole: list[Item], *, is_thumbnail: bool, role: str) -> Block:
        length = sum(item.length for item in whole)
        if is_thumbnail:
            return Block("thumbnail", length, (Fact(Kind.THUMBNAIL, "thumbnail"),))
        name = "gain map" if whole[0].kind == b"tmap" else _auxiliary(self.data, meta, whole[0])
        if name is None:
            return Block(role, length, (Fact(Kind.FURTHER, role),))
        if name == "gain map":
            self.warnings.append(GAIN_MAP_LOST)
        return Block(name, length, (Fact(Kind.PICTURE, name),))


def _roles(data: bytes, meta: Meta) -> Iterator[tuple[int, str]]:
    """Yield what pictures are by the group that they stand in with the main one (ISO/IEC 23008-12 §6.8)."""
    for box in meta.others:
        if box.name != b"grpl":
            continue
        for group in boxes(data, box.body, box.end):
            role = _GROUPS.get(group.name)
            cursor = Cursor(data, group.body, group.end)
            if role is None or cursor.left < _GROUP_HEAD_BYTES:
                continue
            cursor.take(_GROUP_HEAD_BYTES - 4)
            members = cursor.integers(min(cursor.integer(4), cursor.left // 4), 4)
            if meta.primary in members:
                yield from ((member, role) for member in members)


def _derived(meta: Meta, kept: set[int]) -> set[int]:
    """Return the pictures that are put together from kept ones alone: the very same pixels, arranged otherwise."""
    parts: defaultdict[int, set[int]] = defaultdict(set)
    for reference in meta.references:
        if reference.kind == b"dimg":
            parts[reference.source].update(reference.targets)
    return {number for number, targets in parts.items() if number not in kept and targets and targets <= kept}


def _wholes(meta: Meta, pictures: dict[int, Item]) -> Iterator[list[Item]]:
    """Yield each left-out picture with its parts behind it; a part of two belongs to the first."""
    parts: defaultdict[int, list[int]] = defaultdict(list)
    for reference in meta.references:
        if reference.kind == b"dimg" and reference.source in pictures:
            parts[reference.source] += (number for number in reference.targets if number in pictures)
    inner = {number for targets in parts.values() for number in targets}
    left = dict(pictures)
    # Those that are nobody's part come first; what is left then refers in circles, and one of each circle leads it.
    for root in sorted(pictures, key=lambda number: number in inner):
        whole = _taken_with_parts(root, parts, left)
        if whole:
            yield whole


def _taken_with_parts(root: int, parts: dict[int, list[int]], left: dict[int, Item]) -> list[Item]:
    """Take a picture and its parts, parts of parts too, out of those left; none if it is taken already."""
    taken: list[Item] = []
    waiting = [root]
    while waiting:
        number = waiting.pop()
        item = left.pop(number, None)
        if item is not None:
            taken.append(item)
            waiting += parts.get(number, [])
    return taken


def _auxiliary(data: bytes, meta: Meta, item: Item) -> str | None:
    """Return what kind of auxiliary picture an item is, by its `auxC` (§6.5.8); None for one that has none."""
    for index, _ in item.properties:
        box = meta.properties[index - 1]
        if box.name == b"auxC":
            kind = data[box.body : min(box.end, box.body + MAX_NAME_BYTES)].lower()
            return next((name for word, name in _AUXILIARIES if word in kind), "auxiliary picture")
    return None


# --- names, descriptions, times -------------------------------------------------------------------------


def _descriptions(data: bytes, file: File, meta: Meta) -> Iterator[Block]:
    """List names, boxes that describe no picture, properties that go, and profiles that lose what identifies."""
    names = [item.name for item in meta.items.values()] + [
        data[meta.handler.body + _HANDLER_NAME_AT : meta.handler.end]
    ]
    found = dict.fromkeys(readable(name) for name in names if name.strip(b"\0"))
    if found:
        telling = [name for name in found if name and name not in _ORDINARY_NAMES]
        facts = tuple(Fact(Kind.TEXT, "name", name) for name in telling)
        behind = sum(len(name.partition(b"\0")[2].strip(b"\0")) for name in names)
        yield Block("names", sum(map(len, names)), facts[:MAX_READ_BLOCKS], behind)
    for box in meta.others:
        if box.name not in {b"dinf", b"grpl", b"ipro"}:
            yield _box(data, box)
    kept = file.picture.properties
    for index, box in enumerate(meta.properties, start=1):
        body = data[box.body : box.end]
        if box.name not in KEPT:
            fact = _PROPERTIES.get(box.name)
            facts = (Fact(fact.kind, fact.name, _words(body)),) if fact is not None else ()
            yield Block(f"property {_named(box.name)}", box.length, facts)
        elif index in kept and kept[index][1] != body:
            yield _changed(box, len(body) - len(kept[index][1]))


def _words(body: bytes) -> str:
    """Return a description's texts, which stand one behind the other with NULs between (§6.5.20, §6.5.21)."""
    texts = body[4:MAX_VALUE_CHARACTERS].split(b"\0")
    return ", ".join(readable(text) for text in texts if text.isascii() and text)


def _changed(box: Box, length: int) -> Block:
    kind = Kind.COLOUR if box.name == b"colr" else Kind.OTHER
    return Block(_named(box.name), max(length, 0), (Fact(kind, "ICC" if kind is Kind.COLOUR else "rest"),))


def _manifest(content: bytes) -> Reading:
    """Read C2PA's manifest, behind whatever stands before its first superbox."""
    from imgfile.images.metadata import jumbf  # noqa: PLC0415 - only where a manifest is

    at = content.find(b"jumb")
    return jumbf.look(content[max(at - 4, 0) :] if at >= 0 else b"")


def _box(data: bytes, box: Box) -> Block:
    if box.name in {b"uuid", b"jumb"} and b"jumb" in data[box.body : box.body + _JUMBF_LOOKED_AT_BYTES]:
        return _manifest(data[box.start : min(box.end, box.start + MAX_METADATA_BYTES)]).block("C2PA", box.length)
    if box.name in {b"uuid", b"sefd"}:
        return Block(_named(box.name), box.length, (_BOXES[box.name],), box.length)
    if box.name in {b"free", b"skip", b"wide"} and not any(data[box.body : box.end]):
        return Block(_named(box.name), box.length, unread=0)
    if box.name == b"mpvd":
        return Block(trailer.video_name(data[box.body : box.end], 0), box.length, (_BOXES[box.name],))
    return Block(_named(box.name), box.length, (_BOXES[box.name],) if box.name in _BOXES else ())


def _named(name: bytes) -> str:
    """Return a box's known name; an unknown one might itself be a value."""
    return name.decode("ascii").strip() if name in _NAMES else "unknown part"


# --- bytes that nothing refers to -----------------------------------------------------------------------


def _unreferenced(file: File) -> Iterator[Block]:
    """Report how much lies in `mdat` that no item refers to."""
    covered = Layout(extent for item in file.meta.items.values() for extent in item.extents)
    media = Layout((box.body, box.end) for box in file.media)
    length = media.length - media.shared(covered)
    if length:
        is_video = file.movie is not None and file.movie.tracks
        yield Block("media of hidden tracks" if is_video else "unreferenced data", length)


def _notes(patches: dict[int, bytes]) -> Iterator[Block]:
    if patches:
        yield Block("encoder's notes", sum(map(len, patches.values())), (Fact(Kind.SOFTWARE, "notes"),))
