"""What becomes of mailboxes once photos are filed: whole exports erased, or further copies taken out, or neither."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from imgfile.cli import main
from kit.mail import mailboxes
from kit.mail import outlook_messages as outlook
from kit.photos import jpeg_png as photos
from kit.terminal.processes import Outcome, imgfile
from kit.terminal.typed_answers import ADULTS, answer, at_terminal, picture
from kit.vault.practice import Practice

ANSWERS = (
    "--allow-test-id", "--no-input", "--patient", "9434765870", "--dob", "3/3/71", "--body-site", "left shoulder",
    "--purpose", "diagnosis", "--basis", "patient_capacity_16plus", "--form", "phone", "--obtained-at", "20/11/2026",
    "--rationale", "New pigmented lesion, triage for 2WW",
)  # fmt: skip
JPEG_IN_BASE64 = b"\n/9j/"


def mail(seed: int) -> bytes:
    """Make a mail with a photo."""
    return mailboxes.mail(mailboxes.text(), picture(seed), subject=f"pic {seed}", number=seed)


def pack(path: Path, *mails: bytes) -> Path:
    """Write an archive of one mailbox."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("Inbox.mbox", mailboxes.mbox(list(mails)))
    return path


def run(folder: Path, *arguments: str) -> Outcome:
    """Run ingest without a terminal."""
    return imgfile("ingest", *arguments, cwd=folder, env={"IMGFILE_STATE": str(folder.parent / "state"), "TZ": "UTC"})


def acts(practice: Practice) -> list[str]:
    """Read the trail's acts."""
    reported = imgfile("audit", env={"IMGFILE_STATE": str(practice.folder.parent / "state")})
    return [line.split("\t")[2] for line in reported.stdout.decode().splitlines()[1:] if line.startswith("20")]


def test_an_archive_goes_whole_when_its_only_photo_is_filed(here: Path, practice: Practice) -> None:
    """A question more, and the evidence as of any source; the trail says what went, and by which record."""
    pack(here / "export.zip", mail(1), mailboxes.mail(mailboxes.text()))
    with at_terminal(here, "export.zip", "--destroy-export") as session:
        answer(session, *ADULTS)
        session.expect('  "pic 1" from parent@example.org: the photo WILL BE ERASED with the whole of\n  export.zip\n')
        answer(session, ("File it? ", "y"))
        session.expect(". Read back and matched.\n")
        session.expect("export.zip: 2 messages; every photo in it is filed.\n")
        session.expect("Its texts go too: letters, calendar entries, signatures.\n")
        answer(session, ("Erase export.zip, all of it? (y yes, n keep it): ", "y"))
        assert session.finish().status == 0
    assert "Erased all of export.zip: overwritten" in session.screen
    assert 'Still in your mail account: delete "pic 1" from parent@example.org, ' in session.screen
    assert not (here / "export.zip").exists()
    assert acts(practice) == ["filed", "clearing", "cleared", "erased"]


def test_what_is_in_no_record_is_listed_and_its_number_typed(here: Path) -> None:
    """A photo that was left, a logo, and a part that could not be searched; `n` keeps everything, and says so."""
    logo = mailboxes.photo(mailboxes.png(7, 900), content_id="logo", disposition="inline")
    secret = mailboxes.Part(("Content-Type: application/pgp-encrypted",), b"Version: 1\n")
    mails = [mail(1), mail(2), mailboxes.mail(mailboxes.text(), logo), mailboxes.mail(mailboxes.text(), secret)]
    pack(here / "export.zip", *mails)
    whole = (here / "export.zip").read_bytes()
    for typed, status in ((["n"], 15), (["y", "", "2", "3"], 0)):
        with at_terminal(here, "export.zip", "--destroy-export") as session:
            if status:
                answer(session, *ADULTS, ("File it? ", "y"))
            else:
                answer(session, *ADULTS[:2], ("Go on? ", "y"))
            answer(session, ("Patient number (v look, d do not file, s skip, q quit): ", "s"))
            listed = session.expect("To erase all of it and lose them, type how many they are (n keep export.zip): ")
            assert '  2/2      "pic 2" from parent@example.org, ' in listed
            assert '  3/2      "rash pic" from parent@example.org, ' in listed
            assert "  4/2      encrypted file, 11 bytes: not looked into, encrypted\n" in listed
            session.send(f"{typed[0]}\r")
            for line in typed[1:]:
                answer(session, ("type how many they are", line))
            assert session.finish().status == status
        if status:
            assert (
                "imgfile: error: export.zip is kept: 2 photos in it are not filed, not looked into: 1 encrypted file."
                in (session.screen.replace("\n", " "))
            )
            assert (here / "export.zip").read_bytes() == whole
    assert not (here / "export.zip").exists()


