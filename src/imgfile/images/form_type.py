"""What a signed form is by its bytes: a PDF, a photo or a scan."""

from __future__ import annotations

from typing import Final

from imgfile.clinical.record.additions import DOCUMENT_TYPES

_PDF: Final = b"%PDF-"


def form_type(data: bytes) -> str:
    """Return a form's media type; empty for what is neither a PDF nor an image."""
    from imgfile.images.identify import identify  # noqa: PLC0415 - a PDF needs none of it

    if data.startswith(_PDF):
        return "application/pdf"
    found = str(identify(data) or "")
    return found if found in DOCUMENT_TYPES else ""
