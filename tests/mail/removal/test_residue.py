"""Second copies of a photo are found after the first one is gone (M6)."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgfile.mail.mailbox import open_export
from imgfile.mail.removal import residue
from imgfile.mail.removal.plan import plan_removal
from imgfile.mail.removal.residue import MAX_PIECES, PIECE_BYTES, choose_pieces, find_residue
from kit.mail import mailboxes as made


def take_out_first(path: Path) -> tuple[bytes, ...]:
    """Take a mailbox's first photo out; return what to look for."""
    with open_export(path) as export:
        attachment = next(iter(export.attachments()))
        pieces = choose_pieces(export, attachment)
        removal = plan_removal(export, attachment, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
    path.write_bytes(made.patched(path.read_bytes(), removal))
    return pieces


def test_a_message_stored_twice_still_holds_the_photo(tmp_path: Path) -> None:
    """Each piece is found once, in the copy."""
    path = tmp_path / "box"
    one = made.mail(made.text(), made.photo(made.png()))
    path.write_bytes(made.mbox([one, made.mail(made.photo(made.png(2))), one]))
    pieces = take_out_first(path)
    assert len(pieces) == MAX_PIECES
    assert {len(piece) for piece in pieces} == {len("\n") + PIECE_BYTES}
    places = find_residue(path, pieces)
    assert len(places) == MAX_PIECES
    assert places == sorted(places)
    assert min(places) > len(one)


def test_after_the_only_copy_is_gone_nothing_is_found(tmp_path: Path) -> None:
    """Neither in the rest of the mailbox nor in another photo."""
    path = tmp_path / "box"
    path.write_bytes(made.mbox([made.mail(made.photo(made.png(1))), made.mail(made.photo(made.png(2)))]))
    assert find_residue(path, take_out_first(path)) == []


def test_a_body_without_line_breaks_is_found_wherever_its_copy_stands(tmp_path: Path) -> None:
    """Some programs write base64 as one line."""
    path = tmp_path / "box"
    one = made.mail(made.text(), made.photo(made.png(), width=100_000))
    path.write_bytes(made.mbox([one, one]))
    pieces = take_out_first(path)
    assert {len(piece) for piece in pieces} == {PIECE_BYTES}
    assert len(find_residue(path, pieces)) == MAX_PIECES


def test_many_photos_are_sought_in_one_walk(tmp_path: Path) -> None:
    """And found where each stands, as one by one."""
    path = tmp_path / "box"
    mails = [made.mail(made.photo(made.png(seed))) for seed in range(8)]
    path.write_bytes(made.mbox([*mails, made.mail(made.photo(made.png(99), width=100_000))]))
    with open_export(path) as export:
        each = [choose_pieces(export, attachment) for attachment in export.attachments()]
    one_by_one = sorted(place for pieces in each for place in find_residue(path, pieces))
    assert len(one_by_one) == 9 * MAX_PIECES
    assert find_residue(path, {piece for pieces in each for piece in pieces}) == one_by_one


def test_what_photos_of_one_telephone_share_is_not_sought(tmp_path: Path) -> None:
    """The first two fifths may be tables and profiles."""
    path = tmp_path / "box"
    head = made.png(7, 2000)
    path.write_bytes(
        made.mbox([made.mail(made.photo(head + made.png(seed, 3200), kind="image/jpeg")) for seed in (1, 2)])
    )
    assert find_residue(path, take_out_first(path)) == []


def test_a_plain_picture_gives_nothing_to_look_for(tmp_path: Path) -> None:
    """A run of one letter stands in other photos too."""
    path = tmp_path / "box"
    path.write_bytes(made.mail(made.photo(made.png(1, 100)[:60] + b"\0" * 9000)))
    assert take_out_first(path) == ()
    assert find_residue(path, ()) == []


def test_places_without_number_are_cut_and_an_empty_file_has_none(tmp_path: Path) -> None:
    """A thousand places are enough to say so."""
    path = tmp_path / "box"
    piece = bytes(range(PIECE_BYTES))
    path.write_bytes(piece * 2000)
    assert find_residue(path, (piece,)) == [PIECE_BYTES * index for index in range(1000)]
    path.write_bytes(b"")
    assert find_residue(path, (piece,)) == []


@pytest.mark.parametrize("window", [1, 31, 32, 33, 1000])
def test_a_piece_across_the_edge_of_two_windows_is_found_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    """Wherever the edge falls."""
    monkeypatch.setattr(residue, "_WINDOW_BYTES", window)
    path = tmp_path / "box"
    piece = bytes(range(PIECE_BYTES))
    path.write_bytes(b"." * 77 + piece + b"." * 50 + piece)
    assert find_residue(path, (piece, piece[::-1])) == [77, 77 + 32 + 50]
