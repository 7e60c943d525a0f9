"""What must hold before a source is touched, and how it is reported when it does not."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from imgfile import files
from imgfile.clinical.proofs import Patch
from imgfile.erase.note import (
    MOST_BYTES,
    MOST_COMPRESSED_BYTES,
    MOST_FILE_BYTES,
    MOST_RECORDS,
    MOST_RUNS,
)
from imgfile.errors import NotWritable, SourceChanged, SourceRemains, SourceUnavailable

AGAIN = "Run the same command again when that is mended."


@contextlib.contextmanager
def opened(path: Path, identity: files.FileIdentity) -> Iterator[int]:
    """Open the very file that was ingested, for writing. Raises `SourceChanged` or `SourceRemains`."""
    with contextlib.ExitStack() as stack:
        _expect(files.FileIdentity.at(path), identity, path)  # before opening: a link or a FIFO is a changed source
        descriptor = stack.enter_context(open_for_writing(path))
        _expect(files.FileIdentity.of(descriptor), identity, path)
        refuse_other_names(descriptor, path)
        yield descriptor


@contextlib.contextmanager
def open_for_writing(path: Path) -> Iterator[int]:
    """Open a filed source to erase it. Raises `SourceRemains`."""
    with contextlib.ExitStack() as stack:
        try:
            descriptor = stack.enter_context(files.opened_source(path, writable=True))
        except SourceUnavailable as error:
            raise SourceRemains(
                f"filed, but not erased: {error.message}",
                "Make it an ordinary, writable file again, close it elsewhere, then run the same command again.",
            ) from error
        yield descriptor


def _expect(found: files.FileIdentity | None, identity: files.FileIdentity, path: Path) -> None:
    if found is None:
        raise changed(path, "is gone")
    if (found.device, found.inode) != (identity.device, identity.inode):
        raise changed(path, "is another file now")
    if found.size != identity.size:
        raise changed(path, "has another length now")


def changed(path: Path, how: str) -> SourceChanged:
    """Return what to raise for a source that is not what was filed."""
    return SourceChanged(
        f"{path} {how}: it was left as it is.",
        "What was read before is filed. Look at it; ingest it anew if it counts.",
    )


def refuse_other_names(descriptor: int, path: Path) -> None:
    """Refuse a file that has more names: the photo would still be there, or go where nobody named it."""
    others = files.FileIdentity.of(descriptor).links - 1
    if others > 0:
        names = "one other name (hard link)" if others == 1 else f"{others} other names (hard links)"
        raise SourceRemains(
            f"filed, but not erased: {path} has {names}.",
            "Find them (find / -xdev -samefile FILE), delete them, then run the same command again.",
        )


def refuse_fixed_folder(path: Path) -> None:
    """Refuse a file whose name could not be removed afterwards."""
    if not files.can_remove_from(path.parent):
        raise SourceRemains(
            f"filed, but not erased: the folder of {path} is read-only.",
            "Make the folder writable, or remount the disk or card writable, then run the same command again.",
        )


def refuse_long_file(path: Path, length: int, records: int) -> None:
    """Refuse a file that the note has no room for."""
    if length > MOST_FILE_BYTES:
        raise _too_large(path, length, MOST_FILE_BYTES)
    if records > MOST_RECORDS:
        raise SourceRemains(
            f"filed, but not erased: {path} holds {records:,} filed photos, more than can be noted.",
            f"Delete it by hand. The most is {MOST_RECORDS:,}.",
        )


def refuse_long_region(path: Path, patches: Sequence[Patch]) -> None:
    """Refuse a region that the note has no room for."""
    length = sum(patch.length for patch in patches)
    is_noted = length <= MOST_BYTES and len(patches) <= MOST_RUNS
    if not is_noted or sum(len(patch.packed) for patch in patches) > MOST_COMPRESSED_BYTES:
        raise _too_large(path, length, MOST_BYTES)


def _too_large(path: Path, length: int, most: int) -> SourceRemains:
    return SourceRemains(
        f"filed, but not erased: {length:,} bytes of {path} are more than can be noted.",
        f"Delete it by hand. The most is {most:,} bytes.",
    )


@contextlib.contextmanager
def explained(failure: str) -> Iterator[None]:
    """Turn a failing disk, or a note that cannot be written, into what that means for the source."""
    try:
        yield
    except OSError as error:
        raise SourceRemains(f"filed, but {failure}: {error.strerror or 'an error'}.", AGAIN) from error
    except (NotWritable, SourceUnavailable) as error:
        raise SourceRemains(f"filed, but {failure}. {error.message}", error.hint or AGAIN) from error
