"""Photographs full of metadata, made by code: every value in them is a canary that must not survive.

Built on Pillow (pixels) and `piexif.dump` (Exif). `CANARIES` lists the values as text; GPS positions and dates also
stand in them as bytes. Other rooms' tests plant these photos in mailboxes and folders.
"""

from __future__ import annotations

import io
import random
import struct
import zlib
from functools import cache

import piexif
from PIL import Image, ImageCms

from imgfile.clinical.proofs import Photo

MAKE, MODEL, SERIAL = "Canarytel", "CanaryPhone 15 Pro", "CANARY-SERIAL-0451"
LENS_SERIAL, LENS = "CANARY-LENS-7788", "CanaryPhone back camera 6.86mm"
OWNER, ARTIST, COPYRIGHT = "Canary Owner Ann", "Canary Artist Bob", "Canary Rights 2026"
DESCRIPTION, COMMENT, CAPTION = "canary nappy rash", "canary user comment", "canary iptc caption"
SOFTWARE, EDITOR, TOOL = "CanaryOS 17.1", "Canary Editor 3", "CanaryShop 26.0"
CITY, TAKEN, OFFSET, SUBSEC = "Canarytown", "2026:11:21 08:09:10", "+01:00", "123"
DISPLAY_MODEL, DISPLAY_SERIAL = "Canary Display XDR", "CANARYDISP99"
DOCUMENT_ID = "xmp.did:canary-4711"
LATITUDE, LONGITUDE = ((51, 1), (30, 1), (2517, 100)), ((0, 1), (7, 1), (3953, 100))

CANARIES = (
    *(MAKE, MODEL, SERIAL, LENS_SERIAL, LENS, OWNER, ARTIST, COPYRIGHT, DESCRIPTION, COMMENT, CAPTION, SOFTWARE),
    *(EDITOR, TOOL, CITY, TAKEN, DISPLAY_MODEL, DISPLAY_SERIAL, DOCUMENT_ID),
)
GPS_BYTES = tuple(
    struct.pack(f"{order}6L", *(part for pair in place for part in pair))
    for place in (LATITUDE, LONGITUDE)
    for order in "<>"
)


def photo(data: bytes) -> Photo:
    """Make what reading a source makes."""
    return Photo(data)


