"""Every format that is filed is seen: from a vault, through the page, in a real Chromium, pixel by pixel."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import imagecodecs
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from imgfile.acts.disclosure.open import Reader, admit, read_facts
from imgfile.acts.disclosure.view import Ready, Unshown, prepare, view
from imgfile.clinical.proofs import MediaType
from imgfile.clinical.record.model import Record
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.records import manifest
from kit.browser.chromium import Chromium
from kit.vault.filings import KNEE, filed
from kit.vault.practice import NOON, Practice

pytestmark = pytest.mark.slow

SIZE: Final = (320, 240)
BLOCKS: Final = {(0.25, 0.25): (200, 40, 40), (0.75, 0.25): (40, 150, 60), (0.75, 0.75): (50, 60, 200)}
"""What is seen at three places; the fourth quarter is grey."""
KINDS: Final[dict[MediaType, tuple[str, dict[str, Any]]]] = {
    MediaType.JPEG: ("JPEG", {"quality": 95, "subsampling": 0}),
    MediaType.PNG: ("PNG", {}),
    MediaType.WEBP: ("WEBP", {"lossless": True}),
    MediaType.GIF: ("GIF", {}),
    MediaType.BMP: ("BMP", {}),
    MediaType.TIFF: ("TIFF", {}),
    MediaType.AVIF: ("AVIF", {"quality": 95, "subsampling": "4:4:4"}),
}


def picture(turned: int = 0) -> Image.Image:
    """Draw the blocks, turned back by so many quarters, as a camera held sideways would."""
    drawn = Image.new("RGB", SIZE, (128, 128, 128))
    for (across, down), colour in BLOCKS.items():
        left, top = round((across - 0.25) * SIZE[0]), round((down - 0.25) * SIZE[1])
        drawn.paste(colour, (left, top, left + SIZE[0] // 2, top + SIZE[1] // 2))
    return drawn.rotate(90 * turned, expand=True)


def coded(media_type: MediaType, turned: int = 0) -> bytes:
    """Write the blocks in a format; one that is turned says so in its Exif."""
    drawn, file = picture(turned), io.BytesIO()
    if media_type is MediaType.JXL:
        return bytes(imagecodecs.jpegxl_encode(np.asarray(drawn), lossless=True))
    if media_type is MediaType.HEIC:
        pillow_heif.from_pillow(drawn).save(file, quality=95, chroma=444)
        return file.getvalue()
    kind, options = KINDS[media_type]
    if turned:
        exif = Image.Exif()
        exif[274] = 6
        options = {**options, "exif": exif.tobytes()}
    drawn.save(file, kind, **options)
    return file.getvalue()


def moving(kind: str) -> bytes:
    """Write an animation whose first picture is the blocks, and whose second is all white."""
    file = io.BytesIO()
    options = {"lossless": True} if kind == "WEBP" else {}
    picture().save(file, kind, save_all=True, append_images=[Image.new("RGB", SIZE, "white")], duration=40, **options)
    return file.getvalue()


CASES: Final = {
    **{f"{media_type.name}": (media_type, coded(media_type), 1) for media_type in MediaType},
    **{f"{kind.name}, turned": (kind, coded(kind, 1), 6) for kind in (MediaType.JPEG, MediaType.PNG, MediaType.WEBP)},
    "GIF that moves": (MediaType.GIF, moving("GIF"), 1),
    "WEBP that moves": (MediaType.WEBP, moving("WEBP"), 1),
    "PNG that moves": (MediaType.PNG, moving("PNG"), 1),
}


def opened(practice: Practice, reader: Reader, name: str, number: int) -> OpenedRecord:
    """File the photo of a case, and open its record."""
    media_type, data, turn = CASES[name]
    at = datetime(2026, 11, 1) + timedelta(days=number)  # noqa: DTZ001 - as a camera says it

    def forge(facts: Record) -> Record:
        shown = replace(facts.picture, media_type=media_type, width=320, height=240, orientation=turn, taken_at=at)
        return replace(facts, picture=shown)

    done = practice.file_decided(filed(KNEE), data, forge=forge)
    return read_facts(practice.vault, manifest.load(practice.vault, done.patient, done.record), reader)


def test_every_format_is_shown_and_its_pixels_are_where_they_belong(practice: Practice) -> None:
    """Each of the nine, what is turned by its Exif, and of what moves the first picture, which stays."""
    reader = admit(practice.vault, practice.recovery)
    names = list(CASES)
    with Chromium() as chromium:
        for some in (names[:6], names[6:12], names[12:]):
            records = [opened(practice, reader, name, at) for at, name in enumerate(some)]
            done = list(prepare(practice.vault, records, reader))
            ready = [each for each in done if isinstance(each, Ready)]
            assert len(ready) == len(some), [each.error.message for each in done if isinstance(each, Unshown)]
            remarked = {name for name, each in zip(some, ready, strict=True) if each.shown.image.remark}
            assert remarked == {name for name in some if "moves" in name}
            with chromium.looking_at(view(practice.vault, ready, reader, reason="look", at=NOON)):
                screen = chromium.screen()
                for at, name in enumerate(some):
                    assert seen(screen, chromium.box("figure img", at)) == dict.fromkeys(BLOCKS, True), name


def seen(screen: Image.Image, box: tuple[float, float, float, float]) -> dict[tuple[float, float], bool]:
    """Return whether a picture within a box has the colour of each block at its place, but for its coding."""
    left, top, width, height = box
    found = {}
    for (across, down), meant in BLOCKS.items():
        pixel = screen.getpixel((round(left + across * width), round(top + down * height)))
        assert isinstance(pixel, tuple)
        found[across, down] = all(abs(one - other) <= 8 for one, other in zip(pixel, meant, strict=True))
    return found
