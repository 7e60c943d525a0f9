"""`imgfile scan`: what is in an export, for people, pipes and scripts; and nothing is changed."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from imgfile.acts.tables.read import SCANNED
from kit.mail import mailboxes
from kit.terminal.desk import Desk, ndjson
from kit.terminal.processes import Argument, imgfile, imgfile_session, run
from kit.terminal.triage import ANSWERS, LOGO, mail, photo, photo_lines, scan, shot
from kit.tools import tool

HOLD = (
    "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX); print('held', flush=True); input()"
)


def test_a_pipe_gets_one_whole_line_a_photo(here: Path) -> None:
    """Newest first, every column, nothing cut, and nothing that steers a terminal."""
    outcome = scan(here, "triage.mbox")
    heading, *lines = [line.split("\t") for line in outcome.stdout.decode().splitlines()]
    assert outcome.status == 0
    assert heading == [name for name in SCANNED if name not in {"row", "name"}]
    rows = [dict(zip(heading, line, strict=True)) for line in lines]
    assert [row["part"] for row in rows] == ["4/2", "4/4", "3/2", "2/2", "1/2"]
    assert rows[-1] == {
        "source": "triage.mbox",
        "part": "1/2",
        "sha256": hashlib.sha256(shot(1)).hexdigest(),
        "sent": "2026-11-11T08:12:00Z",
        "from": "parent@example.org",
        "subject": "pic 11",
        "message_id": "<11@example.org>",
        "type": "JPEG",
        "pixels": "150x201",
        "bytes": str(len(shot(1))),
        "taken": "2026-11-11T08:09:10+01:00",
        "note": "",
    }
    assert rows[1]["note"].startswith("it is cut short: ")
    assert rows[2]["subject"] == "=1+1 \\u001b[31m\\u202erash"
    assert outcome.words == (
        "triage.mbox: 5 messages, 9 images; 4 look like logos and are left out (--all);"
        " not looked into: 1 encrypted file.\n"
        'imgfile: warning: triage.mbox, message 5 ("pic 15" from parent@example.org): encrypted file, 4 bytes:'
        " not looked into, encrypted.\n"
    )


def test_a_person_gets_a_table_that_can_be_read(here: Path) -> None:
    """What was sent when and by whom, and how to go on; sanitised."""
    with imgfile_session("scan", "triage.mbox", cwd=here, env={"TZ": "UTC"}) as session:
        assert session.finish().status == 0
    assert re.search(r"11 Nov 2026  parent@example\.org +1/2 +JPEG 150 x 201, \d+ kB\n", session.screen)
    assert re.search(r'\n08:12 +"pic 11" +taken 11 Nov 2026 08:09\n', session.screen)
    assert '"=1+1 \N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}rash"' in session.screen
    assert session.screen.endswith(
        "To file them one by one:  imgfile ingest triage.mbox\n"
        "To file many at once:     imgfile scan triage.mbox --table photos.csv\n"
    )
    assert max(map(len, session.screen.splitlines())) <= 80


def test_scripts_get_an_object_for_everything(here: Path) -> None:
    """What cannot be read, searched or had is reported like the rest."""
    lines = ndjson(scan(here, "triage.mbox", "gone.mbox", "--json"))
    assert [line["type"] for line in lines] == ["run", "mailbox", "unsearched", *["photo"] * 5, "failed", "summary"]
    assert lines[1] == {
        "type": "mailbox", "source": "triage.mbox", "container": "mbox", "messages": 5, "images": 9,
        "likely_logos": 4, "not_asked_for": 0, "unsearched": 1, "absent": 0,
        "parts": 15, "opened": 0, "harmless": 5, "taken_out": 0,
    }  # fmt: skip
    assert lines[2]["reason"] == "encrypted"
    assert lines[2]["part"] == "5/2"
    assert lines[7]["sha256"] == hashlib.sha256(shot(1)).hexdigest()
    assert (lines[7]["width"], lines[7]["height"], lines[7]["media_type"]) == (150, 201, "image/jpeg")
    assert lines[-1] == {
        "type": "summary", "mailboxes": 1, "messages": 5, "images": 9, "photos": 5, "likely_logos": 4,
        "not_asked_for": 0, "unsearched": 1, "absent": 0, "failed": 1, "exit": 3,
    }  # fmt: skip


def test_digest_and_subject_go_to_another_program(here: Path) -> None:
    """The pipeline of the how-to page."""
    piped = scan(here, "triage.mbox", "--json").stdout
    query = 'select(.type=="photo")|[.sha256,.subject]|@tsv'
    done = subprocess.run([tool("jq"), "-r", query], input=piped, capture_output=True, check=True)
    assert done.stdout.decode().splitlines()[-1] == f"{hashlib.sha256(shot(1)).hexdigest()}\tpic 11"


def test_logos_are_shown_and_marked_when_asked_for(here: Path) -> None:
    """By their note."""
    lines = photo_lines(scan(here, "triage.mbox", "--all", "--json"))
    logos = [line for line in lines if line["likely_logo"]]
    assert len(lines) == 9
    assert {line["sha256"] for line in logos} == {hashlib.sha256(LOGO).hexdigest()}
    assert {(line["note"], line["messages"]) for line in logos} == {("likely logo; in 4 messages", 4)}
    words = scan(here, "triage.mbox", "--all").words
    assert "9 images; 4 look like logos; not looked into: 1 encrypted file.\n" in words


def test_a_folder_is_scanned_with_all_that_is_in_it(here: Path) -> None:
    """Each photo by its own path; the words are of the whole folder."""
    for name in ("cur", "new", "tmp"):
        (here / "Maildir" / name).mkdir(parents=True)
    for number in (11, 12):
        (here / "Maildir" / "cur" / f"{number}.host:2,S").write_bytes(mail(number, photo(shot(number))))
    (here / "loose.jpg").write_bytes(shot(0))
    outcome = scan(here, ".", "Maildir", "--json")
    assert {line["source"] for line in photo_lines(outcome)} == {
        "triage.mbox", "loose.jpg", "Maildir/cur/11.host:2,S", "Maildir/cur/12.host:2,S",
    }  # fmt: skip
    (loose,) = [line for line in photo_lines(outcome) if line["source"] == "loose.jpg"]
    assert loose.keys() == {
        "type", "source", "sha256", "media_type", "width", "height", "bytes", "taken", "likely_logo", "messages",
    }  # fmt: skip
    assert "Maildir: 2 mailboxes, 2 messages, 2 images.\n" in outcome.words
    with imgfile_session("scan", "Maildir", "loose.jpg", cwd=here) as session:
        assert session.finish().status == 0
    assert "in Maildir/cur/11.host:2,S" in session.screen
    assert "loose.jpg  " in session.screen


def test_what_stands_in_the_way_of_filing_is_noted(tmp_path: Path) -> None:
    """A signature, an archive, a format that can only be named, a coding that is broken."""
    signature = mailboxes.Part(("Content-Type: application/pkcs7-signature",), b"AAAA")
    signed = mailboxes.multipart([photo(shot(1)), signature], "signed")
    named = mailboxes.photo(b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(4000), kind="image/jp2")
    coded = photo(shot(2))
    mails = [
        mailboxes.message(signed, number=1).render(),
        mailboxes.mail(named, number=2),
        mailboxes.mail(mailboxes.Part(coded.headers, coded.body[:1002]), number=3),
    ]
    (tmp_path / "box").write_bytes(mailboxes.mbox(mails))
    with zipfile.ZipFile(tmp_path / "box.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("box", mailboxes.mbox([mail(4, photo(shot(4)))]))
    noted = {line["message_id"]: line for line in photo_lines(scan(tmp_path, "box", "box.zip", "--json"))}
    assert {number: line.get("note") for number, line in noted.items()} == {
        "<1@example.org>": "in a signed message",
        "<2@example.org>": "it is a JPEG 2000 picture, which cannot be stripped and proven",
        "<3@example.org>": "the attachment's base64 is broken",
        "<4@example.org>": "cannot be taken out in place",
    }
    assert (noted["<2@example.org>"]["media_type"], noted["<2@example.org>"]["bytes"]) == ("jp2", 4012)
    assert noted["<3@example.org>"].keys() & {"sha256", "width"} == set()


@pytest.mark.parametrize("suffix", ["csv", "ndjson", "xlsx"])
def test_a_table_notes_what_else_a_photos_message_holds(tmp_path: Path, suffix: str) -> None:
    """What was not looked into, and what is absent; the sender's name for it is harmless to look at."""
    movie = mailboxes.photo(b"\0\0\0\x14ftypqt  \0\0\0\0moov", kind="video/quicktime", name="IMG\u202e_1.MOV")
    empty = mailboxes.photo(b"", kind="image/heic", name="IMG_2.HEIC")
    whole = mailboxes.mail(mailboxes.text(), photo(shot(1)), movie, empty)
    (tmp_path / "rash.eml").write_bytes(whole)
    outcome = scan(tmp_path, "rash.eml", "--table", f"t.{suffix}")
    assert outcome.words.startswith(
        "rash.eml: 1 message, 1 image, not looked into: 1 video, announced and absent: 1 picture.  -> "
    )
    noted = "beside it, not looked into: video IMG", "_1.MOV; beside it, absent: picture IMG_2.HEIC"
    if suffix == "xlsx":
        cells = [cell for (*row,) in openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets[0].values for cell in row]
        assert any(all(words in str(cell) for words in noted) for cell in cells)
    else:
        assert all(words in (tmp_path / f"t.{suffix}").read_text("utf-8-sig") for words in noted)


