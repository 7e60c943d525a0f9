"""What kind of file an attachment is that is no picture, by its first bytes, else its name, else its declared type.

Such a file may hold a photo: a document, an archive, a video, an old Macintosh encoding, a wrapper that only a key
opens. A search opens some of them and names all the others; nothing here opens one. First bytes are from each format's
own specification, names and media types from the IANA registry and from what programs write.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class FileKind(StrEnum):
    """A kind of file, in words that follow "an attachment:"."""

    PDF = "PDF document"
    OFFICE = "Office document"
    """Office Open XML or OpenDocument: a zip archive (ECMA-376, ODF 1.3 part 2)."""
    OLD_OFFICE = "Office document of an old kind"
    """A compound file: Word 97 and its kin. An Outlook message is one too, and is no document."""
    RTF = "rich text document"
    PAGES = "Apple document"
    E_BOOK = "e-book"
    ZIP = "zip archive"
    GZIP = "gzip archive"
    TAR = "tar archive"
    SEVEN_ZIP = "7-Zip archive"
    RAR = "RAR archive"
    OTHER_ARCHIVE = "archive"
    """bzip2, xz, zstd, LZ4, cabinet, LHA, ARJ, ACE, StuffIt, compress."""
    DISK_IMAGE = "disk image"
    BINHEX = "BinHex file"
    APPLE_SINGLE = "AppleSingle file"
    """A file with its Macintosh resources (RFC 1740 appendix A)."""
    APPLE_DOUBLE = "AppleDouble file (a preview, the file's name)"
    """The resources of the file that lies beside it (RFC 1740 appendix B)."""
    YENC = "yEnc file"
    VIDEO = "video"
    AUDIO = "sound recording"
    ENCRYPTED = "encrypted file"
    """PGP, S/MIME, a rights-managed message, a secure mail's page, age."""
    VCARD = "visiting card"
    """May hold a portrait (RFC 6350 §6.2.4)."""
    EXTERNAL = "file that lies elsewhere"
    """message/external-body (RFC 2046 §5.2.3): the mail holds only its address."""
    VECTOR = "drawing"
    """WMF, EMF, PostScript, SVG: may hold pictures of pixels."""
    DATABASE = "database"
    """An Outlook data file's kin: SQLite, Access, Notes."""
    # What a search names besides, by more than its beginning:
    PICTURE = "picture"
    CALENDAR = "calendar entry with a file in it"
    DIRECTORY = "address list with a picture"
    CODED = "text that may be a coded file"
    RAW_BYTES = "run of bytes that is no text"
    HTML = "HTML text with a picture in it"
    MESSAGE = "message"
    OUTLOOK = "Outlook file"
    UNKNOWN = "file of an unknown kind"

    def counted(self, count: int) -> str:
        """Return how many there are: `1 video`, `2 videos`."""
        return f"{count:,} {self.value if count == 1 else _PLURALS.get(self) or f'{self.value}s'}"


def count_kinds(kinds: Iterable[FileKind]) -> str:
    """Return how many of each kind there are, the most first: `2 videos, 1 PDF document`."""
    return ", ".join(kind.counted(count) for kind, count in Counter(kinds).most_common())


_PLURALS: Final = {
    FileKind.OLD_OFFICE: "Office documents of an old kind",
    FileKind.EXTERNAL: "files that lie elsewhere",
    FileKind.APPLE_DOUBLE: "AppleDouble files (previews, the files' names)",
    FileKind.CALENDAR: "calendar entries with a file in them",
    FileKind.DIRECTORY: "address lists with pictures",
    FileKind.CODED: "texts that may be coded files",
    FileKind.RAW_BYTES: "runs of bytes that are no text",
    FileKind.HTML: "HTML texts with pictures in them",
    FileKind.UNKNOWN: "files of unknown kinds",
}


