"""Searching a mailbox that a test has made, and what was found in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from imgfile.mail.mailbox import open_export
from imgfile.mail.model import Attachment, Reason, Unsearched


def scan(path: Path, data: bytes) -> list[Attachment | Unsearched]:
    """Write a mailbox and scan it; every photo found must also decode."""
    path.write_bytes(data)
    with open_export(path) as export:
        found = list(export.scan())
        for attachment in found:
            if isinstance(attachment, Attachment):
                attachment.decode()
        return found


def scan_damaged(path: Path, data: bytes) -> list[Attachment | Unsearched]:
    """Write a mailbox and scan it; what is found may be damaged."""
    path.write_bytes(data)
    with open_export(path) as export:
        return list(export.scan())


def photos(path: Path, data: bytes) -> dict[str, bytes]:
    """Scan a mailbox and return the decoded photos by part number."""
    return {found.part: found.decode() for found in scan(path, data) if isinstance(found, Attachment)}


def reasons(path: Path, data: bytes) -> list[tuple[str, Reason]]:
    """Scan a mailbox and return what was not searched, by part number."""
    return [(found.part, found.reason) for found in scan(path, data) if isinstance(found, Unsearched)]


def photos_by_message(found: Sequence[Attachment | Unsearched]) -> dict[str, bytes]:
    """Return the decoded photos, by message and part."""
    return {f"{one.message.number}/{one.part}": one.decode() for one in found if isinstance(one, Attachment)}


def reasons_by_message(found: Sequence[Attachment | Unsearched]) -> dict[str, Reason]:
    """Return what was not searched, by message and part."""
    return {f"{one.message.number}/{one.part}": one.reason for one in found if isinstance(one, Unsearched)}