def test_of_many_parts_that_were_not_searched_the_first_are_named(tmp_path: Path) -> None:
    """The rest is counted, and all of it is in JSON."""
    html = mailboxes.Part(("Content-Type: text/html",), b'<img src="data:image/png;base64,AAAA">')
    (tmp_path / "box").write_bytes(mailboxes.mbox([mailboxes.mail(html, number=number) for number in range(23)]))
    words = scan(tmp_path, "box").words.splitlines()
    assert len(words) == 22
    assert words[-1].startswith("imgfile: warning: and 3 parts more; all of them: imgfile scan")
    lines = ndjson(scan(tmp_path, "box", "--json", "--quiet"))
    assert [line["reason"] for line in lines if line["type"] == "unsearched"] == ["data_uri"] * 23


def test_nothing_found_is_no_failure(tmp_path: Path) -> None:
    """It says what it looked through."""
    (tmp_path / "box").write_bytes(mailboxes.mbox([mailboxes.mail(mailboxes.text())]))
    outcome = scan(tmp_path, "box")
    assert (outcome.status, outcome.words) == (0, "box: 1 message, 0 images.\n")
    with imgfile_session("scan", "box", cwd=tmp_path) as session:
        assert session.finish().status == 0
    assert session.screen == "box: 1 message, 0 images.\n"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["gone.mbox"], 18, "gone.mbox does not exist."),
        (["notes.txt"], 14, "notes.txt is neither a photo nor a mailbox."),
        (["notes.txt", "triage.mbox"], 3, "notes.txt is neither a photo nor a mailbox."),
        (["gone.mbox", "--filed"], 18, "gone.mbox does not exist."),
        (["gone.mbox", "triage.mbox", "--filed"], 3, "gone.mbox does not exist."),
        (["gone.mbox", "--table", "t.csv"], 18, "gone.mbox does not exist."),
        ([], 2, "there is nothing to look through."),
        ([""], 2, "there is nothing to look through."),
        (["-"], 2, "a mailbox is not read from a pipe."),
        (["triage.mbox", "--min-pixels", "big"], 2, "--min-pixels is no number of pixels."),
        (["triage.mbox", "--since", "11/21/2026"], 2, "--since has its month before its day"),
        (["triage.mbox", "--until", "x"], 2, "--until is not a date"),
        (["triage.mbox", "--filed", "--table", "t.csv"], 2, "--filed lists messages, not photos."),
        (["triage.mbox", "--filed", "--preview"], 2, "--filed lists messages, not photos."),
        (["triage.mbox", "--filed", "--min-pixels", "9"], 2, "--filed lists messages, not photos."),
    ],
)
def test_each_failure_has_its_code(here: Path, words: list[str], status: int, said: str) -> None:
    """One source its own, several that of a batch."""
    (here / "notes.txt").write_text("Dear doctor")
    outcome = scan(here, *words)
    assert outcome.status == status
    assert f"imgfile: error: {said}" in outcome.words
    assert not (here / "t.csv").exists()