_BEGINNINGS: Final = (
    (rb"PK(?:\x03\x04|\x05\x06|\x07\x08)", FileKind.ZIP),
    (rb"\x1f\x8b\x08", FileKind.GZIP),  # RFC 1952 §2.3.1: ID1, ID2, and deflate, the only method
    (rb"7z\xbc\xaf\x27\x1c", FileKind.SEVEN_ZIP),
    (rb"Rar!\x1a\x07|RE~\^", FileKind.RAR),
    (
        (
            rb"BZh[1-9]|\xfd7zXZ\0|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18|MSCF\0{4}|\x60\xea|\x1f[\x9d\xa0]|LZIP\x01"
            rb"|.{7}\*\*ACE\*\*|SIT!|StuffIt|..-l[hz][0-9a-z]-"
        ),
        FileKind.OTHER_ARCHIVE,
    ),
    (rb".{257}ustar[\0 ]", FileKind.TAR),  # POSIX.1-2017, pax: the magic of an ustar header
    (rb".{0,1019}%PDF-", FileKind.PDF),  # ISO 32000-1 annex H: readers take the header within the first 1024 bytes
    (rb"\{\\rt", FileKind.RTF),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileKind.OLD_OFFICE),
    (rb"[^:]{0,400}\(This file must be converted with BinHex", FileKind.BINHEX),  # RFC 1741 §4
    (rb"\0\x05\x16\0\0", FileKind.APPLE_SINGLE),  # RFC 1740 appendix A: its magic number
    (rb"\0\x05\x16\x07\0", FileKind.APPLE_DOUBLE),  # RFC 1740 appendix B
    (rb"(?:[^\n]{0,200}\n){0,5}=ybegin ", FileKind.YENC),
    (
        (
            rb"\x1aE\xdf\xa3|\0\0\x01[\xba\xb3]|FLV\x01|\x30\x26\xb2\x75\x8e\x66\xcf\x11|RIFF.{4}AVI "
            rb"|.{4}(?:moov|mdat|wide|pnot)|.{4}ftyp(?!M4[AB] |hei|hev|mif|msf|avi[fs]|crx )"
        ),
        FileKind.VIDEO,
    ),
    (
        rb"ID3|RIFF.{4}WAVE|OggS|fLaC|#!AMR|FORM.{4}AIF|\xff[\xf2\xf3\xfa\xfb][^\0\xff]|caff\0|.{4}ftypM4[AB] ",
        FileKind.AUDIO,
    ),
    (
        (
            rb"-----BEGIN PGP MESSAGE|age-encryption\.org/|-----BEGIN AGE ENCRYPTED|\x76\xe8\x04\x60\xc4\x11\xe3\x86"
            rb"|\x85[\x01-\x04].\x03|Salted__"
        ),
        FileKind.ENCRYPTED,  # RFC 9580, age v1, [MS-OXORMMS] §2.2.4.1 (.rpmsg), OpenPGP session key packets, OpenSSL
    ),
    (rb"(?i:(?:\xef\xbb\xbf)?\s{0,20}BEGIN:VCARD)", FileKind.VCARD),
    (rb"\xd7\xcd\xc6\x9a|\x01\0\0\0.{36} EMF|%!PS|\xc5\xd0\xd3\xc6", FileKind.VECTOR),
    (rb"(?:\xef\xbb\xbf)?\s{0,20}<(?:svg|[?!].{0,400}?<svg)", FileKind.VECTOR),
    (rb"P[1-3][ \t\r\n]{1,9}(?:#[^\n]{0,200}\n){0,5}\d{1,5}[ \t\r\n]{1,9}\d{1,5}[ \t\r\n]|/\* XPM", FileKind.PICTURE),
    (rb"SQLite format 3\0|\0\x01\0\0Standard (?:Jet|ACE) DB|\x1a\0\0\x04\0\0", FileKind.DATABASE),
)

_OFFICE_FIRST_MEMBERS: Final = re.compile(
    rb"PK\x03\x04.{26}(?:\[Content_Types\]\.xml|_rels/|docProps/|word/|xl/|ppt/|visio/"
    rb"|mimetypeapplication/vnd\.oasis\.opendocument|META-INF/manifest\.xml)",
    re.DOTALL,
)
"""The first members of Office Open XML and OpenDocument files (ECMA-376 part 2, ODF 1.3 part 2 §3.3)."""
_E_BOOK: Final = re.compile(rb"PK\x03\x04.{26}mimetypeapplication/epub", re.DOTALL)

