"""What else the message of a photo holds, and what to do about it: a live video, a preview, a document."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from imgfile.acts.sources.sidecars import Kind
from imgfile.cli.search.part_words import part_words
from imgfile.cli.sidecars import WHAT
from imgfile.errors import SourceRemains
from imgfile.mail.kinds import FileKind
from imgfile.terminal import sanitise

if TYPE_CHECKING:
    from imgfile.acts.sources.source import MailPart
    from imgfile.mail.model import Unsearched


def described_part(source: MailPart, part: Unsearched) -> str:
    """Return what lies there: `IMG_3.MOV, its live video, in the same message`."""
    if _is_live_video(source, part):
        return f"{sanitise(part.name or '')}, {WHAT[Kind.VIDEO]}, in the same message"
    words = f"{part_words(part)}, in the same message"
    return f"{words}; {part.reason.value}" if part.is_absent else words


def _is_live_video(source: MailPart, part: Unsearched) -> bool:
    """Return whether a video has the photo's own name, as telephones give it."""
    names = [PurePath(name or "").stem.casefold() for name in (source.attachment.name, part.name)]
    return part.kind is FileKind.VIDEO and not part.is_absent and names[0] == names[1] != ""


def holds_preview(part: Unsearched) -> bool:
    """Return whether a part keeps a preview of the photo and the sender's name for it: one half of an AppleDouble."""
    return part.kind is FileKind.APPLE_DOUBLE


def preview_error(source: MailPart, part: Unsearched) -> SourceRemains:
    """Return as the error that it is that a preview is still there."""
    where = f"message {part.message.number} of {source.export.path}"
    return SourceRemains(
        f"{where} still holds a preview of the photo and the sender's name for it, in an AppleDouble file.",
        "Delete the message in the mail program.",
    )


def advice_on_part(part: Unsearched) -> str:
    """Return what to do about it: it is in no record, and stays in the mailbox."""
    if part.kind is FileKind.VIDEO:
        return "No record holds it, and it may show the patient: look at it, then delete it in the mail program."
    return "No record holds it, and it was not looked into: look at it in the mail program."


def part_companion_facts(source: MailPart, part: Unsearched) -> dict[str, object]:
    """Return for a script what lies there (docs/reference/json.md)."""
    kind = "live video" if _is_live_video(source, part) else part.kind.name.lower()
    name = {"name": part.name} if part.name else {}
    where = {"source": source.shown, "part": f"{part.message.number}/{part.part}"}
    return {"type": "companion", **where, "kind": kind, **name, "erased": False}
