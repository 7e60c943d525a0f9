"""The page that prints a photo for a document system: one photo a page, matched with its patient by what stands on it.

1. The number stands large, in groups, and as Code 128; the birth date beside it. Then what is known of the photo, then
   the picture, as large as fits, and in small letters what copy this is.
2. The JPEG lies in the file byte for byte (ISO 32000-1 §7.4.8, DCTDecode). A viewer of PDF ignores the orientation that
   Exif states, so the page turns and mirrors the picture; its bytes stay.
3. Text is in fonts of the package, embedded in part: Latin, Greek, Cyrillic. A character that they lack is printed as
   its code, `[U+1F600]`: nothing is left out in silence.
4. The file's own title and description name no patient. It has no XMP, and is the same for the same input and moment.

Lengths are in millimetres.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Container, Iterator, Sequence
from datetime import datetime
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from imgfile.acts.disclosure.handover import code128
from imgfile.acts.disclosure.handover.words import HEADING, Printed, days_between
from imgfile.errors import UnsupportedImage
from imgfile.frozen import dataclass, field

if TYPE_CHECKING:
    from fpdf import FPDF
    from fpdf.fonts import TTFFont

_FONTS: Final = Path(__file__).with_name("fonts")
_FONT: Final = "DejaVu"
_WIDTH: Final = 210.0
_HEIGHT: Final = 297.0
_MARGIN: Final = 14.0
_INNER: Final = _WIDTH - 2 * _MARGIN
_LABELS: Final = 26.0
"""How wide the column of labels is."""
_BAR_HEIGHT: Final = 17.0
_MODULE: Final = 0.5
"""The width of one module: twice what a desk's scanner needs, so that a fax or a scan of the page still reads."""
_BARS_MAX: Final = 90.0
_ROWS_TOP: Final = 58.0
_PICTURE_MIN: Final = 95.0
"""How much of the page's height is left to the picture, whatever the length of the text."""
_SIZES: Final = (10.0, 9.0, 8.0, 7.0, 6.0)
"""Sizes of the text in points, tried from the largest on."""
_LINE: Final = 0.44
"""A line's height for each point of its size."""
_GREY: Final = 90

