"""Mail programs' folders: every mailbox in them is found by its bytes, and their own indexes stay as they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgfile.clinical.proofs import Evidence
from imgfile.erase.region import erase_region
from imgfile.errors import SourceRemains, SourceUnavailable
from imgfile.mail import folders
from imgfile.mail.folders import find_mail_files, is_mail_folder
from imgfile.mail.mailbox import open_export
from imgfile.mail.removal.plan import plan_removal
from kit.mail import mailboxes as made
from kit.vault.erasure import Notes, release


def store(folder: Path, *names: str) -> None:
    """Put a mail with a photo of its own under each name."""
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        mail = made.mail(made.text(), made.photo(made.png(number)), number=number)
        path.write_bytes(made.mbox([mail]) if "." not in path.name else mail)


def found_in(folder: Path) -> list[str]:
    """Return the mailbox files found, from the folder on."""
    return [path.relative_to(folder).as_posix() for path in find_mail_files(folder)]


def take_out_all(folder: Path, notes: Path) -> int:
    """Take every photo out of every mailbox of a folder, on the disk; return how many there were."""
    notes.mkdir(exist_ok=True)
    taken = 0
    for path in find_mail_files(folder):
        with open_export(path) as export:
            for attachment in list(export.attachments()):
                removal = plan_removal(export, attachment, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
                erased = erase_region(
                    release(attachment.decode()), path, export.identity, removal, pending=Notes(notes)
                )
                assert erased.evidence > Evidence.E0
                taken += 1
            assert list(export.scan()) == []
    return taken


def test_a_maildir_gives_its_messages_wherever_they_are(tmp_path: Path) -> None:
    """New, read and half delivered ones, and those of its folders; dovecot's own files are none."""
    names = ["cur/1.a:2,S", "cur/3.a:2,ST", "new/2.a", "tmp/4.a", ".Rash/cur/5.a:2,"]
    store(tmp_path, *names)
    (tmp_path / "dovecot-uidlist").write_bytes(b"3 V1 N6 G0\n1 :1.a\n")
    (tmp_path / "dovecot.index.cache").write_bytes(bytes(400))
    assert is_mail_folder(tmp_path)
    assert found_in(tmp_path) == sorted(names)


def test_photos_leave_a_maildir_with_names_and_sizes_unchanged(tmp_path: Path) -> None:
    """Only the messages that held one get a newer time."""
    store(tmp_path / "box", "cur/1.a,S=3000:2,S", "new/2.a")
    (tmp_path / "box" / "cur" / "3.a:2,").write_bytes(made.mail(made.text()))
    before = {path: path.stat() for path in find_mail_files(tmp_path / "box")}
    assert take_out_all(tmp_path / "box", tmp_path / "notes") == 2
    after = {path: path.stat() for path in find_mail_files(tmp_path / "box")}
    assert [(path, facts.st_size, facts.st_ino) for path, facts in after.items()] == [
        (path, facts.st_size, facts.st_ino) for path, facts in before.items()
    ]


def test_a_message_that_dovecot_copied_by_a_hard_link_is_left(tmp_path: Path) -> None:
    """The photo would still be readable under the other name, in a folder that nobody named."""
    store(tmp_path, "cur/1.a:2,S")
    (tmp_path / ".Rash" / "cur").mkdir(parents=True)
    (tmp_path / ".Rash/cur/2.a:2,S").hardlink_to(tmp_path / "cur/1.a:2,S")
    assert len(found_in(tmp_path)) == 2
    with pytest.raises(SourceRemains, match="one other name"):
        take_out_all(tmp_path, tmp_path / "notes")


def test_a_message_that_is_renamed_after_the_scan_can_be_found_again(tmp_path: Path) -> None:
    """A mail program marked it as read meanwhile: that photo alone is refused."""
    store(tmp_path, "new/1.a")
    with open_export(tmp_path / "new/1.a") as export:
        (attachment,) = export.attachments()
    (tmp_path / "cur").mkdir()
    (tmp_path / "new/1.a").rename(tmp_path / "cur/1.a:2,S")
    with pytest.raises(SourceUnavailable):
        attachment.decode()
    assert found_in(tmp_path) == ["cur/1.a:2,S"]


