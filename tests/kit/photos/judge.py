"""A judge that shares no code with the stripper: exiftool, a byte search, Pillow's pixels, LittleCMS's colours."""

from __future__ import annotations

import io
import re
import subprocess
import tempfile
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path

import imagecodecs
import pillow_heif
from PIL import Image, ImageCms, ImageOps

HARMLESS = frozenset(
    {
        *("ImageWidth", "ImageHeight", "ImageSize", "Megapixels"),
        *("FileType", "FileTypeExtension", "MIMEType", "FileSize"),
        *("ExifByteOrder", "EncodingProcess", "BitsPerSample", "ColorComponents"),
        *("YCbCrSubSampling", "JFIFVersion", "ResolutionUnit", "XResolution"),
        *("YResolution", "BitDepth", "ColorType", "Compression"),
        *("Filter", "Interlace", "Gamma", "SRGBRendering"),
        *("Palette", "Transparency", "BackgroundColor", "PixelsPerUnitX"),
        *("PixelsPerUnitY", "PixelUnits", "SignificantBits", "Orientation"),
        *("ColorSpace", "InteropIndex", "APP14Flags0", "APP14Flags1"),
        *("ColorTransform", "DCTEncodeVersion", "ProfileName", "AnimationFrames"),
        *("AnimationPlays", "WhitePointX", "WhitePointY", "RedX"),
        *("RedY", "GreenX", "GreenY", "BlueX"),
        *("BlueY", "Warning", "Error", "ColorPrimaries"),
        *("TransferCharacteristics", "MatrixCoefficients", "VideoFullRangeFlag", "CurrentIPTCDigest"),
        *("VP8Version", "HorizontalScale", "VerticalScale", "WebP_Flags"),
        *("AnimationLoopCount", "Duration", "AlphaPreprocessing", "AlphaFiltering"),
        *("AlphaCompression", "AlphaIsUsed", "GIFVersion", "HasColorMap"),
        *("ColorResolutionDepth", "BitsPerPixel", "PixelAspectRatio", "FrameCount"),
        *("AnimationIterations", "TransparentColor", "BMPVersion", "Planes"),
        *("ImageLength", "PixelsPerMeterX", "PixelsPerMeterY", "NumColors"),
        *("NumImportantColors", "RedMask", "GreenMask", "BlueMask"),
        *("AlphaMask", "RenderingIntent", "RedEndpoint", "GreenEndpoint"),
        *("BlueEndpoint", "GammaRed", "GammaGreen", "GammaBlue"),
        *("ProfileDataOffset", "ProfileSize", "PageCount", "SubfileType"),
        *("PhotometricInterpretation", "StripOffsets", "StripByteCounts", "RowsPerStrip"),
        *("SamplesPerPixel", "PlanarConfiguration", "PageNumber", "SampleFormat"),
        *("FillOrder", "T4Options", "T6Options", "Predictor"),
        *("ExtraSamples", "TileWidth", "TileLength", "TileOffsets"),
        *("TileByteCounts", "ReferenceBlackWhite", "YCbCrPositioning", "YCbCrCoefficients"),
        *("ColorMap", "JPEGTables", "WhitePoint", "PrimaryChromaticities"),
        *("TransferFunction", "GrayResponseUnit", "GrayResponseCurve", "MinSampleValue"),
        *("MaxSampleValue", "Thresholding", "InkSet", "NumberofInks"),
        *("SMinSampleValue", "SMaxSampleValue"),
        *("PreviewImageStart", "PreviewImageLength", "PreviewImage", "ThumbnailImage"),
    }
)
"""What may stand in a stripped photo; a tag that is not here is a leak."""
HARMLESS_PROFILE = re.compile(
    r"ProfileCMMType|ProfileVersion|ProfileClass|ColorSpaceData|ProfileConnectionSpace|ProfileDateTime|ProfileFileSignature|PrimaryPlatform|CMMFlags|Device(Manufacturer|Model|Attributes)|RenderingIntent|ConnectionSpaceIlluminant|ProfileCreator|ProfileID|ProfileDescription|ProfileCopyright|.*(MatrixColumn|TRC|WhitePoint|BlackPoint|Adaptation)|.*(AToB|BToA|Gamut|Luminance|Chromat\w*|ParametricCurve).*|aa[rgb]g|ICC_Profile_Aa[rgb]g"
)


