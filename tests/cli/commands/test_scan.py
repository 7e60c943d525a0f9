"""`imgfile scan`: what is in an export, for people, pipes, scripts and spreadsheets; and nothing is changed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from imgfile.acts.tables.read import SCANNED
from kit.mail import mailboxes
from kit.photos import heif as photos_heif
from kit.photos import jpeg_png as photos
from kit.terminal.desk import Desk, ndjson
from kit.terminal.processes import Argument, Outcome, imgfile, imgfile_session, run
from kit.tools import tool

LOGO = photos.png(photos.pixels(90, 30))
HOLD = (
    "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX); print('held', flush=True); input()"
)
ATTACK = "=1+1 \x1b[31m\N{RIGHT-TO-LEFT OVERRIDE}rash"
ABLE = {"COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}


def shot(number: int) -> bytes:
    """Make a photo of a telephone's, another one for each number."""
    return photos.phone_jpeg(width=200 + number, height=150)


def mail(number: int, *parts: mailboxes.Part, subject: str = "", sender: str = "parent@example.org") -> bytes:
    """Make a mail of the day with this number of November 2026."""
    made = mailboxes.mail(mailboxes.text(), *parts, subject=subject or f"pic {number}", number=number)
    dated = made.replace(b"Date: Sat, 21 Nov 2026", f"Date: {number} Nov 2026".encode())
    return dated.replace(b"A Parent <parent@example.org>", f"<{sender}>".encode())


