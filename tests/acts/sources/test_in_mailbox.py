"""What is found in one mailbox, what is left out and counted, and who waits for a mailbox in use."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import NoReturn

import pytest

from imgfile.acts.sources.filters import Criteria, Mismatch
from imgfile.acts.sources.found import Found, Scope
from imgfile.acts.sources.in_mailbox import find_in_mailbox, leave_out
from imgfile.acts.sources.source import MailPart, Source
from imgfile.errors import Cancelled, Error, SourceChanged, SourceInUse, UnreadableMail
from kit.mail import mailboxes

Search = Callable[..., Found]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Give a mailbox of a photo, a logo, and a photo without a date."""
    path = tmp_path / "Inbox"
    logo = mailboxes.photo(mailboxes.png(2), content_id="logo", disposition="inline")
    undated = mailboxes.mail(mailboxes.photo(mailboxes.png(3))).replace(b"Date: Sat, 21 Nov", b"Date: some day")
    path.write_bytes(mailboxes.mbox([undated, mailboxes.mail(logo), mailboxes.mail(mailboxes.photo(mailboxes.png(1)))]))
    return path


@pytest.fixture
def look(inbox: Path) -> Search:
    """Search that mailbox, as if it lay in a folder that somebody named."""

    def search(**scope: object) -> Found:
        found, within = Found(), Scope(**scope)  # type: ignore[arg-type] # each as a scope takes it
        with ExitStack() as held:
            assert find_in_mailbox(inbox, "the folder", within, held, found)
            leave_out(found, within)
        return found

    return search


def parts(found: Found) -> list[str]:
    """Return where the photos are, in the order of the mailbox."""
    return [source.part for source in found.sources if isinstance(source, MailPart)]


def test_a_mailbox_is_counted_and_its_logos_are_left(look: Search, inbox: Path) -> None:
    """Also what it was named by, and what it is."""
    found = look()
    assert parts(found) == ["1/1", "3/1"]
    (box,) = found.mailboxes
    assert (box.path, box.named, box.container) == (inbox, "the folder", "mbox")
    assert (box.messages, box.images, box.likely_logos) == (3, 3, 1)
    assert parts(look(with_logos=True)) == ["1/1", "2/1", "3/1"]


def test_who_looks_gets_every_picture_with_what_was_seen(look: Search) -> None:
    """And what is most likely a logo marked."""
    found = look(with_looks=True, with_logos=True)
    assert [one.is_likely_logo for one in found.photos] == [False, True, False]
    assert all(one.look is not None and one.look.digest == one.digest for one in found.photos)
    assert found.mailboxes[0].likely_logos == 1


def test_a_file_that_is_no_mailbox_is_left_alone(tmp_path: Path) -> None:
    """Nothing is held, and nothing is found."""
    (tmp_path / "notes").write_text("nothing of ours")
    found = Found()
    assert not find_in_mailbox(tmp_path / "notes", "notes", Scope(), ExitStack(), found)
    assert (found.mailboxes, found.photos) == ([], [])


def test_places_that_photos_were_taken_out_of_are_sought_instead(look: Search) -> None:
    """This mailbox has none."""
    found = look(seeks_taken_out=True)
    assert (found.photos, found.mailboxes[0].taken_out, found.mailboxes[0].messages) == ([], [], 3)


def test_a_part_that_is_not_there_is_an_error(look: Search) -> None:
    """It says how to find out which there are."""
    with pytest.raises(UnreadableMail, match="no photo at part 9/1") as caught:
        look(part="9/1")
    assert "imgfile scan" in caught.value.hint


def test_since_leaves_what_is_older_and_keeps_what_has_no_date(look: Search) -> None:
    """A message that does not say when it was sent may be new."""
    found = look(criteria=Criteria(since=date(2026, 11, 23)))
    assert parts(found) == ["1/1"]
    assert found.mailboxes[0].mismatches == {Mismatch.SINCE: 1}
    assert len(look(criteria=Criteria(since=date(2026, 11, 20))).sources) == 2


def test_what_changed_before_its_size_was_read_is_left_to_whoever_reads_it(
    look: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One photo's failure ends no search."""

    def change(_source: Source) -> NoReturn:
        raise SourceChanged("it changed.")

    monkeypatch.setattr("imgfile.acts.sources.in_mailbox.look_at", change)
    assert len(look(criteria=Criteria(min_pixels=1_000_000)).sources) == 2
    monkeypatch.undo()
    found = look(criteria=Criteria(min_pixels=1_000_000))
    assert found.sources == []
    assert found.mailboxes[0].mismatches == {Mismatch.MIN_PIXELS: 2}


def test_a_part_is_found_whatever_it_looks_like(look: Search) -> None:
    """A logo too, or an old one: it was named."""
    (part,) = look(part="2/1", criteria=Criteria(since=date(2027, 1, 1))).sources
    assert isinstance(part, MailPart)
    assert part.part == "2/1"


def test_a_mailbox_in_use_is_tried_again_as_long_as_somebody_waits(look: Search, inbox: Path) -> None:
    """Giving up ends the whole search; with nobody there, it is an error like any other."""
    lock = inbox.with_name("Inbox.lock")
    lock.touch()
    with pytest.raises(SourceInUse):
        look()
    reported: list[Error] = []

    def close_the_program(error: SourceInUse) -> None:
        reported.append(error)
        if len(reported) == 2:
            lock.unlink()

    assert len(look(wait=close_the_program).sources) == 2
    assert len(reported) == 2
    lock.touch()

    def give_up(_error: SourceInUse) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        look(wait=give_up)


def test_attachments_are_counted_as_a_mail_program_lists_them(inbox: Path, look: Search) -> None:
    """Texts, invitations and contact cards too, though no photo is in them; a signature and the text are none."""
    mixed = EmailMessage()
    mixed["Subject"] = "rash pic"
    mixed.set_content("Dear doctor, please look at this.")
    mixed.add_attachment(b"hello", maintype="text", subtype="plain", filename="notes.txt")
    mixed.add_attachment(mailboxes.png(1), maintype="image", subtype="png", filename="rash.png")
    mixed.add_attachment(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR", maintype="text", subtype="calendar", filename="a.ics")
    mixed.add_attachment(b"BEGIN:VCARD\r\nFN:J\r\nEND:VCARD", maintype="text", subtype="vcard", filename="j.vcf")
    mixed.add_attachment(b"0\x80", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
    letter = EmailMessage()
    letter.set_content("Only words.")
    letter.add_attachment(b"hello", maintype="text", subtype="plain", filename="notes.txt")
    alone = mailboxes.mail(mailboxes.text(), mailboxes.photo(mailboxes.png(2)))
    inbox.write_bytes(mailboxes.mbox([bytes(letter), bytes(mixed), bytes(letter), alone]))
    placed = [
        (source.part, source.attachment_number, source.attachment_count)
        for source in look(with_logos=True).sources
        if isinstance(source, MailPart)
    ]
    assert placed == [("2/3", 2, 4), ("4/2", 1, 1)]