HARMLESS_BOXES = re.compile(
    r"(Major|Compatible)Brands?|MinorVersion|HandlerType|PrimaryItemReference|MetaImageSize|MediaData(Size|Offset)?"
    r"|(HEVC|AV1)ConfigurationVersion|Gen\w*Profile\w+|General\w+|ConstraintIndicatorFlags|MinSpatialSegmentationIDC"
    r"|ParallelismType|Chroma\w+|BitDepth\w+|(Average|Constant)FrameRate|NumTemporalLayers|TemporalIDNested"
    r"|Seq(Profile|Tier0)|InitialDelaySamples|Image(SpatialExtent|PixelDepth|Width|Height)|Rotation|Mirroring|ColorProfiles"
    r"|Max(ContentLightLevel|PicAverageLightLevel)|QuickTime_AV1Config_0x\w+"
    r"|AuxiliaryImageType|CleanAperture|Unknown_(idat|pasp|clli|mdcv|cclv|amve|colr|av1C|hvcC|ccst|auxi|auxl|prem|edts|imir|a1op|lsel|a1lx)"
    r"|QuickTime_(HEVCConfig|ColorRep|OtherSampleDesc)_0x\w+|PixelAspectRatio"
    r"|(Track|Media)?(Create|Modify)Date|(Movie|Track|Media)HeaderVersion|(Track|Media)?Duration|(Media)?TimeScale"
    r"|Track(ID|Layer|Volume)|NextTrackID|Preferred(Rate|Volume)|(Preview|Poster|Selection|Current)(Time|Duration)"
    r"|MatrixStructure|GraphicsMode|OpColor|OtherFormat|MediaLanguageCode|ChunkOffset|Sample(Sizes|ToChunk)"
    r"|(SyncSample|TimeToSample)Table|CompositionTimeToSample"
)
"""What may stand in the boxes of a HEIF; dates among it only as zero."""


def leaks(photo: bytes, exiftool: str) -> list[str]:
    """List what exiftool finds in a stripped photo that has no business there."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo"
        path.write_bytes(photo)
        command = [exiftool, "-a", "-G1", "-s", "-u", "-ee", "-U", str(path)]
        out = subprocess.run(command, capture_output=True, check=False).stdout.decode("utf-8", "replace")
    return [line for line in out.splitlines() if not _is_harmless(line)]


def _is_harmless(line: str) -> bool:
    found = re.match(r"\[([^\]]+)\]\s+(\S+)\s*:\s?(.*)", line)
    if found is None:
        return False
    group, tag, value = found.groups()
    if group in {"System", "ExifTool", "Composite"} or tag in HARMLESS:
        return "railer" not in value
    if tag.startswith("BMP_0x"):  # a header's fields that exiftool does not know
        return value == "0"
    if HARMLESS_BOXES.fullmatch(tag) and re.match("QuickTime|Meta|Track|Jpeg2000", group):
        return not tag.endswith("Date") or value.startswith("0000:00:00")
    if not group.startswith("ICC"):
        return False
    is_text = tag in {"ProfileDescription", "ProfileCopyright"}
    return HARMLESS_PROFILE.fullmatch(tag) is not None and (not is_text or value in {"profile", "none"})


def shown(photo: bytes) -> tuple[tuple[int, int], list[bytes]]:
    """Decode as a viewer does: every frame, orientation applied, colour brought to sRGB."""
    if photo.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL ")):
        return _shown_jxl(photo)
    pillow_heif.register_heif_opener()
    with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(photo)) as image:
        frames = []
        for number in range(1 if image.format in {"JPEG", "MPO", "HEIF"} else getattr(image, "n_frames", 1)):
            image.seek(number)
            frames.append(ImageOps.exif_transpose(image))
        return frames[0].size, [_in_srgb(frame).tobytes() for frame in frames]


def _shown_jxl(photo: bytes) -> tuple[tuple[int, int], list[bytes]]:
    """Decode with libjxl, which turns the picture itself."""
    pixels = imagecodecs.jpegxl_decode(photo)
    return (pixels.shape[1], pixels.shape[0]), [pixels.tobytes()]


def _in_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    try:
        return (
            ImageCms.profileToProfile(
                image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            or image
        )
    except (ImageCms.PyCMSError, ValueError):
        return image


def layers(photo: bytes) -> Iterator[bytes]:
    """Return the photo's bytes, and whatever in them inflates."""
    yield photo
    for found in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", photo):
        engine = zlib.decompressobj()
        try:
            yield engine.decompress(photo[found.start() :], 1 << 20)
        except zlib.error:
            continue


def survivors(photo: bytes, values: tuple[str, ...], raw: tuple[bytes, ...] = ()) -> list[str | bytes]:
    """List the values that still stand in a photo, in any encoding, raw or inflated."""
    found: list[str | bytes] = []
    for layer in layers(photo):
        found += [
            value
            for value in values
            if any(value.encode(code) in layer for code in ("utf-8", "utf-16-le", "utf-16-be"))
        ]
        found += [value for value in raw if value in layer]
    return found