_OFFICE_NAMES: Final = (
    "docx docm dotx xlsx xlsm xlsb xltx pptx pptm ppsx potx vsdx odt ods odp odg odf ott fodt oxps xps"
)
_NAMES: Final = {
    name: kind
    for kind, names in {
        FileKind.PDF: "pdf",
        FileKind.OFFICE: _OFFICE_NAMES,
        FileKind.OLD_OFFICE: "doc dot xls xlt ppt pps pot pub vsd mpp wps one",
        FileKind.RTF: "rtf",
        FileKind.PAGES: "pages numbers",
        FileKind.E_BOOK: "epub mobi azw3 djvu",
        FileKind.ZIP: "zip zipx",
        FileKind.GZIP: "gz tgz",
        FileKind.TAR: "tar",
        FileKind.SEVEN_ZIP: "7z",
        FileKind.RAR: "rar r00 cbr",
        FileKind.OTHER_ARCHIVE: "bz2 tbz tbz2 xz txz lzma zst tzst lz4 cab lha lzh arj ace sit sitx z lz cpio",
        FileKind.DISK_IMAGE: "iso img dmg vhd vhdx vmdk",
        FileKind.BINHEX: "hqx",
        FileKind.APPLE_SINGLE: "adf macbin",
        FileKind.YENC: "yenc ync",
        FileKind.VIDEO: "mov mp4 m4v 3gp 3g2 avi wmv mkv webm mpg mpeg mts m2ts flv ogv asf",
        FileKind.AUDIO: "mp3 m4a wav amr aac ogg oga opus flac wma aif aiff caf",
        FileKind.ENCRYPTED: "pgp gpg p7m p7e rpmsg age aes enc axx vault",
        FileKind.VCARD: "vcf vcard",
        FileKind.VECTOR: "wmf emf eps ps ai svg svgz",
        FileKind.DATABASE: "sqlite db mdb accdb nsf",
    }.items()
    for name in names.split()
}
_PICTURES: Final = (
    "jpg jpeg jpe jfif pjpeg png gif bmp dib tif tiff webp heic heif hif avif jxl jp2 j2k jpx dng cr2 cr3 nef arw raf"
    " orf rw2 psd ico dcm pbm pgm ppm pnm pam xpm xbm pcx tga exr qoi jpm"
)
_PICTURE_NAMES: Final = frozenset(_PICTURES.split())
_ENDING: Final = re.compile(
    r"\.([A-Za-z0-9]{1,6})(?:[ _~-]?\(?(?:\d{1,3}|large|orig|copy)\)?)?[\s.\"']*\Z", re.IGNORECASE
)
"""A name's end, and what programs append to it: `a.jpg(1)`, `a.jpg_large`."""
_REPLACED: Final = re.compile(r"\.([A-Za-z0-9]{1,6})\b[^.]{0,40}\.(?:txt|html?)\Z", re.IGNORECASE)
"""A note in the place of a file, named after it: `a.jpg.txt`, `a.jpg removed.txt`."""

