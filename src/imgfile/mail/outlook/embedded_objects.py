"""Objects within a rich text that are pictures: what a program pasted there, as a compound file keeps it.

A photo pasted as a file of its own is a stream like any other, and found. One that was packed with a name before it,
or turned into a bitmap without the head that makes a file, is only noticed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imgfile.mail.coding.encodings import HEAD_BYTES
from imgfile.mail.kinds import FileKind
from imgfile.mail.model import Enclosed, Hidden, Reason
from imgfile.mail.outlook.cfb import Compound
from imgfile.mail.view import View

_PACKED: Final = "\x01Ole10Native"
"""The stream of an object that is a file with its name before it ([MS-OLEDS] §2.3.6)."""
_BITMAP: Final = "CONTENTS"
"""The stream in which Paint and others keep a picture."""
_BITMAP_HEAD: Final = b"\x28\0\0\0"
"""How long a bitmap's own head is (BITMAPINFOHEADER)."""
_PICTURES: Final = (  # what begins a JPEG, PNG, GIF, HEIC, AVIF, WebP or TIFF file, or stands soon after
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF8",
    b"ftyphei",
    b"ftypmif1",
    b"ftypavif",
    b"WEBPVP8",
    b"II*\0",
    b"MM\0*",
)


def is_pasted_picture(stream: str, head: bytes) -> bool:
    """Return whether a stream of an object holds a picture that is no file as it stands."""
    if stream == _PACKED:
        return any(picture in head for picture in _PICTURES)
    return stream == _BITMAP and head.startswith(_BITMAP_HEAD)


def is_about_object(stream: str) -> bool:
    """Return whether a stream says something of an object, rather than being one: its class, how it was inserted.

    Names that begin with a control character are the system's own ([MS-OLEDS] §2.3, [MS-OLEPS] §2.25).
    """
    return stream < " " and stream != _PACKED


def find_enclosed(view: View) -> Iterator[Enclosed | Hidden]:
    """Yield every stream of a compound file that is no message, numbered from 1. Raises `UnreadableMail`."""
    file = Compound(view)
    for number, (path, stream) in enumerate(file.streams(), 1):
        view.budget.open_member()
        part, head = f"s{number}", stream.head(view, HEAD_BYTES)
        if is_pasted_picture(path[-1], head):
            yield Hidden(part, Reason.RICH_TEXT, FileKind.PICTURE, size=stream.size)
        else:
            yield Enclosed(part, stream, stream.size, head, is_property=is_about_object(path[-1]))
    if file.is_cut:
        yield Hidden("s1", Reason.TOO_MANY_PARTS, FileKind.OUTLOOK)
