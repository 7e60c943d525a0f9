"""Whether a text that is shown is quickly seen to hold no file; only where it is not, all of it is looked through.

Words have blanks between them. A file that stands coded in a text has long stretches with hardly any, so a text is
sampled all along, closely enough that no stretch as long as a small photo lies between two samples.
"""

from __future__ import annotations

import re
from typing import Final

from imgfile.mail.data_uri import has_data_uri
from imgfile.mail.mime.parts import Part
from imgfile.mail.pictures import begins_as_text
from imgfile.mail.verdict.coded_text import has_controls
from imgfile.mail.view import View

_TAIL_BYTES: Final = 32
"""How much of a text's end is looked at: bytes of another kind, appended to a mailbox, end as no text does."""
_FIRST_BYTES: Final = 1500
"""A text that is shorter holds words more than any photo, in whatever coding."""
_STEP_BYTES: Final = 1800
_SAMPLE_BYTES: Final = 100
_FEW_BLANKS: Final = 4
"""A hundred letters of words have a dozen blanks; of a quoted file, one or two a line."""
_CODED: Final = re.compile(rb"[A-Za-z0-9+/=\r\n> ]{100}|[0-9A-Fa-f \r\n>|:.x-]{100}")
"""What a hundred bytes of markup never are: it has brackets, quotes and stops."""


def is_plain(view: View, part: Part, message_end: int) -> bool:
    """Return whether a text that is shown is quickly seen to be one, and to hold no file; False says nothing.

    What is appended to a mailbox lies behind its last message: there, the text's end is looked at too.
    """
    start, end, declared = part.block.body, part.end, part.declared
    if part.begin is not None or not declared.is_text or not begins_as_text(view, start, end):
        return False
    if end + _TAIL_BYTES > message_end and has_controls(view.slice(max(start, end - _TAIL_BYTES), end)):
        return False
    if declared.type == "text/plain":
        return not lacks_blanks(view, start, end)
    return not has_data_uri(view, start, end, declared.encoding) and not _has_coded_place(view, start, end)


def may_hold_coded(view: View, start: int, end: int) -> bool:
    """Return whether a text ends as none does, or a long one has places without a blank."""
    return has_controls(view.slice(max(start, end - _TAIL_BYTES), end)) or lacks_blanks(view, start, end)


def lacks_blanks(view: View, start: int, end: int) -> bool:
    """Return whether there are hardly blanks at some place of a text: so it is where a file stands in it."""
    for at in range(start + _FIRST_BYTES, end - _SAMPLE_BYTES, _STEP_BYTES):
        if view.slice(at, at + _SAMPLE_BYTES).count(b" ") < _FEW_BLANKS:
            return True
    return False


def _has_coded_place(view: View, start: int, end: int) -> bool:
    """Return whether some place of an HTML text is letters alone, without markup."""
    for at in range(start + _FIRST_BYTES, end - _SAMPLE_BYTES, _STEP_BYTES):
        sample = view.slice(at, at + _SAMPLE_BYTES)
        if sample.count(b" ") < _FEW_BLANKS and _CODED.fullmatch(sample):
            return True
    return False
