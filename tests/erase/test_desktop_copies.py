"""The desktop's copies of one file are found and removed; those of every other file stay."""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile import files
from imgfile.erase import desktop_copies as leftovers
from imgfile.erase.desktop_copies import Swept, remove, thumbnail_name, without_bookmarks
from kit.vault.erasure import photo


def _thumbnail(path: Path, uri: str = "") -> Path:
    """Write a PNG that says of what it is, as thumbnailers do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = b"Thumb::URI\0" + uri.encode()
    chunk = struct.pack(">I", len(text)) + b"tEXt" + text + struct.pack(">I", zlib.crc32(b"tEXt" + text))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + (chunk if uri else b"") + b"pixels of the photo")
    return path


def test_a_thumbnail_is_called_as_the_standard_says() -> None:
    """The example of the Thumbnail Managing Standard, and GLib's way to spell a URI."""
    assert thumbnail_name(b"/home/jens/photos/me.png") == "c6ee772d9e49320e97ec29a7eb5b1697.png"
    spelled = "file:///a%20b/%231%3B%5Bx%5D!$&'()*+,-.:=@_~%C3%A9.jpg"
    named = hashlib.md5(spelled.encode(), usedforsecurity=False).hexdigest() + ".png"
    assert thumbnail_name("/a b/#1;[x]!$&'()*+,-.:=@_~é.jpg".encode()) == named


def test_thumbnails_of_the_photo_go_and_others_stay(tmp_path: Path, home: Path) -> None:
    """By their name in each size and in each program's failures, or by the URI inside, however it is spelled."""
    path = tmp_path / "my rash.jpg"
    root = home / "cache/thumbnails"
    name = thumbnail_name(bytes(path))
    ours = [
        _thumbnail(root / "normal" / name),
        _thumbnail(root / "xx-large" / name),
        _thumbnail(root / "fail/gnome-thumbnail-factory" / name),
        _thumbnail(root / "large/other-name.png", f"file://{tmp_path}/my%20rash.jpg"),
        _thumbnail(root / "large/kde.png", f"file://{tmp_path}/my%20r%61sh.jpg"),
    ]
    others = [
        _thumbnail(root / "large/b.png", f"file://{tmp_path}/my%20rash.jpg2"),
        _thumbnail(root / "large/c.png"),
        _thumbnail(root / "large/d.png", "x" * 9000),
    ]
    (root / "large/e.png").write_bytes(b"tEXtThumb::URI\0 without a length")
    (root / "large/f.png").mkdir()
    assert remove(path) == Swept(("5 thumbnails",), ())
    assert not any(thumbnail.exists() for thumbnail in ours)
    assert all(thumbnail.exists() for thumbnail in others)


def test_a_uri_too_long_to_be_a_path_matches_nothing() -> None:
    """It is not even decoded."""
    longest = b"file://" + b"a" * ((16 << 10) - len("file://"))
    assert leftovers._path_in(longest) == longest.removeprefix(b"file://")
    assert leftovers._path_in(longest + b"a") == b""


def test_only_the_whole_uri_of_a_well_formed_chunk_counts(tmp_path: Path) -> None:
    """As PNG says: four bytes of length, then the type; the first of several, and nothing before the file begins."""
    path = tmp_path / "a.jpg"
    names = frozenset({bytes(path)})
    uri = f"file://{path}".encode()
    chunk = struct.pack(">I", len("Thumb::URI\0") + len(uri)) + b"tEXtThumb::URI\0" + uri
    foreign = struct.pack(">I", 18) + b"tEXtThumb::URI\0file://"
    for head, is_ours in (
        (chunk, True),
        (b"pixels" + chunk + b"pixels", True),
        (chunk + foreign, True),
        (foreign + chunk, False),
        (chunk[1:], False),
        (chunk[4:], False),
        (bytes(8192 - len(chunk)) + chunk, True),
        (bytes(8192) + chunk, False),
    ):
        (tmp_path / "thumbnail.png").write_bytes(head)
        assert leftovers._shows(tmp_path / "thumbnail.png", names) is is_ours, head


def test_thumbnails_that_cannot_be_removed_are_counted(tmp_path: Path, home: Path) -> None:
    """Each of them, beside those that are gone."""
    path = tmp_path / "a.jpg"
    for size in ("normal", "large", "x-large"):
        folder = home / "cache/thumbnails" / size
        folder.mkdir(parents=True)
        (folder / thumbnail_name(bytes(path))).symlink_to(tmp_path)
    _thumbnail(home / "cache/thumbnails/xx-large" / thumbnail_name(bytes(path)))
    assert leftovers._remove_thumbnails(frozenset({bytes(path)})) == (1, 3)