# --- what was filed already -----------------------------------------------------------------------------------


def test_the_messages_that_photos_were_filed_from_are_listed(desk: Desk, here: Path) -> None:
    """For people, pipes and scripts; narrowed like photos."""
    assert scan(here, "triage.mbox", "--filed").words == "No photo was taken out of any message here.\n"
    flags = [word for name, text in ANSWERS.items() for word in (f"--{name.replace('_', '-')}", text)]
    for part in ("1/2", "3/2"):
        done = imgfile(
            *("ingest", "triage.mbox", "--part", part, "--yes", "--no-input", "--allow-test-id", *flags),
            cwd=here, env={**desk.environment, "TZ": "UTC"},
        )  # fmt: skip
        assert done.status == 0, done.words
    outcome = scan(here, "triage.mbox", "--filed")
    heading, *lines = [line.split("\t") for line in outcome.stdout.decode().splitlines()]
    assert heading == ["source", "part", "record", "sent", "from", "subject", "message_id"]
    assert [line[1] for line in lines] == ["3/2", "1/2"]
    assert lines[1][3:] == ["2026-11-11T08:12:00Z", "parent@example.org", "pic 11", "<11@example.org>"]
    assert "The photos of these 2 messages were filed." in outcome.words
    (line, summary) = ndjson(scan(here, "triage.mbox", "--filed", "--subject", "pic 11", "--json"))[1:]
    assert line == {
        "type": "filed", "source": "triage.mbox", "parts": ["1/2"], "records": [lines[1][2]],
        "sent": "2026-11-11T08:12:00Z", "from": "parent@example.org", "subject": "pic 11",
        "message_id": "<11@example.org>",
    }  # fmt: skip
    assert summary == {"type": "summary", "filed": 1, "failed": 0, "exit": 0}
    with imgfile_session("scan", "triage.mbox", "--filed", cwd=here, env={"TZ": "UTC"}) as session:
        session.finish()
    assert re.search(rf"11 Nov 2026  parent@example\.org +{lines[1][2]}\n08:12 +\"pic 11\"", session.screen)
    assert photo_lines(scan(here, "triage.mbox", "--json"))[-1]["part"] == "2/2"


