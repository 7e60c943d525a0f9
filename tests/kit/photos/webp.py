"""WebP pictures full of metadata, made by code, as `photos` makes JPEG and PNG."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from PIL import Image

from kit.photos import jpeg_png as photos

PROFILED, TRANSPARENT, EXIF, XMP, ANIMATED = 0x20, 0x10, 0x08, 0x04, 0x02


def webp(image: Image.Image | None = None, **options: object) -> bytes:
    """Encode a WebP as Pillow does, without metadata: a simple file, or an extended one for transparency."""
    out = io.BytesIO()
    (image or photos.pixels()).save(out, "WEBP", **options)
    return out.getvalue()


def transparent(**options: object) -> bytes:
    """Make a picture with a transparent corner."""
    image = photos.pixels().convert("RGBA")
    image.putalpha(photos.pixels(mode="L"))
    return webp(image, **options)


def animated(**options: object) -> bytes:
    """Make an animation of three frames."""
    first = photos.pixels(32, 24).convert("RGBA")
    others = [first.rotate(90).resize((32, 24)), first.rotate(180)]
    return webp(first, save_all=True, append_images=others, duration=100, **options)


def chunk(name: bytes, *body: bytes) -> bytes:
    """Write a RIFF chunk."""
    joined = b"".join(body)
    return struct.pack("<4sL", name, len(joined)) + joined + bytes(len(joined) % 2)


def riff(*chunks: bytes) -> bytes:
    """Write a WebP file around chunks."""
    body = b"WEBP" + b"".join(chunks)
    return struct.pack("<4sL", b"RIFF", len(body)) + body


def parts(photo: bytes) -> Iterator[tuple[bytes, bytes]]:
    """List the chunks of a WebP file: name and body."""
    at = 12
    while at < len(photo):
        name, length = struct.unpack_from("<4sL", photo, at)
        yield name, photo[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def header(flags: int, width: int = 64, height: int = 48) -> bytes:
    """Write the chunk that makes a file an extended one."""
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return chunk(b"VP8X", bytes((flags, 0, 0, 0)), sides)


def extended(flags: int, *behind: bytes, before: bytes = b"", photo: bytes | None = None) -> bytes:
    """Put chunks before and behind the picture of a simple file, and announce them."""
    coded = b"".join(chunk(name, body) for name, body in parts(photo or webp()))
    return riff(header(flags), before, coded, *behind)


def information() -> bytes:
    """Write RIFF's list of who, when and what."""
    return chunk(
        b"LIST",
        b"INFO",
        chunk(b"IART", photos.ARTIST.encode() + b"\0"),
        chunk(b"ICRD", photos.TAKEN.encode()),
        chunk(b"ISFT", photos.SOFTWARE.encode()),
        chunk(b"IARL", photos.CITY.encode()),
        chunk(b"IXYZ", photos.TOOL.encode()),
    )


def webp_with_metadata(orientation: int = 6) -> bytes:
    """Make a WebP with metadata in every place that the format has, and behind its end."""
    picture = extended(
        PROFILED | EXIF | XMP,
        chunk(b"EXIF", photos.exif(orientation)[6:]),
        chunk(b"XMP ", photos.xmp(f"<dc:description>{photos.CAPTION}</dc:description>")),
        chunk(b"C2PA", photos.box(b"jumb", photos.OWNER.encode())),
        information(),
        chunk(b"ICOP", photos.COPYRIGHT.encode()),
        chunk(b"prvt", photos.SERIAL.encode()),
        before=chunk(b"ICCP", photos.display_profile()) + chunk(b"prv2", photos.EDITOR.encode()),
    )
    return picture + photos.COMMENT.encode() + photos.motion_video()


def animation_with_metadata() -> bytes:
    """Make an animation with chunks hidden within a frame and behind the loop count, and a reserved bit set."""
    written = []
    for name, body in parts(animated()):
        if name == b"ANMF":
            hidden = chunk(b"XMP ", photos.xmp()) + chunk(b"prvt", photos.SERIAL.encode())
            written.append(chunk(name, body[:15], bytes((body[15] | 0x80,)), body[16:], hidden))
        else:
            written.append(chunk(name, body + (photos.OWNER.encode() if name == b"ANIM" else b"")))
    return riff(*written, information())