def test_a_thumbnail_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    """For whoever looks into it; an absent one is no failure."""
    with pytest.raises(OSError, match="is a folder, not a file"):
        leftovers._wipe(tmp_path)
    assert leftovers._wipe(tmp_path / "absent.png") == 0


def test_a_photo_opened_through_a_linked_folder_is_found(tmp_path: Path, home: Path) -> None:
    """Its thumbnail may be named after either path."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    thumbnail = _thumbnail(home / "cache/thumbnails/normal" / thumbnail_name(bytes(tmp_path / "real/a.jpg")))
    assert remove(tmp_path / "link/a.jpg").removed == ("1 thumbnail",)
    assert not thumbnail.exists()


def test_a_thumbnail_is_blanked_before_it_is_unlinked(tmp_path: Path, home: Path) -> None:
    """It shows the photo; but a name that somebody else gave it is not blanked."""
    thumbnail = _thumbnail(home / "cache/thumbnails/normal" / thumbnail_name(bytes(tmp_path / "a.jpg")))
    with thumbnail.open("rb") as stream:
        remove(tmp_path / "a.jpg")
        assert set(stream.read()) == {0}
    thumbnail = _thumbnail(thumbnail)
    twin = tmp_path / "twin.png"
    twin.hardlink_to(thumbnail)
    assert remove(tmp_path / "a.jpg").removed == ("1 thumbnail",)
    assert b"pixels" in twin.read_bytes()


def test_a_thumbnail_that_is_a_link_is_left_and_told(tmp_path: Path, home: Path) -> None:
    """Links are not followed; what stays is said."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"a stranger")
    link = home / "cache/thumbnails/normal" / thumbnail_name(bytes(tmp_path / "a.jpg"))
    link.parent.mkdir(parents=True)
    link.symlink_to(victim)
    swept = remove(tmp_path / "a.jpg")
    assert swept.removed == ()
    assert swept.remaining == (f"Thumbnails of it that could not be removed lie in {home / 'cache/thumbnails'}.",)
    assert victim.read_bytes() == b"a stranger"


def test_the_recent_entry_goes_and_every_other_byte_stays(tmp_path: Path, home: Path) -> None:
    """As GTK writes the list."""
    uri = f"file://{tmp_path}/it%26s&amp;me.jpg"
    before = (
        b'<?xml version="1.0"?>\n<xbel version="1.0">\n  <bookmark href="file:///other.jpg" added="1">\n  </bookmark>\n'
    )
    entry = f'  <bookmark href="{uri}" added="2" visited="3">\n    <info><x y="z"/></info>\n  </bookmark>\n'.encode()
    after = b"  <bookmark href='file:///third.jpg'></bookmark>\n</xbel>"
    recent = home / "data/recently-used.xbel"
    recent.parent.mkdir()
    recent.write_bytes(before + entry + after)
    assert remove(tmp_path / "it&s&me.jpg") == Swept(("1 entry in the list of recent files",), ())
    assert recent.read_bytes() == before + after
    assert remove(tmp_path / "it&s&me.jpg") == Swept()


@pytest.mark.parametrize(
    ("listed", "kept"),
    [
        (b"<bookmark href='file:///a'/><bookmark href='file:///b'/>", b"<bookmark href='file:///b'/>"),
        (b"<bookmark added='1'/>", b"<bookmark added='1'/>"),
        (b"<bookmark href='file:///a'>never closed", b"<bookmark href='file:///a'>never closed"),
        (b"x <bookmark href='file:///a'> <bookmark href='file:///a'/> </bookmark> y", b"x y"),
        (b"<bookmark title='a > b' href='file:///a'></bookmark>", b""),
        (b"<bookmark href='", b"<bookmark href='"),
        (b"<bookmark href='' /><bookmark href='file:///a'/>", b"<bookmark href='' />"),
        (b"1 <bookmark href='file:///a'/> 2 \t <bookmark href='file:///a'/> 3", b"1 2 3"),
        (b"<bookmark href='file:///a'/>\n\n<bookmark href='file:///a'/>\n<b/>", b"\n<b/>"),
    ],
)
def test_lists_of_other_shapes_are_cut_with_care(listed: bytes, kept: bytes) -> None:
    """What is not understood stays."""
    assert without_bookmarks(listed, frozenset({b"/a"})) == kept


