"""Which Exif tags say something about people, and what (Exif 3.0, CIPA DC-008; TIFF 6.0; TIFF/EP)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from imgfile.images.metadata.model import Kind


class Directory(StrEnum):
    """The directories of an Exif block."""

    IMAGE = "IFD0"
    THUMBNAIL = "IFD1"
    EXIF = "ExifIFD"
    GPS = "GPS"
    INTEROP = "InteropIFD"


POINTERS: Final = {34665: Directory.EXIF, 34853: Directory.GPS, 40965: Directory.INTEROP}

ORIENTATION: Final = (Directory.IMAGE, 274)
COLOUR_SPACE: Final = (Directory.EXIF, 40961)
INTEROP_INDEX: Final = (Directory.INTEROP, 1)
MAKER_NOTE: Final = (Directory.EXIF, 37500)
USER_COMMENT: Final = (Directory.EXIF, 37510)
CAPTURE_TIMES: Final = (
    ((Directory.EXIF, 36867), (Directory.EXIF, 37521), (Directory.EXIF, 36881)),
    ((Directory.EXIF, 36868), (Directory.EXIF, 37522), (Directory.EXIF, 36882)),
)
"""Time, sub-seconds and offset: as taken, else as digitised."""

TAGS: Final[dict[tuple[Directory, int], tuple[Kind, str]]] = {
    (Directory.IMAGE, 270): (Kind.TEXT, "ImageDescription"),
    (Directory.IMAGE, 271): (Kind.DEVICE, "Make"),
    (Directory.IMAGE, 272): (Kind.DEVICE, "Model"),
    (Directory.IMAGE, 305): (Kind.SOFTWARE, "Software"),
    (Directory.IMAGE, 306): (Kind.TIME, "ModifyDate"),
    (Directory.IMAGE, 315): (Kind.PERSON, "Artist"),
    (Directory.IMAGE, 316): (Kind.DEVICE, "HostComputer"),
    (Directory.IMAGE, 33432): (Kind.PERSON, "Copyright"),
    (Directory.IMAGE, 40091): (Kind.TEXT, "XPTitle"),
    (Directory.IMAGE, 40092): (Kind.TEXT, "XPComment"),
    (Directory.IMAGE, 40093): (Kind.PERSON, "XPAuthor"),
    (Directory.IMAGE, 40094): (Kind.TEXT, "XPKeywords"),
    (Directory.IMAGE, 40095): (Kind.TEXT, "XPSubject"),
    (Directory.IMAGE, 50735): (Kind.DEVICE, "CameraSerialNumber"),
    (Directory.THUMBNAIL, 271): (Kind.DEVICE, "Make"),
    (Directory.THUMBNAIL, 272): (Kind.DEVICE, "Model"),
    (Directory.THUMBNAIL, 273): (Kind.THUMBNAIL, "StripOffsets"),
    (Directory.THUMBNAIL, 306): (Kind.TIME, "ModifyDate"),
    (Directory.THUMBNAIL, 513): (Kind.THUMBNAIL, "ThumbnailOffset"),
    (Directory.EXIF, 36867): (Kind.TIME, "DateTimeOriginal"),
    (Directory.EXIF, 36868): (Kind.TIME, "CreateDate"),
    (Directory.EXIF, 36880): (Kind.TIME, "OffsetTime"),
    (Directory.EXIF, 36881): (Kind.TIME, "OffsetTimeOriginal"),
    (Directory.EXIF, 36882): (Kind.TIME, "OffsetTimeDigitized"),
    (Directory.EXIF, 37393): (Kind.HISTORY, "ImageHistory"),
    (Directory.EXIF, 37500): (Kind.DEVICE, "MakerNote"),
    (Directory.EXIF, 37510): (Kind.TEXT, "UserComment"),
    (Directory.EXIF, 40964): (Kind.OTHER, "RelatedSoundFile"),
    (Directory.EXIF, 42016): (Kind.DEVICE, "ImageUniqueID"),
    (Directory.EXIF, 42032): (Kind.PERSON, "CameraOwnerName"),
    (Directory.EXIF, 42033): (Kind.DEVICE, "BodySerialNumber"),
    (Directory.EXIF, 42035): (Kind.DEVICE, "LensMake"),
    (Directory.EXIF, 42036): (Kind.DEVICE, "LensModel"),
    (Directory.EXIF, 42037): (Kind.DEVICE, "LensSerialNumber"),
    (Directory.EXIF, 42038): (Kind.TEXT, "ImageTitle"),
    (Directory.EXIF, 42039): (Kind.PERSON, "Photographer"),
    (Directory.EXIF, 42040): (Kind.PERSON, "ImageEditor"),
    (Directory.EXIF, 42041): (Kind.SOFTWARE, "CameraFirmware"),
    (Directory.EXIF, 42042): (Kind.SOFTWARE, "RAWDevelopingSoftware"),
    (Directory.EXIF, 42043): (Kind.SOFTWARE, "ImageEditingSoftware"),
    (Directory.EXIF, 42044): (Kind.SOFTWARE, "MetadataEditingSoftware"),
    (Directory.GPS, 1): (Kind.PLACE, "GPSLatitudeRef"),
    (Directory.GPS, 2): (Kind.PLACE, "GPSLatitude"),
    (Directory.GPS, 3): (Kind.PLACE, "GPSLongitudeRef"),
    (Directory.GPS, 4): (Kind.PLACE, "GPSLongitude"),
    (Directory.GPS, 6): (Kind.PLACE, "GPSAltitude"),
    (Directory.GPS, 7): (Kind.TIME, "GPSTimeStamp"),
    (Directory.GPS, 20): (Kind.PLACE, "GPSDestLatitude"),
    (Directory.GPS, 22): (Kind.PLACE, "GPSDestLongitude"),
    (Directory.GPS, 27): (Kind.PLACE, "GPSProcessingMethod"),
    (Directory.GPS, 28): (Kind.PLACE, "GPSAreaInformation"),
    (Directory.GPS, 29): (Kind.TIME, "GPSDateStamp"),
}
"""Every other tag (exposure, lens settings, versions) is dropped as `other`."""

SETTINGS: Final = frozenset(
    {
        *range(254, 260), 262, 263, 266, *range(273, 285), 290, 291, 296, 297, 301, *range(317, 326), 330, 332, 334,
        338, 339, 340, 341, 342, 347, *range(512, 522), *range(529, 533), 4096, 4097, 4098, 18246, 18249, 33421, 33422,
        33434, 33437, 34665, 34850, 34852, 34853, 34855, 34856, 34857, 34858, 34859, *range(34864, 34870), 36864,
        37121, 37122, *range(37377, 37387), 37396, 37399, *range(37520, 37523), *range(37888, 37894), 40960, 40961,
        40962, 40963, 40965, 41483, 41484, 41486, 41487, 41488, 41492, 41493, 41495, 41728, 41729, 41730,
        *range(41985, 41997), 42034, 42080, 42081, 42082, 42240, 50341, 50706, 50707, 59932, 59933, *range(32), 34675,
    }
)  # fmt: skip
"""Tags of TIFF 6.0 and Exif 3.0 that say how a picture was taken and is stored: nothing about people.

The numbers below 32 are a position's and the interoperability's. A colour profile (34675) is judged by itself.
"""
MAX_SETTING_BYTES: Final = 64
"""What a setting takes; more in its place, but for zeros, is something else."""

WIDE_TEXTS: Final = frozenset({40091, 40092, 40093, 40094, 40095})
"""Windows writes these as UTF-16 in bytes."""