def test_a_thunderbird_profile_gives_its_mailboxes_and_keeps_its_indexes(tmp_path: Path) -> None:
    """Trees of `.sbd` folders; the cached pictures of web pages are no mail."""
    names = ["Mail/Local Folders/Inbox", "Mail/Local Folders/Inbox.sbd/Rash", "ImapMail/mail.example.org/INBOX"]
    store(tmp_path, *names)
    indexes = [tmp_path / f"{name}.msf" for name in names]
    for index in indexes:
        index.write_bytes(b'// <!-- <mdb:mork:z v="1.4"/> -->\n')
    (tmp_path / "prefs.js").write_bytes(b"// Mozilla User Preferences\n")
    (tmp_path / "cache2").mkdir()
    (tmp_path / "cache2" / "0AF3").write_bytes(made.png())
    assert is_mail_folder(tmp_path)
    assert is_mail_folder(tmp_path / "Mail/Local Folders")
    assert found_in(tmp_path) == sorted(names)
    times = [index.stat().st_mtime_ns for index in indexes]
    assert take_out_all(tmp_path, tmp_path / "notes") == 3
    assert [index.stat().st_mtime_ns for index in indexes] == times


def test_a_message_that_thunderbird_deleted_is_still_searched(tmp_path: Path) -> None:
    """It stays in the file, marked as expunged, until the folder is compacted."""
    deleted = made.mail(made.photo(made.png()), extra=("X-Mozilla-Status: 0009", "X-Mozilla-Status2: 00000000"))
    (tmp_path / "Inbox").write_bytes(made.mbox([deleted, made.mail(made.text())], bare=True))
    with open_export(tmp_path / "Inbox") as export:
        assert [found.message.number for found in export.attachments()] == [1]


def test_apple_mails_folders_give_messages_and_the_photos_beside_them(tmp_path: Path) -> None:
    """An exported `X.mbox` has one mbox; the program's own store has `.emlx` files, some without their photo.

    What else it keeps beside them is given too: whoever looks into it names it.
    """
    store(tmp_path, "Rash.mbox/mbox")
    (tmp_path / "Rash.mbox" / "table_of_contents").write_bytes(bytes(80))
    messages = tmp_path / "INBOX.mbox/0A/Data/Messages"
    messages.mkdir(parents=True)
    (messages / "7.emlx").write_bytes(made.emlx(made.mail(made.photo(made.png(7)))))
    kept = tmp_path / "INBOX.mbox/0A/Data/Attachments/8/2/IMG_1.png"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(made.png(8))
    kept.with_name("letter.txt").write_bytes(b"Dear doctor")
    (messages / "logo.png").write_bytes(made.png(9))
    assert is_mail_folder(tmp_path)
    assert is_mail_folder(tmp_path / "Rash.mbox")
    assert is_mail_folder(messages.parent)
    assert found_in(tmp_path) == [
        "INBOX.mbox/0A/Data/Attachments/8/2/IMG_1.png",
        "INBOX.mbox/0A/Data/Attachments/8/2/letter.txt",
        "INBOX.mbox/0A/Data/Messages/7.emlx",
        "Rash.mbox/mbox",
    ]


@pytest.mark.parametrize("count", ["{}", "99999999", "1", "{}   "])
def test_an_emlx_keeps_its_length_and_its_property_list(tmp_path: Path, count: str) -> None:
    """The count on the first line says where the message ends; a wrong one hides no photo."""
    mail = made.mail(made.text(), made.photo(made.png()))
    path = tmp_path / "1.emlx"
    path.write_bytes(made.emlx(mail, count=count.format(len(mail))))
    assert take_out_all(tmp_path, tmp_path / "notes") == 1
    assert path.read_bytes().endswith(made.PROPERTY_LIST)


def test_folders_of_photos_and_letters_are_no_mail_folders(tmp_path: Path) -> None:
    """There nothing is looked at but what was asked for."""
    store(tmp_path, "rash.eml")
    (tmp_path / "holiday").mkdir()
    assert not is_mail_folder(tmp_path)


def test_links_are_not_followed_and_what_cannot_be_read_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that cannot be opened is left to whoever opens it; a folder that cannot be listed is reported at once."""
    store(tmp_path, "cur/1.a")
    (tmp_path / "cur/2.a").symlink_to("1.a")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "cur/3.a")  # type: ignore[attr-defined,unused-ignore]
    assert found_in(tmp_path) == ["cur/1.a"]
    monkeypatch.setattr(folders, "container_of", refuse)
    assert found_in(tmp_path) == ["cur/1.a"]
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        is_mail_folder(tmp_path / "absent")


def refuse(path: Path) -> None:
    """Stand for a file that its owner alone may read."""
    raise SourceUnavailable(f"{path} cannot be opened: permission denied.")


def test_folders_nested_without_end_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mount that contains itself, say."""
    store(tmp_path, "a/b/1.a", "a/b/c/2.a")
    monkeypatch.setattr(folders, "MAX_DEPTH", 2)
    assert found_in(tmp_path) == ["a/b/1.a"]
