"""The folders in which mail programs keep mailboxes, and every mailbox file in one.

A Maildir has a file for each message in `cur` and `new`, and a folder for each mailbox within. Thunderbird keeps an
mbox for each mailbox, those within it in `NAME.sbd`, beside an index that stays as it is. Apple Mail exports `X.mbox`
with an `mbox` in it, and keeps one `.emlx` a message. The shape of a folder says only that everything below it is to
be looked at; whether a file is a mailbox, its own bytes say.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from imgfile.errors import SourceUnavailable
from imgfile.files import is_leftover
from imgfile.mail.mailbox import container_of

MAX_DEPTH: Final = 30
"""Folders within folders that are entered; mail programs go to about ten."""
_READ: Final = "cur"
_MAILDIR: Final = frozenset({_READ, "new"})
_SETTINGS: Final = "prefs.js"
_PROFILE_FILES: Final = frozenset({_SETTINGS, "profiles.ini"})
"""What lies in a Thunderbird profile, and in the folder of all profiles."""
_INDEX: Final = ".msf"
"""What Thunderbird's index of a mailbox has behind the mailbox's name."""
_APPLE_ATTACHMENTS: Final = "Attachments"
"""Where Apple Mail puts a file that it took out of a message (`.partial.emlx`)."""


def is_mail_folder(folder: Path) -> bool:
    """Return whether a mail program keeps mailboxes in this folder or those within. Raises `SourceUnavailable`."""
    folders, names = _listed(folder)
    is_maildir = _READ in folders
    is_thunderbird = any(name in _PROFILE_FILES or name.endswith(_INDEX) for name in names) or _is_in_profile(folder)
    is_apple = folder.suffix == ".mbox" or "Messages" in folders
    return is_maildir or is_thunderbird or is_apple or any(name.endswith((".sbd", ".mbox")) for name in folders)


def find_mail_files(folder: Path) -> Iterator[Path]:
    """Yield the mailbox files below a folder, in the order of their names, and what lies where messages should.

    That is a message that is compressed, a mailbox of a kind that is not known, an attachment that Apple Mail keeps by
    itself: whoever opens it reports it. Links are not followed. What cannot be read is yielded too.
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
        elif _is_wanted(path, names):
            yield path


def _is_wanted(path: Path, names: Sequence[str]) -> bool:
    """Return whether a file is a mailbox, or lies where only messages and their attachments do."""
    try:
        return container_of(path) is not None or (_is_kept_as_mail(path, names) and path.stat().st_size > 0)
    except (SourceUnavailable, OSError):
        return True


def _is_kept_as_mail(path: Path, names: Sequence[str]) -> bool:
    if path.parent.name in _MAILDIR or _APPLE_ATTACHMENTS in path.parts:
        return True
    return f"{path.name}{_INDEX}" in names


def _is_in_profile(folder: Path) -> bool:
    """Return whether a folder lies in a Thunderbird profile, some levels below the one with its settings."""
    above = Path(os.path.abspath(folder)).parents  # noqa: PTH100 - `resolve` would follow links
    return any((each / _SETTINGS).is_file() for each in above[:MAX_DEPTH])


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
