"""Putting what leaves together, in memory: files by their names, and what was done to each picture.

1. Names are made of references: no number, no birth date, unless somebody asks for the number.
2. Photos of one patient go on one document's pages in the order in which they were made.
3. Where a document must be small, its pictures share the room evenly, and those that fit their share stay unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from imgfile.acts.disclosure.handover.copies import SUFFIXES, Copy, Form, as_filed, as_jpeg
from imgfile.acts.disclosure.handover.page import Page, document
from imgfile.acts.disclosure.handover.words import Printed, paste_text, printed
from imgfile.acts.disclosure.of_patient import made_at
from imgfile.clinical.dates import show_date
from imgfile.clinical.record.model import Record
from imgfile.clinical.vocabulary import Purpose
from imgfile.errors import UnsupportedImage, UsageError
from imgfile.frozen import dataclass, field
from imgfile.vault import layout
from imgfile.vault.access import Vault

PASTE: Final = "paste.txt"
_BESIDE_PICTURES: Final = 64 << 10
"""What a page takes besides its picture: 15 kB of letters and bars, and some room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What may leave."""

    form: Form
    name: str = field(repr=False)
    """What a folder of it is called."""
    files: Mapping[str, bytes] = field(repr=False)
    """By their names, in the order of the photos."""
    copies: Mapping[str, Copy] = field(repr=False)
    """By reference, as each photo leaves; none where words alone do."""
    pages: int = 0
    """How many pages its document has."""


def put_together(  # noqa: PLR0913 - one argument for each thing that decides what leaves
    vault: Vault,
    photos: Sequence[tuple[Record, bytes]],
    form: Form,
    *,
    at: datetime,
    purpose: Purpose,
    max_bytes: int | None = None,
    is_named: bool = False,
    is_text_alone: bool = False,
) -> Together:
    """Return what leaves of these photos. Raises `UnsupportedImage`, `UsageError`."""
    order = sorted(photos, key=lambda photo: made_at(photo[0]))
    ordered = [printed(vault, facts) for facts, _ in order]
    words = {one.reference: one for one in ordered}
    name = _name(ordered, is_named=is_named)
    if is_text_alone:
        text = paste_text(ordered, [], is_text_alone=True)
        return Together(form=form, name=name, files={PASTE: text}, copies={})
    copies = _copies(order, form, max_bytes)
    if not form.is_document:
        files = {
            f"{_base(words[reference], is_named=is_named)}{SUFFIXES[copy.media_type][0]}": copy.data
            for reference, copy in copies.items()
        }
        return Together(form=form, name=name, files=files, copies=copies)
    pages = [
        Page(one, copies[one.reference].on_page(_note(one, copies[one.reference], purpose, at))) for one in ordered
    ]
    pdf = document(pages, at=at)
    _expect_small(pdf, max_bytes)
    if form is Form.PDF:
        return Together(form=form, name=name, files={f"{name}.pdf": pdf}, copies=copies, pages=len(pages))
    return Together(form=form, name=name, files=_pack(ordered, copies, pdf), copies=copies, pages=len(pages))


def _pack(ordered: Sequence[Printed], copies: Mapping[str, Copy], pdf: bytes) -> dict[str, bytes]:
    names = {f"{_name(ordered, is_named=False)}.pdf": pdf}
    names |= {f"{one.reference}.jpg": copies[one.reference].data for one in ordered}
    return {**names, PASTE: paste_text(ordered, list(names))}


def _copies(photos: Sequence[tuple[Record, bytes]], form: Form, max_bytes: int | None) -> dict[str, Copy]:
    if form is Form.ORIGINAL:
        if max_bytes is not None:
            raise UsageError("--max-bytes makes JPEGs smaller, and the original is never changed.", "Give --as jpeg.")
        return {_reference(facts): as_filed(photo, facts) for facts, photo in photos}
    share = max_bytes
    if max_bytes is not None and form is not Form.JPEG:
        share = max(max_bytes // len(photos) - _BESIDE_PICTURES, 1)
    return {_reference(facts): _jpeg(facts, photo, share) for facts, photo in photos}


def _jpeg(facts: Record, photo: bytes, max_bytes: int | None) -> Copy:
    try:
        return as_jpeg(photo, facts, max_bytes=max_bytes)
    except UnsupportedImage as error:
        raise UnsupportedImage(f"{_reference(facts)} {error.message}", error.hint) from error


def _reference(facts: Record) -> str:
    return layout.reference(facts.place.record)


def _expect_small(pdf: bytes, max_bytes: int | None) -> None:
    if max_bytes is not None and len(pdf) > max_bytes:
        raise UnsupportedImage(
            f"the document has {len(pdf):,} bytes, and --max-bytes allows {max_bytes:,}.",
            "Allow more, or export fewer photos together.",
        )


def _note(words: Printed, copy: Copy, purpose: Purpose, at: datetime) -> str:
    day = show_date(at.astimezone().date())
    return f"imgfile {words.reference}: copy of {day} for {purpose.label}; {copy.said}"


def _base(words: Printed, *, is_named: bool) -> str:
    return f"{_file_safe(words.code)}-{words.reference}" if is_named else words.reference


def _file_safe(code: str) -> str:
    """Return a number as file names can have it: a practice's own may have a stroke."""
    return code.replace("/", "_")


def _name(ordered: Sequence[Printed], *, is_named: bool) -> str:
    more = f"-and-{len(ordered) - 1}-more" if len(ordered) > 1 else ""
    return f"{_base(ordered[0], is_named=is_named)}{more}"