def test_an_mbox_loses_its_photos_first_and_then_goes(here: Path) -> None:
    """Whatever becomes of the question at the end, the filed photo is out of it."""
    (here / "Inbox").write_bytes(mailboxes.mbox([mail(1)]))
    kept = run(here, "Inbox", *ANSWERS, "--keep-source", "--yes")
    assert kept.status == 0
    done = run(here, "Inbox", *ANSWERS, "--destroy-export", "--yes")
    assert done.status == 0, done.words
    assert "Erased from Inbox: " in done.words
    assert "Erased all of Inbox: " in done.words
    assert not (here / "Inbox").exists()
    assert run(here, "Inbox", *ANSWERS, "--destroy-export", "--yes").status == 18


def test_without_a_terminal_yes_does_not_lose_a_photo_and_a_flag_does(here: Path) -> None:
    """Exit 15 and the export stays; `--destroy-unfiled` says what it does."""
    pack(here / "export.zip", mail(1), mail(2))
    chosen = ("export.zip", "--part", "1/2", "--destroy-export", *ANSWERS)
    refused = run(here, *chosen, "--yes")
    assert refused.status == 15
    assert "export.zip is kept: 1 photo in it is not filed." in refused.words
    assert "--destroy-unfiled" in refused.words
    assert (here / "export.zip").exists()
    assert run(here, *chosen, "--yes", "--destroy-unfiled").status == 0
    assert not (here / "export.zip").exists()


@pytest.mark.parametrize("door", ["table", "flags"])
def test_a_photo_in_quarantine_keeps_its_export_at_every_door(here: Path, door: str) -> None:
    """R11: nobody decided about it yet; a dry run says so too, and once it is filed the export goes."""
    pack(here / "export.zip", mail(1), mail(2))
    table(here, ("export.zip", 1, "file"), ("export.zip", 2, "skip"))
    aside = run(here, "export.zip", "--part", "2/2", *ANSWERS, "--disposition", "quarantine", "--yes")
    assert aside.status == 17, aside.words
    flags = ("--allow-test-id", "--destroy-export", "--destroy-unfiled", "--yes")
    given: dict[str, tuple[str, ...]] = {
        "table": ("--table", "t.csv", *flags),
        "flags": ("export.zip", "--part", "1/2", *ANSWERS, *flags),
    }
    for more in (("--dry-run",), ()):
        kept = run(here, *given[door], *more)
        assert kept.status in {3, 15}, kept.words
        assert "export.zip is kept: it holds a photo that is set aside until somebody decides about it." in kept.words
        assert (here / "export.zip").exists()
    table(here, ("export.zip", 1, "file"), ("export.zip", 2, "file"))
    run(here, "--table", "t.csv", *flags)
    assert not (here / "export.zip").exists()


def test_a_table_files_an_archive_and_erases_it(here: Path) -> None:
    """Rows to file and nothing left out: it goes. A row that is skipped keeps it."""
    pack(here / "export.zip", mail(1), mail(2))
    for second, status in (("skip", 15), ("file", 0)):
        table(here, ("export.zip", 1, "file"), ("export.zip", 2, second))
        done = run(here, "--table", "t.csv", "--yes", "--allow-test-id", "--destroy-export")
        assert done.status == status, done.words
        assert (here / "export.zip").exists() == bool(status)
    assert "2 filed and erased from export.zip (E" in done.words


