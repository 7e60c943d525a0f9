"""A mail server with a warm cache goes on as before when a photo leaves a mailbox that it serves."""

from __future__ import annotations

import binascii
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from imgfile.erase.region import erase_region
from imgfile.mail.folders import find_mail_files
from imgfile.mail.mailbox import open_export
from imgfile.mail.removal.plan import plan_removal
from kit.mail import mailboxes as made
from kit.mail.dovecot import Dovecot, running
from kit.vault.erasure import Notes, release

pytestmark = pytest.mark.slow

MAILS = [
    made.mail(made.text(), made.photo(made.png(number, 9000), name="Jane Doe.png"), number=number)
    for number in range(4)
]
SENTENCE = b"This photo was filed as 7f3k-q2ma and removed from here on 2026-11-22."


def an_mbox(home: Path) -> str:
    """Make an mbox for the inbox."""
    (home / "mail").mkdir()
    (home / "inbox").write_bytes(made.mbox(MAILS))
    return "mbox:~/mail:INBOX=~/inbox"


def a_maildir(home: Path) -> str:
    """Make a Maildir for it, one message new and the others read."""
    for name in ("cur", "new", "tmp"):
        (home / "Maildir" / name).mkdir(parents=True)
    for number, mail in enumerate(MAILS):
        name = f"cur/17{number}.a,S={len(mail)}:2,S" if number else "new/170.a"
        (home / "Maildir" / name).write_bytes(mail)
    return "maildir:~/Maildir"


def take_out_one(folder: Path, notes: Path) -> None:
    """Take the photo of the third message out, on the disk, while the server runs."""
    wanted = made.png(2, 9000)
    for path in find_mail_files(folder):
        with open_export(path) as export:
            for attachment in list(export.attachments()):
                if attachment.decode() == wanted:
                    removal = plan_removal(export, attachment, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
                    erase_region(release(wanted), path, export.identity, removal, pending=Notes(notes))


ITEMS = ("UID", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE", "BODY.PEEK[]", "BODY.PEEK[HEADER]", "BODY.PEEK[1]")
CHANGED = ("BODY.PEEK[]", "BODY.PEEK[2.MIME]", "BODY.PEEK[2]")
"""What differs for the message that the photo was in, and for no other."""


def answers(server: Dovecot) -> dict[str, list[bytes]]:
    """Ask for everything that mail programs ask for; the answers fill the server's cache."""
    return {item: server.fetched(item) for item in dict.fromkeys((*ITEMS, *CHANGED))}


@pytest.mark.parametrize("make", [an_mbox, a_maildir])
def test_a_server_with_a_warm_cache_goes_on_as_before(make: Callable[[Path], str]) -> None:
    """The same UIDs and sizes, every other message byte for byte, no complaint; and in the photo's place one line."""
    with TemporaryDirectory() as name:  # within reach of the account that reads the mail, unlike pytest's own folders
        home, notes = Path(name) / "home", Path(name) / "notes"
        home.mkdir()
        notes.mkdir()
        with running(Path(name), make(home)) as server:
            answers(server)
            before = answers(server)
            take_out_one(home, notes)
            after = answers(server)
            assert server.complaints == []
    changed = {
        item: [number for number, answer in enumerate(after[item]) if answer != before[item][number]] for item in after
    }
    (third,) = changed["BODY.PEEK[]"]
    assert {item: numbers for item, numbers in changed.items() if numbers} == {item: [third] for item in CHANGED}
    assert [len(answer) for answer in after["BODY.PEEK[]"]] == [len(answer) for answer in before["BODY.PEEK[]"]]
    assert binascii.a2b_base64(after["BODY.PEEK[2]"][third].partition(b"}")[2]).strip() == SENTENCE
    assert b"Jane Doe" not in after["BODY.PEEK[]"][third]


@pytest.mark.parametrize("make", [an_mbox, a_maildir])
def test_a_server_that_reads_anew_shows_a_text_part_of_the_same_size(make: Callable[[Path], str]) -> None:
    """Without the cache: as many messages, as large, with as many parts."""
    with TemporaryDirectory() as name:
        home, notes = Path(name) / "home", Path(name) / "notes"
        home.mkdir()
        notes.mkdir()
        location = make(home)
        with running(Path(name), f"{location}:INDEX=MEMORY") as server:
            before = answers(server)
            take_out_one(home, notes)
            after = answers(server)
            assert server.complaints == []
    assert after["RFC822.SIZE"] == before["RFC822.SIZE"]
    (third,) = (n for n, answer in enumerate(after["BODY.PEEK[]"]) if answer != before["BODY.PEEK[]"][n])
    assert b'"image" "png"' in before["BODYSTRUCTURE"][third]
    assert after["BODYSTRUCTURE"][third].count(b'"text" "plain"') == 2
