"""The page for a document system, read with tools that are not ours: qpdf, poppler and zbar."""

from __future__ import annotations

import io
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from imgfile.acts.disclosure.handover.page import Page, PagePicture, document
from imgfile.acts.disclosure.handover.words import Printed, days_between
from imgfile.errors import UnsupportedImage
from kit.tools import tool

AT = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
WORDS = Printed(
    reference="9c2m-xk4t",
    number_label="NHS number",
    number="943 476 5870",
    code="9434765870",
    born="3 Mar 1971",
    made=datetime(2026, 11, 20, 18, 40),  # noqa: DTZ001 - local time, as it is printed
    rows=(("Shows", "left shoulder"), ("Filed by", "Dr Łukasz Żółć, Ärztin"), ("Rationale", "≥ 6 mm 😀, η, привет")),
)


def page(jpeg: bytes, orientation: int = 1, words: Printed = WORDS) -> Page:
    """Put a JPEG on a page."""
    return Page(words, PagePicture(data=jpeg, orientation=orientation, note="unchanged"))


def corners(mode: str = "RGB", *, width: int = 400, height: int = 240) -> Image.Image:
    """Draw a picture of which each quarter has a colour of its own."""
    picture = Image.new("RGB", (width, height))
    for at, colour in enumerate(((220, 30, 30), (30, 200, 30), (30, 30, 220), (230, 220, 40))):
        box = (at % 2 * width // 2, at // 2 * height // 2)
        picture.paste(colour, (*box, box[0] + width // 2, box[1] + height // 2))
    return picture.convert(mode)


def encoded(picture: Image.Image) -> bytes:
    """Encode a picture as a JPEG."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95, subsampling=0)
    return out.getvalue()


def written(folder: Path, pages: list[Page]) -> Path:
    """Write a document to a file."""
    path = folder / "a.pdf"
    path.write_bytes(document(pages, at=AT))
    return path


def ran(name: str, *arguments: str | Path) -> bytes:
    """Run a tool, and return what it printed."""
    return subprocess.run([tool(name), *arguments], check=True, capture_output=True).stdout


def images_in(path: Path) -> list[bytes]:
    """Take every picture out of a PDF as it lies there."""
    ran("pdfimages", "-all", path, path.with_name("i"))
    return [each.read_bytes() for each in sorted(path.parent.glob("i-*"))]


def rendered(path: Path, dots: int = 72) -> Image.Image:
    """Render the first page."""
    return Image.open(io.BytesIO(ran("pdftoppm", "-r", str(dots), "-png", "-f", "1", "-l", "1", path))).convert("RGB")


def coloured(sheet: Image.Image) -> tuple[int, int, int, int]:
    """Return where a page is neither white, black nor grey: left, top, right, bottom."""
    box = sheet.convert("HSV").getchannel("S").point(lambda value: 255 * (value > 100)).getbbox()
    assert box is not None
    return box


def colour(picture: Image.Image, x: int, y: int) -> tuple[int, ...]:
    """Return the colour of a pixel."""
    found = picture.getpixel((x, y))
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_the_jpeg_lies_in_it_byte_for_byte(tmp_path: Path, mode: str) -> None:
    """Of each kind of colour, beside another on a page of its own; the file is sound."""
    jpegs = [encoded(corners(mode)), encoded(corners(mode, width=120))]
    path = written(tmp_path, [page(jpeg) for jpeg in jpegs])
    assert b"No syntax or stream encoding errors" in ran("qpdf", "--check", path)
    assert images_in(path) == jpegs


def test_the_lines_and_the_bar_code_are_read(tmp_path: Path) -> None:
    """Names in other letters than English ones; what the font lacks is printed as its code, not left out."""
    path = written(tmp_path, [page(encoded(corners()))])
    text = ran("pdftotext", "-layout", path, "-").decode()
    for line in ("Clinical photograph", "9c2m-xk4t", "943 476 5870", "3 Mar 1971", "Dr Łukasz Żółć, Ärztin"):
        assert line in text
    assert "≥ 6 mm [U+1F600], η, привет" in text
    rendered(path, 150).save(tmp_path / "p.png")
    assert ran("zbarimg", "-q", "--raw", tmp_path / "p.png").strip() == b"9434765870"


def test_the_number_of_a_practice_s_own_is_read_too(tmp_path: Path) -> None:
    """With letters, in code set B, however long."""
    words = Printed(
        reference="9c2m-xk4t",
        number_label="Patient number",
        number="TEMP-2026/0042-AB",
        code="TEMP-2026/0042-AB",
        born="3 Mar 1971",
        made=AT.replace(tzinfo=None),
        rows=(),
    )
    path = written(tmp_path, [page(encoded(corners()), words=words)])
    rendered(path, 200).save(tmp_path / "p.png")
    assert ran("zbarimg", "-q", "--raw", tmp_path / "p.png").strip() == b"TEMP-2026/0042-AB"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_picture_is_the_right_way_up_and_its_bytes_stay(tmp_path: Path, orientation: int) -> None:
    """By the page's own matrix, for a viewer of PDF ignores Exif: as an independent reader of Exif turns it."""
    jpeg = encoded(corners())
    path = written(tmp_path, [page(jpeg, orientation)])
    assert images_in(path) == [jpeg]
    exif = Image.Exif()
    exif[0x0112] = orientation
    stated = io.BytesIO()
    corners().save(stated, "JPEG", exif=exif, quality=95)
    turned = ImageOps.exif_transpose(Image.open(stated))
    sheet = rendered(path)
    left, top, right, bottom = coloured(sheet)
    assert abs((right - left) / (bottom - top) - turned.width / turned.height) < 0.02
    for across, down in ((1, 1), (3, 1), (1, 3), (3, 3)):
        seen = colour(sheet, left + (right - left) * across // 4, top + (bottom - top) * down // 4)
        meant = colour(turned, turned.width * across // 4, turned.height * down // 4)
        assert all(abs(one - other) < 12 for one, other in zip(seen, meant, strict=True)), (across, down)


def test_four_inks_are_shown_as_they_are_stored(tmp_path: Path) -> None:
    """Inverted, as Adobe's marker says, and as they are where there is no such marker."""
    inverted = encoded(corners("CMYK"))
    marker = inverted.index(b"\xff\xee\x00\x0eAdobe")
    plain = inverted[:marker] + inverted[marker + 16 :]
    for jpeg, expected in ((inverted, (220, 30, 30)), (plain, None)):
        sheet = rendered(written(tmp_path, [page(jpeg)]))
        seen = colour(sheet, sheet.width // 4, sheet.height // 3)
        if expected is not None:
            assert all(abs(one - other) < 40 for one, other in zip(seen, expected, strict=True))
        else:
            assert seen[0] < 128, "the same numbers without the marker mean the opposite"


def test_of_one_day_the_time_tells_two_photos_apart() -> None:
    """Else the days between them do."""
    at = WORDS.made
    photos = [replace(WORDS, made=at + after) for after in (timedelta(0), timedelta(minutes=20), timedelta(days=2))]
    assert list(days_between(photos)) == [
        "at 19:00, the same day as photo 1 (20 Nov 2026 18:40)",
        "2 days after photo 2 (20 Nov 2026)",
    ]


def test_a_long_text_leaves_the_picture_its_room(tmp_path: Path) -> None:
    """The longest rationale is printed whole, smaller; the picture keeps a third of the page."""
    words = Printed(
        reference="9c2m-xk4t",
        number_label="NHS number",
        number="943 476 5870",
        code="9434765870",
        born="3 Mar 1971",
        made=AT.replace(tzinfo=None),
        rows=(("Rationale", "Wonderful " * 399 + "end of it"), ("Consent", "W" * 120)),
    )
    path = written(tmp_path, [page(encoded(corners()), words=words)])
    text = ran("pdftotext", "-layout", path, "-").decode()
    assert text.count("Wonderful") == 399
    assert "end of it" in text
    _, top, _, bottom = coloured(rendered(path))
    assert bottom - top > 842 / 4, "a quarter of the page's 842 points: the picture is wider than high"


def test_it_is_the_same_for_the_same_moment_and_tells_nothing_else(tmp_path: Path) -> None:
    """No XMP, no author, no number in the title; the same bytes again."""
    pages = [page(encoded(corners()))]
    first = document(pages, at=AT)
    assert document(pages, at=AT) == first
    path = written(tmp_path, pages)
    plain = ran("qpdf", "--qdf", "--object-streams=disable", path, "-")
    assert b"/Metadata" not in plain
    assert b"xmpmeta" not in plain
    facts = ran("pdfinfo", path).decode()
    assert "Title:           Clinical photograph" in facts
    assert "Author" not in facts
    assert "9434765870" not in facts


def test_what_is_no_jpeg_is_refused() -> None:
    """In a sentence, and not as whatever the library makes of it."""
    with pytest.raises(UnsupportedImage):
        document([page(b"\xff\xd8\xff no photo")], at=AT)
