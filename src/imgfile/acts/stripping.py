"""Stripping and inspecting photos without a vault, for pipelines.

1. A photo is read whole before anything is written, and only a checked result is written.
2. A new file is create-only and appears whole; nothing that exists is overwritten, but by `--in-place`.
3. `--in-place` replaces the file in one durable step. The old bytes may stay on the disk: it erases nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from imgfile import files
from imgfile.acts.photos import as_photo, read_pipe
from imgfile.clinical.proofs import Photo, Stripped
from imgfile.errors import UnsupportedImage, UsageError
from imgfile.images.inspect import Findings, inspect
from imgfile.images.limits import MAX_PHOTO_BYTES
from imgfile.images.strip import strip

PIPE = "-"


def named_photos(named: Sequence[str], *, is_recursive: bool) -> Iterator[str]:
    """Yield every photo that was named: files and `-` as they are, folders as the files in them, sorted."""
    for name in named:
        path = Path(name)
        if name == PIPE or not path.is_dir():
            yield name
            continue
        pattern = "**/*" if is_recursive else "*"
        yield from (str(inner) for inner in sorted(path.glob(pattern)) if inner.is_file() and not inner.is_symlink())


def read_photo(name: str) -> Photo:
    """Read a photo from a file or, for `-`, from standard input. Raises `SourceUnavailable`, `SourceChanged`."""
    if name == PIPE:
        data = read_pipe(sys.stdin.buffer)
    else:
        path = Path(name)
        with files.opened_source(path) as descriptor:
            data = files.read_unchanged(descriptor, path, limit=MAX_PHOTO_BYTES)
    return as_photo(data)


def strip_named(name: str) -> Stripped:
    """Read, strip and check one photo. Raises `UnsupportedImage` with its name."""
    try:
        return strip(read_photo(name))
    except UnsupportedImage as error:
        raise _with_name(name, error) from error


def inspect_named(name: str) -> Findings:
    """Read what one photo tells besides its picture. Raises `UnsupportedImage` with its name."""
    try:
        return inspect(read_photo(name))
    except UnsupportedImage as error:
        raise _with_name(name, error) from error


def choose_target(name: str, output: Path | None, *, is_in_place: bool, is_only: bool) -> Path | None:
    """Choose where a stripped photo goes: a file, or None for standard output. Raises `UsageError`."""
    if is_in_place:
        if name == PIPE or output is not None:
            raise UsageError("--in-place replaces files, and takes no -o.", "Give either.")
        return Path(name)
    if output is None:
        if is_only and name == PIPE:
            return None
        raise UsageError("where should it go?", "Give -o FILE, -o FOLDER for several, or --in-place.")
    if str(output) == PIPE:
        if not is_only:
            raise UsageError("several photos cannot go to standard output.", "Give -o FOLDER.")
        return None
    if output.is_dir():
        if name == PIPE:
            raise UsageError(f"{output} is a folder, and standard input has no name.", "Give -o FILE.")
        return output / Path(name).name
    if not is_only:
        raise UsageError(f"{output} is no folder, and there are several photos.", "Make the folder first.")
    return output


def write_stripped(stripped: Stripped, target: Path, *, is_in_place: bool) -> None:
    """Write a checked photo to its file, durably. Raises `NotWritable`."""
    if is_in_place:
        files.replace(target, stripped.data)
    else:
        files.publish(target, stripped.data)


def _with_name(name: str, error: UnsupportedImage) -> UnsupportedImage:
    shown = "standard input" if name == PIPE else name
    return UnsupportedImage(f"{shown} {error.message}", error.hint)
