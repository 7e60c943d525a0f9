"""What killed runs left in clear: known by a note of this account's, or by its name in the folder that one is in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from imgfile import draft_notes, files
from imgfile.acts.check.points import Level, Point
from imgfile.clinical.dates import show_date
from imgfile.counts import counted
from imgfile.draft_notes import Draft, Left, Standing

_MAKERS: Final = {"export": "an export", "strip": "a strip", "scan": "a scan for a table", "init": "an init"}
_KEPT: Final = {
    Standing.AWAY: "lies on a disk or in a folder that is not there now",
    Standing.NAMED_TWICE: "has another name too, perhaps as the finished copy: delete the name .imgfile-… by hand",
    Standing.ANOTHER: "may be another program's file, and is left alone: look at it, and delete it by hand",
}


def check_leftovers() -> Iterator[Point]:
    """Report what killed runs left, one point for each way on."""
    left = draft_notes.find_left()
    ours = [each for each in left if each.standing is Standing.OURS]
    if ours:
        yield Point("leftovers", Level.LOOK, _said(ours), "imgfile check --clean", _places(ours))
    for standing, words in _KEPT.items():
        kept = [each for each in left if each.standing is standing]
        for each in kept:
            what = f"what {words_of(each.draft)} may have left {words}"
            yield Point("leftovers", Level.LOOK, what, places=_places([each]))
    strange = _unnoted(left)
    if strange:
        what = counted(len(strange), "file of an unfinished name lies", "such files lie")
        message = f"{what} in this folder, which this account has no note of: look, and delete by hand"
        yield Point("leftovers", Level.LOOK, message, "docs: troubleshoot", tuple(map(str, strange)))
    if not left and not strange:
        yield Point("leftovers", Level.OK, "no copy in clear was left by a run that was ended from outside")


def clean_leftovers() -> list[Left]:
    """Remove what is known as a killed run's, and return each that was. Raises `NotWritable`."""
    return [left for left in draft_notes.clean() if left.is_removed]


def words_of(draft: Draft) -> str:
    """Return in words which run made a draft: an export that was killed on 26 Nov 2026."""
    maker = _MAKERS.get(draft.maker, "a run")
    return f"{maker} that was killed on {show_date(draft.at.astimezone().date())}"


def _said(ours: Sequence[Left]) -> str:
    if len(ours) == 1:
        return f"{words_of(ours[0].draft)} left a copy in clear"
    return f"{len(ours):,} copies in clear were left by runs that were killed"


def _places(left: Sequence[Left]) -> tuple[str, ...]:
    return tuple(str(each.draft.path) for each in left)


def _unnoted(left: Sequence[Left]) -> list[Path]:
    """List what lies unfinished in the folder that one is in, and is in no note."""
    noted = {each.draft.path for each in left}
    return [path for path in files.leftovers_in(Path.cwd()) if path not in noted]
