"""GIF pictures full of metadata, made by code, as `photos` makes JPEG and PNG."""

from __future__ import annotations

import io

from PIL import Image

from kit.photos import jpeg_png as photos

TRAILER = b"\x3b"


def gif(image: Image.Image | None = None, **options: object) -> bytes:
    """Encode a GIF as Pillow does, with 256 colours."""
    out = io.BytesIO()
    chosen = image or photos.pixels()
    chosen.convert("P", palette=Image.Palette.ADAPTIVE, colors=256).save(out, "GIF", optimize=False, **options)
    return out.getvalue()


def head_bytes(photo: bytes) -> int:
    """Return where a file's head ends, with its colours."""
    return 13 + (3 << (photo[10] & 7) + 1)


def animated() -> bytes:
    """Make an animation of three frames that loops."""
    first = photos.pixels(32, 24)
    others = [first.rotate(90).resize((32, 24)), first.rotate(180)]
    return gif(first, save_all=True, append_images=others, duration=100, loop=0)


def blocks(payload: bytes, size: int = 255) -> bytes:
    """Cut a payload into sub-blocks, with their end."""
    pieces = [payload[at : at + size] for at in range(0, len(payload), size)]
    return b"".join(bytes((len(piece),)) + piece for piece in pieces) + b"\0"


def extension(label: int, payload: bytes, *, size: int = 255) -> bytes:
    """Write an extension."""
    return bytes((0x21, label)) + blocks(payload, size)


def application(name: bytes, payload: bytes) -> bytes:
    """Write an application extension: eleven bytes of name, then its sub-blocks."""
    return b"\x21\xff\x0b" + name + blocks(payload)


def xmp(body: str = "") -> bytes:
    """Write an XMP packet as Adobe does: not in sub-blocks, but before a trailer that leads any reader out of it."""
    return b"\x21\xff\x0bXMP DataXMP" + photos.xmp(body) + b"\1" + bytes(range(255, -1, -1)) + b"\0"


def comment(text: str) -> bytes:
    """Write a comment."""
    return extension(0xFE, text.encode())


def control(packed: int = 0, delay: int = 10, transparent: int = 0) -> bytes:
    """Write a control block."""
    return extension(0xF9, bytes((packed,)) + delay.to_bytes(2, "little") + bytes((transparent,)))


def plain_text(text: str) -> bytes:
    """Write a plain text, with the grid it stands in."""
    return b"\x21\x01\x0c" + bytes(12) + blocks(text.encode())


def with_parts(photo: bytes, *parts: bytes, at: int = 0) -> bytes:
    """Put parts behind the head, or elsewhere."""
    at = at or head_bytes(photo)
    return photo[:at] + b"".join(parts) + photo[at:]


def gif_with_metadata() -> bytes:
    """Make an animation with metadata in every place that the format has, and behind its end."""
    found = with_parts(
        animated(),
        comment(photos.COMMENT),
        xmp(f"<dc:description>{photos.CAPTION}</dc:description>"),
        application(b"ICCRGBG1012", photos.display_profile()),
        application(b"MGK8BIM0000", photos.photoshop()[14:]),
        application(b"MGKIPTC0000", b"\x1c\x02\x5a\0\x0a" + photos.CITY.encode()),
        application(b"C2PA_GIF\1\0\0", photos.box(b"jumb", photos.OWNER.encode())),
        application(b"CANARYAP1.0", photos.SERIAL.encode()),
        extension(0x77, photos.EDITOR.encode()),
        control(),
        plain_text(photos.DESCRIPTION),
    )
    return found[:-1] + comment(photos.OWNER) + TRAILER + photos.MODEL.encode() + photos.jpeg()