# --- nothing is changed ---------------------------------------------------------------------------------------


def test_a_scan_writes_nothing_anywhere_and_needs_no_vault(here: Path, tmp_path: Path) -> None:
    """Not beside the mailbox, not in the home folder, not in a temporary one; no file is opened for writing at all."""
    homes = {"HOME": "home", "XDG_STATE_HOME": "state", "XDG_CACHE_HOME": "cache", "TMPDIR": "tmp"}
    env: dict[str, str | None] = {name: str(tmp_path / folder) for name, folder in homes.items()}
    env |= {"COVERAGE_PROCESS_START": None, "COVERAGE_PROCESS_CONFIG": None}  # it would write what it measured
    for folder in homes.values():
        (tmp_path / folder).mkdir()
    before = {path: (path.lstat().st_mtime_ns, path.lstat().st_ino) for path in here.rglob("*")}
    trace = tmp_path / "trace"
    strace: list[Argument] = [tool("strace"), "-f", "-e", "trace=file,ftruncate,fallocate", "-o", trace]
    done = run([*strace, sys.executable, "-B", "-m", "imgfile", "scan", "triage.mbox", "--json"], cwd=here, env=env)
    assert done.status == 0, done.words
    seen = trace.read_text()
    assert str(here) in seen or '"triage.mbox"' in seen
    opened = re.findall(r'open(?:at)?\((?:\w+, )?"([^"]*)", [^)]*O_(?:WRONLY|RDWR|CREAT)', seen)
    assert {path for path in opened if not path.startswith("/dev/")} == set()
    assert re.findall(r"^\d+ +(?:mkdir|unlink|rename|link|symlink|truncate)\w*\(", seen, re.MULTILINE) == []
    assert {path: (path.lstat().st_mtime_ns, path.lstat().st_ino) for path in here.rglob("*")} == before
    assert [path for folder in homes.values() for path in (tmp_path / folder).rglob("*")] == []


def test_the_table_is_the_only_file_that_a_scan_makes(here: Path, tmp_path: Path) -> None:
    """And no byte of a photo is in it."""
    before = set(tmp_path.rglob("*"))
    scan(here, "triage.mbox", "--table", "t.csv", env={"HOME": str(tmp_path), "TMPDIR": str(tmp_path)})
    assert set(tmp_path.rglob("*")) - before == {here / "t.csv"}


def test_what_to_do_about_a_lock_is_said_in_whole_sentences(here: Path) -> None:
    """A program that runs is closed; of one that does not, its lock is removed: both at the prompt."""
    (here / "triage.mbox.lock").touch()
    with imgfile_session("scan", "triage.mbox", cwd=here) as session:
        session.expect("If none is running, remove triage.mbox.lock first.\n")
        session.expect("Close that program, then press Enter (q quits): ")
        (here / "triage.mbox.lock").unlink()
        session.send("\r")
        session.expect("5 messages, 9 images")
        session.finish()


def test_thunderbird_running_is_told_and_nothing_is_read(here: Path) -> None:
    """As before filing; at a terminal one may close it and go on."""
    (here / "prefs.js").touch()
    lock = here / ".parentlock"
    lock.touch()
    holder = subprocess.Popen([sys.executable, "-c", HOLD, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout
    assert holder.stdout.readline() == b"held\n"
    outcome = scan(here, "triage.mbox")
    assert outcome.status == 18
    assert outcome.words == (
        "imgfile: error: Thunderbird is open and is using this mailbox. Nothing was read.\n"
        "imgfile: hint: Close Thunderbird, then run the command again.\n"
    )
    with imgfile_session("scan", "triage.mbox", cwd=here) as session:
        session.expect("Close Thunderbird, then press Enter (q quits): ")
        holder.communicate(b"\n")
        session.send("\r")
        session.expect("5 messages, 9 images")
        assert session.finish().status == 0


def test_an_export_that_is_cut_off_is_named(here: Path) -> None:
    """What unpacks a file knows no name, and whoever typed several wants to know which."""
    (here / "old.zip").write_bytes(b"PK\x03\x04" + bytes(40))
    assert "error: old.zip: the zip archive is " in scan(here, "old.zip").words
