"""What is left on the device: the raw image beneath the file system, searched for marked blocks.

Positive control first: each volume holds all the marks before. 65 marks: 64 blocks and a tail.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from imgfile import files
from imgfile.clinical.proofs import Evidence
from imgfile.erase.filesystem import Medium, medium_of, mount_of
from imgfile.errors import SourceChanged
from kit.tools import tool
from kit.vault.erasure import MARKER, FailingSystem, Notes, Source, identity, mailbox, photo, scattered, stand_in
from kit.volumes import Volume, volume

MARKS = 65
MAKERS: tuple[Callable[[Path], Source], ...] = (photo, mailbox, scattered)


@pytest.fixture(params=["ext4", "xfs", "btrfs"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Volume]:
    """Mount a fresh file system of each kind."""
    (tmp_path / "volume").mkdir()
    with volume(request.param, tmp_path / "volume") as made:
        yield made


def _on(disk: Volume, make: Callable[[Path], Source], notes: Path) -> Source:
    """Put a source on the volume, and its notes elsewhere, as the station's state lies elsewhere."""
    source = make(disk.folder)
    (disk.folder / "notes").rmdir()
    notes.mkdir()
    source.notes = Notes(notes)
    assert disk.count(MARKER) == MARKS, "positive control"
    source.identity = identity(source.path)  # mounted again, btrfs may have another device number
    return source


@pytest.mark.parametrize("make", MAKERS)
def test_evidence_says_what_the_raw_device_holds(disk: Volume, make: Callable[[Path], Source], tmp_path: Path) -> None:
    """ext4 and xfs: E3, and no mark is left. btrfs: E1, and all are left."""
    source = _on(disk, make, tmp_path / "notes")
    erasure = source.erase()
    assert source.now() == source.erased
    left = disk.count(MARKER)
    if disk.kind == "btrfs":
        assert (erasure.evidence, left) == (Evidence.E1, MARKS)
        assert medium_of(source.path) is Medium.COPY_ON_WRITE
        assert any("old blocks stay" in said for said in erasure.out_of_reach)
    else:
        assert (erasure.evidence, left) == (Evidence.E3, 0)
        assert medium_of(source.path) is Medium.LOCAL


@pytest.mark.parametrize("disk", ["xfs", "btrfs"], indirect=True)
@pytest.mark.parametrize("make", MAKERS)
def test_a_clone_of_the_blocks_makes_it_e0(disk: Volume, make: Callable[[Path], Source], tmp_path: Path) -> None:
    """A reflink shares the blocks: they are not hit, and the clone can be read (ext4 has none)."""
    source = _on(disk, make, tmp_path / "notes")
    subprocess.run([tool("cp"), "--reflink=always", source.path, disk.folder / "clone"], check=True)
    erasure = source.erase()
    assert erasure.evidence is Evidence.E0
    assert any("share its disk blocks" in said for said in erasure.out_of_reach)
    assert source.now() == source.erased
    assert (disk.folder / "clone").read_bytes() == source.data
    assert disk.count(MARKER) == MARKS


def test_a_compressed_file_is_no_better_than_e1(tmp_path: Path) -> None:
    """What lies on the device is not what was overwritten."""
    (tmp_path / "volume").mkdir()
    with volume("btrfs", tmp_path / "volume") as disk:
        subprocess.run([tool("mount"), "-o", "remount,compress-force=zlib", disk.folder], check=True)
        source = photo(disk.folder)
        assert disk.count(MARKER) < MARKS, "it is compressed"
        source.identity = identity(source.path)  # as above
        assert source.erase().evidence is Evidence.E1


@pytest.mark.parametrize("kind", ["ext4", "ext3"])
@pytest.mark.parametrize("how", ["mount option", "superblock", "inode flag"])
def test_a_journal_of_data_makes_it_e1(kind: str, how: str, tmp_path: Path) -> None:
    """Every sector of the photo stays in the journal, however it came to go through it."""
    (tmp_path / "volume").mkdir()
    with volume(kind, tmp_path / "volume") as disk:
        disk.unmount()
        if how == "superblock":
            subprocess.run([tool("tune2fs"), "-o", "journal_data", disk.device], check=True, capture_output=True)
        if how == "inode flag":  # as chattr +j of the root folder, whose new files take it over
            flags = {"ext4": "0x84000", "ext3": "0x4000"}[kind]
            command = [tool("debugfs"), "-w", "-R", f"set_inode_field <2> flags {flags}", disk.device]
            subprocess.run(command, check=True, capture_output=True)
        options = ["-o", "data=journal"] if how == "mount option" else []
        subprocess.run([tool("mount"), *options, disk.device, disk.folder], check=True)
        source = photo(disk.folder)
        erasure = source.erase()
        assert erasure.evidence is Evidence.E1
        assert any("journal" in said for said in erasure.out_of_reach)
        assert source.now() == source.erased
        if how != "inode flag":  # with delayed allocation, ext4 may put a flagged file's first write past the journal
            assert disk.count(MARKER) > 0, "the journal holds it, so that no more may be claimed"


