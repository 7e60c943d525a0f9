"""Taking a copy of one photo out of the vault.

1. The record opens with the person's own identity, and is what was filed.
2. The purpose is within what was agreed (R5), at filing or since (R3, R4), nobody withdrew (R24), and R9 lets the photo
   leave. Beyond care nobody can be recognised in it, unless that was agreed; a person says so, for nothing is detected.
3. Who takes it, for what purpose and why is in the audit trail, durably, before a byte leaves (R20).
4. What leaves is exactly the stripped photo that was filed.
5. A file is new and private, and is there whole or not at all. What exists is never replaced.
6. It never lies in the vault, which is shared and backed up on the word that all in it is sealed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from imgfile import files, staging
from imgfile.acts.disclosure.agreed import agreed_purposes, refuse_recognisable
from imgfile.acts.disclosure.entry import Disclosed, Statement, disclose
from imgfile.acts.disclosure.open import Reader
from imgfile.clinical.permitted_uses import refuse_export
from imgfile.clinical.proofs import MediaType
from imgfile.errors import NotWritable, RefusedByRule
from imgfile.vault.access import Vault
from imgfile.vault.life.open import OpenedRecord

SUFFIXES: Final = {
    MediaType.JPEG: (".jpg", ".jpeg"),
    MediaType.PNG: (".png",),
    MediaType.HEIC: (".heic", ".heif", ".hif"),
    MediaType.AVIF: (".avif",),
    MediaType.JXL: (".jxl",),
    MediaType.WEBP: (".webp",),
    MediaType.GIF: (".gif",),
    MediaType.BMP: (".bmp", ".dib"),
    MediaType.TIFF: (".tif", ".tiff"),
}
"""By which names other programs know the format; the first is the one to use."""


def check_target(vault: Vault, path: Path) -> None:
    """See that a new file can have this name, before anything is opened or entered. Raises `NotWritable`."""
    if files.is_folder(path):
        raise NotWritable(f"{path} is a folder.", f"Name a file in it, such as {path / 'photo.jpg'}")
    if os.path.lexists(path):
        raise NotWritable(f"{path} exists, and nothing is ever replaced.", "Choose another name.")
    if not files.is_folder(path.absolute().parent):
        raise NotWritable(f"{path} cannot be written: there is no such folder.", "Make the folder first.")
    if vault.store.contains(path):
        raise NotWritable(f"{path} lies in the vault, where nothing lies unsealed.", "Name a file outside of it.")


def export(
    vault: Vault, opened: OpenedRecord, reader: Reader, stated: Statement, *, is_anonymous: bool = False
) -> Disclosed:
    """Judge an export and enter it in the trail; return the photo, which may leave now.

    `is_anonymous`: somebody looked, and says that nobody can be recognised in it.

    Raises `RefusedByRule`, `Damaged`, `NoVault`, `NotWritable`; then nothing leaves.
    """
    refuse_withdrawn(opened)
    agreed = agreed_purposes(vault, opened, at=stated.at)
    refuse_export(opened.facts, stated.purpose, agreed, reference=opened.manifest.reference)
    refuse_recognisable(opened, stated.purpose, agreed.get(stated.purpose), is_said=is_anonymous)
    return disclose(vault, opened, reader, stated)


def refuse_withdrawn(opened: OpenedRecord) -> None:
    """Refuse a copy of a photo whose use was stopped. Raises `RefusedByRule` (R24)."""
    if opened.history.is_use_stopped:
        reference = opened.manifest.reference
        raise RefusedByRule(
            "R24",
            f"consent to {reference} was withdrawn: no copy of it leaves.",
            f"Who withdrew, and when:  imgfile show {reference} --history",
        )


def write(disclosed: Disclosed, path: Path) -> None:
    """Write the photo to a new file that only its owner can read, durably. Raises `NotWritable`."""
    staging.publish(path, disclosed.photo, "export")


def better_name(disclosed: Disclosed, path: Path) -> Path | None:
    """Return the name by which other programs would know the format; None when it has such a name."""
    suffixes = SUFFIXES[disclosed.opened.facts.picture.media_type]
    if path.suffix.lower() in suffixes:
        return None
    return path.with_name(f"{path.name}{suffixes[0]}") if not path.suffix else path.with_suffix(suffixes[0])
