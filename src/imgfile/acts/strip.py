"""Stripping and inspecting photos without a vault, for pipelines.

1. A photo is read whole before anything is written, and only a checked result is written.
2. A new file is create-only and appears whole; nothing that exists is overwritten, but by `--in-place`.
3. `--in-place` replaces the file in one durable step, and never what another program saved meanwhile (`replacing`).
   The old bytes may stay on the disk: it erases nothing.
4. Several photos go in groups. Each is stripped and written beside its name; then the group waits for the disk
   together, gets its names, and is reported. So whatever was reported is on the disk, and one photo is in memory at a
   time.
5. With a trial (`--prove`) what stands behind a picture in its coded data is looked for by decoding it.
6. Many photos are shared among processes. One photo's failure is no other's.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from imgfile import files
from imgfile.acts.sources.source import as_photo, read_pipe
from imgfile.clinical.proofs import Digest, MediaType, Photo, Removed, Stripped
from imgfile.errors import Error, NotWritable, RefusedByRule, UnsupportedImage, UsageError
from imgfile.frozen import dataclass
from imgfile.images.inspect import Findings, inspect
from imgfile.images.limits import MAX_PHOTO_BYTES
from imgfile.images.strip import strip
from imgfile.replacing import Original
from imgfile.staging import Staging

PIPE = "-"
GROUP_PHOTOS: Final = 16
"""How many photos wait for the disk together."""
SHARED_BYTES: Final = 96 << 20
"""From how many bytes on a work is shared: below, starting processes takes longer than they save."""
MEMORY_BYTES: Final = 512 << 20
"""What all processes together may hold; one holds a photo, its copy and what Python needs."""
_PROCESS_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Job:
    """One photo to strip, and where its copy goes, if it goes anywhere."""

    name: str
    target: Path | None = None
    refusal: NotWritable | None = None
    """Why its copy cannot go there, where that is known beforehand."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What is reported of a photo that was stripped and checked: everything but the photo."""

    media_type: MediaType
    width: int
    height: int
    orientation: int
    removed: tuple[Removed, ...]
    warnings: tuple[str, ...]
    digest: Digest | None = None
    original_digest: Digest | None = None
    """Digests only where they were asked for: each takes as long as stripping the photo."""

    @classmethod
    def of(cls, photo: Stripped, *, with_digests: bool) -> Cleaned:
        """Describe a stripped photo."""
        return cls(
            media_type=photo.media_type,
            width=photo.width,
            height=photo.height,
            orientation=photo.orientation,
            removed=photo.removed,
            warnings=photo.warnings,
            digest=photo.digest if with_digests else None,
            original_digest=photo.original.digest if with_digests else None,
        )


Outcome: TypeAlias = Cleaned | Error


def named_photos(named: Sequence[str], *, is_recursive: bool) -> Iterator[str]:
    """Yield every photo that was named: files and `-` as they are, folders as the files in them, sorted.

    What a run of imgfile left unfinished in a folder is none of them.
    """
    for name in named:
        path = Path(name)
        if name == PIPE or not files.is_folder(path):
            yield name
            continue
        pattern = "**/*" if is_recursive else "*"
        for inner in sorted(path.glob(pattern)):
            if inner.is_file() and not inner.is_symlink() and not files.is_leftover(inner.name):
                yield str(inner)


def read_photo(name: str) -> Photo:
    """Read a photo from a file or, for `-`, from standard input. Raises `SourceUnavailable`, `SourceChanged`."""
    return _read(name, is_in_place=False)[0]


def _read(name: str, *, is_in_place: bool) -> tuple[Photo, Original | None]:
    """Read a photo and, where its file is to be replaced, which file that is. Raises `NotWritable` as well then."""
    if name == PIPE:
        return as_photo(read_pipe(sys.stdin.buffer)), None
    path = Path(name)
    with files.opened_source(path) as descriptor:
        data = files.read_unchanged(descriptor, path, limit=MAX_PHOTO_BYTES)
        return as_photo(data), Original.of(descriptor, path, data) if is_in_place else None


def strip_named(name: str, *, with_trial: bool = False) -> Stripped:
    """Read, strip and check one photo. Raises `UnsupportedImage` with its name."""
    photo = read_photo(name)
    _refuse_held(name, photo)
    return _strip(name, photo, with_trial=with_trial)


def _refuse_held(name: str, photo: Photo) -> None:
    """Refuse to copy or replace a photo that this account has on a safeguarding hold (R21).

    Raises `RefusedByRule`, `Damaged`.
    """
    from imgfile.station import has_set_aside  # noqa: PLC0415 - stripping needs no vault

    if not has_set_aside():
        return
    from imgfile.record_state.set_aside import everywhere, how_set_aside  # noqa: PLC0415 - few computers leave any photo alone

    kept = how_set_aside(photo.digest, everywhere())
    if kept is not None and kept.is_hold:
        raise RefusedByRule(
            "R21",
            f"{name} is on a safeguarding hold; it is left as it is.",
            "Nothing copies or changes it until a named person lifts that:  imgfile safeguarding list",
        )