@cache
def pixels(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """Draw a picture that is not symmetrical in any way, so that a wrong orientation shows."""
    chance = random.Random(width * height)  # noqa: S311 - a picture, not a secret
    image = Image.new("RGB", (width, height), (40, 90, 160))
    for _ in range(30):
        left, top = chance.randrange(width), chance.randrange(height)
        image.paste(tuple(chance.randrange(256) for _ in range(3)), (left, top, left + width // 5, top + height // 7))
    return image.convert(mode)


def jpeg(image: Image.Image | None = None, **options: object) -> bytes:
    """Encode a JPEG as Pillow does: JFIF, no metadata."""
    out = io.BytesIO()
    (image or pixels()).save(out, "JPEG", **{"quality": 85, **options})
    return out.getvalue()


def png(image: Image.Image | None = None, **options: object) -> bytes:
    """Encode a PNG as Pillow does, without metadata."""
    out = io.BytesIO()
    (image or pixels()).save(out, "PNG", **options)
    return out.getvalue()


# --- JPEG -----------------------------------------------------------------------------------------------


def segment(marker: int, payload: bytes) -> bytes:
    """Write a JPEG segment."""
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def with_segments(photo: bytes, *segments: bytes) -> bytes:
    """Put segments right behind a JPEG's SOI."""
    return photo[:2] + b"".join(segments) + photo[2:]


def before_scan(photo: bytes, *parts: bytes) -> bytes:
    """Put bytes right before a JPEG's first SOS."""
    at = photo.index(b"\xff\xda")
    return photo[:at] + b"".join(parts) + photo[at:]


def exif(orientation: int = 6, *, thumbnail: bool = True) -> bytes:
    """Dump a phone's Exif block with its mark: place, time, make, model, serials, owner, thumbnail."""
    return bytes(
        piexif.dump(
            {
                "0th": {
                    piexif.ImageIFD.Make: MAKE,
                    piexif.ImageIFD.Model: MODEL,
                    piexif.ImageIFD.Orientation: orientation,
                    piexif.ImageIFD.Software: SOFTWARE,
                    piexif.ImageIFD.DateTime: TAKEN,
                    piexif.ImageIFD.Artist: ARTIST,
                    piexif.ImageIFD.Copyright: COPYRIGHT,
                    piexif.ImageIFD.ImageDescription: DESCRIPTION,
                    piexif.ImageIFD.XPAuthor: (OWNER + "\0").encode("utf-16-le"),
                },
                "Exif": {
                    piexif.ExifIFD.DateTimeOriginal: TAKEN,
                    piexif.ExifIFD.DateTimeDigitized: TAKEN,
                    piexif.ExifIFD.OffsetTimeOriginal: OFFSET,
                    piexif.ExifIFD.SubSecTimeOriginal: SUBSEC,
                    piexif.ExifIFD.CameraOwnerName: OWNER,
                    piexif.ExifIFD.BodySerialNumber: SERIAL,
                    piexif.ExifIFD.LensModel: LENS,
                    piexif.ExifIFD.LensSerialNumber: LENS_SERIAL,
                    piexif.ExifIFD.UserComment: b"ASCII\0\0\0" + COMMENT.encode(),
                    piexif.ExifIFD.MakerNote: b"Canary iOS\0\0\1MM" + SERIAL.encode() * 3,
                    piexif.ExifIFD.ColorSpace: 65535,
                },
                "GPS": {
                    piexif.GPSIFD.GPSLatitudeRef: "N",
                    piexif.GPSIFD.GPSLatitude: LATITUDE,
                    piexif.GPSIFD.GPSLongitudeRef: "W",
                    piexif.GPSIFD.GPSLongitude: LONGITUDE,
                    piexif.GPSIFD.GPSDateStamp: TAKEN[:10],
                },
                "1st": {piexif.ImageIFD.Make: MAKE},
                "thumbnail": jpeg(pixels(16, 12)) if thumbnail else None,
            }
        )
    )


def adobe_rgb_exif() -> bytes:
    """Dump the Exif block of a camera set to Adobe RGB: Interop R03 and nothing else says so."""
    return bytes(
        piexif.dump({"0th": {271: MAKE}, "Exif": {40961: 65535}, "Interop": {1: b"R03"}}),
    )


def xmp(body: str = "") -> bytes:
    """Write an XMP packet with a creator, an edit history, a place and a serial."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF><rdf:Description photoshop:City="{CITY}" aux:SerialNumber="{SERIAL}" xmp:CreatorTool="{TOOL}"'
        f' xmpMM:DocumentID="{DOCUMENT_ID}" exif:GPSLatitude="51,30.4195N">'
        f"<dc:creator><rdf:Seq><rdf:li>{ARTIST}</rdf:li></rdf:Seq></dc:creator>"
        f"<xmp:CreateDate>2026-11-21T08:09:10+01:00</xmp:CreateDate>{body}"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def photoshop() -> bytes:
    """Write Photoshop resources with an IPTC record: caption, by-line, city; and a thumbnail."""
    record = b"".join(
        struct.pack(">BBBH", 0x1C, 2, number, len(text)) + text.encode()
        for number, text in ((120, CAPTION), (80, ARTIST), (90, CITY), (55, "20261121"))
    )
    return b"Photoshop 3.0\0" + resource(0x0404, record) + resource(0x040C, bytes(28) + jpeg(pixels(16, 12)))


def resource(number: int, payload: bytes) -> bytes:
    """Write one Photoshop resource."""
    return b"8BIM" + struct.pack(">HHL", number, 0, len(payload)) + payload + bytes(len(payload) % 2)


def box(name: bytes, *parts: bytes) -> bytes:
    """Write an ISO-BMFF box."""
    return struct.pack(">L4s", 8 + sum(map(len, parts)), name) + b"".join(parts)


def motion_video(seconds: int = 2, length: int = 4000) -> bytes:
    """Write enough of an MP4 to be recognised: brands, a movie header, random-looking media."""
    header = box(b"mvhd", struct.pack(">LLLLL", 0, 0, 0, 1000, seconds * 1000) + bytes(80))
    media = random.Random(seconds).randbytes(length)  # noqa: S311 - stands for a coded video
    place = box(b"udta", box(b"\xa9xyz", b"+51.5070-000.1277/" + MODEL.encode()))
    return box(b"ftyp", b"mp42\0\0\0\0isommp42") + box(b"moov", header, place) + box(b"mdat", media)


def profile_segments(profile: bytes, size: int = 65519) -> list[bytes]:
    """Cut a colour profile into APP2 segments."""
    parts = [profile[at : at + size] for at in range(0, len(profile), size)]
    return [
        segment(0xE2, b"ICC_PROFILE\0" + bytes((number, len(parts))) + part)
        for number, part in enumerate(parts, start=1)
    ]


def phone_jpeg(
    orientation: int = 6, *, width: int = 64, height: int = 48, has_profile: bool = True, has_second: bool = False
) -> bytes:
    """Make what a phone sends, and worse: metadata in every place that a JPEG has, and a video."""
    second = with_segments(jpeg(pixels(32, 24)), segment(0xE1, exif(1)))
    plain = with_segments(
        before_scan(jpeg(pixels(width, height)), segment(0xFE, OWNER.encode())),
        segment(0xE1, exif(orientation)),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp()),
        segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + bytes(40) + xmp()),
        *(profile_segments(display_profile()) if has_profile else []),
        segment(0xE2, b"MPF\0MM\0*\0\0\0\x08" + MODEL.encode()),
        segment(0xEB, b"JP\0\1\0\0\0\1" + box(b"jumb", b"c2pa " + OWNER.encode())),
        segment(0xED, photoshop()),
        segment(0xE7, SERIAL.encode()),
        segment(0xFE, COMMENT.encode()),
    )
    return plain + (second if has_second else b"") + motion_video()


# --- PNG ------------------------------------------------------------------------------------------------


def chunk(name: bytes, body: bytes) -> bytes:
    """Write a PNG chunk."""
    return struct.pack(">L4s", len(body), name) + body + struct.pack(">L", zlib.crc32(name + body))


def with_chunks(photo: bytes, *chunks: bytes, before: bytes = b"IDAT") -> bytes:
    """Put chunks right before the first chunk of a name."""
    at = photo.index(before) - 4
    return photo[:at] + b"".join(chunks) + photo[at:]


def raw_profile(kind: str, payload: bytes) -> bytes:
    """Write a profile as ImageMagick does: hexadecimal, in a compressed text chunk."""
    text = f"\n{kind}\n{len(payload):8}\n".encode() + payload.hex().encode() + b"\n"
    return chunk(b"zTXt", f"Raw profile type {kind}".encode() + b"\0\0" + zlib.compress(text))


def international(keyword: str, text: bytes, *, is_compressed: bool = False) -> bytes:
    """Write an iTXt chunk."""
    packed = zlib.compress(text) if is_compressed else text
    return chunk(b"iTXt", keyword.encode() + b"\0" + bytes((is_compressed, 0)) + b"en\0\0" + packed)


def png_with_metadata(orientation: int = 6) -> bytes:
    """Make a PNG with metadata in every chunk that can hold some, behind the picture's stream and behind the end."""
    plain = with_chunks(
        png(),
        chunk(b"iCCP", DISPLAY_MODEL.encode() + b"\0\0" + zlib.compress(display_profile())),
        chunk(b"eXIf", exif(orientation)[6:]),
        chunk(b"tIME", struct.pack(">HBBBBB", 2026, 11, 21, 8, 9, 10)),
        chunk(b"tEXt", b"Author\0" + ARTIST.encode()),
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(COMMENT.encode())),
        international("Software", SOFTWARE.encode()),
        international("Location", CITY.encode(), is_compressed=True),
        international("XML:com.adobe.xmp", xmp()),
        raw_profile("exif", exif()),
        raw_profile("iptc", photoshop()[14:]),
        raw_profile("xmp", xmp()),
        chunk(b"caBX", box(b"jumb", OWNER.encode())),
        chunk(b"prVt", SERIAL.encode()),
    )
    return (
        with_chunks(
            behind_picture(plain, DESCRIPTION.encode()), chunk(b"tEXt", b"Make\0" + MAKE.encode()), before=b"IEND"
        )
        + CAPTION.encode()
    )


def behind_picture(photo: bytes, hidden: bytes) -> bytes:
    """Hide bytes in an IDAT of their own, behind the end of the picture's stream."""
    return with_chunks(photo, chunk(b"IDAT", hidden), before=b"IEND")


def animation(*, is_announced: bool = True) -> bytes:
    """Make an APNG of three frames, or the same with its announcement taken out: two hidden pictures."""
    frames = [pixels(32, 24), pixels(32, 24).rotate(90).resize((32, 24)), pixels(32, 24).rotate(180)]
    photo = png(frames[0], save_all=True, append_images=frames[1:], duration=100)
    at = photo.index(b"acTL") - 4
    return photo if is_announced else photo[:at] + photo[at + 20 :]


# --- colour profiles ------------------------------------------------------------------------------------


@cache
def display_profile(*, version: int = 4) -> bytes:
    """Make a wide-gamut display profile that names a screen, its serial, its maker and its calibration."""
    return rebuilt_profile(
        version=version,
        extra={
            b"mmod": b"mmod" + bytes(4) + DISPLAY_MODEL.encode() + DISPLAY_SERIAL.encode(),
            b"vcgt": b"vcgt" + bytes(4) + DISPLAY_SERIAL.encode(),
            b"desc": _description(DISPLAY_MODEL, version),
            b"cprt": b"text" + bytes(4) + COPYRIGHT.encode() + b"\0",
        },
    )


def rebuilt_profile(
    *, version: int = 4, extra: dict[bytes, bytes] | None = None, header: dict[int, bytes] | None = None
) -> bytes:
    """Rebuild LittleCMS's sRGB with exchanged primaries, further tags and other header bytes."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    count = struct.unpack_from(">L", plain, 128)[0]
    entries = [struct.unpack_from(">4sLL", plain, 132 + 12 * index) for index in range(count)]
    tags = {name: plain[start : start + length] for name, start, length in entries}
    tags[b"rXYZ"] = b"XYZ " + bytes(4) + struct.pack(">lll", 33743, 15818, -69)
    tags |= extra or {}
    head = bytearray(plain[:128])
    head[8] = version
    head[48:56] = b"CNRYMODL"
    head[84:100] = b"CANARYPROFILEID!"
    for place, value in (header or {}).items():
        head[place : place + len(value)] = value
    return assembled_profile(bytes(head), tags)


def assembled_profile(head: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Put a profile together from a header, whose length is corrected, and its tags."""
    at, table, body = 132 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        table += struct.pack(">4sLL", name, at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    return struct.pack(">L", at + len(body)) + head[4:] + struct.pack(">L", len(tags)) + table + body


def _description(text: str, version: int) -> bytes:
    if version >= 4:
        wide = text.encode("utf-16-be")
        return b"mluc" + bytes(4) + struct.pack(">LL2s2sLL", 1, 12, b"en", b"GB", len(wide), 28) + wide
    return b"desc" + bytes(4) + struct.pack(">L", len(text) + 1) + text.encode() + bytes(1 + 78)
