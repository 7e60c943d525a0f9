"""How much one photo may ask of this computer: the bounds that every reader in this room keeps.

A walker looks at each byte a fixed number of times and holds at most the photo, its stripped copy and a few
megabytes; whatever goes past a bound is refused before it is decoded.
"""

from __future__ import annotations

from typing import Final

MAX_PHOTO_BYTES: Final = 128 << 20
"""The largest photo held in memory; the largest phone photos (200-megapixel sensors) are near 60 MB."""
MAX_PIXELS: Final = 600_000_000
"""The largest picture, in pixels as the header states them.

Phones end at 16384 x 12288 (201 million), cameras that shift their sensor at 23296 x 17472 (407 million), and a page of
A4 at 2,400 dots an inch, the finest that office scanners make, has 19842 x 28067 (557 million). No stripper holds
pixels, so the bound costs no memory here: it is what may be asked of whoever opens the photo, 1.8 GB at three bytes a
pixel. Of compressed pixels only PNG's are inflated, piece by piece, in some seconds.
"""
MAX_SHOWN_PIXELS: Final = 60_000_000
"""Above it a picture is made smaller to be shown: a phone's largest usual photo has 50 million."""
MAX_ANIMATION_PIXELS: Final = 1_000_000_000
"""All frames of an animation, or all pages of a TIFF, together."""
MAX_SEGMENTS: Final = 100_000
"""Segments or chunks in one file. Real files have tens; an eight-byte-chunk flood would fill memory with names."""
MAX_READ_BLOCKS: Final = 256
"""Blocks of metadata whose values are read; those behind are dropped just the same, unread."""
MAX_READ_BYTES: Final = 4 << 20
"""All blocks whose values are read, inflated, together: a thousand small zlib bombs must not add up."""
MAX_SCANS: Final = 200
"""Scans of one JPEG; progressive photos have some ten, and thousands are a known way to stall decoders."""
MAX_TABLE_BYTES: Final = 1 << 18
"""All tables of one JPEG; real ones take some hundred bytes a scan."""
MAX_METADATA_BYTES: Final = 1 << 20
"""Inflated text or scanned XMP in one block; the rest is dropped unread."""
MAX_PROFILE_BYTES: Final = 8 << 20
"""A colour profile; the largest printing profiles in circulation are near 3 MB."""
MAX_VALUE_CHARACTERS: Final = 1024
"""What is kept of one value, to be shown on request and sought in the output."""
