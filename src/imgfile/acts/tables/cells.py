"""Cells of a CSV table that a spreadsheet shows as they are, neither calculated nor turned into dates.

A cell that would begin a formula runs in whatever opens the table, and its text is a stranger's (OWASP, CSV
injection); a part such as `3/2` would come back as the third of February. An apostrophe before either keeps it text;
reading takes it away again, so that every text survives the way there and back.
"""

from __future__ import annotations

import re
from typing import Final

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r\n]")
_FRACTION: Final = re.compile(r"'*[0-9]+/[0-9]")
_DATE: Final = re.compile(r"[0-9]{1,4}([-/.])[0-9A-Za-z]{1,9}\1[0-9]{1,4}(?: .*)?|[0-9]{1,2}[- ][A-Za-z]{3,9}")


def escaped(text: str) -> str:
    """Return a text as a cell that stays text."""
    return f"'{text}" if _FORMULA.match(text) or _FRACTION.match(text) else text


def unescaped(cell: str) -> str:
    """Return the text of a cell that `escaped` wrote, or that somebody typed."""
    return cell[1:] if cell.startswith("'") and (_FORMULA.match(cell) or _FRACTION.match(cell)) else cell


def is_rewritten_part(part: str) -> bool:
    """Tell whether a part is what a spreadsheet makes of one: `03-Feb`, `2026-02-03`, `03/02/2026`."""
    return _DATE.fullmatch(part) is not None
