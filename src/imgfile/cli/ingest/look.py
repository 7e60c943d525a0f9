"""Looking at a photo before it is filed: in the place of the screen, or on a page that can be loaded once.

The picture is decoded in memory, and kept nowhere: the screen is as it was when a key is pressed, the page is gone when
it was loaded. Nothing is entered in the audit trail, for nothing of the vault is seen.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from imgfile.clinical.proofs import Stripped
from imgfile.errors import Cancelled, UnsupportedImage
from imgfile.images.preview.glance import Glance, glance
from imgfile.images.preview.thumbnail import thumbnail
from imgfile.terminal import Terminal

if TYPE_CHECKING:
    from imgfile.acts.disclosure.one_page_server import Page

WORDS: Final = "b larger, in the browser; any other key goes back"


def look(terminal: Terminal, stripped: Stripped) -> None:
    """Show a photo as it would be filed, until somebody has seen it."""
    try:
        seen = glance(stripped.data)
        if not terminal.can_show_picture_here or _wants_page(terminal, stripped, seen):
            _show_page(terminal, stripped)
    except UnsupportedImage as error:
        terminal.show(f"  It {error.message}")


def _wants_page(terminal: Terminal, stripped: Stripped, seen: Glance) -> bool:
    across, down = terminal.picture_room
    return terminal.look(thumbnail(stripped.data, seen, side=across, height=down), WORDS) in {"b", "B"}


def _show_page(terminal: Terminal, stripped: Stripped) -> None:
    from imgfile.acts.disclosure.browser import has_desktop, open_browser  # noqa: PLC0415 - the same
    from imgfile.acts.disclosure.one_page_server import OPEN_SECONDS, Door  # noqa: PLC0415 - few look so

    with Door(_page(stripped)) as door:
        was_loaded = False
        with contextlib.suppress(KeyboardInterrupt, Cancelled):  # Ctrl-C ends the look alone, as soon as that is said
            terminal.show(f"  It can be loaded once, within {OPEN_SECONDS / 60:.0f} minutes; Ctrl-C goes back:")
            terminal.show(f"  {door.address}")
            if has_desktop():
                open_browser(door.address)
            was_loaded = door.wait()
        terminal.show(f"  {'It was loaded, and is gone.' if was_loaded else 'Nobody loaded it, and it is gone.'}")


def _page(stripped: Stripped) -> Page:
    from imgfile.acts.disclosure.for_browsers import for_browsers  # noqa: PLC0415 - see above
    from imgfile.acts.disclosure.picture_page import picture_page  # noqa: PLC0415 - the same
    from imgfile.clinical.record.model import Picture  # noqa: PLC0415 - the same

    image = for_browsers(stripped.data, Picture.of(stripped))
    words = "This page was loaded once and is gone. Close it when you have seen it; saving the picture makes a copy."
    return picture_page(
        "Not filed yet.", image.data, image.media_type, [image.remark] if image.remark else [], small=words
    )
