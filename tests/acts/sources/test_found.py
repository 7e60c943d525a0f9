"""What a search fills: the first spelling of a file counts, and what finds nothing costs nothing."""

from __future__ import annotations

from pathlib import Path

from imgfile.acts.sources.found import Found, Scope, Sighting
from imgfile.errors import SourceUnavailable
from kit.vault.sources import file_at


def test_a_file_is_found_once_however_it_is_spelt(tmp_path: Path) -> None:
    """Another spelling, or another name of the same file, is noted beside the first."""
    one, other = file_at(tmp_path / "a", b"a"), file_at(tmp_path / "b", b"b")
    (tmp_path / "c").hardlink_to(tmp_path / "a")
    again = tmp_path / "folder" / ".." / "a"
    found = Found()
    assert found.is_new(one.path, one.identity)
    assert found.is_new(other.path, other.identity)
    assert not found.is_new(again, one.identity)
    assert not found.is_new(tmp_path / "c", one.identity)
    assert found.repeated == [(again, one.path), (tmp_path / "c", one.path)]


def test_the_very_same_path_is_its_own_first(tmp_path: Path) -> None:
    """Only an equal path in another object counts as a second spelling."""
    one, found = file_at(tmp_path / "a", b"a"), Found()
    assert found.is_new(one.path, one.identity)
    assert found.is_new(one.path, one.identity)
    assert not found.is_new(Path(str(one.path)), one.identity)


def test_each_search_has_lists_of_its_own(tmp_path: Path) -> None:
    """What one gathers is in no other."""
    one, other = Found(), Found()
    source = file_at(tmp_path / "a", b"a")
    one.photos.append(Sighting(source))
    one.failures.append(("b", SourceUnavailable("b is away.")))
    assert one.sources == [source]
    assert (other.sources, other.mailboxes, other.failures, other.repeated) == ([], [], [], [])


def test_a_plain_search_looks_at_all_photos_and_waits_for_nobody(tmp_path: Path) -> None:
    """Nothing is watched, nothing narrowed."""
    scope = Scope()
    assert (scope.criteria, scope.part, scope.wait, scope.with_looks, scope.only_looks) == (
        None, None, None, False, False,
    )  # fmt: skip
    with scope.watch(tmp_path) as progress:
        assert progress is None
