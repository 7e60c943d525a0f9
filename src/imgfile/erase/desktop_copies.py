"""The copies that a desktop makes of a photo it has shown: thumbnails, and the list of recent files.

Sources: freedesktop.org Thumbnail Managing Standard 0.9; Desktop Bookmark Specification; GLib's
`g_filename_to_uri` for the spelling of a URI. What cannot be removed is reported, and never stops an erasure.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from imgfile import files
from imgfile.errors import NotWritable, SourceChanged, SourceUnavailable
from imgfile.frozen import dataclass

_SIZES: Final = ("normal", "large", "x-large", "xx-large")
_GLIB_SAFE: Final = "!$&'()*+,-./:=@_~"
"""What GLib leaves as it is in a path, besides letters and digits."""
_MOST_THUMBNAILS: Final = 20_000
"""How many a folder may hold before the rest are found by their names alone: 0.3 s of reading."""
_HEAD_BYTES: Final = 8 << 10
"""Thumbnailers write a PNG's text chunks before its pixels."""
_URI_CHUNK: Final = b"tEXtThumb::URI\0"
_LENGTH_BYTES: Final = 4
"""A PNG chunk's length stands before its type, counts neither, and is big-endian."""
_LONGEST_URI_BYTES: Final = 16 << 10
_LARGEST_LIST_BYTES: Final = 16 << 20
_BOOKMARK: Final = rb"""<bookmark(?=\s)[^<>"']*(?:"[^"<]*"[^<>"']*|'[^'<]*'[^<>"']*)*>"""
_HREF: Final = rb"""\shref=(?:"([^"]*)"|'([^']*)')"""
_CLOSING: Final = b"</bookmark>"


@dataclass(frozen=True, slots=True)
class Swept:
    """What was removed, counted, and what could not be, as sentences for a person."""

    removed: tuple[str, ...] = ()
    remaining: tuple[str, ...] = ()


def remove(path: Path) -> Swept:
    """Remove what this account's desktop keeps of a file that was at `path` (absolute)."""
    names = _spellings(path)
    removed, remaining = [], []
    gone, stuck = _remove_thumbnails(names)
    if gone:
        removed.append("1 thumbnail" if gone == 1 else f"{gone} thumbnails")
    if stuck:
        remaining.append(f"Thumbnails of it that could not be removed lie in {_thumbnail_root()}.")
    recent = data_folder("XDG_DATA_HOME", ".local/share") / "recently-used.xbel"
    try:
        if _forget(recent, names):
            removed.append("1 entry in the list of recent files")
    except (NotWritable, SourceChanged, OSError):
        remaining.append(f"It is still named in the list of recent files, {recent}.")
    return Swept(tuple(removed), tuple(remaining))


def data_folder(variable: str, default: str) -> Path:
    """Return an XDG base directory (only an absolute one counts)."""
    named = Path(os.environ.get(variable, ""))
    if named.is_absolute():
        return named
    try:
        return Path.home() / default
    except RuntimeError:  # an account without a home has no desktop either
        return Path(os.devnull) / default


def _spellings(path: Path) -> frozenset[bytes]:
    """Spell a path as it may have been opened: through a linked folder, or by its real name."""
    return frozenset(os.fsencode(name) for name in (path, path.parent.resolve() / path.name))


def thumbnail_name(path: bytes) -> str:
    """Return what a thumbnail of an absolute path is called."""
    uri = "file://" + quote(path, safe=_GLIB_SAFE)
    return hashlib.md5(uri.encode("ascii"), usedforsecurity=False).hexdigest() + ".png"


def _thumbnail_root() -> Path:
    return data_folder("XDG_CACHE_HOME", ".cache") / "thumbnails"


def _remove_thumbnails(names: frozenset[bytes]) -> tuple[int, int]:
    """Remove them; return how many are gone, and how many would not go."""
    root = _thumbnail_root()
    failed = root / "fail"
    folders = [root / size for size in _SIZES]
    folders += [failed / program for program in files.names_in(failed, limit=_MOST_THUMBNAILS)]
    ours = {thumbnail_name(name) for name in names}
    gone = stuck = 0
    for folder in folders:
        candidates = ours.union(files.names_in(folder, limit=_MOST_THUMBNAILS))
        for thumbnail in sorted(folder / name for name in candidates):
            if thumbnail.name in ours or _shows(thumbnail, names):
                try:
                    gone += _wipe(thumbnail)
                except OSError:
                    stuck += 1
    return gone, stuck


def _shows(thumbnail: Path, names: frozenset[bytes]) -> bool:
    """Return whether a PNG says that it was made of one of these files, however its URI is spelled."""
    try:
        with files.opened_source(thumbnail) as descriptor:
            head = files.read_at(descriptor, 0, _HEAD_BYTES)
    except (SourceUnavailable, OSError):
        return False
    at = head.find(_URI_CHUNK)
    if at < _LENGTH_BYTES:
        return False
    end = at + _LENGTH_BYTES + int.from_bytes(head[at - _LENGTH_BYTES : at], "big")
    uri = head[at + len(_URI_CHUNK) : end]
    return _path_in(uri) in names


def _path_in(uri: bytes) -> bytes:
    return unquote_to_bytes(uri.removeprefix(b"file://")) if len(uri) <= _LONGEST_URI_BYTES else b""


def _wipe(thumbnail: Path) -> int:
    """Blank a thumbnail, for it shows the photo, and unlink it; 1 if it was there. Raises OSError."""
    found = files.FileIdentity.at(thumbnail)
    if found is None:
        return 0
    try:
        with files.opened_source(thumbnail, writable=True) as descriptor:
            if found.links == 1:  # else other names would be blanked with it
                files.overwrite(descriptor, 0, bytes(min(found.size, files.CHUNK_BYTES)))
                files.sync(descriptor)
    except SourceUnavailable as error:
        raise OSError(error.message) from error
    files.unlink(thumbnail)
    files.sync_folder(thumbnail.parent)
    return 1


def _forget(recent: Path, names: frozenset[bytes]) -> bool:
    """Rewrite the list of recent files without these; False when they are not in it."""
    try:
        with files.opened_source(recent) as descriptor:
            listed = files.read_unchanged(descriptor, recent, limit=_LARGEST_LIST_BYTES)
    except SourceUnavailable:  # mostly absent; else we know of no entry
        return False
    kept = without_bookmarks(listed, names)
    if kept == listed:
        return False
    files.replace(recent, kept)
    return True


def without_bookmarks(listed: bytes, names: frozenset[bytes]) -> bytes:
    """Cut the bookmarks of these paths out of an XBEL file, each with its line; every other byte stays."""
    kept, position = [], 0
    for tag in re.finditer(_BOOKMARK, listed):
        href = re.search(_HREF, tag[0])
        if tag.start() < position or not href or _path_in(_unescaped(href[1] or href[2] or b"")) not in names:
            continue
        end = tag.end() if tag[0].endswith(b"/>") else listed.find(_CLOSING, tag.end()) + len(_CLOSING)
        if end < tag.end():  # never closed: not a list that we understand
            break
        start = len(listed[position : tag.start()].rstrip(b" \t")) + position
        kept.append(listed[position:start])
        position = end + 1 if listed[end : end + 1] == b"\n" else end
    return b"".join([*kept, listed[position:]])


def _unescaped(value: bytes) -> bytes:
    from html import unescape  # noqa: PLC0415 - 5 ms, and few accounts have a list of recent files

    return unescape(value.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
