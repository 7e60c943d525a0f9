"""A file's tracks: hidden videos and sound go, an image sequence is refused, and a photo beside either is decided."""

from __future__ import annotations

import dataclasses
import struct

import pytest

from imgfile.clinical.proofs import MediaType
from imgfile.errors import UnsupportedImage
from imgfile.images.inspect import inspect
from imgfile.images.metadata import further
from imgfile.images.strip import draft, strip
from kit.photos import heif as photos_heif
from kit.photos.heif import Frames, frames, picture
from kit.photos.jpeg_png import box, photo
from kit.photos.judge import shown

STILL = photos_heif.heif([picture()])
BRANDS = (b"avis", b"avif", b"mif1", b"msf1")


def _with_tracks(*tracks: Frames) -> bytes:
    return photos_heif.heif([picture()], tracks=tracks, brands=BRANDS)


def _without_main_item(data: bytes) -> bytes:
    assert data.count(b"\0\0\0\x0epitm") == 1
    return data.replace(b"\0\0\0\x0epitm", b"\0\0\0\x0efree")


SEQUENCES = {
    "AVIF": photos_heif.sequence("AVIF"),
    "HEIC": photos_heif.sequence("HEIF"),
    "beside a still": photos_heif.sequence("AVIF", parts=[picture()]),
    "beside a still, with a sound": photos_heif.sequence(
        "HEIF", Frames(3, [b"sound"], b"mp4a", handler=b"soun"), parts=[picture(1, "HEIF")]
    ),
    "behind a thumbnail track": _with_tracks(
        dataclasses.replace(frames(number=2), references=[box(b"thmb", struct.pack(">L", 1))]), frames()
    ),
    "sizes in another table": _with_tracks(frames()).replace(b"stsz", b"stz2"),
    "one picture and no item": photos_heif.heif([], tracks=[frames(count=1)], brands=BRANDS),
    "one picture and no main item": _without_main_item(_with_tracks(frames(count=1))),
    "no brand of sequences": photos_heif.heif([picture()], tracks=[frames()], brands=(b"heic", b"mif1")),
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_a_sequence_is_refused_with_advice(name: str) -> None:
    """A sequence is refused with advice: take a still."""
    with pytest.raises(UnsupportedImage) as refused:
        strip(photo(SEQUENCES[name]))
    assert refused.value.message == "is a HEIF or AVIF image sequence, which cannot be stripped and proven."
    assert "take a still" in refused.value.hint
    assert refused.value.exit_code == 14


def test_what_hides_beside_a_still_is_reported() -> None:
    """What hides beside a still is reported: sound, video, names."""
    findings = inspect(photo(photos_heif.motion_photo()))
    assert findings.media_type is MediaType.HEIC
    assert {"hidden sound", "hidden video"} <= {finding.block for finding in findings.hidden}
    stripped = strip(photo(photos_heif.motion_photo()))
    assert {"hidden sound", "hidden video", "udta", "media of hidden tracks"} <= {
        removed.block for removed in stripped.removed
    }
    assert b"moov" not in stripped.data
    assert stripped.warnings == ()


def test_a_single_picture_in_a_track_goes_and_is_reported() -> None:
    """A single picture in a track goes and is reported: it may be another than the main one."""
    stripped = strip(photo(_with_tracks(frames(count=1))))
    assert stripped.data == strip(photo(photos_heif.heif([picture()], brands=BRANDS))).data
    assert stripped.warnings == (further.sentence([further.TRACK]),)
    assert further.TRACK in {removed.block for removed in stripped.removed}


@pytest.mark.parametrize("kind", [b"thmb", b"auxl", b"cdsc"])
def test_a_track_that_serves_another_goes(kind: bytes) -> None:
    """A track that serves another goes: no program shows it for itself."""
    serving = dataclasses.replace(frames(), references=[box(kind, struct.pack(">L", 9))])
    stripped = strip(photo(_with_tracks(serving)))
    assert shown(stripped.data)[1] == shown(STILL)[1]
    assert [removed.block for removed in stripped.removed].count("hidden video") == 1


@pytest.mark.parametrize("handler", [b"vide", b"soun", b"auxv", b"meta"])
def test_a_broken_video_goes_all_the_same(handler: bytes) -> None:
    """A broken video goes all the same: its samples need not be understood."""
    video = dataclasses.replace(frames(), handler=handler, boxes=[])
    data = _with_tracks(video).replace(b"stsz", b"free").replace(b"stts", b"free")
    assert strip(photo(data)).data == strip(photo(photos_heif.heif([picture()], brands=BRANDS))).data


BROKEN = {
    "no header": _with_tracks(frames(count=1)).replace(b"mvhd", b"free"),
    "two headers": photos_heif.heif([picture()], tracks=[frames(count=1)], in_movie=box(b"mvhd", bytes(100))),
    "pictures without a count": _with_tracks(frames(count=1)).replace(b"stsz", b"free"),
    "a track without a handler": _with_tracks(frames(count=1)).replace(b"mdia", b"free"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_movie_that_does_not_say_what_it_holds_is_refused(name: str) -> None:
    """A movie that does not say what it holds is refused: a sequence might hide in it."""
    with pytest.raises(UnsupportedImage, match="the description of its tracks is broken"):
        strip(photo(BROKEN[name]))


def test_a_fragmented_movie_is_refused() -> None:
    """A fragmented movie is refused: its pictures are described in more than one place."""
    with pytest.raises(UnsupportedImage, match="in more than one place"):
        strip(photo(_with_tracks(frames(count=1)) + box(b"moof", bytes(8))))


def test_tracks_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tracks are bounded."""
    monkeypatch.setattr("imgfile.images.formats.heif.tracks.MAX_TRACKS", 1)
    with pytest.raises(UnsupportedImage, match="too many tracks"):
        draft(photos_heif.motion_photo())


def test_a_still_without_tracks_is_what_its_items_say() -> None:
    """A still without tracks is what its items say, whatever brands of sequences it lists."""
    stripped = strip(photo(photos_heif.heif([picture()], brands=(b"msf1", b"hevc", b"mif1", b"heic"))))
    assert stripped.data[8:12] == b"mif1"
