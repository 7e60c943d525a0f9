"""A picture that comes in many mails is most likely a logo; a photo that is quoted in every answer is none."""

from __future__ import annotations

import io
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image

from imgfile.acts.sources.find import find
from imgfile.acts.sources.found import Found, Scope
from imgfile.acts.sources.logos import INLINE_LOGO_MAX_BYTES, REPEATED_LOGO_MAX_BYTES
from kit.mail import mailboxes

LARGER = mailboxes.png(9, INLINE_LOGO_MAX_BYTES + 100)
"""A picture that is no logo by its size alone."""


def found_in(folder: Path, *mails: bytes, with_looks: bool = False) -> Found:
    """Look through a mailbox of these mails."""
    (folder / "Inbox").write_bytes(mailboxes.mbox(mails))
    return find([str(folder / "Inbox")], Scope(with_looks=with_looks), ExitStack())


def mail(number: int, *photos: bytes, subject: str = "rash pic", within: tuple[bytes, ...] = ()) -> bytes:
    """Make a mail with pictures, attached and within its text."""
    parts = [mailboxes.photo(photo) for photo in photos]
    parts += [mailboxes.photo(photo, content_id="a", disposition="inline") for photo in within]
    return mailboxes.mail(mailboxes.text(), *parts, subject=subject, number=number)


def test_the_same_picture_in_three_mails_is_left_out_and_counted(tmp_path: Path) -> None:
    """Within the text; the photos attached beside it stay."""
    found = found_in(tmp_path, *(mail(number, mailboxes.png(number), within=(LARGER,)) for number in (1, 2, 3)))
    assert len(found.sources) == 3
    assert found.mailboxes[0].likely_logos == 3
    assert found.mailboxes[0].images == 6


def test_twice_is_not_many_nor_is_thrice_in_one_message(tmp_path: Path) -> None:
    """The count is of messages."""
    found = found_in(tmp_path, mail(1, within=(LARGER,) * 3), mail(2, within=(LARGER,)), with_looks=True)
    assert [photo.messages for photo in found.photos] == [2, 2, 2, 2]
    assert found.mailboxes[0].likely_logos == 0


def test_a_photo_quoted_in_every_answer_of_a_conversation_is_no_logo(tmp_path: Path) -> None:
    """Replies and forwards belong to the mail that they answer."""
    subjects = ["rash pic", "Re: rash pic", "AW: Re: rash pic", "RE[2]: rash pic", "Fwd: rash pic"]
    found = found_in(tmp_path, *(mail(at, within=(LARGER,), subject=subject) for at, subject in enumerate(subjects)))
    assert len(found.sources) == 5
    others = ["Re: rash pic", "Re: mole", "Re: arm"]
    found = found_in(tmp_path, *(mail(at, within=(LARGER,), subject=subject) for at, subject in enumerate(others)))
    assert found.sources == []


def test_a_large_picture_is_no_logo_however_often_it_comes(tmp_path: Path) -> None:
    """How often is reported, and the choice left to the person."""
    large = mailboxes.png(9, REPEATED_LOGO_MAX_BYTES + 100)
    found = found_in(tmp_path, *(mail(number, within=(large,)) for number in range(4)), with_looks=True)
    assert [photo.messages for photo in found.photos] == [4, 4, 4, 4]
    assert not any(photo.is_likely_logo for photo in found.photos)


def test_mailboxes_of_one_message_each_count_together(tmp_path: Path) -> None:
    """A Maildir has a file for each message."""
    for name in ("cur", "new", "tmp"):
        (tmp_path / "Maildir" / name).mkdir(parents=True)
    for number in range(4):
        (tmp_path / "Maildir" / "cur" / f"{number}:2,S").write_bytes(
            mail(number, mailboxes.png(number), within=(LARGER,))
        )
    found = find([str(tmp_path / "Maildir")], Scope(), ExitStack())
    assert len(found.sources) == 4
    assert [box.likely_logos for box in found.mailboxes] == [1, 1, 1, 1]


def test_the_same_message_in_two_mailboxes_is_one_message(tmp_path: Path) -> None:
    """Gmail's export has a copy in every label's mailbox."""
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.mbox").write_bytes(mailboxes.mbox([mail(1, within=(LARGER,))]))
    named = [str(tmp_path / f"{name}.mbox") for name in ("a", "b", "c")]
    assert len(find(named, Scope(), ExitStack()).sources) == 3


def test_only_what_is_small_within_the_text_is_a_logo_by_its_size(tmp_path: Path) -> None:
    """A small attachment was attached by somebody."""
    small, larger = mailboxes.png(1, 2000), mailboxes.png(2, INLINE_LOGO_MAX_BYTES + 100)
    found = found_in(tmp_path, mail(1, small), mail(2, within=(small, larger)))
    assert len(found.sources) == 2
    assert found.mailboxes[0].likely_logos == 1


def test_what_cannot_be_decoded_is_not_compared(tmp_path: Path) -> None:
    """It is kept, for whoever reads it to tell."""
    coded = mailboxes.photo(LARGER).body
    broken = [mail(number, LARGER).replace(coded, coded[:1002]) for number in range(4)]
    assert len(found_in(tmp_path, *broken).sources) == 4


@pytest.mark.parametrize("size", [2_000, 20_000, 200_000])
def test_what_was_attached_is_no_logo_however_often_it_came(tmp_path: Path, size: int) -> None:
    """A photo sent again to be seen by three doctors."""
    found = found_in(tmp_path, *(mail(at, mailboxes.png(9, size), subject=f"{at}") for at in range(5)))
    assert len(found.sources) == 5
    assert found.mailboxes[0].likely_logos == 0


@pytest.mark.parametrize(("width", "height", "is_photo"), [(320, 240, True), (480, 640, True), (100, 60, False)])
def test_a_jpeg_as_large_as_a_camera_s_is_no_logo(tmp_path: Path, width: int, height: int, *, is_photo: bool) -> None:
    """Though it stands in the text, in many mails, and takes few bytes."""
    stream = io.BytesIO()
    Image.new("RGB", (width, height), (200, 120, 100)).save(stream, "JPEG", quality=30)
    assert len(stream.getvalue()) < INLINE_LOGO_MAX_BYTES
    found = found_in(tmp_path, *(mail(at, within=(stream.getvalue(),), subject=f"{at}") for at in range(4)))
    assert len(found.sources) == (4 if is_photo else 0)
    assert found.mailboxes[0].likely_logos == (0 if is_photo else 4)
