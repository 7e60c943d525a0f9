"""How parts of a mailbox are named that are absent or were not looked into: each, counted by kind, and for scripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from imgfile.images.metadata.summary import size
from imgfile.mail.kinds import FileKind, count_kinds
from imgfile.terminal import sanitise
from imgfile.vault.times import format_time

if TYPE_CHECKING:
    from pathlib import Path

    from imgfile.acts.sources.found import Folder
    from imgfile.mail.model import Unsearched


def part_line(part: Unsearched) -> str:
    """Return what a part is, and why it is reported: `"IMG_3.MOV", video, 20 kB: not looked into`."""
    if part.is_absent:
        return f"{part_words(part)}: {part.reason.value}"
    if part.reason.says_kind:
        return f"{part_words(part)}: not looked into"
    return f"{part_words(part)}: not looked into, {part.reason.value}"


def part_words(part: Unsearched) -> str:
    """Return what a part is: its name, its kind, its size."""
    name = f'"{sanitise(part.name)}"' if part.name else ""
    return ", ".join(filter(None, (name, part.kind.value, size(part.size) if part.size else "")))


def left_over(parts: Iterable[Unsearched]) -> list[str]:
    """Return in words what of some parts was not looked into, and what is absent; nothing where there is none."""
    kinds: dict[str, list[FileKind]] = {}
    for part in sorted(parts, key=lambda part: part.is_absent):
        kinds.setdefault(part.reason.counted_as, []).append(part.kind)
    return [f"{counted_as}: {count_kinds(each)}" for counted_as, each in kinds.items()]


# --- for scripts (docs/reference/json.md) ---------------------------------------------------------------


def part_facts(source: Path, part: Unsearched) -> dict[str, object]:
    """Return for a script which part of a mailbox is absent or was not looked into."""
    message = part.message
    facts = {
        "part": f"{message.number}/{part.part}",
        "reason": part.reason.name.lower(),
        "kind": part.kind.name.lower(),
        "name": part.name or "",
        "bytes": part.size,
        "sent": format_time(message.sent_at) if message.sent_at else "",
        "from": message.sender,
        "subject": message.subject,
        "message_id": message.message_id,
    }
    known = {name: fact for name, fact in facts.items() if fact}
    return {"type": "absent" if part.is_absent else "unsearched", "source": str(source), **known}


def folder_facts(folder: Folder) -> Iterator[dict[str, object]]:
    """Yield for a script the files of a folder that were not looked into, and how many folders were not entered."""
    for path, kind in folder.strange:
        yield {"type": "unsearched", "source": str(path), "reason": "not_opened", "kind": kind.name.lower()}
    if folder.not_entered:
        yield {"type": "folder", "source": str(folder.path), "not_entered": folder.not_entered}