def table(folder: Path, *rows: tuple[str, int, str]) -> None:
    """Write a table of photos: the mailbox, the message's number, what is to be done."""
    columns = ["source", "part", "sha256", "action", "patient", "dob", "body_site", "purpose", "basis", "form"]
    columns += ["obtained_at", "rationale"]
    answers = ["9434765870", "3/3/71", "left shoulder", "diagnosis", "patient_capacity_16plus", "phone", "20/11/2026"]
    with (folder / "t.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        for source, number, action in rows:
            digest = hashlib.sha256(photos.jpeg(photos.pixels(400 + number, 300))).hexdigest()
            writer.writerow([source, f"{number}/2", digest, action, *answers, "New pigmented lesion, triage"])


def test_a_photo_that_is_given_up_is_not_called_untouched(here: Path) -> None:
    """A row that is not filed and lost with its export: that is said, and nothing is left to correct."""
    pack(here / "export.zip", mail(1), mail(2))
    table(here, ("export.zip", 1, "file"), ("export.zip", 2, "file"))
    rows = (here / "t.csv").read_text().replace("9434765870", "9434765871", 2).replace("9434765871", "9434765870", 1)
    (here / "t.csv").write_text(rows)
    flags = ("--table", "t.csv", "--yes", "--allow-test-id", "--destroy-export")
    kept = run(here, *flags)
    assert "1 not filed: row 3; its source is untouched." in kept.words
    lost = run(here, *flags, "--destroy-unfiled")
    assert lost.status == 3
    assert "1 not filed: row 3; lost with the export." in lost.words
    assert "Erased all of export.zip, with 1 photo that is in no record: overwritten" in lost.words
    assert "correct row 3" not in lost.words


@pytest.mark.parametrize("name", ["Inbox", "export.zip"])
def test_a_mailbox_that_rows_spell_in_two_ways_is_one(here: Path, name: str) -> None:
    """It is no stranger's lock that is found on it, and what both rows filed is filed from it."""
    if name == "Inbox":
        (here / name).write_bytes(mailboxes.mbox([mail(1), mail(2)]))
    else:
        pack(here / name, mail(1), mail(2))
    table(here, (name, 1, "file"), (f"../here/{name}", 2, "file"))
    done = run(here, "--table", "t.csv", "--yes", "--allow-test-id", "--destroy-export")
    assert done.status == 0, done.words
    assert not (here / name).exists()


@pytest.mark.parametrize("kind", ["folder", "profile", "Maildir", "photo"])
def test_what_is_no_export_of_one_file_is_refused_before_anything_is_read(here: Path, kind: str) -> None:
    """All the mail of a mail program's own store would go with it."""
    named = here / "mail" / "new" / "1" if kind == "Maildir" else here / "mail" / "Inbox"
    named.parent.mkdir(parents=True)
    named.write_bytes(photos.phone_jpeg() if kind == "photo" else mailboxes.mbox([mail(1)]))
    if kind == "profile":
        (here / "mail" / "prefs.js").touch()
    before = named.read_bytes()
    refused = run(here, str(named.parent if kind == "folder" else named), *ANSWERS, "--yes", "--destroy-export")
    assert refused.status == 2, refused.words
    assert "--destroy-export erases" in refused.words
    assert named.read_bytes() == before


@pytest.mark.parametrize(
    "flags",
    [("--destroy-unfiled",), ("--keep-source", "--destroy-export"), ("--keep-source", "--erase-copies")],
)
def test_flags_that_contradict_each_other_are_refused(here: Path, flags: tuple[str, ...]) -> None:
    """Nothing was read."""
    assert run(here, "Inbox", *ANSWERS, "--yes", *flags).status == 2


def test_a_dry_run_erases_nothing(here: Path) -> None:
    """And asks nothing about the export."""
    pack(here / "export.zip", mail(1))
    whole = (here / "export.zip").read_bytes()
    assert run(here, "export.zip", *ANSWERS, "--dry-run", "--destroy-export").status == 0
    assert (here / "export.zip").read_bytes() == whole


def test_who_stops_an_erasure_is_told_that_it_is_begun(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The source is not untouched then; the next run finishes, and says nothing of what it cannot know."""
    pack(here / "export.zip", mail(1), mail(2))

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(here)
    flags = ("--part", "1/2", "--destroy-export", "--destroy-unfiled", *ANSWERS, "--yes")
    with monkeypatch.context() as patch:
        patch.setattr("imgfile.erase.sectors.overwrite", interrupt)
        assert main(["ingest", "export.zip", *flags]) == 130
    reported = capsys.readouterr().err
    assert "imgfile: error: you stopped it while a source was being erased." in reported
    assert "untouched" not in reported
    again = run(here, "export.zip", *flags, "--json")
    assert again.status == 0, again.words
    (cleared,) = json.loads(again.stdout.splitlines()[-1])["exports"]
    assert cleared["erased"]
    assert "unfiled" not in cleared
    assert not (here / "export.zip").exists()


# --- the same photo twice -------------------------------------------------------------------------------


@pytest.fixture
def twice(here: Path) -> Path:
    """Give a mailbox with one photo in two messages, the second of them deleted in Thunderbird."""
    mails = [
        mailboxes.mail(mailboxes.text(), picture(5), subject="rash", number=1),
        mailboxes.mail(mailboxes.text(), picture(5), subject="rash", number=2, extra=("X-Mozilla-Status: 0009",)),
    ]
    (here / "Inbox").write_bytes(mailboxes.mbox(mails))
    return here


def test_a_second_copy_is_offered_to_be_taken_out(twice: Path) -> None:
    """By the permission of the record that was filed; then nothing of the photo is left."""
    with at_terminal(twice, "Inbox", "--part", "1/2") as session:
        answer(session, *ADULTS, ("File it? ", "y"))
        session.expect('Inbox, message 2: the very same photo again, "rash" from parent@example.org, ')
        answer(session, ("Take it out too? (y yes, n no): ", "y"))
        assert session.finish().status == 0
    assert "Erased the copy in message 2 of Inbox: " in session.screen
    assert "still holds a copy" not in session.screen
    assert (twice / "Inbox").read_bytes().count(JPEG_IN_BASE64) == 0


def test_a_second_copy_that_is_left_is_told_with_its_message(twice: Path) -> None:
    """Exit 15: whoever reads the mailbox finds it, although the mail program does not show it."""
    with at_terminal(twice, "Inbox", "--part", "1/2") as session:
        answer(session, *ADULTS, ("File it? ", "y"), ("Take it out too? ", "n"))
        assert session.finish().status == 15
    assert "taken out: in message 2 (part 2), which is deleted and still in the file. imgfile: hint: " in session.words
    assert session.words.endswith("imgfile: hint: Compact the folder in the mail program: that drops what is deleted.")
    assert (twice / "Inbox").read_bytes().count(JPEG_IN_BASE64) == 1


PHOTO = photos.jpeg(photos.pixels(405, 300))


def attached(data: bytes, kind: str) -> mailboxes.Part:
    """Make a part with a file."""
    return mailboxes.photo(data, kind=kind, name="file.bin")


def zipped_photo() -> bytes:
    """Make an archive of one photo."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jpg", PHOTO)
    return whole.getvalue()


HIDDEN = {
    # what else the mailbox holds: the part, the reason that it stays for; none where it goes with --erase-copies
    "another width": (mailboxes.photo(PHOTO, width=72, kind="image/jpeg", name="a.jpg"), ""),
    "zip": (attached(zipped_photo(), "application/zip"), "zip archive"),
    "winmail.dat": (attached(outlook.tnef([("a.jpg", PHOTO)]), "application/ms-tnef"), ""),
    "data: address": (
        mailboxes.Part(
            ("Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: base64"),
            base64.encodebytes(b'<img src="data:image/jpeg;base64,' + base64.b64encode(PHOTO) + b'">'),
        ),
        "it stands in a text",
    ),
    "quoted source": (
        mailboxes.text("> " + mailboxes.encode(PHOTO, "base64").decode().replace("\n", "\n> ")),
        "message 2",
    ),
}


@pytest.mark.parametrize("erases", [False, True])
@pytest.mark.parametrize("name", list(HIDDEN))
def test_a_copy_in_another_form_is_never_passed_over(here: Path, name: str, *, erases: bool) -> None:
    """Exit 15, with its place, in words and for a script; with --erase-copies what can be taken out goes, no more."""
    part, reason = HIDDEN[name]
    mails = [
        mailboxes.mail(mailboxes.text(), mailboxes.photo(PHOTO, kind="image/jpeg", name="a.jpg"), number=1),
        mailboxes.mail(mailboxes.text(), part, mailboxes.text("after it"), number=2),
    ]
    (here / "Inbox").write_bytes(mailboxes.mbox(mails))
    options = ("--part", "1/2", "--yes", "--json", *(["--erase-copies"] * erases))
    done = run(here, "Inbox", *ANSWERS, *options)
    is_gone = erases and not reason
    assert done.status == (0 if is_gone else 15), done.words
    summary = json.loads(done.stdout.decode().splitlines()[-1])
    assert summary["erased"] == 1
    if is_gone:
        assert "residue" not in summary
        assert [copy["erased"] for copy in summary["copies"]] == [True]
        return
    assert {place["in_message"] for place in summary["residue"]} == {2}
    assert "copies" not in summary
    assert "still holds a copy of a photo that was taken out: in message 2" in done.words
    assert reason in done.words
    assert ("--erase-copies" in done.words) is (not reason)


def test_r24_a_copy_that_the_patient_objects_to_is_taken_out_by_no_other(twice: Path) -> None:
    """Its row is refused, and says that nothing was erased: --erase-copies for the first one does not undo that."""
    names, texts = ANSWERS[2::2], ANSWERS[3::2]
    answers = {name.removeprefix("--").replace("-", "_"): text for name, text in zip(names, texts, strict=True)}
    rows = [
        {"source": "Inbox", "part": "1/2", "action": "file", **answers},
        {"source": "Inbox", "part": "2/2", "action": "file", **answers, "objection": "yes"},
    ]
    (twice / "t.ndjson").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    done = run(twice, "--table", "t.ndjson", "--yes", "--erase-copies", "--allow-test-id")
    assert done.status == 3, done.words
    assert "R12: the patient objected" in done.words
    assert (twice / "Inbox").read_bytes().count(JPEG_IN_BASE64) == 1
