"""A photo is filed from every kind of mailbox that a mail program leaves, and is gone from it afterwards."""

from __future__ import annotations

import base64
import io
import mailbox
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kit.mail import mailboxes
from kit.mail import outlook_data_files as datafiles
from kit.mail import outlook_messages as outlook
from kit.photos import jpeg_png as photos
from kit.terminal.desk import Desk, ndjson

ADULT = ["--allow-test-id", "--no-input", "--yes", "--patient", "9434765870", "--dob", "3/3/71"]
ANSWERS = ["--body-site", "left shoulder", "--purpose", "diagnosis", "--basis", "patient_capacity_16plus"]
CONSENT = ["--form", "phone", "--obtained-at", "20/11/2026", "--rationale", "New pigmented lesion, triage for 2WW"]


def message(photo: bytes) -> bytes:
    """Make a mail with the photo attached."""
    return mailboxes.mail(mailboxes.text(), mailboxes.photo(photo))


def as_maildir(folder: Path, photo: bytes) -> Path:
    """Put the mail into a sub-folder of a Maildir."""
    box = mailbox.Maildir(folder / "Maildir")
    box.add_folder("Patients").add(message(photo))
    return folder / "Maildir"


def as_thunderbird(folder: Path, photo: bytes) -> Path:
    """Put the mail into a folder within a folder of a local account."""
    local = folder / "Local Folders"
    (local / "Inbox.sbd").mkdir(parents=True)
    (local / "Inbox").write_bytes(b"")
    (local / "Inbox.msf").write_bytes(b'// <!-- <mdb:mork:z v="1.4"/> -->')
    (local / "Inbox.sbd" / "Rashes").write_bytes(mailboxes.mbox([message(photo)]))
    return local


def as_apple(folder: Path, photo: bytes) -> Path:
    """Export the mail as Apple Mail does."""
    (folder / "Rashes.mbox").mkdir()
    (folder / "Rashes.mbox" / "mbox").write_bytes(mailboxes.mbox([message(photo)]))
    return folder / "Rashes.mbox"


def as_outlook(folder: Path, photo: bytes) -> Path:
    """Save the mail from Outlook."""
    attached = outlook.attached(photo, "IMG_0001.jpg", kind="image/jpeg")
    (folder / "rash.msg").write_bytes(outlook.compound(outlook.message([attached])))
    return folder / "rash.msg"


def as_winmail(folder: Path, photo: bytes) -> Path:
    """Wrap the photo into a winmail.dat."""
    (folder / "winmail.dat").write_bytes(outlook.tnef([("IMG_0001.jpg", photo)]))
    return folder / "winmail.dat"


CONTAINERS = [as_maildir, as_thunderbird, as_apple, as_outlook, as_winmail]


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda make: make.__name__)
def test_a_photo_is_filed_and_gone(desk: Desk, tmp_path: Path, container: Callable[[Path, bytes], Path]) -> None:
    """Named as a person would name it; nothing of the photo's coded data is left in any file."""
    photo = photos.phone_jpeg()
    named = container(tmp_path, photo)
    outcome = desk.run("ingest", named, *ADULT, *ANSWERS, *CONSENT, "--json")
    assert outcome.status == 0, outcome.words
    lines = [line for line in ndjson(outcome) if line["type"] == "photo"]
    assert [(line["outcome"], line["erased"]) for line in lines] == [("filed", True)]
    files = [named] if named.is_file() else [path for path in named.rglob("*") if path.is_file()]
    left = b"".join(path.read_bytes() for path in files)
    middle = photo[len(photo) // 2 :][:48]
    assert middle not in left
    assert base64.b64encode(photo)[3000:3060] not in left.replace(b"\n", b"")
    assert desk.run("verify").status == 0


def archived(photo: bytes) -> bytes:
    """Pack a mailbox into an archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Inbox.mbox", mailboxes.mbox([message(photo)]))
    return packed.getvalue()


def lying_loose(photo: bytes) -> bytes:
    """Pack a photo by itself into an archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("phone/rash.jpg", photo)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("phone.zip", lying_loose, None),
        (
            "winmail.dat",
            lambda photo: outlook.tnef([("rash.jpg", photo)]),
            'delete "',
        ),
        (
            "no-subject.eml",
            lambda photo: message(photo).replace(b"Subject: ", b"X-Was: "),
            "a message without a subject from",
        ),
        ("no-sender.eml", lambda photo: message(photo).replace(b"From: ", b"X-Was: "), 'delete "'),
    ],
)
def test_what_is_to_be_deleted_in_the_mail_account_is_named_and_only_where_there_is_such_a_message(
    desk: Desk, tmp_path: Path, name: str, make: Callable[[bytes], bytes], said: str | None
) -> None:
    """Never a pair of empty quotes; and of a photo that lay in no message, nothing."""
    (tmp_path / name).write_bytes(make(photos.phone_jpeg()))
    outcome = desk.run("ingest", tmp_path / name, *ADULT, *ANSWERS, *CONSENT, "--destroy-export")
    assert outcome.status == 0, outcome.words
    assert '""' not in outcome.words
    assert "from ," not in outcome.words
    assert ("mail account" in outcome.words) is (said is not None)
    assert said is None or said in outcome.words