def test_the_lower_layer_of_an_overlay_makes_it_e1(tmp_path: Path) -> None:
    """Its offsets do not move, since they are those of the upper layer; the lower one still has the photo."""
    (tmp_path / "volume").mkdir()
    with volume("ext4", tmp_path / "volume") as disk:
        layers = {name: disk.folder / name for name in ("lowerdir", "upperdir", "workdir", "merged")}
        for layer in layers.values():
            layer.mkdir()
        source = photo(layers["lowerdir"])
        options = ",".join(f"{name}={layer}" for name, layer in layers.items() if name != "merged")
        subprocess.run([tool("mount"), "-t", "overlay", "overlay", "-o", options, layers["merged"]], check=True)
        try:
            source.path = layers["merged"] / source.path.name
            source.identity = identity(source.path)
            try:
                assert source.erase().evidence is Evidence.E1
            except SourceChanged:
                assert not source.notes.all(), "some kernels give the copied-up file another number"
        finally:
            subprocess.run([tool("umount"), layers["merged"]], check=True)
        assert (layers["lowerdir"] / "photo.jpg").read_bytes() == source.data


def test_memory_has_no_offsets_to_compare(tmp_path: Path) -> None:
    """A file system that tells no extents gives E2 at most."""
    memory = Path("/dev/shm")  # noqa: S108 - a tmpfs wherever Linux runs
    if not memory.is_dir() or mount_of(memory / "file").kind != "tmpfs":
        pytest.skip("no tmpfs here")
    folder = memory / f"imgfile-{os.getpid()}-{tmp_path.name}"
    folder.mkdir()
    try:
        assert photo(folder).erase().evidence is Evidence.E2
    finally:
        shutil.rmtree(folder)


def _power_cuts(disk: Volume, source: Source, folder: Path) -> list[tuple[str, Path, Path]]:
    """Erase, and right after each call that changes something copy the device and the notes: what a cut would leave."""
    cuts: list[tuple[str, Path, Path]] = []

    def fault(count, name, real, arguments, named):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        result = real(*arguments, **named)
        if name in {"pwrite", "fsync", "ftruncate", "rename", "unlink", "replace"}:
            notes = folder / f"notes-{count}"
            shutil.copytree(source.notes.folder, notes)
            cuts.append((name, disk.copy(folder / f"{count}.img"), notes))
        return result

    with pytest.MonkeyPatch.context() as patch:
        stand_in(FailingSystem(fault), patch.setattr)
        source.erase()
    return cuts


def _expect_recovery(disk: Volume, source: Source, cut: tuple[str, Path, Path]) -> str:
    """Mount what a power cut left, run again, and look at the raw device."""
    name, image, notes = cut
    disk.restore(image)
    source.notes = Notes(notes)
    was_noted = bool(source.notes.all())
    if was_noted:
        [erasure] = source.finish()
    else:
        assert source.now() == source.data, f"touched without a note, at {name}"
        source.identity = files.FileIdentity.at(source.path) or source.identity
        erasure = source.erase()
    assert source.now() == source.erased
    assert [path.name for path in disk.folder.glob(".imgfile-*")] == []
    left = disk.count(MARKER)
    # btrfs may by chance have used some freed blocks again: E1 promises nothing either way.
    assert erasure.evidence is (Evidence.E1 if disk.kind == "btrfs" else Evidence.E3)
    assert left == 0 or disk.kind == "btrfs", f"{left} marks with {erasure.evidence!r}, at {name}"
    return f"{name}: {'finished from the note' if was_noted else 'erased anew'}, {erasure.evidence.name}, {left} marks"


@pytest.mark.parametrize("make", MAKERS)
def test_a_power_cut_around_the_overwrite_is_recovered(
    disk: Volume, make: Callable[[Path], Source], tmp_path: Path
) -> None:
    """A short version: the cuts at the overwrite and at the last call."""
    source = _on(disk, make, tmp_path / "notes")
    cuts = _power_cuts(disk, source, tmp_path)
    around = next(index for index, cut in enumerate(cuts) if cut[0] == "pwrite")
    for cut in (cuts[around], cuts[-1]):
        _expect_recovery(disk, source, cut)


@pytest.mark.long
@pytest.mark.parametrize("make", MAKERS)
def test_a_power_cut_after_any_change_is_recovered(
    disk: Volume, make: Callable[[Path], Source], tmp_path: Path
) -> None:
    """The device is copied after each changing call, mounted, and the erasure finished."""
    source = _on(disk, make, tmp_path / "notes")
    for cut in _power_cuts(disk, source, tmp_path):
        print(disk.kind, make.__name__, _expect_recovery(disk, source, cut))  # noqa: T201 - evidence
