"""Where copies go: asked at the terminal where no flag says it, and asked again where nothing can be written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from imgfile.clinical.interview.explanations import Explanation
from imgfile.errors import NotWritable, UsageError
from imgfile.terminal import Terminal, asking

QUESTION: Final = "Where to:"
_EXPLAINED: Final = Explanation(
    "A new file, or a folder that is there, in which each copy gets its record's reference for a name. Nothing is ever "
    "replaced, and nothing goes into the vault. What lies there is outside of it: erasing it is up to you.",
    "Whoever takes the copy.",
    "S:/docman-in",
)


def asked_place(terminal: Terminal, expect: Callable[[Path], object]) -> Path:
    """Return the file or folder that is typed; `expect` sees that copies can go there. Raises `Cancelled`.

    `expect` raises `NotWritable`, `UsageError`: then it is said why, and asked again.
    """
    while True:
        typed = asking.answer(terminal, QUESTION, _EXPLAINED).strip()
        try:
            if typed in {"", "-"}:
                raise UsageError("a file or a folder is needed here.", "")
            path = Path(typed).expanduser()
            expect(path)
        except (NotWritable, UsageError) as error:
            asking.show(terminal, [f"{error.message[0].upper()}{error.message[1:]} {error.hint}".strip()])
        except (RuntimeError, ValueError):  # ~nobody, or a character that no name has
            asking.show(terminal, ["No file can be called so."])
        else:
            return path