_TURNS: Final = {
    1: (0, False),
    2: (0, True),
    3: (180, False),
    4: (180, True),
    5: (270, True),
    6: (90, False),
    7: (90, True),
    8: (270, False),
}
"""Exif 2.32, table 6, Orientation: by how many degrees clockwise the picture is turned, having been mirrored or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePicture:
    """A JPEG as it goes on a page."""

    data: bytes = field(repr=False)
    orientation: int
    """As Exif states it: which way up the stored pixels are."""
    note: str
    """What copy it is: unchanged, or what was done to it."""


@dataclass(frozen=True, slots=True)
class Page:
    """One photo, in words and as a picture."""

    words: Printed
    picture: PagePicture


def import_ahead() -> None:
    """Begin to import what writes a PDF, beside whatever else is done: a third of a second, of which nobody waits."""
    from threading import Thread  # noqa: PLC0415 - of documents alone

    Thread(target=import_module, args=("fpdf",), daemon=True).start()


def document(pages: Sequence[Page], *, at: datetime) -> bytes:
    """Write photos of one patient, each on a page of its own, as a PDF."""
    from fpdf import FPDF  # noqa: PLC0415 - a third of a second, for this alone

    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(auto=False)
    pdf.set_margin(_MARGIN)
    pdf.set_title(HEADING)
    pdf.set_lang("en-GB")
    pdf.set_producer("imgfile")
    pdf.set_creation_date(at)
    pdf.add_font(_FONT, "", _FONTS / "DejaVuSans.ttf")
    pdf.add_font(_FONT, "B", _FONTS / "DejaVuSans-Bold.ttf")
    since = ["", *days_between([page.words for page in pages])]
    for number, (page, apart) in enumerate(zip(pages, since, strict=True), 1):
        pdf.add_page()
        draw = _Drawing(pdf)
        draw.head(page.words, f"photo {number} of {len(pages)}" if len(pages) > 1 else "")
        bottom = draw.rows(page.words.rows if not apart else (*page.words.rows, ("Apart", apart)))
        draw.picture(page.picture, top=bottom + 3)
        draw.foot(page.picture.note)
    return bytes(pdf.output())


_ADOBE: Final = b"\xff\xee\x00\x0eAdobe"
"""The marker APP14, by which its writer says that the four inks are stored inverted."""
_HEAD_BYTES: Final = 64 << 10


def _is_inverted(jpeg: bytes) -> bool:
    return _ADOBE in jpeg[:_HEAD_BYTES]


class _Drawing:
    """What is drawn on the page that was added last."""

    def __init__(self, pdf: FPDF) -> None:
        self._pdf = pdf

    def head(self, words: Printed, which: str) -> None:
        """Print who the patient is, large, and the number's bar code."""
        self._text(_MARGIN, 17, HEADING, 14, bold=True)
        right = "   ".join(filter(None, (words.reference, which)))
        self._text(_WIDTH - _MARGIN - self._width_of(right, 11, bold=True), 17, right, 11, bold=True)
        self._pdf.set_line_width(0.4)
        self._pdf.line(_MARGIN, 20, _WIDTH - _MARGIN, 20)
        self._text(_MARGIN, 26, words.number_label, 9, grey=True)
        room = _INNER - self._bars(words.code) - 4
        self._text(_MARGIN, 36, words.number, self._fitting(words.number, 27, room), bold=True)
        self._text(_MARGIN, 43.5, "Born", 9, grey=True)
        self._text(_MARGIN, 51.5, words.born, 19, bold=True)

    def _bars(self, code: str) -> float:
        """Draw a number's bar code at the right, its digits beneath; return how wide it is."""
        modules = code128.modules_of(code)
        module = min(_MODULE, _BARS_MAX / modules)
        left, top = _WIDTH - _MARGIN - (modules + code128.QUIET_MODULES) * module, 24.0
        self._pdf.set_fill_color(0)
        for at, width in code128.bars_of(code):
            self._pdf.rect(left + at * module, top, width * module, _BAR_HEIGHT, style="F")
        middle = left + modules * module / 2 - self._width_of(code, 8) / 2
        self._text(middle, top + _BAR_HEIGHT + 3.6, code, 8)
        return (modules + 2 * code128.QUIET_MODULES) * module

    def rows(self, rows: Sequence[tuple[str, str]]) -> float:
        """Print what is known of the photo, in letters that leave the picture its room; return where that ends."""
        size, laid_out = self._laid_out(rows)
        y = _ROWS_TOP
        for label, lines in laid_out:
            self._text(_MARGIN, y + size * _LINE * 0.8, label, size, grey=True)
            for line in lines:
                self._text(_MARGIN + _LABELS, y + size * _LINE * 0.8, line, size)
                y += size * _LINE
            y += size * _LINE * 0.15
        return y

    def _laid_out(self, rows: Sequence[tuple[str, str]]) -> tuple[float, list[tuple[str, list[str]]]]:
        room = _HEIGHT - _MARGIN - _PICTURE_MIN - _ROWS_TOP
        for size in _SIZES:
            laid_out = [(label, self._lines(text, size)) for label, text in rows]
            height = sum((len(lines) + 0.15) * size * _LINE for _, lines in laid_out)
            if height <= room:
                break
        return size, laid_out

    def _lines(self, text: str, size: float) -> list[str]:
        self._font(size)
        broken = self._pdf.multi_cell(
            _INNER - _LABELS, size * _LINE, self._printable(text), align="L", dry_run=True, output="LINES"
        )
        return cast("list[str]", broken) or [""]

    def picture(self, picture: PagePicture, *, top: float) -> None:
        """Put the picture where the page is empty, as large as fits, the right way up."""
        name, width, height = self._preloaded(picture.data)
        degrees, is_mirrored = _TURNS.get(picture.orientation, (0, False))
        seen = (height, width) if degrees % 180 else (width, height)
        scale = min(_INNER / seen[0], (_HEIGHT - _MARGIN - top - 2) / seen[1])
        x, y = _WIDTH / 2, top + seen[1] * scale / 2
        width, height = width * scale, height * scale
        with contextlib.ExitStack() as turned:
            if degrees:
                turned.enter_context(self._pdf.rotation(-degrees, x, y))
            if is_mirrored:
                turned.enter_context(self._pdf.mirror((x, y), "NORTH"))
            self._pdf.image(name, x - width / 2, y - height / 2, width, height, alt_text=HEADING)

    def _preloaded(self, jpeg: bytes) -> tuple[BytesIO, float, float]:
        """Load a JPEG as it is; return what names it, and its stored pixels. Raises `UnsupportedImage`."""
        from fpdf.image_parsing import preload_image  # noqa: PLC0415 - see `document`

        name = BytesIO(jpeg)
        try:
            info = preload_image(self._pdf.image_cache, name)[2]
        except Exception as error:
            raise UnsupportedImage("the JPEG cannot be put on a page.", "Give --as original.") from error
        if info.get("inverted") and not _is_inverted(jpeg):
            info["inverted"] = False
        return name, float(cast("int", info["w"])), float(cast("int", info["h"]))

    def foot(self, note: str) -> None:
        """Print in small letters what copy this is."""
        self._text(_MARGIN, _HEIGHT - _MARGIN + 4, note, 7, grey=True)

    # --- letters ------------------------------------------------------------------------------------------

    def _font(self, size: float, *, bold: bool = False) -> None:
        self._pdf.set_font(_FONT, "B" if bold else "", size)

    def _text(  # noqa: PLR0913 - where, what, and how it looks
        self, x: float, y: float, text: str, size: float, *, bold: bool = False, grey: bool = False
    ) -> None:
        self._font(size, bold=bold)
        self._pdf.set_text_color(_GREY if grey else 0)
        self._pdf.text(x, y, self._printable(text))

    def _width_of(self, text: str, size: float, *, bold: bool = False) -> float:
        self._font(size, bold=bold)
        return self._pdf.get_string_width(self._printable(text))

    def _fitting(self, text: str, size: float, room: float) -> float:
        """Return the size of bold letters at which a text is no wider than that."""
        return min(size, size * room / self._width_of(text, size, bold=True))

    def _printable(self, text: str) -> str:
        return "".join(_printable(text, cast("TTFFont", self._pdf.fonts[_FONT.lower()]).cmap))


def _printable(text: str, known: Container[int]) -> Iterator[str]:
    for character in unicodedata.normalize("NFC", text):
        yield character if ord(character) in known else f"[U+{ord(character):04X}]"
