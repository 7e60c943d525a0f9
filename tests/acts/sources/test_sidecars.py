"""What lies beside a photo: found by name, a copy by its bytes, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgfile import files
from imgfile.acts.sources import sidecars as companions
from imgfile.acts.sources.sidecars import Kind, find

PHOTO = b"\xff\xd8 the photo"


def lay(folder: Path, *names: str, data: bytes = b"something else") -> None:
    """Put files into a folder."""
    for name in names:
        (folder / name).write_bytes(data)


def reported(path: Path) -> dict[str, Kind]:
    """Find what lies beside a photo; tell names and kinds."""
    return {each.path.name: each.kind for each in find(path)}


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Give a photo as an iPhone names it."""
    path = tmp_path / "IMG_1234.JPG"
    path.write_bytes(PHOTO)
    return path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("IMG_1234.AAE", Kind.EDITS),
        ("IMG_O1234.AAE", Kind.EDITS),
        ("IMG_1234.MOV", Kind.VIDEO),
        ("img_1234.mp4", Kind.VIDEO),
        ("IMG_1234.DNG", Kind.RAW),
        ("IMG_1234.cr2", Kind.RAW),
        ("IMG_1234.NEF", Kind.RAW),
        ("IMG_1234.ARW", Kind.RAW),
        ("IMG_1234.xmp", Kind.NOTES),
        ("IMG_1234.JPG.xmp", Kind.NOTES),
        ("IMG_1234.JPG.json", Kind.NOTES),
        ("IMG_1234.JPG.supplemental-metadata.json", Kind.NOTES),
        ("IMG_1234.HEIC", Kind.VERSION),
        ("IMG_E1234.JPG", Kind.VERSION),
    ],
)
def test_what_bears_the_photos_name_is_told(photo: Path, name: str, kind: Kind) -> None:
    """Whatever the case, and by what its suffix says."""
    lay(photo.parent, name)
    assert reported(photo) == {name: kind}


@pytest.mark.parametrize(
    "name",
    ["IMG_12345.MOV", "IMG_1235.AAE", "1234.MOV", "IMG_1234.txt", "IMG_1234", "IMG_1234 (1).MOV", "IMG_1234-1.xmp"],
)
def test_what_bears_another_name_is_not(photo: Path, name: str) -> None:
    """A live video of the next photo tells nothing of this one."""
    lay(photo.parent, name)
    assert reported(photo) == {}


@pytest.mark.parametrize(
    "name",
    [
        "IMG_1234 (1).JPG",
        "IMG_1234(12).JPG",
        "IMG_1234-1.JPG",
        "IMG_1234_2.jpg",
        "IMG_1234 2.JPG",
        "IMG_1234 - Copy.JPG",
        "IMG_1234 - Copy (3).JPG",
        "IMG_1234 copy.JPG",
        "IMG_1234 copy 2.JPG",
        "Copy of IMG_1234.JPG",
        "Copy (2) of IMG_1234.JPG",
    ],
)
def test_a_copy_is_known_by_its_bytes(photo: Path, name: str) -> None:
    """And from either of the two; another photo of such a name is no copy, nor one of the same length."""
    lay(photo.parent, name, data=PHOTO)
    [copy] = find(photo)
    assert (copy.kind, copy.path.name) == (Kind.COPY, name)
    assert reported(copy.path) == {photo.name: Kind.COPY}
    lay(photo.parent, name, data=PHOTO[::-1])
    assert reported(photo) == {}


@pytest.mark.parametrize("name", ["IMG_1 (1).jpg", "IMG_1 copy.jpg", "Copy of IMG_1.jpg", "IMG_1 - Copy (2).jpg"])
def test_a_copy_of_a_photo_whose_own_name_ends_like_a_copys_is_known(tmp_path: Path, name: str) -> None:
    """`IMG_1` is no copy of `IMG`, and its copies are copies all the same."""
    lay(tmp_path, "IMG_1.jpg", name, data=PHOTO)
    lay(tmp_path, "IMG_2.jpg")
    assert reported(tmp_path / "IMG_1.jpg") == {name: Kind.COPY}
    assert reported(tmp_path / name)["IMG_1.jpg"] is Kind.COPY


def test_a_copy_in_another_spelling_is_told_once(photo: Path) -> None:
    """The photo of the same name with another suffix may be the very same bytes."""
    lay(photo.parent, "IMG_1234.jpeg", data=PHOTO)
    assert reported(photo) == {"IMG_1234.jpeg": Kind.COPY}


def test_links_folders_and_the_photo_itself_are_no_companions(photo: Path) -> None:
    """Nor a second name of the very same file, which erasing refuses by itself."""
    (photo.parent / "IMG_1234.MOV").symlink_to(photo)
    (photo.parent / "IMG_1234.AAE").mkdir()
    (photo.parent / "IMG_1234 (1).JPG").hardlink_to(photo)
    (photo.parent / "IMG_1234.jpeg").hardlink_to(photo)
    assert reported(photo) == {}


def test_only_files_as_long_as_the_photo_are_read(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of numbered photos costs no reading."""
    lay(photo.parent, *(f"IMG_1234 ({number}).JPG" for number in range(50)))
    monkeypatch.setattr(files, "read_unchanged", None)
    assert reported(photo) == {}


def test_a_folder_is_listed_once_while_nothing_changes_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And again when something does."""
    lay(tmp_path, *(f"IMG_{number:04}.JPG" for number in range(100)), *(f"IMG_{number:04}.MOV" for number in range(50)))
    listed: list[Path] = []
    names_in = files.names_in

    def counting(folder: Path, *, limit: int) -> list[str]:
        listed.append(folder)
        return names_in(folder, limit=limit)

    monkeypatch.setattr(files, "names_in", counting)
    found = [len(find(tmp_path / f"IMG_{number:04}.JPG")) for number in range(100)]
    assert (found, listed) == ([1] * 50 + [0] * 50, [tmp_path])
    os.utime(tmp_path, ns=(0, 1))
    lay(tmp_path, "IMG_0099.AAE", data=b"edits")
    assert reported(tmp_path / "IMG_0099.JPG") == {"IMG_0099.AAE": Kind.EDITS}


def test_what_cannot_be_looked_at_is_not_told(tmp_path: Path, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An absent photo, an absent folder, a file that vanishes or cannot be read."""
    assert find(tmp_path / "absent.jpg") == ()
    assert find(tmp_path / "absent" / "a.jpg") == ()
    lay(tmp_path, "IMG_1234.MOV")
    lay(tmp_path, "IMG_1234 (1).JPG", data=PHOTO)
    monkeypatch.setattr(companions, "MAX_PHOTO_BYTES", 1)
    assert reported(photo) == {"IMG_1234.MOV": Kind.VIDEO}
    (tmp_path / "IMG_1234.MOV").unlink()
    monkeypatch.setattr(files, "names_in", lambda *_, **__: ["IMG_1234.MOV"])
    companions._names_in.cache_clear()
    assert reported(photo) == {}