def _strip(name: str, photo: Photo, *, with_trial: bool) -> Stripped:
    try:
        return strip(photo, with_trial=with_trial)
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
    if files.is_folder(output):
        if name == PIPE:
            raise UsageError(f"{output} is a folder, and standard input has no name.", "Give -o FILE.")
        return output / Path(name).name
    if not is_only:
        raise UsageError(f"{output} is no folder, and there are several photos.", "Make the folder first.")
    return output


def plan(names: Sequence[str], output: Path | None, *, is_in_place: bool) -> list[Job]:
    """Plan where each photo's copy goes; of several for one name the first gets it. Raises `UsageError`."""
    jobs: list[Job] = []
    taken: set[Path] = set()
    for name in names:
        target = choose_target(name, output, is_in_place=is_in_place, is_only=len(names) == 1)
        refusal = None
        if target in taken and not is_in_place:
            refusal = NotWritable(f"{target} is the copy of an earlier photo.", "Strip this folder into another one.")
        jobs.append(Job(name, target, refusal))
        taken |= {target} if target is not None else set()
    return jobs


def strip_all(
    jobs: Sequence[Job], *, is_in_place: bool = False, with_digests: bool = False, with_trial: bool = False
) -> Iterator[tuple[Job, Outcome]]:
    """Strip photos and write their copies; yield what became of each, in order, once it is durable.

    With a trial, what stands behind each picture's end in its coded data is looked for by decoding.
    """
    work = partial(_strip_group, is_in_place=is_in_place, with_digests=with_digests, with_trial=with_trial)
    groups = _grouped(jobs)
    for group, outcomes in zip(groups, _worked(work, groups, _processes(jobs)), strict=True):
        yield from zip(group, outcomes or map(_lost, group), strict=True)


def _worked(
    work: Callable[[Sequence[Job]], list[Outcome]], groups: Sequence[Sequence[Job]], workers: int
) -> Iterator[list[Outcome] | None]:
    if workers < 2:  # noqa: PLR2004 - one is this process
        return map(work, groups)
    from imgfile.acts.workers import spread  # noqa: PLC0415 - 20 ms, and few photos are not shared

    return spread(work, groups, workers=workers)


# --- groups ---------------------------------------------------------------------------------------------


def _grouped(jobs: Sequence[Job]) -> list[Sequence[Job]]:
    return [jobs[at : at + GROUP_PHOTOS] for at in range(0, len(jobs), GROUP_PHOTOS)]


def _processes(jobs: Sequence[Job]) -> int:
    """Return how many processes share the work: two a core, since each waits for the disk half of its time."""
    sizes = [_size(job.name) for job in jobs]
    if sum(sizes) < SHARED_BYTES or any(job.name == PIPE for job in jobs):  # only this process has the pipe
        return 1
    return min(2 * _cores(), len(_grouped(jobs)), MEMORY_BYTES // (_PROCESS_BYTES + 3 * max(sizes)))


def _size(name: str) -> int:
    """Return a file's length in bytes; 0 for what is not there, which is reported when its turn comes."""
    try:
        return Path(name).stat().st_size
    except (OSError, ValueError):
        return 0


def _cores() -> int:
    """Count the cores that this process may use, where the platform says."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def _strip_group(group: Sequence[Job], *, is_in_place: bool, with_digests: bool, with_trial: bool) -> list[Outcome]:
    """Strip a group's photos one by one, then make their copies durable together."""
    outcomes: list[Outcome] = []
    staged: list[int] = []
    with Staging("strip") as staging:
        for number, job in enumerate(group):
            try:
                if job.refusal is not None:
                    raise job.refusal
                photo, original = _read(job.name, is_in_place=is_in_place)
                if job.target is not None:
                    _refuse_held(job.name, photo)
                stripped = _strip(job.name, photo, with_trial=with_trial)
                if job.target is not None:
                    staging.add(job.target, stripped.data, original)
                    staged.append(number)
                outcomes.append(Cleaned.of(stripped, with_digests=with_digests))
            except Error as error:
                outcomes.append(error)
        for number, failure in zip(staged, staging.publish(), strict=True):
            outcomes[number] = failure or outcomes[number]
    return outcomes


def _lost(job: Job) -> Error:
    return Error(
        f"{job.name} is not known to be stripped: the process that did it was ended from outside.",
        "If memory ran short, strip fewer photos at a time. A copy that is there is whole.",
    )


def _with_name(name: str, error: UnsupportedImage) -> UnsupportedImage:
    shown = "standard input" if name == PIPE else name
    return UnsupportedImage(f"{shown} {error.message}", error.hint)
