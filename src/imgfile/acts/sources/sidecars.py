"""What lies beside a photo's file and is of the same photo: live video, raw picture, edits, notes, copies.

Phones, cameras and programs keep them under the photo's own name (Apple's DCF names, Adobe's XMP specification part 3
§1.1.1.2, Google Takeout), desktops number the copies that they make. They are found, reported, left alone: only a copy
with the very same bytes is the photo itself, and `acts.erasure.sidecar_copies` erases it when somebody says so. A video
of the same moment shows the same patient, and nobody has filed it.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

from imgfile import files
from imgfile.acts.sources.source import LocalFile
from imgfile.clinical.proofs import Digest
from imgfile.errors import Error
from imgfile.files import FileIdentity
from imgfile.frozen import dataclass, field
from imgfile.images.limits import MAX_PHOTO_BYTES

MAX_NAMES: Final = 20_000
"""How many names of a folder are looked at."""
MAX_COPIES: Final = 20
"""How many files of the same length are read, to see whether they are the photo."""


class Kind(StrEnum):
    """What a companion is to the photo, as far as its name tells; `COPY` alone is known from its bytes."""

    COPY = "copy"
    VERSION = "version"
    VIDEO = "live video"
    RAW = "raw picture"
    EDITS = "edits"
    NOTES = "notes"


@dataclass(frozen=True, slots=True)
class Companion:
    """A file beside a photo. `identity` is the file's as it was found; `digest` is known of a copy, the photo's own."""

    kind: Kind
    path: Path
    identity: FileIdentity = field(repr=False)
    digest: Digest | None = None


_SUFFIXES: Final = {
    **dict.fromkeys(("jpg", "jpeg", "jpe", "heic", "heif", "hif", "avif", "jxl"), Kind.VERSION),
    **dict.fromkeys(("png", "webp", "gif", "bmp", "tif", "tiff"), Kind.VERSION),
    **dict.fromkeys(("mov", "mp4", "m4v"), Kind.VIDEO),
    **dict.fromkeys(("dng", "cr2", "cr3", "crw", "nef", "nrw", "arw", "sr2", "orf"), Kind.RAW),
    **dict.fromkeys(("rw2", "raf", "pef", "srw", "3fr", "iiq", "x3f"), Kind.RAW),
    "aae": Kind.EDITS,
    **dict.fromkeys(("xmp", "json"), Kind.NOTES),
}
_TAKEOUT: Final = r"suppl[a-z-]*"
_APPLE: Final = r"img_[eo](\d{4})"
"""What Apple calls an edited photo and its original's edits: `IMG_E1234`, `IMG_O1234`."""
_COPIED: Final = r"(copy of |copy \(\d+\) of )?(?P<stem>.+?)( - copy| copy)?( ?\(\d+\)|[ _-]\d{1,2})?"
"""How Windows, macOS, Linux desktops and browsers name copies."""


def find(path: Path) -> tuple[Companion, ...]:
    """Find what lies beside a photo's file, sorted; nothing where the folder cannot be looked into."""
    mine = _identity(path)
    names = _names_in(path.parent, _changed(path.parent))
    stem = _stem(path.name)
    if mine is None or names is None:
        return ()
    copies = _copies(path, mine, _others(path, names.by_copied.get(_copied(stem), [])))
    kin = _others(path, names.by_photo.get(_photo(stem), []))
    others = [Companion(_kind(each.name), each, identity) for each in kin if (identity := _identity(each))]
    seen = {_place(mine), *(_place(copy.identity) for copy in copies)}
    return (*copies, *(other for other in others if _place(other.identity) not in seen))


def find_beside(photos: Iterable[LocalFile]) -> dict[LocalFile, tuple[Companion, ...]]:
    """Find what lies beside each photo that has something there, without what is one of these photos itself."""
    named = {photo.identity: photo for photo in photos}
    found = {photo: [each for each in find(photo.path) if each.identity not in named] for photo in named.values()}
    return {photo: tuple(companions) for photo, companions in found.items() if companions}


def _others(path: Path, names: list[str]) -> list[Path]:
    return [path.with_name(name) for name in sorted(names) if name != path.name]


# --- names ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Names:
    """A folder's names that matter: by what their photo is called, and what they are copies of."""

    by_photo: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    by_copied: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


@lru_cache(maxsize=4)
def _names_in(folder: Path, changed: int | None) -> _Names | None:
    """Sort a folder's names, once for all of its photos while nothing `changed` in it."""
    if changed is None:
        return None
    names = _Names()
    for name in files.names_in(folder, limit=MAX_NAMES):
        if _suffix(name) in _SUFFIXES:
            stem = _stem(name)
            names.by_photo[_photo(stem)].append(name)
            names.by_copied[_copied(stem)].append(name)
    return names


def _changed(folder: Path) -> int | None:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return None


def _suffix(name: str) -> str:
    return name.rpartition(".")[2].casefold()


def _kind(name: str) -> Kind:
    return _SUFFIXES[_suffix(name)]


def _stem(name: str) -> str:
    """Take off what programs append: `IMG_E1234.JPG.xmp` is `img_e1234`."""
    stem = name.casefold()
    while (parts := stem.rpartition("."))[0] and (parts[2] in _SUFFIXES or re.fullmatch(_TAKEOUT, parts[2])):
        stem = parts[0]
    return stem


def _photo(stem: str) -> str:
    apple = re.fullmatch(_APPLE, stem)
    return f"img_{apple[1]}" if apple else stem


def _copied(stem: str) -> str:
    """Take off what copying appends, again and again: a camera's own `IMG_1` looks like a copy of `IMG` already."""
    while (copied := re.fullmatch(_COPIED, stem)) and copied["stem"] != stem:
        stem = copied["stem"]
    return stem


# --- files ------------------------------------------------------------------------------------------------


def _copies(path: Path, mine: FileIdentity, candidates: list[Path]) -> list[Companion]:
    """Keep those that have the photo's very bytes; read only files as long as it is."""
    alike = [(each, identity) for each in candidates if (identity := _identity(each)) and identity.size == mine.size]
    alike = [(each, identity) for each, identity in alike if _place(identity) != _place(mine)][:MAX_COPIES]
    digest = _digest(path) if alike else None
    if digest is None:
        return []
    return [Companion(Kind.COPY, each, identity, digest) for each, identity in alike if _digest(each) == digest]


def _identity(path: Path) -> FileIdentity | None:
    """Read what file a name holds; None for a link, a folder, or what cannot be looked at."""
    try:
        return FileIdentity.at(path) if stat.S_ISREG(os.lstat(path).st_mode) else None
    except OSError:
        return None


def _place(identity: FileIdentity) -> tuple[int, int]:
    return identity.device, identity.inode


def _digest(path: Path) -> Digest | None:
    try:
        with files.opened_source(path) as descriptor:
            data = files.read_unchanged(descriptor, path, limit=MAX_PHOTO_BYTES)
    except Error:
        return None
    return Digest(hashlib.sha256(data).hexdigest())
