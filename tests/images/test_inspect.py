"""What a photo holds is grouped as people ask, values are there but never in a repr, and one line sums it up."""

from __future__ import annotations

import pytest

from imgfile.clinical.proofs import Removed
from imgfile.errors import UnsupportedImage
from imgfile.images.inspect import inspect
from imgfile.images.metadata import iptc, xmp
from imgfile.images.metadata.model import Kind
from imgfile.images.metadata.summary import describe, size
from imgfile.images.strip import strip
from kit.photos import jpeg_png as photos
from kit.photos.jpeg_png import photo


@pytest.mark.parametrize("original", [photos.phone_jpeg(), photos.png_with_metadata()], ids=["JPEG", "PNG"])
def test_every_group_is_filled_with_values(original: bytes) -> None:
    """Every group is filled with values."""
    findings = inspect(photo(original))
    assert "51.506992" in {finding.value for finding in findings.where}
    assert photos.TAKEN in {finding.value for finding in findings.when}
    assert photos.ARTIST in {finding.value for finding in findings.who}
    assert {photos.MAKE, photos.SERIAL} <= {finding.value for finding in findings.device}
    assert photos.DOCUMENT_ID in {finding.value for finding in findings.history}
    assert photos.CAPTION in {finding.value for finding in findings.words}
    assert findings.hidden
    assert findings.unread
    assert (findings.width, findings.height) == (48, 64)


def test_no_value_is_shown_in_a_repr() -> None:
    """No value is shown in a repr."""
    text = repr(inspect(photo(photos.phone_jpeg())))
    assert not [value for value in (*photos.CANARIES, "51.5069") if value in text]


def test_a_clean_photo_holds_nothing() -> None:
    """A clean photo holds nothing."""
    findings = inspect(photo(photos.jpeg()))
    assert not any((findings.where, findings.when, findings.who, findings.device, findings.hidden, findings.unread))
    assert (findings.width, findings.height) == (64, 48)


def test_what_cannot_be_stripped_is_refused() -> None:
    """What cannot be stripped is refused."""
    with pytest.raises(UnsupportedImage):
        inspect(photo(b"text"))


def test_one_line_says_what_went() -> None:
    """One line says what went."""
    assert describe(strip(photo(photos.phone_jpeg(has_second=True))).removed) == (
        "place (GPS), phone or camera, dates, names, comments, software, editing history, colour profile details, "
        "2 thumbnails, second picture (3 kB), hidden 2 s video (4 kB)"
    )


@pytest.mark.parametrize(
    ("removed", "words"),
    [
        ((), "nothing"),
        ((Removed("APP7", 900, ("other",)),), "other data (900 bytes)"),
        ((Removed("APP13 Photoshop", 900, ("place",)),), "place"),
        ((Removed("reserved fields", 0, ("other",)),), "fields that mean nothing"),
        ((Removed("APP0 JFXX", 900, ("thumbnail",)),), "1 thumbnail"),
    ],
)
def test_one_line_for_little(removed: tuple[Removed, ...], words: str) -> None:
    """One line for little."""
    assert describe(removed) == words


@pytest.mark.parametrize(("length", "words"), [(0, "0 bytes"), (1, "1 byte"), (12_345, "12 kB"), (3_210_000, "3.2 MB")])
def test_sizes_read_as_people_read_them(length: int, words: str) -> None:
    """Sizes read as people read them."""
    assert size(length) == words


def test_a_long_edit_history_is_read_up_to_a_bound() -> None:
    """A long edit history is read up to a bound."""
    packet = b'<rdf:li stEvt:action="saved"/>' * 5000
    assert len(xmp.read(packet)) == xmp.MAX_FACTS


def test_a_packet_without_values_says_nothing() -> None:
    """A packet without values says nothing."""
    assert xmp.read(b'<rdf:Description crs:Exposure="" tiff:XResolution="72/1"/>') == ()
    assert xmp.orientation(b"nothing") is None


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (photos.resource(0x0422, photos.exif()[6:]), Kind.PLACE),
        (photos.resource(0x0424, photos.xmp()), Kind.PLACE),
        (photos.resource(0x0421, b"version"), Kind.HISTORY),
        (photos.resource(0x03ED, b"resolution") + photos.resource(0x040C, b"x"), Kind.THUMBNAIL),
    ],
)
def test_photoshops_resources_are_read(resources: bytes, expected: Kind) -> None:
    """Photoshops resources are read."""
    assert expected in {fact.kind for fact in iptc.read(resources)}


@pytest.mark.parametrize(
    "broken", [b"8BIM", b"8BIM\4\4\0\0\0", b"8BIM\4\4\xff", photos.resource(0x0404, b"\x1c\2\x78\xff\xff")]
)
def test_broken_resources_end_the_reading(broken: bytes) -> None:
    """Broken resources end the reading."""
    assert iptc.read(broken) == ()


def test_resources_and_data_sets_are_read_up_to_a_bound() -> None:
    """Resources and data sets are read up to a bound."""
    assert len(iptc.read(photos.resource(0x0409, b"") * 3000)) == iptc.MAX_RESOURCES
    assert len(iptc.read_datasets(b"\x1c\2\x50\0\1A" * 3000)) == iptc.MAX_RESOURCES
    assert iptc.read_datasets(b"\x1c\1\x50\0\1A\x1c\2\xf0\0\1A") == ()
