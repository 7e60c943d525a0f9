"""What lies beneath a folder is reached without links and on one device, at every level and for every act."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from imgfile import beneath
from kit.tools import tool

FOLDER = "patients/pid/record"
LEVELS = ("patients", "patients/pid", "patients/pid/record")
ACTS: dict[str, Callable[[Path], object]] = {
    "exists": lambda root: _do(root, lambda here: here.exists("object")),
    "is_folder": lambda root: _do(root, lambda here: here.is_folder("object")),
    "names": lambda root: _do(root, lambda here: here.names()),
    "read": lambda root: _do(root, lambda here: here.read("object", limit=99)),
    "read_back": lambda root: _do(root, lambda here: here.read_back("object", limit=99)),
    "sync": lambda root: _do(root, lambda here: here.sync()),
    "create": lambda root: _do(root, lambda here: here.create("new", [b"new"]), is_made=True),
    "publish": lambda root: _do(root, lambda here: here.publish("new", b"new"), is_made=True),
}


def _do(root: Path, act: Callable[[beneath.Folder], object], *, is_made: bool = False) -> object:
    with beneath.opened(root, FOLDER, is_made=is_made) as here:
        return act(here)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a root with one object, three folders deep."""
    folder = tmp_path / "root" / FOLDER
    folder.mkdir(parents=True)
    (folder / "object").write_bytes(b"object")
    return tmp_path / "root"


@pytest.fixture(params=[True, False], ids=["by descriptors", "by paths"])
def how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reach it as this system does, and as one without calls that take a folder's descriptor."""
    if not request.param:
        monkeypatch.setattr(beneath, "_HAS_DESCRIPTORS", False)


@pytest.mark.usefixtures("how")
@pytest.mark.parametrize("act", ACTS)
def test_every_act_reaches_what_is_there(root: Path, act: str) -> None:
    """The name, what it holds, and what is new; nothing unfinished is left."""
    expected = {
        "exists": True,
        "is_folder": False,
        "names": ["object"],
        "read": b"object",
        "create": None,
        "publish": None,
        "sync": None,
    }
    found = ACTS[act](root)
    assert (found[0] if isinstance(found, tuple) else found) == expected.get(act, b"object")
    left = {path.name: path.read_bytes() for path in (root / FOLDER).iterdir()}
    assert left == {"object": b"object"} | ({"new": b"new"} if act in {"create", "publish"} else {})


@pytest.mark.usefixtures("how")
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("act", ACTS)
def test_a_link_in_the_place_of_a_folder_is_never_followed(root: Path, tmp_path: Path, act: str, level: str) -> None:
    """Not even to the very folder that stood there: it can be taken away a moment later, with the photo."""
    (root / level).rename(tmp_path / "moved")
    (root / level).symlink_to(tmp_path / "moved")
    before = sorted((tmp_path / "moved").rglob("*"))
    with pytest.raises(OSError, match="it is a link") as caught:
        ACTS[act](root)
    assert caught.value.errno == errno.ELOOP
    assert sorted((tmp_path / "moved").rglob("*")) == before


@pytest.mark.usefixtures("how")
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("act", ACTS)
def test_another_device_is_never_entered(root: Path, act: str, level: str) -> None:
    """A disk that was mounted there may be gone tomorrow; and what is written beneath is hidden when it comes back."""
    subprocess.run([tool("mount"), "-t", "tmpfs", "tmpfs", root / level], check=True)
    try:
        (root / FOLDER).mkdir(parents=True, exist_ok=True)
        with pytest.raises(OSError, match="another device") as caught:
            ACTS[act](root)
        assert caught.value.errno == errno.EXDEV
    finally:
        subprocess.run([tool("umount"), root / level], check=True)


@pytest.mark.usefixtures("how")
def test_a_file_that_is_another_device_s_is_not_read(root: Path, tmp_path: Path) -> None:
    """One can be mounted over a single name too."""
    other = Path("/dev/shm") / f"imgfile-{os.getpid()}"  # noqa: S108 - a device that is not the folder's
    other.write_bytes(b"theirs")
    assert tmp_path.is_dir()
    try:
        subprocess.run([tool("mount"), "--bind", other, root / FOLDER / "object"], check=True)
        with pytest.raises(OSError, match="another device"):
            ACTS["read"](root)
    finally:
        subprocess.run([tool("umount"), root / FOLDER / "object"], check=True)
        other.unlink()


@pytest.mark.usefixtures("how")
@pytest.mark.parametrize("act", ["read", "read_back"])
def test_what_is_no_file_is_neither_followed_nor_waited_for(root: Path, act: str) -> None:
    """A link, a pipe, a folder, or more than was ever written."""
    for plant, words in (
        (lambda path: path.symlink_to("elsewhere"), "link"),
        (os.mkfifo, "it is a FIFO"),  # type: ignore[attr-defined,unused-ignore]
        (Path.mkdir, "it is a folder"),
        (lambda path: path.write_bytes(bytes(100)), "too large"),
    ):
        place = root / FOLDER / "object"
        place.rmdir() if place.is_dir() and not place.is_symlink() else place.unlink()
        plant(place)
        with pytest.raises(OSError, match=words):
            ACTS[act](root)


