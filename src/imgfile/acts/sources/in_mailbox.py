"""The photos in one mailbox export, without the likely logos and what was not asked for; each such is counted.

The mailbox is held (see `mail.locks`) and stays open until all of its photos are done. Whether a picture is a logo is
known when every mailbox was walked, for what comes in many mails may come once in each.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

from imgfile.acts.sources.filters import EVERYTHING, Criteria, Mismatch
from imgfile.acts.sources.found import Found, Mailbox, Scope, Sighting
from imgfile.acts.sources.logos import INLINE_LOGO_MAX_BYTES, REPEATED_LOGO_MAX_BYTES, Repeats, may_be_logo
from imgfile.acts.sources.look import look_at
from imgfile.acts.sources.source import MailPart
from imgfile.clinical.proofs import Digest
from imgfile.errors import Error, SourceInUse, UnreadableMail
from imgfile.mail.locks import hold
from imgfile.mail.mailbox import Export, Progress, container_of, open_export
from imgfile.mail.model import Attachment, Reason, Unsearched


def find_in_mailbox(path: Path, named: str, scope: Scope, held: ExitStack, found: Found) -> bool:
    """Find the photos of a mailbox; False, and nothing done, when the file is none by its bytes."""
    if container_of(path) is None:
        return False
    _hold(path, scope, held)
    export = held.enter_context(open_export(path))
    box = Mailbox(path, named, export.container.value)
    photos: list[Sighting] = []
    with scope.watch(path) as progress:
        if scope.seeks_taken_out:
            taken_out = export.taken_out(progress)
            box.taken_out += (one for one in taken_out if _criteria(scope).mismatch(one.message) is None)
        else:
            found.repeats = found.repeats or Repeats()
            photos = _walk(export, scope, box, found.repeats, progress)
    box.messages, account = export.messages, export.account
    box.parts, box.opened, box.harmless = account.parts, account.opened, account.harmless
    box.emptied = account.taken_out
    found.mailboxes.append(box)
    found.photos.extend(_only_part(_with_besides(photos, box.unsearched, export.attached), scope, path))
    return True


def _hold(path: Path, scope: Scope, held: ExitStack) -> None:
    while True:
        try:
            held.enter_context(hold(path, is_shared=scope.only_looks))
        except SourceInUse as error:
            if scope.wait is None:
                raise
            scope.wait(error)
        else:
            return


def _walk(export: Export, scope: Scope, box: Mailbox, repeats: Repeats, progress: Progress | None) -> list[Sighting]:
    """Look at every image once, while its bytes are at hand; return those that were asked for."""
    photos: list[Sighting] = []
    criteria = _criteria(scope)
    for item in export.scan(progress):
        if isinstance(item, Unsearched):
            if not item.message.number or criteria.mismatch(item.message) is None:
                box.unsearched.append(item)
            continue
        box.images += 1
        sighting, mismatch = _sight(MailPart(export, item), scope)
        if sighting.digest is not None:
            repeats.note(sighting.digest, export.path, item.message)
        if mismatch is None:
            photos.append(sighting)
        else:
            box.mismatches[mismatch] += 1
    return photos


def _with_besides(
    photos: list[Sighting], unsearched: Sequence[Unsearched], harmless: Mapping[int, Sequence[str]]
) -> list[Sighting]:
    """Give each photo what else its message holds: what is absent or was not looked into, and its other attachments.

    `harmless` names by message the attached parts that hold no photo, so that they are counted as a mail program does.
    """
    besides: dict[int, list[Unsearched]] = {}
    for each in unsearched:
        if each.message.number:  # else it lies in no message
            besides.setdefault(each.message.number, []).append(each)
    attached: dict[int, list[str]] = {
        number: [each.part for each in beside if each.reason not in _IN_TEXT] for number, beside in besides.items()
    }
    for photo in photos:
        item = photo.source.attachment if isinstance(photo.source, MailPart) else None
        if item and item.message.number and not item.is_inline:
            attached.setdefault(item.message.number, []).append(item.part)
    for number, parts in harmless.items():
        attached.setdefault(number, []).extend(parts)
    return [_with_beside(photo, besides, attached) for photo in photos]


_IN_TEXT: Final = frozenset({Reason.DATA_URI, Reason.RICH_TEXT, Reason.TOO_MANY_PARTS, Reason.HEADER_TOO_LONG})
"""What is no attachment of its own."""


def _with_beside(
    photo: Sighting, besides: Mapping[int, Sequence[Unsearched]], attached: Mapping[int, Sequence[str]]
) -> Sighting:
    source = photo.source
    if not isinstance(source, MailPart):  # pragma: no cover - all of them are photos of one mailbox
        return photo
    number, part = source.attachment.message.number, source.attachment.part
    beside = tuple(besides.get(number, ()))
    parts = sorted(dict.fromkeys(attached.get(number, ())), key=_part_order)
    if part not in parts:
        return replace(photo, source=replace(source, beside=beside)) if beside else photo
    at = parts.index(part) + 1
    placed = replace(source, beside=beside, attachment_number=at, attachment_count=len(parts))
    return replace(photo, source=placed)


def _part_order(part: str) -> list[int]:
    return [int(number) for number in re.findall("[0-9]+", part)]


def _sight(part: MailPart, scope: Scope) -> tuple[Sighting, Mismatch | None]:
    if scope.part is not None:
        return Sighting(part), None
    if not scope.with_logos and _is_small_logo(part):
        return Sighting(part, is_likely_logo=True), None  # wherever it stands
    mismatch = _criteria(scope).mismatch(part.attachment.message)
    if scope.with_looks and mismatch is None:
        look = look_at(part)
        return Sighting(part, look, look.digest), None
    is_counted = scope.with_looks or not scope.with_logos
    return Sighting(part, digest=_digest_of_small(part.attachment) if is_counted else None), mismatch


def _criteria(scope: Scope) -> Criteria:
    return EVERYTHING if scope.criteria is None else scope.criteria


def _is_small_logo(part: MailPart) -> bool:
    return part.attachment.size < INLINE_LOGO_MAX_BYTES and may_be_logo(part)


def _digest_of_small(item: Attachment) -> Digest | None:
    if item.size > REPEATED_LOGO_MAX_BYTES:
        return None
    try:
        return Digest(hashlib.sha256(item.decode()).hexdigest())
    except UnreadableMail:
        return None


def _only_part(photos: list[Sighting], scope: Scope, path: Path) -> list[Sighting]:
    if scope.part is None:
        return photos
    chosen = [one for one in photos if isinstance(one.source, MailPart) and one.source.part == scope.part]
    if not chosen:
        raise UnreadableMail(f"{path} has no photo at part {scope.part}.", f"List its photos:  imgfile scan {path}")
    return chosen


# --- once every mailbox was walked ---------------------------------------------------------------------------


def leave_out(found: Found, scope: Scope) -> None:
    """Mark the likely logos, and leave out those and what is too small, as far as that was asked for."""
    boxes = {box.path: box for box in found.mailboxes}
    repeats = found.repeats or Repeats()
    found.photos = [kept for one in found.photos if (kept := _judged(one, repeats, boxes, scope)) is not None]


def _judged(sighting: Sighting, repeats: Repeats, boxes: dict[Path, Mailbox], scope: Scope) -> Sighting | None:
    if not isinstance(sighting.source, MailPart) or scope.part is not None:
        return sighting
    box, digest = boxes[sighting.source.export.path], sighting.digest
    is_logo = sighting.is_likely_logo or _is_small_logo(sighting.source)
    if digest is not None:
        is_logo = is_logo or (repeats.is_in_many_mails(digest) and may_be_logo(sighting.source))
        sighting = replace(sighting, messages=repeats.messages(digest))
    if is_logo and not scope.with_logos:
        box.likely_logos += 1
        return None
    if _criteria(scope).min_pixels is not None and _is_too_small(sighting, scope):
        box.mismatches[Mismatch.MIN_PIXELS] += 1
        return None
    box.likely_logos += is_logo and scope.with_looks
    return replace(sighting, is_likely_logo=is_logo)


def _is_too_small(sighting: Sighting, scope: Scope) -> bool:
    try:
        seen = (sighting.look or look_at(sighting.source)).glance
    except Error:  # whoever reads it to file it will report it
        return False
    return seen is not None and _criteria(scope).is_too_small(seen.width, seen.height)
