"""A photo as a parent's phone sends it, for the demonstration: drawn by code, and all of its metadata invented.

The place is the old Royal Observatory at Greenwich. `METADATA` lists what can be read in the bytes, each in every
spelling in which it stands there, so that a check may look for it before and after.
"""

from __future__ import annotations

import io
import random
import struct
from datetime import datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

MAKE: Final = "Samplephone"
MODEL: Final = "Samplephone 12 Pro"
SERIAL: Final = "SP12-7Q4K-0451-8839"
OWNER: Final = "Jo Sample-Parent"
TOWN: Final = "Greenwich"
LATITUDE: Final = ((51, 1), (28, 1), (4044, 100))
LONGITUDE: Final = ((0, 1), (0, 1), (540, 100))
DECIMAL: Final = ("51.4779", "0.0015")

_VIDEO_PLACE: Final = "+51.4779-000.0015/"
_VIDEO_SECONDS: Final = 2
_WIDTH: Final = 480
_HEIGHT: Final = 360
_THUMBNAIL: Final = (96, 72)
_SPOTS: Final = 60
_ORIENTATION: Final = 6
"""Held upright: the camera writes the picture lying on its side, and a number that says so."""


def _packed(*pairs: tuple[int, int]) -> tuple[bytes, ...]:
    numbers = [number for pair in pairs for number in pair]
    return tuple(struct.pack(f"{order}{len(numbers)}L", *numbers) for order in "<>")


def _spelled(*texts: str) -> tuple[bytes, ...]:
    return tuple(text.encode(coding) for text in texts for coding in ("ascii", "utf-16-le", "utf-16-be"))


METADATA: Final = {
    "the place": (*_packed(*LATITUDE), *_packed(*LONGITUDE), *_spelled(*DECIMAL, _VIDEO_PLACE, TOWN)),
    "the owner's name": _spelled(OWNER),
    "the phone": _spelled(MODEL),
    "its serial number": _spelled(SERIAL),
}
"""What the photo tells, and how that is spelled in its bytes."""


def telling_photo(taken: datetime) -> bytes:
    """Make the JPEG: picture, Exif with a thumbnail, XMP, and a short video behind the picture's end."""
    picture = _draw()
    plain = _jpeg(picture)
    exif = _segment(0xE1, _exif(taken, picture))
    xmp = _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + _xmp(taken))
    return plain[:2] + exif + xmp + plain[2:] + _video()


def shows_the_same(photo: bytes, other: bytes) -> bool:
    """Return whether Pillow decodes both, the right way up, to the same pixels."""
    from PIL import Image, ImageOps  # noqa: PLC0415 - the same

    shown = [ImageOps.exif_transpose(Image.open(io.BytesIO(data))) for data in (photo, other)]
    return shown[0].size == shown[1].size and shown[0].tobytes() == shown[1].tobytes()


def _draw() -> Image:
    """Draw skin with red spots: enough to see, and to compare pixel by pixel."""
    from PIL import Image, ImageDraw, ImageFilter  # noqa: PLC0415 - 40 ms that only the demonstration needs here

    chance = random.Random(_SPOTS)  # noqa: S311 - a picture, no secret
    image = Image.linear_gradient("L").resize((_WIDTH, _HEIGHT))
    skin = Image.merge("RGB", [image.point(lambda level, top=top: top - level // 6) for top in (235, 195, 172)])
    draw = ImageDraw.Draw(skin)
    for _ in range(_SPOTS):
        x, y, radius = chance.gauss(_WIDTH / 2, 70), chance.gauss(_HEIGHT / 2, 50), chance.uniform(3, 12)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(198, 92 + chance.randrange(30), 88))
    return skin.filter(ImageFilter.GaussianBlur(2))


def _jpeg(image: Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def _segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def _exif(taken: datetime, picture: Image) -> bytes:
    import piexif  # noqa: PLC0415 - the same

    moment = f"{taken:%Y:%m:%d %H:%M:%S}"
    return bytes(
        piexif.dump(
            {
                "0th": {
                    piexif.ImageIFD.Make: MAKE,
                    piexif.ImageIFD.Model: MODEL,
                    piexif.ImageIFD.Orientation: _ORIENTATION,
                    piexif.ImageIFD.DateTime: moment,
                },
                "Exif": {
                    piexif.ExifIFD.DateTimeOriginal: moment,
                    piexif.ExifIFD.CameraOwnerName: OWNER,
                    piexif.ExifIFD.BodySerialNumber: SERIAL,
                },
                "GPS": {
                    piexif.GPSIFD.GPSLatitudeRef: "N",
                    piexif.GPSIFD.GPSLatitude: LATITUDE,
                    piexif.GPSIFD.GPSLongitudeRef: "W",
                    piexif.GPSIFD.GPSLongitude: LONGITUDE,
                },
                "1st": {},
                "thumbnail": _jpeg(picture.resize(_THUMBNAIL)),
            }
        )
    )


def _xmp(taken: datetime) -> bytes:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        f' xmlns:xmp="http://ns.adobe.com/xap/1.0/" photoshop:City="{TOWN}">'
        f"<dc:creator><rdf:Seq><rdf:li>{OWNER}</rdf:li></rdf:Seq></dc:creator>"
        f"<xmp:CreateDate>{taken:%Y-%m-%dT%H:%M:%S}</xmp:CreateDate>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def _video() -> bytes:
    """Write what a phone hides behind a "live" photo: enough of an MP4 to be one, with the place in it."""
    length = struct.pack(">LLLLL", 0, 0, 0, 1000, _VIDEO_SECONDS * 1000)
    place = _box(b"udta", _box(b"\xa9xyz", struct.pack(">HH", len(_VIDEO_PLACE), 0) + _VIDEO_PLACE.encode()))
    media = random.Random(_VIDEO_SECONDS).randbytes(20_000)  # noqa: S311 - stands for coded frames
    movie = _box(b"moov", _box(b"mvhd", length + bytes(80)) + place)
    return _box(b"ftyp", b"mp42\0\0\0\0isommp42") + movie + _box(b"mdat", media)


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">L4s", 8 + len(body), name) + body