@pytest.mark.usefixtures("how")
def test_a_folder_is_listed_up_to_a_number_of_names(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes to a share makes as many as they like."""
    monkeypatch.setattr(beneath, "MAX_NAMES", 2)
    (root / FOLDER / "second").touch()
    assert sorted(_names(root)) == ["object", "second"]
    (root / FOLDER / "third").touch()
    with pytest.raises(OSError, match="more than 2 names"):
        _names(root)


def _names(root: Path) -> list[str]:
    with beneath.opened(root, FOLDER) as here:
        return here.names()


@pytest.mark.usefixtures("how")
def test_only_a_file_is_removed(root: Path) -> None:
    """Whatever else has the name stays, and so does what a link leads to."""
    here = root / FOLDER
    (here / "link").symlink_to(here / "object")
    (here / "folder").mkdir()
    for name in ("link", "folder", "missing"):
        _do(root, lambda inner, name=name: inner.remove(name))  # type: ignore[misc]
    assert sorted(_names(root)) == ["folder", "link", "object"]
    _do(root, lambda inner: inner.remove("object"))
    assert sorted(_names(root)) == ["folder", "link"]


@pytest.mark.usefixtures("how")
def test_missing_folders_are_made_private_on_the_way_and_only_when_asked(tmp_path: Path) -> None:
    """The root too."""
    with pytest.raises(FileNotFoundError):
        ACTS["names"](tmp_path / "root")
    ACTS["publish"](tmp_path / "root")
    made = [tmp_path / "root", *(tmp_path / "root" / level for level in LEVELS)]
    assert {path.stat().st_mode & 0o777 for path in made} == {0o700}
    assert (tmp_path / "root" / FOLDER / "new").stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("how")
@pytest.mark.parametrize("act", ["create", "publish"])
def test_what_exists_is_never_written_over(root: Path, monkeypatch: pytest.MonkeyPatch, act: str) -> None:
    """Nor where the disk knows no hard links; and nothing unfinished is left."""

    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    for is_linking in (True, False):
        if not is_linking:
            monkeypatch.setattr(os, "link", no_links)
        (root / FOLDER / "new").write_bytes(b"old")
        with pytest.raises(FileExistsError):
            ACTS[act](root)
        assert {path.name for path in (root / FOLDER).iterdir()} == {"new", "object"}
        assert (root / FOLDER / "new").read_bytes() == b"old"
        (root / FOLDER / "new").unlink()
        ACTS[act](root)
        assert (root / FOLDER / "new").read_bytes() == b"new"
        (root / FOLDER / "new").unlink()


def test_a_file_in_the_place_of_a_folder_and_a_way_up_are_refused(root: Path) -> None:
    """Neither is a name of a vault."""
    with pytest.raises(NotADirectoryError), beneath.opened(root, f"{FOLDER}/object"):
        pass
    with pytest.raises(OSError, match="never leads up"), beneath.opened(root, "patients/../.."):
        pass


def test_no_descriptor_is_left_open(root: Path) -> None:
    """Whatever happens on the way."""
    (root / "link").symlink_to("patients")
    before = len([*Path("/proc/self/fd").iterdir()])
    for _ in range(3):
        ACTS["read"](root)
        for name, words in (("link", "link"), ("absent", "No such file"), (f"{FOLDER}/object", "Not a directory")):
            with pytest.raises(OSError, match=words), beneath.opened(root, name):
                pass
    assert len([*Path("/proc/self/fd").iterdir()]) == before


def test_a_folder_that_is_exchanged_meanwhile_changes_nothing(root: Path, tmp_path: Path) -> None:
    """What was opened is what is written to."""
    with beneath.opened(root, FOLDER) as here:
        (root / "patients").rename(tmp_path / "moved")
        (tmp_path / "trap" / "pid/record").mkdir(parents=True)
        (root / "patients").symlink_to(tmp_path / "trap")
        here.publish("new", b"new")
    assert (tmp_path / "moved/pid/record/new").read_bytes() == b"new"
    assert not list((tmp_path / "trap").rglob("new"))


SHARED = {
    "its owner's alone": (0o700, 0o700, 0o600),
    "readable by all, as most folders": (0o755, 0o700, 0o600),
    "writable by a group that is not passed on": (0o775, 0o700, 0o600),
    "shared by a group that is passed on": (0o2770, 0o2770, 0o660),
    "shared, and open to everybody": (0o2777, 0o2770, 0o660),
    "read by a group that is passed on": (0o2750, 0o2750, 0o640),
}


@pytest.mark.skipif(os.name == "nt", reason="Windows has lists of permissions, which are inherited")
@pytest.mark.parametrize("umask", [0o022, 0o077], ids=oct)
@pytest.mark.parametrize(("outer", "folder", "file"), SHARED.values(), ids=SHARED)
def test_what_is_made_is_shared_as_the_folder_it_is_made_in(
    tmp_path: Path, outer: int, folder: int, file: int, umask: int
) -> None:
    """The root and every level, made, created and published alike, whatever the umask; nobody else gets anything."""
    tmp_path.chmod(outer)
    before = os.umask(umask)
    try:
        with beneath.opened(tmp_path / "new" / "root", FOLDER, is_made=True) as here:
            here.create("created", [b"new"])
            here.publish("published", b"new")
    finally:
        os.umask(before)
    made = {path.relative_to(tmp_path): stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert {mode for path, mode in made.items() if not (tmp_path / path).is_dir()} == {file}
    assert {mode for path, mode in made.items() if (tmp_path / path).is_dir()} == {folder}
    assert len(made) == 2 + len(LEVELS) + 2
