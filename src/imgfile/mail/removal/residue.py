"""Further copies of a photo in the mailbox that it was taken out of (M6): known by content, whatever they lie in.

Real ones were found this way: a message stored twice, the bytes that Thunderbird's own "delete attachment" leaves
behind, the same photo forwarded in a winmail.dat, in a document, in somebody's answer.

1. The whole file is looked through for pieces of the photo's base64, without anything that is no letter of it: line
   breaks at any width, quote marks, the breaks of quoted-printable, the zeros of UTF-16. That takes half as long as
   reading the file does, for any number of photos.
2. Where the search before has seen another picture as long as the photo, anything that was opened, or anything that was
   not looked into, every part is visited once more: pictures are compared by their digests, and what was in an encoding
   or a file of its own is looked through as in 1. In most mailboxes there is nothing of the kind.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from imgfile.errors import UnreadableMail
from imgfile.mail.coding.base64 import NO_LETTERS
from imgfile.mail.mailbox import Export
from imgfile.mail.mime.encoded_part import EncodedPart
from imgfile.mail.model import Attachment, Reason, Signature, Unsearched
from imgfile.mail.packed.stretch import Stretch
from imgfile.mail.removal.locate import locate
from imgfile.mail.removal.place import Lies, Where
from imgfile.mail.removal.plan import plan_removal
from imgfile.mail.removal.traces import Sought, Traces

MAX_PLACES: Final = 1000
"""How many places are reported; more copies than that need another remedy."""
_WINDOW_BYTES: Final = 1 << 20
"""So little that all searches but the first find it in the processor's cache."""
_OVERLAP_BYTES: Final = 4096
"""What a piece may take of the file, with line breaks and quote marks in it."""
_STEP_BYTES: Final = 1024
_ANY_REFERENCE: Final = "0000-0000"
"""As long as any: whether a copy could be taken out does not depend on it."""
_IN_TEXT: Final = "it stands in a text"
"""Why a copy cannot be taken out that is no part of its own."""


def find_residue(export: Export, traces: Collection[Traces]) -> list[Where]:
    """Return where a mailbox still holds something of photos that were taken out of it.

    Raises `SourceUnavailable`, `SourceChanged` or `UnreadableMail`.
    """
    if not traces:
        return []
    sought = Sought(traces)
    offsets = _search_file(export, sought)
    if not offsets and not _may_hold_more(export, traces):
        return []
    parts = list(_visit(export, traces, sought))
    export.sizes = None  # what was counted there is gone by now, or soon
    starts = {where.offset for where, _ in parts if where.offset is not None}
    return _joined(locate(export, sorted(starts.union(offsets))), parts)[:MAX_PLACES]


def _may_hold_more(export: Export, traces: Collection[Traces]) -> bool:
    """Return whether a copy may be where looking through the file does not find it (rule 2)."""
    if export.sizes is None or export.account.opened or export.account.unsearched:
        return True
    seen, gone = Counter(export.sizes), Counter(one.size for one in traces)
    return any(seen[size] > count for size, count in gone.items())


# --- looking through the file ---


def _search_file(export: Export, sought: Sought) -> list[int]:
    """Return the offsets of pieces, ascending."""
    places: list[int] = []
    with export.opened() as view:
        for start in range(0, len(view), _WINDOW_BYTES):
            end = min(len(view), start + _WINDOW_BYTES)
            window = view.slice(start, min(len(view), end + _OVERLAP_BYTES))
            found = {*_offsets(window, sought), *sought.raw_places(window)}
            places += sorted(start + at for at in found if start + at < end)
            view.release(end)
            if len(places) >= MAX_PLACES:
                break
    return places[:MAX_PLACES]


def _offsets(window: bytes, sought: Sought) -> Iterator[int]:
    """Yield where pieces of base64 begin in a stretch of the file."""
    letters = window.translate(None, NO_LETTERS)
    position = passed = 0  # so many letters stand before that position
    for place in sorted(set(sought.places(letters))):
        while True:
            step = window[position : position + _STEP_BYTES]
            count = len(step.translate(None, NO_LETTERS))
            if passed + count > place:
                break
            position, passed = position + _STEP_BYTES, passed + count
        yield position + _index_of_letter(step, place - passed)


def _index_of_letter(text: bytes, number: int) -> int:
    """Return where the letter of a number, counted from 0, stands among other characters."""
    low, high = number, len(text)
    while low + 1 < high:
        middle = (low + high) // 2
        if len(text[:middle].translate(None, NO_LETTERS)) > number:
            high = middle
        else:
            low = middle
    return low


# --- visiting every part ---


def _visit(export: Export, traces: Collection[Traces], sought: Sought) -> Iterator[tuple[Where, range]]:
    """Yield each part that is a copy or holds one, with the stretch of the file that it takes, as far as is known."""
    digests = {one.digest: one.size for one in traces}
    sizes = set(digests.values())
    for found in export.scan(holds_copy=sought.in_text):
        if isinstance(found, Unsearched):
            if found.reason is Reason.COPY:
                yield Where(None, Lies.IN_MESSAGE, found.message.number, found.part, _IN_TEXT), range(0)
        elif found.size in sizes and _digest(found) in digests:
            stretch = _stretch(found)
            at = stretch.start if stretch else None
            message = found.message.number
            lies = Lies.IN_MESSAGE if message else Lies.UNTOLD
            yield Where(at, lies, message, found.part, _remains(export, found)), stretch


def _digest(found: Attachment) -> str:
    try:
        return hashlib.sha256(found.decode()).hexdigest()
    except UnreadableMail:
        return ""


def _remains(export: Export, found: Attachment) -> str:
    """Return why a copy cannot be taken out; empty where it can."""
    if found.signed is Signature.MULTIPART:
        return "its sender signed the message"
    try:
        plan_removal(export, found, reference=_ANY_REFERENCE, removed_on=date.min)
    except UnreadableMail as error:
        return error.message.rstrip(".")
    return ""


def _stretch(found: Attachment) -> range:
    """Return which bytes of the file a part takes; none where it lies in pieces."""
    place = found.place
    if not place.wrappings:
        return range(place.header_start, place.body_end)
    outermost = place.wrappings[0]
    if isinstance(outermost, EncodedPart | Stretch):
        return range(outermost.start, outermost.end)
    return range(0)


def _joined(offsets: Sequence[Where], parts: Sequence[tuple[Where, range]]) -> list[Where]:
    """Join what both ways found: a part is named once, with its message; bytes in no such part by themselves."""
    lies = {where.offset: where.lies for where in offsets}
    stretches = [stretch for _, stretch in parts if stretch]
    has_no_stretch = any(not stretch and not where.remains for where, stretch in parts)
    copies = [where for where, _ in parts if where.remains != _IN_TEXT]
    named = [
        replace(where, lies=lies.get(where.offset, where.lies)) if where.message else where
        for where, _ in parts
        if where.remains != _IN_TEXT or not any(_lies_in(copy, where) for copy in copies)  # the copy itself is named
    ]
    for where in offsets:
        in_part = any(where.offset in stretch for stretch in stretches)
        if not in_part and not (has_no_stretch and where.lies is Lies.UNTOLD):
            named.append(where)
    return sorted(named, key=lambda one: (one.message, one.offset or 0, one.part))


def _lies_in(copy: Where, text: Where) -> bool:
    """Return whether a copy is a part of what was looked through as a text."""
    return copy.message == text.message and copy.part.startswith(f"{text.part}.")
