"""How the files beside a photo are named: its live video, raw picture, edits, copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from imgfile.acts.sources.sidecars import Companion, Kind
from imgfile.cli.formats import shell_quoted
from imgfile.terminal import sanitise

WHAT: Final = {
    Kind.COPY: "the very same photo",
    Kind.VERSION: "another version of it",
    Kind.VIDEO: "its live video",
    Kind.RAW: "its raw picture",
    Kind.EDITS: "how it was edited",
    Kind.NOTES: "notes about it",
}
_ADVICE: Final = {
    Kind.VERSION: "No record holds it: file it too, or delete it.",
    Kind.VIDEO: "No record holds it, and it may show the patient: look at it, then delete it.",
    Kind.RAW: "No record holds it, and it shows the patient: delete it if the filed photo is enough.",
    Kind.EDITS: "It tells when and how the photo was edited: delete it.",
    Kind.NOTES: "It may tell the place and the time of the photo: delete it.",
}


def described(companion: Companion) -> str:
    """Return what lies there: `mole.MOV, its live video`."""
    return f"{sanitise(companion.path.name)}, {WHAT[companion.kind]}"


def listed(companions: Sequence[Companion]) -> str:
    """Return what lies there in one line: `mole.MOV (its live video), mole.AAE (how it was edited)`."""
    return ", ".join(f"{sanitise(each.path.name)} ({WHAT[each.kind]})" for each in companions)


def advice(companion: Companion) -> str:
    """Return what to do about what is still there; imgfile erases only what is filed and proven."""
    if companion.kind is Kind.COPY:
        return f"To erase it:  imgfile ingest {shell_quoted(sanitise(str(companion.path)))}"
    return _ADVICE[companion.kind]


def companion_facts(companion: Companion) -> dict[str, object]:
    """Return for a script what lies there (docs/reference/json.md)."""
    return {"kind": companion.kind.value, "path": str(companion.path)}
