"""Photos that are filed with the signed form that allows more than care."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.options import Request
from imgfile.acts.outcome import Failed, Filed, Refused
from kit.photos import jpeg_png as photos
from kit.vault.filings import MOLE, flags
from kit.vault.ingest_runs import local, run_of
from kit.vault.practice import Practice

PDF: Final = b"%PDF-1.7\nI agree that my photo is used for teaching.\n%%EOF\n"


def file_with_form(practice: Practice, folder: Path, answers: Mapping[str, str] = MOLE, *, photo: bytes = b"") -> Filed:
    """File a photo for care, with a form that allows teaching, from a folder: made there unless it lies there already.

    Raises what it was refused for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "form.pdf").write_bytes(PDF)
    source = folder / "mole.jpg"
    if not source.exists():
        source.write_bytes(photo or photos.phone_jpeg())
    signed = {**answers, "form": "signed", "covers": "teaching", "consent_document": str(folder / "form.pdf")}
    ((_, outcome),) = ingest(run_of(practice), [Request(local(source), flags(signed))])
    if isinstance(outcome, Refused | Failed):
        raise outcome.error
    assert isinstance(outcome, Filed), outcome
    return outcome
