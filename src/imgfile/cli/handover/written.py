"""What is said of copies that were written: to people, and to scripts (docs/reference/json.md)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from imgfile.acts.disclosure.agreed import agreed_purposes
from imgfile.acts.disclosure.export import Request
from imgfile.acts.disclosure.handover.copies import Change, Copy, Form, better_name
from imgfile.acts.disclosure.handover.put_together import Together
from imgfile.vault.access import Vault
from imgfile.vault.life.open import OpenedRecord


def said_lines(
    vault: Vault, opened: Sequence[OpenedRecord], together: Together, written: Sequence[Path], request: Request
) -> Iterator[str]:
    """Yield what was written, what was done to each picture, and what is up to the person now."""
    if not together.copies:
        reference = opened[0].manifest.reference
        yield (
            f"Wrote {written[0]}: the lines to paste, and no picture. {reference} is an intimate photo of a child, and "
            "stays out of our own clinical record (R9)."
        )
    elif not together.form.is_document:
        for path, (reference, copy) in zip(written, together.copies.items(), strict=True):
            yield f"Wrote {reference} to {path} ({size_words(len(copy.data))}; {copy.said})."
    else:
        yield _document_line(together, written[0])
    if request.is_named:
        yield "The names of these files begin with the patient's number; that is in the audit trail."
    yield (
        "That copy is outside the vault: erasing it is up to you."
        if len(written) == 1
        else "Those copies are outside the vault: erasing them is up to you."
    )
    yield from _outlets(vault, opened, request)
    yield from _better_names(together, written)


def _document_line(together: Together, path: Path) -> str:
    pages = f"{together.pages} page{'s' if together.pages > 1 else ''}"
    changed = [f"{name}: {copy.said}" for name, copy in together.copies.items() if copy.change is not Change.NONE]
    inside = "the JPEG inside is unchanged" if len(together.copies) == 1 else "the JPEGs inside are unchanged"
    if together.form is Form.PACK:
        return f"Wrote {path}: PDF of {pages}, JPEG, and the lines to paste ({'; '.join(changed) or inside})."
    size = size_words(len(next(iter(together.files.values()))))
    return f"Wrote {path} ({pages}, {size}; {'; '.join(changed) or inside})."


def _outlets(vault: Vault, opened: Sequence[OpenedRecord], request: Request) -> Iterator[str]:
    """Yield the one outlet that a use was agreed to for (R4)."""
    for each in opened:
        agreed = agreed_purposes(vault, each, at=datetime.now(UTC)).get(request.stated.purpose)
        if agreed is not None and agreed.outlet:
            yield f"{each.manifest.reference} was agreed to for one outlet: {agreed.outlet}."


def _better_names(together: Together, written: Sequence[Path]) -> Iterator[str]:
    if together.form.is_document:
        return
    for path, copy in zip(written, together.copies.values(), strict=True):
        better = better_name(copy, path)
        if better is not None:
            yield f"Other programs know it better as {better.name}: it is {copy.media_type}."


def size_words(length: int) -> str:
    """Return a length in bytes as people read it: 4.2 MB."""
    return f"{length / 1e6:.1f} MB" if length >= _IN_MEGABYTES else f"{max(length / 1e3, 0.1):.1f} kB"


_IN_MEGABYTES: Final = 100_000
"""From how many bytes on a size is read in megabytes."""


def facts_lines(
    opened: Sequence[OpenedRecord],
    together: Together,
    written: Sequence[Path],
    request: Request,
    handed: Collection[str],
) -> Iterator[dict[str, object]]:
    """Yield one object for each photo that left."""
    several = None if together.form.is_document else iter(written)
    by_reference = {reference: next(several) if several else written[0] for reference in together.copies}
    for each in opened:
        reference = each.manifest.reference
        copy = together.copies.get(reference)
        yield {
            "type": "exported",
            "record": reference,
            "as": together.form.value if copy else "text",
            "purpose": request.stated.purpose.value,
            "file": str(by_reference.get(reference, written[0])),
            **(_copy_facts(copy) if copy else {}),
            "handed": reference in handed,
        }


def _copy_facts(copy: Copy) -> dict[str, object]:
    return {
        "media_type": copy.media_type.value,
        "bytes": len(copy.data),
        "sha256": copy.digest,
        "change": copy.change.value,
        "pixels": [copy.width, copy.height],
    }