def test_names_that_are_no_text_are_found_too() -> None:
    """Broken UTF-8 beside an entity, in the list of recent files."""
    listed = b"<bookmark href='file:///a\xff&amp;%FEb'/>"
    assert without_bookmarks(listed, frozenset({b"/a\xff&\xfeb"})) == b""


@given(
    st.lists(
        st.sampled_from([b"<bookmark ", b"href='file:///a'", b'"', b"'", b">", b"/>", b"</bookmark>", b"\n", b" x"])
    )
)
def test_any_list_without_the_path_stays_as_it_is(parts: list[bytes]) -> None:
    """Whatever its shape."""
    listed = b"".join(parts)
    assert without_bookmarks(listed, frozenset({b"/b"})) == listed


def test_a_list_that_cannot_be_rewritten_is_told(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The erasure stands; the person learns of the entry."""
    recent = home / "data/recently-used.xbel"
    recent.parent.mkdir()
    recent.write_text(f"<bookmark href='file://{tmp_path}/a'/>")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    swept = remove(tmp_path / "a")
    assert swept.remaining == (f"It is still named in the list of recent files, {recent}.",)


def test_without_xdg_variables_the_home_is_searched(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative value does not count, as the specification says."""
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", "data")
    thumbnail = _thumbnail(home / ".cache/thumbnails/normal" / thumbnail_name(bytes(tmp_path / "a.jpg")))
    assert remove(tmp_path / "a.jpg").removed == ("1 thumbnail",)
    assert not thumbnail.exists()
    assert leftovers.data_folder("XDG_DATA_HOME", ".local/share") == home / ".local/share"
    recent = home / ".local/share/recently-used.xbel"
    recent.parent.mkdir(parents=True)
    recent.write_text(f"<bookmark href='file://{tmp_path}/a.jpg'/>")
    assert remove(tmp_path / "a.jpg").removed == ("1 entry in the list of recent files",)


def test_an_account_without_a_home_has_no_leftovers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service's account may have none."""
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("XDG_DATA_HOME")

    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", homeless)
    assert leftovers.data_folder("XDG_CACHE_HOME", ".cache") == Path(os.devnull) / ".cache"
    assert photo(tmp_path).erase().leftovers == ()


def test_erasing_counts_the_leftovers_and_names_the_copies_in_the_trash(tmp_path: Path, home: Path) -> None:
    """Thumbnails go; what a person put into the Trash is theirs, by its bytes and not by its name."""
    source = photo(tmp_path)
    _thumbnail(home / "cache/thumbnails/normal" / thumbnail_name(bytes(source.path)))
    trash = home / "data/Trash/files"
    trash.mkdir(parents=True)
    (trash / "IMG_1.jpg").write_bytes(source.data)
    (trash / "photo.jpg").write_bytes(b"another photo")
    (trash / "same length.jpg").write_bytes(b"x" * len(source.data))
    (trash / "link").symlink_to(trash / "IMG_1.jpg")
    erasure = source.erase()
    assert erasure.leftovers == ("1 thumbnail",)
    reported = [said for said in erasure.out_of_reach if "Trash" in said]
    assert reported == [f"A copy lies in the Trash: {trash / 'IMG_1.jpg'}"]
    assert (trash / "IMG_1.jpg").exists()
    assert source.notes.all()[0].facts["leftovers"] == ["1 thumbnail"]


def test_at_most_five_copies_in_the_trash_are_told(tmp_path: Path, home: Path) -> None:
    """A full Trash does not flood the screen."""
    source = photo(tmp_path)
    trash = home / "data/Trash/files"
    trash.mkdir(parents=True)
    for number in range(7):
        (trash / f"{number}.jpg").write_bytes(source.data)
    assert sum("Trash" in said for said in source.erase().out_of_reach) == 5


def test_leftovers_never_follow_the_path_of_a_stranger(tmp_path: Path, home: Path) -> None:
    """If another file took the name meanwhile, its thumbnails are its own."""
    source = photo(tmp_path)
    thumbnail = _thumbnail(home / "cache/thumbnails/normal" / thumbnail_name(bytes(source.path)))
    real = files.truncate

    def swap(descriptor: int, length: int) -> None:
        real(descriptor, length)
        source.path.unlink()
        source.path.write_bytes(b"a stranger")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "truncate", swap)
        assert source.erase().leftovers == ()
    assert thumbnail.exists()