def photo(data: bytes) -> mailboxes.Part:
    """Attach a photo."""
    return mailboxes.photo(data, kind="image/jpeg", name="IMG_0042.jpg")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Give a folder with a mailbox: four photos, a logo in each mail, something cut short, something encrypted."""
    folder = tmp_path / "here"
    folder.mkdir()
    logo = mailboxes.photo(LOGO, content_id="logo", disposition="inline")
    sealed = mailboxes.Part(("Content-Type: application/pkcs7-mime; smime-type=enveloped-data",), b"AAAA")
    mails = [
        mail(11, photo(shot(1)), logo),
        mail(12, photo(shot(2)), logo, sender="granny@example.net"),
        mail(13, photo(shot(3)), logo, subject=ATTACK),
        mail(14, photo(shot(4)), logo, photo(photos.jpeg()[:-100])),
        mail(15, sealed),
    ]
    (folder / "triage.mbox").write_bytes(mailboxes.mbox(mails))
    return folder


def scan(folder: Path, *words: Argument, env: dict[str, str | None] | None = None) -> Outcome:
    """Scan in a folder, without a terminal."""
    return imgfile("scan", *words, cwd=folder, env={"TZ": "UTC"} | (env or {}))


def photo_lines(outcome: Outcome) -> list[dict[str, Any]]:
    """Return what NDJSON tells of photos."""
    return [line for line in ndjson(outcome) if line["type"] == "photo"]


def rows_in(path: Path) -> list[dict[str, str]]:
    """Read a table that a scan wrote."""
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


# --- what is told ---------------------------------------------------------------------------------------------


def test_a_pipe_gets_one_whole_line_a_photo(here: Path) -> None:
    """Newest first, every column, nothing cut, and nothing that steers a terminal."""
    outcome = scan(here, "triage.mbox")
    heading, *lines = [line.split("\t") for line in outcome.stdout.decode().splitlines()]
    assert outcome.status == 0
    assert heading == [name for name in SCANNED if name != "row"]
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
        "taken": "2026-11-21T08:09:10+01:00",
        "note": "",
    }
    assert rows[1]["note"].startswith("it is cut short: ")
    assert rows[2]["subject"] == "=1+1 \\u001b[31m\\u202erash"
    assert outcome.words == (
        "triage.mbox: 5 messages, 9 images; 4 look like logos and are left out (--all).\n"
        "imgfile: warning: triage.mbox, message 5: not searched, encrypted.\n"
    )


def test_a_person_gets_a_table_that_can_be_read(here: Path) -> None:
    """What was sent when and by whom, and how to go on; sanitised."""
    with imgfile_session("scan", "triage.mbox", cwd=here, env={"TZ": "UTC"}) as session:
        assert session.finish().status == 0
    assert re.search(r"11 Nov 2026  parent@example\.org +1/2 +JPEG 150 x 201, \d+ kB\n", session.screen)
    assert re.search(r'\n08:12 +"pic 11" +taken 21 Nov 2026 08:09\n', session.screen)
    assert '"=1+1 \N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}rash"' in session.screen
    assert session.screen.endswith(
        "To file them one by one:  imgfile ingest triage.mbox\n"
        "To file many at once:     imgfile scan triage.mbox --table photos.csv\n"
    )
    assert max(map(len, session.screen.splitlines())) <= 80


def test_scripts_get_an_object_for_everything(here: Path) -> None:
    """What cannot be read, searched or had is told like the rest."""
    lines = ndjson(scan(here, "triage.mbox", "gone.mbox", "--json"))
    assert [line["type"] for line in lines] == ["run", "mailbox", "unsearched", *["photo"] * 5, "failed", "summary"]
    assert lines[1] == {
        "type": "mailbox", "source": "triage.mbox", "container": "mbox", "messages": 5, "images": 9,
        "likely_logos": 4, "not_asked_for": 0, "unsearched": 1,
    }  # fmt: skip
    assert lines[2]["reason"] == "encrypted"
    assert lines[2]["part"] == "5/2"
    assert lines[7]["sha256"] == hashlib.sha256(shot(1)).hexdigest()
    assert (lines[7]["width"], lines[7]["height"], lines[7]["media_type"]) == (150, 201, "image/jpeg")
    assert lines[-1] == {
        "type": "summary", "mailboxes": 1, "messages": 5, "images": 9, "photos": 5, "likely_logos": 4,
        "not_asked_for": 0, "unsearched": 1, "failed": 1, "exit": 3,
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
    assert "9 images; 4 look like logos.\n" in scan(here, "triage.mbox", "--all").words


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


def test_of_many_parts_that_were_not_searched_the_first_are_named(tmp_path: Path) -> None:
    """The rest is counted, and all of it is in JSON."""
    html = mailboxes.Part(("Content-Type: text/html",), b'<img src="data:image/png;base64,AAAA">')
    (tmp_path / "box").write_bytes(mailboxes.mbox([mailboxes.mail(html, number=number) for number in range(23)]))
    words = scan(tmp_path, "box").words.splitlines()
    assert len(words) == 22
    assert words[-1].startswith("imgfile: warning: and 3 parts more not searched; all of them: imgfile scan")
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


# --- which photos ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "parts", "said"),
    [
        (["--from", "GRANNY"], ["2/2"], "4 from other senders"),
        (["--subject", "pic 1"], ["4/2", "4/4", "2/2", "1/2"], "1 with another subject"),
        (["--since", "13/11/2026"], ["4/2", "4/4", "3/2"], "2 sent before 13 Nov 2026"),
        (["--since", "today"], [], "5 sent before "),
        (["--since", "Yesterday"], [], "5 sent before "),
        (["--until", "2026-11-12"], ["2/2", "1/2"], "3 sent after 12 Nov 2026"),
        (["--message-id", "12@example.org"], ["2/2"], "4 in other messages"),
        (["--min-pixels", "150x203"], ["4/2", "4/4", "3/2"], "2 of fewer than 30,450 pixels"),
    ],
)
def test_a_scan_and_an_ingest_are_narrowed_alike(
    desk: Desk, here: Path, words: list[str], parts: list[str], said: str
) -> None:
    """What is left out is counted; a photo whose size is not known is not too small."""
    outcome = scan(here, "triage.mbox", *words, "--json")
    assert [line["part"] for line in photo_lines(outcome)] == parts
    assert f"; 4 look like logos and are left out (--all); {said}" in outcome.words
    if not parts:
        return
    dry = imgfile(
        *("ingest", "triage.mbox", *words, "--dry-run", "--no-input", "--json", "--allow-test-id"),
        cwd=here, env={**desk.environment, "TZ": "UTC"},
    )  # fmt: skip
    assert f"; 4 look like logos and are left out (--all); {said}.\n" in dry.words
    assert len([line for line in ndjson(dry) if line["type"] == "photo"]) == len(parts)


def test_a_table_is_not_narrowed(here: Path, desk: Desk) -> None:
    """It names its own photos."""
    (here / "t.csv").write_text("source,action\na.jpg,file\n")
    assert desk.run("ingest", "--table", here / "t.csv", "--from", "x").status == 2


# --- the table that an admin completes ------------------------------------------------------------------------

ANSWERS = {
    "patient": "943 476 5870", "dob": "03/03/1971", "body_site": "left shoulder", "purpose": "diagnosis",
    "basis": "patient_capacity_16plus", "form": "phone", "obtained_at": "20/11/2025",
    "rationale": "New pigmented lesion, triage for 2WW",
}  # fmt: skip


def respelt(cell: str) -> str:
    """Write a cell as a spreadsheet does that took it for a date."""
    return re.sub(r"^(\d{4})-(\d\d)-(\d\d)(?=$| \d\d:\d\d$)", r"\3/\2/\1", cell)


def complete(path: Path, *, delimiter: str, encoding: str) -> None:
    """Complete a table in a spreadsheet of another country: dates rewritten, cells with `'` kept, no mark."""
    rows = rows_in(path)
    for number, row in enumerate(rows):
        row.update({name: respelt(cell) for name, cell in row.items()})
        if not row["action"] and not row["note"]:
            row.update({"action": "file", **ANSWERS, "dob": "03/03/1971" if number % 2 else "1971-03-03"})
    page = io.StringIO(newline="")
    writer = csv.DictWriter(page, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(page.getvalue().encode(encoding))


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "utf-8"), (",", "utf-8-sig"), ("\t", "utf-8")])
def test_a_table_goes_to_a_spreadsheet_and_back_and_is_filed(
    desk: Desk, here: Path, delimiter: str, encoding: str
) -> None:
    """Dialogue B: scan, complete, try, file; then the list of what lies in the mail account still."""
    env = {**desk.environment, "TZ": "UTC"}
    scanned = scan(here, "triage.mbox", "--table", "triage.csv")
    assert (scanned.status, scanned.stdout) == (0, b"")
    assert scanned.words.startswith(
        'triage.mbox: 5 messages, 9 images, 4 likely logos (action "skip").  -> triage.csv, 9 rows\n'
        "Complete its right half, then:  imgfile ingest --table triage.csv --dry-run\n"
    )
    complete(here / "triage.csv", delimiter=delimiter, encoding=encoding)
    table = ("ingest", "--table", "triage.csv", "--allow-test-id")
    tried = imgfile(*table, "--dry-run", cwd=here, env=env)
    assert tried.words.endswith("9 rows: 4 ready, 4 skipped, 1 undecided. Nothing was changed.\n")
    done = imgfile(*table, "--yes", "--json", cwd=here, env=env, timeout=60)
    summary = ndjson(done)[-1]
    assert (summary["filed"], summary["erased"], summary["skipped"], summary["undecided"]) == (4, 4, 4, 1)
    assert "4 messages are still in the mail account; list: imgfile scan triage.mbox --filed\n" in done.words
    records = {line["record"] for line in ndjson(done) if line.get("outcome") == "filed"}
    filed = ndjson(scan(here, "triage.mbox", "--filed", "--json"))
    assert {record for line in filed if line["type"] == "filed" for record in line["records"]} == records


def test_the_table_is_what_a_spreadsheet_takes(here: Path) -> None:
    """With its mark, CRLF, the columns in order, and no cell that could be calculated."""
    assert scan(here, "triage.mbox", "--table", "t.csv").status == 0
    data = (here / "t.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfrow,source,part,sha256,sent,from,subject,message_id,type,pixels,bytes,taken,")
    assert data.split(b"\r\n", 1)[0].endswith(
        b"note,action,patient,scheme,dob,body_site,sensitivity,intimate,purpose,basis,giver,form,obtained_by,obtained_at,"
        b"rationale,consent_document"
    )
    assert b"\n" not in data.replace(b"\r\n", b"")
    rows = rows_in(here / "t.csv")
    assert [row["row"] for row in rows] == [str(number) for number in range(2, 11)]
    assert {row["action"] for row in rows if row["note"].startswith("likely logo")} == {"skip"}
    assert {row["action"] for row in rows if not row["note"].startswith("likely logo")} == {""}
    assert [row["part"] for row in rows[:3]] == ["'4/2", "'4/3", "'4/4"]
    (attack,) = {row["subject"] for row in rows if "rash" in row["subject"]}
    assert attack == "'=1+1 \N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}rash"
    assert (rows[-2]["sent"], rows[-2]["taken"]) == ("2026-11-11 08:12", "2026-11-21 08:09")


def test_the_table_is_its_owners_alone_and_never_overwritten(here: Path) -> None:
    """Once completed it names patients."""
    assert scan(here, "triage.mbox", "--table", "t.csv").status == 0
    before = (here / "t.csv").read_bytes()
    assert stat.S_IMODE((here / "t.csv").stat().st_mode) == 0o600
    again = scan(here, "triage.mbox", "--table", "t.csv")
    assert again.status == 19
    assert "t.csv is there already" in again.words
    assert (here / "t.csv").read_bytes() == before
    assert scan(here, "triage.mbox", "--table", "no/such/t.csv").status == 19


def test_a_table_of_ndjson_is_completed_by_a_script(desk: Desk, here: Path) -> None:
    """Each line is a row; what --json prints becomes one by adding answers, too."""
    env = {**desk.environment, "TZ": "UTC"}
    scan(here, "triage.mbox", "--table", "t.ndjson")
    printed = scan(here, "triage.mbox", "--json").stdout.decode()
    written = (here / "t.ndjson").read_text().splitlines()
    assert [json.loads(line)["action"] for line in written].count("skip") == 4
    for lines in (written, printed.splitlines()):
        facts = [json.loads(line) for line in lines]
        rows = [{**line, "action": "file", **ANSWERS} if line["type"] == "photo" else line for line in facts]
        (here / "t2.ndjson").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        tried = imgfile("ingest", "--table", "t2.ndjson", "--dry-run", "--allow-test-id", cwd=here, env=env)
        assert " ready, 1 cannot be read" in tried.words


def test_a_part_that_a_spreadsheet_turned_into_a_date_is_told(desk: Desk, here: Path) -> None:
    """As a program does that the apostrophe was taken from."""
    (here / "t.csv").write_text("source,part,action\ntriage.mbox,04-Feb,file\n")
    outcome = desk.run("ingest", "--table", here / "t.csv", "--dry-run")
    assert outcome.status == 13
    assert "row 2: the spreadsheet has turned the part into a date." in outcome.words


def test_a_name_that_is_no_text_needs_a_table_of_ndjson(here: Path) -> None:
    """A spreadsheet could not hold it."""
    name = os.fsdecode(b"tri\xffage.mbox")
    (here / "triage.mbox").rename(here / name)
    assert scan(here, ".", "--table", "t.csv").status == 19
    assert not (here / "t.csv").exists()
    assert scan(here, ".", "--table", "t.ndjson").status == 0
    assert json.loads((here / "t.ndjson").read_text().splitlines()[0])["source"] == name


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


# --- a look at the photos -------------------------------------------------------------------------------------


def test_a_preview_shows_each_photo_beside_its_words(here: Path) -> None:
    """In the terminal's own colours; what cannot be shown says so."""
    (here / "a.heic").write_bytes(photos_heif.telling("HEIF"))
    arguments = ("scan", "triage.mbox", "a.heic", "--preview")
    with imgfile_session(*arguments, cwd=here, env={**ABLE, "TZ": "UTC"}) as session:
        assert session.finish().status == 0
    lines = session.screen.splitlines()
    half = "\N{UPPER HALF BLOCK}"
    (first,) = [number for number, line in enumerate(lines) if line.endswith("  11 Nov 2026 08:12")]
    assert lines[first].startswith(half * 24 + " ")
    assert lines[first + 2].endswith('  "pic 11"')
    assert lines[first + 15].startswith(half * 24)
    assert re.search(r"\x1b\[38;2;\d+;\d+;\d+;48;2;", session.raw.decode())
    assert "it cannot be shown small here." in session.screen
    assert "it is cut short: " in session.screen


@pytest.mark.parametrize("env", [ABLE, {**ABLE, "NO_COLOR": "1"}])
def test_a_preview_never_goes_anywhere_but_to_a_screen(here: Path, env: dict[str, str | None]) -> None:
    """Not into a pipe, a file, or a terminal without colours."""
    outcome = scan(here, "triage.mbox", "--preview", env=env)
    assert (outcome.status, outcome.stdout) == (2, b"")
    assert "a preview needs a terminal with colours" in outcome.words
    for words in (["--json"], ["--table", "t.csv"]):
        assert "--preview is for the screen alone." in scan(here, "triage.mbox", "--preview", *words, env=env).words
    with imgfile_session("scan", "triage.mbox", "--preview", cwd=here, env={**env, "NO_COLOR": "1"}) as session:
        assert session.finish().status == 2


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
