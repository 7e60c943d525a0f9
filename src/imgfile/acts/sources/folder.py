"""What lies in a folder that was named: the files to look at, the folders not entered, the files that are neither.

A mail program's folder is looked into however deep it is; another one only as deep as was asked for, and what was not
entered is counted. A file that is no photo and no mailbox is named by its kind, unless it is known to hold no photo.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from imgfile import files
from imgfile.acts.sources.found import Folder
from imgfile.counts import counted
from imgfile.errors import SourceUnavailable, UnsupportedImage
from imgfile.mail.folders import find_mail_files, is_mail_folder
from imgfile.mail.kinds import count_kinds
from imgfile.mail.verdict.judge import Leaf, judge

_HEAD_BYTES: Final = 512
_SYSTEM_NAMES: Final = frozenset({".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", ".directory"})
"""What systems put into any folder, of which nobody asked anything."""


def look_into(path: Path, named: str, *, is_recursive: bool) -> tuple[Folder, list[Path]]:
    """List the files of a folder that are to be looked at. Raises `SourceUnavailable`."""
    try:
        inside = list(path.iterdir())  # `glob` passes over what it cannot read
    except OSError as error:
        raise SourceUnavailable(f"{path} cannot be read: {error.strerror}.", "Ask its owner for access.") from error
    if is_mail_folder(path):
        return Folder(path, named), list(find_mail_files(path))
    folders = 0 if is_recursive else sum(each.is_dir() and not each.is_symlink() for each in inside)
    found = path.glob("**/*") if is_recursive else inside
    kept = (each for each in found if not files.is_leftover(each.name))
    return Folder(path, named, folders), sorted(each for each in kept if each.is_file() and not each.is_symlink())


def note_strange(folder: Folder, path: Path) -> None:
    """Note a file that is no photo and no mailbox, unless it is known to hold no photo. Raises `SourceUnavailable`."""
    if path.name.lower() in _SYSTEM_NAMES:
        return
    with files.opened_source(path) as descriptor, files.reading(path):
        size = files.FileIdentity.of(descriptor).size

        def read(limit: int) -> bytes:
            return files.read_at(descriptor, 0, limit)

        finding = judge(Leaf("", path.name, read(_HEAD_BYTES), size, read))
    if finding is not None:
        folder.strange.append((path, finding.kind))


def conclude(folder: Folder) -> None:
    """Mark a folder in which nothing was found. Raises `UnsupportedImage` where not everything was looked into."""
    folder.is_barren = True
    if folder.is_whole:
        return
    hint = "Photos and mailboxes are looked for in folders within folders with --recursive (-r)."
    raise UnsupportedImage(
        f"{folder.path} holds no photo and no mailbox that can be read; not looked into: {unopened_words(folder)}.",
        hint if folder.not_entered else "Unpack it, or save the photos out of it, and name those.",
    )


def unopened_words(folder: Folder) -> str:
    """Return in words what of a folder was not looked into: `1 video, 2 folders in it`."""
    words = [count_kinds(kind for _, kind in folder.strange)] if folder.strange else []
    if folder.not_entered:
        words.append(counted(folder.not_entered, "folder in it", "folders in it"))
    return ", ".join(words)