def test_the_same_photo_in_two_messages_of_a_destroyed_export_is_to_be_deleted_in_both(
    desk: Desk, tmp_path: Path
) -> None:
    """The account has them still, and nobody can look the second one up any more."""
    photo = photos.phone_jpeg()
    mails = [
        mailboxes.mail(mailboxes.text(), mailboxes.photo(photo), subject=subject, number=number)
        for number, subject in enumerate(("rash", "rash again"), 1)
    ]
    (tmp_path / "Inbox").write_bytes(mailboxes.mbox(mails))
    outcome = desk.run("ingest", tmp_path / "Inbox", "--part", "1/2", *ADULT, *ANSWERS, *CONSENT, "--destroy-export")
    assert outcome.status == 0, outcome.words
    assert not (tmp_path / "Inbox").exists()
    told = [line for line in outcome.words.splitlines() if line.startswith("Still in your mail account: ")]
    assert [line.split('"')[1] for line in told] == ["rash", "rash again"]


@pytest.mark.parametrize("data", [message(photos.phone_jpeg()), archived(photos.phone_jpeg())])
def test_a_mailbox_on_standard_input_is_named_as_what_it_is(desk: Desk, data: bytes) -> None:
    """It is no broken photo, and a file of it can be filed from."""
    refused = desk.run("ingest", "-", *ADULT, *ANSWERS, *CONSENT, stdin=data)
    assert refused.status == 14
    assert "a mailbox is not read from a pipe." in refused.words
    assert "name its file" in refused.words


@pytest.mark.parametrize(
    ("flags", "status", "said"),
    [
        ((), 15, "export.zip would be kept: 1 photo in it is not filed, not looked into: 1 video."),
        (("--destroy-unfiled",), 0, "ready to be filed."),
    ],
)
def test_a_dry_run_ends_as_the_destruction_of_the_export_would(
    desk: Desk, tmp_path: Path, flags: tuple[str, ...], status: int, said: str
) -> None:
    """And leaves the export as it is."""
    parts = [
        mailboxes.photo(photos.phone_jpeg()),
        mailboxes.photo(photos.jpeg(photos.pixels(300, 200))),
        mailboxes.photo(b"\0\0\0\x18ftypmp42" + bytes(3_000), kind="video/mp4", name="a.mp4"),
    ]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.eml", mailboxes.mail(mailboxes.text(), *parts))
    (tmp_path / "export.zip").write_bytes(packed.getvalue())
    whole = ("--part", "1/2", *ADULT, *ANSWERS, *CONSENT, "--destroy-export", *flags)
    tried = desk.run("ingest", tmp_path / "export.zip", *whole, "--dry-run")
    assert (tried.status, said in tried.words) == (status, True), tried.words
    assert (tmp_path / "export.zip").read_bytes() == packed.getvalue()
    assert desk.run("ingest", tmp_path / "export.zip", *whole).status == status
    assert (tmp_path / "export.zip").exists() is bool(status)


def kept_by_outlook(photo: bytes) -> bytes:
    """Put the photo into Outlook's data file."""
    return datafiles.data_file([datafiles.Letter([datafiles.File(photo, "IMG_0001.jpg", kind="image/jpeg")])])


@pytest.mark.parametrize("make", [archived, kept_by_outlook])
def test_what_cannot_be_taken_out_again_is_told_before_anything_is_filed(
    desk: Desk, tmp_path: Path, make: Callable[[bytes], bytes]
) -> None:
    """An archive is compressed, a data file only read: a photo in it is filed only when it may stay there."""
    export = tmp_path / "export"
    data = make(photos.phone_jpeg())
    export.write_bytes(data)
    refused = desk.run("ingest", export, *ADULT, *ANSWERS, *CONSENT)
    assert refused.status == 14
    assert "--keep-source" in refused.words
    kept = desk.run("ingest", export, "--keep-source", "--json", *ADULT, *ANSWERS, *CONSENT)
    assert kept.status == 0, kept.words
    assert [line["outcome"] for line in ndjson(kept) if line["type"] == "photo"] == ["filed"]
    assert export.read_bytes() == data
    gone = desk.run("ingest", export, "--destroy-export", "--json", *ADULT, *ANSWERS, *CONSENT)
    assert gone.status == 0, gone.words
    assert [line["outcome"] for line in ndjson(gone) if line["type"] == "photo"] == ["already_filed"]
    (whole,) = ndjson(gone)[-1]["exports"]
    assert (whole["erased"], whole["unfiled"], len(whole["records"])) == (True, 0, 1)
    assert not export.exists()


def test_a_damaged_data_file_is_refused_in_one_sentence(desk: Desk, tmp_path: Path) -> None:
    """With what to do about it."""
    (tmp_path / "outlook.pst").write_bytes(kept_by_outlook(photos.phone_jpeg())[:20_000])
    refused = desk.run("ingest", tmp_path / "outlook.pst", *ADULT, *ANSWERS, *CONSENT)
    assert refused.status == 14
    assert "damaged or cut off" in refused.words
    assert "ScanPST" in refused.words
