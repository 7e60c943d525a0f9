"""The folders in which mail programs keep mailboxes, and every mailbox file in one.

A Maildir has a file for each message in `cur` and `new`, and a folder for each mailbox within. Thunderbird keeps an
mbox for each mailbox, those within it in `NAME.sbd`, beside an index that stays as it is. Apple Mail exports `X.mbox`
with an `mbox` in it, and keeps one `.emlx` a message. The shape of a folder says only that everything below it is to
be looked at; whether a file is a mailbox, its own bytes say.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from imgfile.errors import SourceUnavailable
from imgfile.files import is_leftover, opened_source, read_at, reading
from imgfile.images.identify import identify
from imgfile.mail.detect import PREFIX_BYTES
from imgfile.mail.mailbox import container_of

MAX_DEPTH: Final = 30
"""Folders within folders that are entered; mail programs go to about ten."""
_MAILDIR: Final = frozenset({"cur", "new"})
_APPLE_ATTACHMENTS: Final = "Attachments"
"""Where Apple Mail puts a file that it took out of a message (`.partial.emlx`)."""


def is_mail_folder(folder: Path) -> bool:
    """Return whether a mail program keeps mailboxes in this folder or those within. Raises `SourceUnavailable`."""
    folders, names = _listed(folder)
    is_maildir = set(folders) >= _MAILDIR
    is_thunderbird = "prefs.js" in names or any(name.endswith(".msf") for name in names)
    is_apple = folder.suffix == ".mbox" or "Messages" in folders
    return is_maildir or is_thunderbird or is_apple or any(name.endswith((".sbd", ".mbox")) for name in folders)


def find_mail_files(folder: Path) -> Iterator[Path]:
    """Yield the mailbox files below a folder, in the order of their names, and the photos Apple Mail keeps with them.

    Links are not followed. What cannot be read is yielded too, so that whoever opens it reports it.
    Raises `SourceUnavailable` when a folder cannot be read.
    """
    yield from _find(folder, 0)


def _find(folder: Path, depth: int) -> Iterator[Path]:
    folders, names = _listed(folder)
    for name in sorted((*folders, *names)):
        path = folder / name
        if name in folders:
            if depth < MAX_DEPTH:
                yield from _find(path, depth + 1)
        elif _is_wanted(path):
            yield path


def _is_wanted(path: Path) -> bool:
    try:
        return container_of(path) is not None or (_APPLE_ATTACHMENTS in path.parts and _is_picture(path))
    except SourceUnavailable:
        return True


def _is_picture(path: Path) -> bool:
    with opened_source(path) as descriptor, reading(path):
        return identify(read_at(descriptor, 0, PREFIX_BYTES)) is not None


def _listed(folder: Path) -> tuple[list[str], list[str]]:
    """Return the names of the folders and of the files in a folder, without links and whatever else there is.

    What a run of imgfile left unfinished is left out.
    """
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except OSError as error:
        raise SourceUnavailable(f"{folder} cannot be read: {error.strerror}.") from error
    folders = [entry.name for entry in found if entry.is_dir(follow_symlinks=False)]
    names = [entry.name for entry in found if entry.is_file(follow_symlinks=False)]
    return folders, [name for name in names if not is_leftover(name)]
