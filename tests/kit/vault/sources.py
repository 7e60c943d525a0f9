"""Sources of photos that are filed, erasures that are torn, and what the trail says of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from imgfile.acts.sources.source import LocalFile, MailPart
from imgfile.clinical.proofs import Release, Verified
from imgfile.erase import sectors
from imgfile.errors import NotWritable
from imgfile.files import FileIdentity
from imgfile.mail.mailbox import open_export
from imgfile.vault.records import find as records
from imgfile.vault.records.commit import prove_stored
from imgfile.vault.trail import chain, permissions
from imgfile.vault.trail.read import walk
from kit.mail import mailboxes
from kit.vault.erasure import digest_of
from kit.vault.practice import NOON, Practice


class StoppedError(BaseException):
    """A death that a test survives."""


def mailbox(folder: Path, *photos: bytes, name: str = "Inbox") -> Path:
    """Make a mailbox with a message for each photo."""
    path = folder / name
    path.write_bytes(mailboxes.mbox([mailboxes.mail(mailboxes.text(), mailboxes.photo(data)) for data in photos]))
    return path


def parts_of(path: Path) -> list[MailPart]:
    """Return the photos of a mailbox, in the order of the bytes. It is not locked."""
    with open_export(path) as export:
        return [MailPart(export, attachment) for attachment in export.attachments()]


def file_at(path: Path, data: bytes | None = None) -> LocalFile:
    """Return a photo in a file of its own, as a run finds it; written first where its bytes are given."""
    if data is not None:
        path.write_bytes(data)
    identity = FileIdentity.at(path)
    assert identity is not None
    return LocalFile(path, identity)


def released(practice: Practice, data: bytes) -> Release:
    """File bytes, and enter that in the trail: their source may go."""
    with practice.vault.station.locked():
        (release,) = permissions.release(practice.vault, [practice.file(data)], at=NOON)
    return release


def proven(practice: Practice, release: Release, data: bytes) -> Verified:
    """Prove a record anew, as a later run does."""
    return prove_stored(practice.vault, records.of_id(practice.vault, release.verified.record), digest_of(data))


def entered(practice: Practice, *acts: str) -> list[tuple[str, object]]:
    """Return the trail's entries of some kinds, each with its record, or its evidence where it names none."""
    notes = list(walk(practice.vault, practice.vault.here.station))
    entries = [entry for note in notes for entry in note.entries if entry["act"] in acts]
    return [(str(entry["act"]), entry.get("record", entry.get("evidence"))) for entry in entries]


def stop(*_: object, **_named: object) -> NoReturn:
    """Stand in for a step that the process dies before."""
    raise StoppedError


def torn(erase: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin an erasure, and die when its note is durable and nothing is overwritten yet."""
    with monkeypatch.context() as patch:
        patch.setattr(sectors, "overwrite", stop)
        with pytest.raises(StoppedError):
            erase()


def fill_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no note be appended to the trail any more."""

    def refuse(*_: object, **_named: object) -> NoReturn:
        raise NotWritable("the disk is full.", "Make room.")

    monkeypatch.setattr(chain, "append", refuse)
