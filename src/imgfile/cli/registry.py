"""Which commands there are, in which module each lives, and what the overview says of each.

The table is all that the overview and the suggestions need: no command is imported for them. A module named here has
`register(app: typer.Typer) -> None`, which adds its command, or its family of commands, under the names of the table.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from imgfile.errors import UsageError

GROUPS: Final = ("Filing", "Looking", "Checking", "Tools")

COMMANDS: Final = {
    "init": ("Filing", "imgfile.cli.commands.init", "Set up the practice's vault, once"),
    "ingest": (
        "Filing",
        "imgfile.cli.commands.ingest",
        "File photos from a file, folder or mailbox, then erase the source",
    ),
    "scan": ("Filing", "imgfile.cli.commands.scan", "List the photos in a mailbox or folder; changes nothing"),
    "list": ("Looking", "imgfile.cli.commands.list", "List what is filed; needs no passphrase"),
    "show": ("Looking", "imgfile.cli.commands.show", "Show the facts of one filed photo"),
    "view": ("Looking", "imgfile.cli.commands.view", "Look at one filed photo, once, in the browser"),
    "export": ("Looking", "imgfile.cli.commands.export", "Take a copy out of the vault, stating purpose and reason"),
    "verify": ("Checking", "imgfile.cli.commands.verify", "Check that every filed photo is there and unaltered"),
    "audit": ("Checking", "imgfile.cli.commands.audit", "Print and check the trail of what was done"),
    "inspect": ("Tools", "imgfile.cli.commands.inspect", "Show what a photo gives away besides the picture"),
    "strip": ("Tools", "imgfile.cli.commands.strip", "Copy a photo without its metadata, every pixel unchanged"),
    "demo": ("Tools", "imgfile.cli.commands.demo", "Show the whole path on an invented patient"),
}
"""Name: (group, module, what it does)."""

_LONG_NUMBER: Final = r"\d(?:[ ./-]?\d){5,}"

_OPENING: Final = (
    "imgfile files a clinical photograph into the patient's record, proves the filed copy, and only then erases the "
    "source."
)
_CLOSING: Final = (
    ("More about one of them:", "imgfile COMMAND --help"),
    ("Where to begin:", "imgfile demo, imgfile init, imgfile ingest PHOTO"),
)
MIN_COLUMNS: Final = 40
MAX_COLUMNS: Final = 80


def overview(columns: int = MAX_COLUMNS) -> str:
    """Return the page that says what imgfile can do, for a screen of so many columns."""
    import textwrap  # noqa: PLC0415 - only this page is laid out here

    width = max(MIN_COLUMNS, min(columns, MAX_COLUMNS))
    sections = [textwrap.wrap(_OPENING, width)]
    for group in GROUPS:
        rows = [(name, does) for name, (of, _, does) in COMMANDS.items() if of == group]
        sections.append([group, *(line for row in rows for line in _row(*row, width))])
    closing = [f"{title:25}{typed}" for title, typed in _CLOSING]
    if max(map(len, closing)) > width:
        closing = [line for pair in _CLOSING for text in pair for line in textwrap.wrap(text, width)]
    sections.append(closing)
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _row(name: str, does: str, width: int) -> list[str]:
    import textwrap  # noqa: PLC0415 - see above

    indent = " " * (max(map(len, COMMANDS)) + 4)
    return textwrap.wrap(f"  {name:{len(indent) - 2}}{does}", width, subsequent_indent=indent)


def unknown(word: str) -> UsageError:
    """Return the error for a first word that names no command, with the likeliest command meant."""
    if _is_there(word):
        return UsageError(
            f"there is no command {word}, but a file of that name.", f"To file it:  imgfile ingest {word}"
        )
    shown = mask_numbers(word)
    if word.startswith("-"):
        return UsageError(f"there is no option {shown} before a command.", "imgfile COMMAND --help lists its options.")
    import difflib  # noqa: PLC0415 - only a slip of the hand needs it

    near = difflib.get_close_matches(word, COMMANDS, n=1)
    hint = f"Did you mean:  imgfile {near[0]}" if near else "imgfile --help lists them."
    return UsageError(f"there is no command {shown}.", hint)


def mask_numbers(text: str) -> str:
    """Leave out what may be a patient's number or birth date, typed where it does not belong (R23)."""
    return re.sub(_LONG_NUMBER, "[number]", text)


def _is_there(word: str) -> bool:
    try:
        return Path(word).exists()
    except (OSError, ValueError):  # too long, or no name at all
        return False