_TYPES: Final = {
    "application/pdf": FileKind.PDF,
    "application/x-pdf": FileKind.PDF,
    "application/msword": FileKind.OLD_OFFICE,
    "application/vnd.ms-excel": FileKind.OLD_OFFICE,
    "application/vnd.ms-powerpoint": FileKind.OLD_OFFICE,
    "application/rtf": FileKind.RTF,
    "text/rtf": FileKind.RTF,
    "application/epub+zip": FileKind.E_BOOK,
    "application/zip": FileKind.ZIP,
    "application/x-zip-compressed": FileKind.ZIP,
    "application/gzip": FileKind.GZIP,
    "application/x-gzip": FileKind.GZIP,
    "application/x-tar": FileKind.TAR,
    "application/x-compressed-tar": FileKind.GZIP,
    "application/x-7z-compressed": FileKind.SEVEN_ZIP,
    "application/vnd.rar": FileKind.RAR,
    "application/x-rar": FileKind.RAR,
    "application/x-rar-compressed": FileKind.RAR,
    "application/x-bzip2": FileKind.OTHER_ARCHIVE,
    "application/x-xz": FileKind.OTHER_ARCHIVE,
    "application/zstd": FileKind.OTHER_ARCHIVE,
    "application/mac-binhex40": FileKind.BINHEX,
    "application/mac-binhex": FileKind.BINHEX,
    "application/applefile": FileKind.APPLE_SINGLE,
    "application/x-macbinary": FileKind.APPLE_SINGLE,
    "application/x-yencoded": FileKind.YENC,
    "application/pgp-encrypted": FileKind.ENCRYPTED,
    "application/pkcs7-mime": FileKind.ENCRYPTED,
    "application/x-pkcs7-mime": FileKind.ENCRYPTED,
    "application/x-microsoft-rpmsg-message": FileKind.ENCRYPTED,
    "text/vcard": FileKind.VCARD,
    "text/x-vcard": FileKind.VCARD,
    "text/directory": FileKind.VCARD,
    "message/external-body": FileKind.EXTERNAL,
    "application/postscript": FileKind.VECTOR,
    "image/svg+xml": FileKind.VECTOR,
}
_TYPE_BEGINNINGS: Final = (
    ("video/", FileKind.VIDEO),
    ("audio/", FileKind.AUDIO),
    ("application/vnd.openxmlformats-officedocument", FileKind.OFFICE),
    ("application/vnd.oasis.opendocument", FileKind.OFFICE),
    ("application/vnd.ms-", FileKind.OLD_OFFICE),
)
_SECURE_PAGE: Final = re.compile(
    r"(?:message|securedoc|securemessage|secure|encrypted|smime)[\w .()-]{0,20}\.html?", re.IGNORECASE
)
"""How services name the page in which they hide an encrypted mail, an attachment that a browser opens."""


def file_kind(head: bytes, name: str | None = None, declared_type: str = "") -> FileKind | None:
    """Return what kind of file begins with these bytes, 512 of which suffice; None for what none of this says.

    What the first bytes say counts; only where they say nothing does the name, then the type in lower case.
    """
    return kind_by_bytes(head) or _by_name(name or "") or _by_type(declared_type)


def announces_picture(name: str | None, declared_type: str) -> bool:
    """Return whether a picture is promised, by a type `image/…` or by a name; also by that of a note in its place."""
    replaced = _REPLACED.search(name or "")
    named = replaced[1].lower() if replaced else ending(name or "")
    return declared_type.startswith("image/") or named in _PICTURE_NAMES


def ending(name: str) -> str:
    """Return what stands behind a name's last full stop, in lower case; empty where there is none."""
    found = _ENDING.search(name)
    return found[1].lower() if found else ""


def is_office(head: bytes) -> bool:
    """Return whether a zip archive that begins with these bytes is an office document or e-book."""
    return bool(_OFFICE_FIRST_MEMBERS.match(head) or _E_BOOK.match(head))


def kind_by_bytes(head: bytes) -> FileKind | None:
    """Return which kind of file begins with these bytes; None for what none of them says."""
    if _OFFICE_FIRST_MEMBERS.match(head):
        return FileKind.OFFICE
    if _E_BOOK.match(head):
        return FileKind.E_BOOK
    match = _ANY.match(head)
    return _BEGINNINGS[int(match.lastgroup[1:])][1] if match and match.lastgroup else None


def _by_name(name: str) -> FileKind | None:
    if _SECURE_PAGE.fullmatch(name.strip()):
        return FileKind.ENCRYPTED
    return _NAMES.get(ending(name))


def _by_type(declared_type: str) -> FileKind | None:
    found = _TYPES.get(declared_type)
    return found or next((kind for begin, kind in _TYPE_BEGINNINGS if declared_type.startswith(begin)), None)


_ANY: Final = re.compile(
    b"|".join(b"(?P<k%d>%b)" % (at, pattern) for at, (pattern, _) in enumerate(_BEGINNINGS)), re.DOTALL
)
